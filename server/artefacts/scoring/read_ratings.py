"""Ratings and facts out of arguments and score files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml
from mlplaybook.server.artefacts.nearest import find_name
from mlplaybook.server.artefacts.scoring.records import Rating, Rubric

FACTS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true"), True),
    **dict.fromkeys(("no", "n", "false"), False),
}
# Where a file keeps its ratings: plain, as `scores:`, or as the record that `score --json` prints.
NESTED = ("scores", "ratings")
# Long enough for any link and some words.
LONGEST_EVIDENCE = 2000


def read_scores(text: str, name: str) -> dict[str, Any]:
    """What a YAML or JSON file of ratings holds: dimension or fact to a number or to `{score, evidence}`.

    :raises BadDocument: it is no mapping.
    """
    values = read_yaml(text, name)
    for key in NESTED:
        if isinstance(values, dict) and isinstance(values.get(key), dict | list):
            facts = values.get("facts")
            inner = values[key]
            values = {**by_name(inner, name), **(facts if isinstance(facts, dict) else {})}
    if not isinstance(values, dict):
        raise BadDocument(
            f"{name} holds no ratings.", "Write one `dimension: 3` or `dimension: {score: 3, evidence: ...}` a line."
        )
    return values


def by_name(entries: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 (YAML holds anything)
    """Ratings by dimension, from a mapping or from a list of records with a name."""
    if isinstance(entries, dict):
        return entries
    if not all(isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in entries):
        raise BadDocument(f"{name} lists ratings without a name.", "Give each `name`, `score` and `evidence`.")
    return {entry["name"]: entry for entry in entries}


def read_ratings(
    rubric: Rubric, values: Mapping[str, Any], evidence: Mapping[str, str]
) -> tuple[dict[str, Rating], dict[str, bool]]:
    """Ratings by dimension and facts by name, in the rubric's order; raises BadName and BadDocument."""
    dimensions = [entry.name for entry in rubric.dimensions]
    facts = [entry.name for entry in rubric.facts]
    found: dict[str, Any] = {}
    for typed, value in values.items():
        name = find_name(str(typed), [*dimensions, *facts], f"the rubric {rubric.id}", "dimension")
        if name in found:
            raise BadDocument(f"{name} is given twice.", "Give it once.")
        found[name] = value
    ratings = {name: read_rating(rubric, name, found[name]) for name in dimensions if found.get(name) is not None}
    for typed, words in evidence.items():
        name = find_name(typed, dimensions, f"the rubric {rubric.id}", "dimension")
        if name not in ratings:
            raise BadDocument(f"{name} has evidence and no rating.", f"Add {name}=NUMBER.")
        ratings[name] = Rating(ratings[name].score, clean(words))
    return ratings, {name: read_fact(name, found[name]) for name in facts if found.get(name) is not None}


def read_rating(rubric: Rubric, name: str, raw: Any) -> Rating:  # noqa: ANN401 (YAML holds anything)
    """A number, or a mapping with score and evidence."""
    if isinstance(raw, dict):
        score = read_score(rubric, name, raw.get("score"))
        return Rating(score, clean(raw.get("evidence") or ""))
    return Rating(read_score(rubric, name, raw))


def read_score(rubric: Rubric, name: str, raw: Any) -> float:  # noqa: ANN401 (YAML holds anything)
    """A rating on the rubric's scale; raises BadDocument naming the scale."""
    wanted = f"Rate from {rubric.minimum:g} to {rubric.maximum:g} in steps of {rubric.step:g}."
    try:
        score = math.nan if isinstance(raw, bool) else float(raw)
    except (TypeError, ValueError, OverflowError):
        score = math.nan
    steps = (score - rubric.minimum) / rubric.step
    if not (rubric.minimum <= score <= rubric.maximum and steps == round(steps)):
        raise BadDocument(f"{name}={str(raw)[:60]} is no rating.", wanted)
    return score


def read_fact(name: str, raw: Any) -> bool:  # noqa: ANN401 (YAML holds anything)
    """Yes or no."""
    value = raw if isinstance(raw, bool) else FACTS.get(str(raw).strip().lower())
    if value is None:
        raise BadDocument(f"{name}={str(raw)[:60]} cannot be used.", "Write yes or no.")
    return value


def clean(evidence: object) -> str:
    """Evidence on one line."""
    words = "; ".join(map(str, evidence)) if isinstance(evidence, list) else str(evidence)
    return " ".join(words.split())[:LONGEST_EVIDENCE]
