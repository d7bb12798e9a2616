"""Rubrics: scores to a total and its band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def total(rubric: Mapping[str, Any], scores: Mapping[str, float]) -> float:
    """Points of a rubric: the sum; the weighted share of the maximum in per cent; or the smallest sum of a group.

    >>> rubric = {"aggregate": "weighted-percent", "scale": {"maximum": 5},
    ...     "dimensions": [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]}
    >>> total(rubric, {"a": 5, "b": 1})
    80.0
    """
    dimensions = rubric["dimensions"]
    if rubric["aggregate"] == "sum":
        return float(sum(scores[d["name"]] for d in dimensions))
    if rubric["aggregate"] == "weighted-percent":
        weights = sum(d["weight"] for d in dimensions)
        reached = sum(d["weight"] * scores[d["name"]] for d in dimensions)
        return float(100 * reached / (weights * rubric["scale"]["maximum"]))
    groups: dict[str, float] = {}
    for d in dimensions:
        groups[d["group"]] = groups.get(d["group"], 0.0) + scores[d["name"]]
    return min(groups.values())


def band(rubric: Mapping[str, Any], points: float) -> Mapping[str, Any]:
    """The band with the highest `from` that the points reach; the lowest band below all of them."""
    reached = [entry for entry in rubric["bands"] if points >= entry["from"]]
    found: Mapping[str, Any] = max(
        reached or rubric["bands"], key=lambda entry: entry["from"] if reached else -entry["from"]
    )
    return found
