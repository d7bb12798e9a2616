"""Rubrics by name."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.artefacts.library import load, names
from mlplaybook.server.artefacts.nearest import nearest, words_of
from mlplaybook.server.artefacts.scoring.records import Action, Band, Dimension, EvidenceRule, Fact, Floor, Rubric

OTHER_NAMES: Mapping[str, str] = {
    "data quality score": "data-quality",
    "data": "data-quality",
    "system quality": "ml-system-quality",
    "ml quality": "ml-system-quality",
    "quality rubric": "ml-system-quality",
    "test score": "ml-test-score",
    "production readiness": "ml-test-score",
}


def find_rubric(name: str) -> Rubric:
    """A rubric by its id or another name of it, however it is spaced.

    :raises BadName: there is none; the error offers the nearest ones and lists all.
    """
    known = names("rubrics")
    wanted = words_of(name)
    for rubric in known:
        if words_of(rubric) == wanted:
            return load_rubric(rubric)
    if " ".join(wanted) in OTHER_NAMES:
        return load_rubric(OTHER_NAMES[" ".join(wanted)])
    near = nearest(name, known)
    offer = f"Did you mean {' or '.join(near)}? All" if near else "All"
    raise BadName(f"There is no rubric '{name}'.", f"{offer}: {', '.join(known)}.")


@functools.cache
def load_rubric(name: str) -> Rubric:
    """A rubric by its id; raises BadName."""
    return create_rubric(load("rubrics", name))


def create_rubric(values: Mapping[str, Any]) -> Rubric:
    """A rubric from its file's values."""
    scale, evidence = values["scale"], values.get("evidence")
    return Rubric(
        values["id"], values["title"], values["description"], values["page"],
        float(scale["minimum"]), float(scale["maximum"]), float(scale["step"]), values["aggregate"],
        tuple(create_dimension(entry) for entry in values["dimensions"]),
        tuple(sorted((Band(b["from"], b["label"], b["meaning"]) for b in values["bands"]), key=lambda b: b.start)),
        tuple(Fact(**entry) for entry in values.get("facts", ())),
        tuple(create_floor(entry) for entry in values.get("floors", ())),
        EvidenceRule(evidence["most-without"], evidence["meaning"], evidence["section"]) if evidence else None,
    )  # fmt: skip


def create_dimension(values: Mapping[str, Any]) -> Dimension:
    """A dimension from its entry."""
    anchors = {float(score): text for score, text in sorted(values["anchors"].items(), key=lambda a: float(a[0]))}
    return Dimension(
        values["name"], values["title"], values.get("question", ""), anchors, values["section"],
        tuple(Action(**action) for action in values["actions"]), float(values.get("weight", 1)), values.get("group", ""),
    )  # fmt: skip


def create_floor(values: Mapping[str, Any]) -> Floor:
    """A floor from its entry."""
    return Floor(
        tuple(values["dimensions"]), values["minimum"], values["meaning"], values["section"], values.get("band", ""),
        tuple(values.get("applies-if", ())), tuple(values.get("waived-if", ())),
    )  # fmt: skip
