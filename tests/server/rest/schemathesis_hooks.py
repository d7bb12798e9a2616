"""Lets schemathesis reach what paths name: half of its requests name something that is there."""

from __future__ import annotations

from typing import Any

import schemathesis

# Longer names are drawn on purpose, to be refused.
LONGEST = 200
NAMES = {
    "pages": ("drift-detection", "drift-detection#summary", "data-quality"),
    "templates": ("problem-brief", "model-card"),
    "checklists": ("bias-detection", "data-leakage"),
    "rubrics": ("data-quality", "ml-test-score", "ml system quality"),
    "decisions": ("serving-strategy", "quantization"),
    "calculators": ("psi", "sample size"),
    "calculate": ("psi", "ab-sample-size", "kv-cache", "confidence-interval"),
    "steps": ("create-prd", "tech-stack"),
}


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    kind = context.operation.path.split("/")[2] if path_parameters and "id" in path_parameters else ""
    if path_parameters is None or kind not in NAMES:
        return path_parameters
    name = str(path_parameters["id"])
    if len(name) > LONGEST:
        return path_parameters
    drawn = sum(map(ord, name))
    return {**path_parameters, "id": NAMES[kind][drawn // 2 % len(NAMES[kind])]} if drawn % 2 else path_parameters
