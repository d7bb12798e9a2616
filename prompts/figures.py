"""What each prompt version did, from the usage ledger."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figures:
    """One version's answers. Statements, tokens and milliseconds are a single answer's, shares lie between 0 and 1.

    `removed` is the share of what the model stated that the verifier took out; `usd` is the sum, None when a price is unknown.
    """

    answers: int
    statements: float
    removed: float
    abstained: float
    tokens: float
    usd: float | None
    p50_ms: float


def figures(records: Iterable[Mapping[str, Any]]) -> dict[str, Figures]:
    """Prompt stamp to figures, in the order of stamps.

    Answers from a cache do not count, nor do those that no model wrote because it failed.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if record["prompt"] and not record.get("cached") and record.get("mode", "llm") == "llm":
            groups.setdefault(record["prompt"], []).append(record)
    return {stamp: figures_of(groups[stamp]) for stamp in sorted(groups)}


def figures_of(rows: Sequence[Mapping[str, Any]]) -> Figures:
    """The figures of one version's rows, of which there is at least one."""
    kept, removed = (sum(row[name] for row in rows) for name in ("statements", "removed"))
    costs = [row["usd"] for row in rows]
    return Figures(
        answers=len(rows),
        statements=kept / len(rows),
        removed=removed / (kept + removed) if kept + removed else 0.0,
        abstained=sum(row["status"] == "abstained" for row in rows) / len(rows),
        tokens=sum(row["prompt_tokens"] + row["completion_tokens"] for row in rows) / len(rows),
        usd=None if None in costs else float(sum(costs)),
        p50_ms=float(statistics.median(row["ms"] for row in rows)),
    )
