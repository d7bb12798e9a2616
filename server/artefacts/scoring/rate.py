"""A rubric applied to ratings: total, band, floors, what is missing, what is weakest, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.scoring.floors import broken_floors, caps, facts_asked
from mlplaybook.server.artefacts.scoring.read_ratings import read_ratings
from mlplaybook.server.artefacts.scoring.records import (
    Broken,
    Dimension,
    Missing,
    NextStep,
    Rated,
    Rating,
    Rubric,
    Score,
)
from mlplaybook.server.artefacts.scoring.tally import (
    arithmetic,
    band_of,
    full_total,
    group_sums,
    percent,
    points_of,
    total_of,
)

# As many weak points and actions as one plan holds.
NEXT = 3


def rate(rubric: Rubric, values: Mapping[str, Any], evidence: Mapping[str, str] | None = None) -> Score:
    """What ratings come to.

    :param values: dimension to a number or to {score, evidence}; fact to yes or no.
    :param evidence: words or links for dimensions rated in `values`.
    :raises BadName: a dimension or fact that the rubric does not have.
    :raises BadDocument: a rating off the scale, a fact that is neither yes nor no.
    """
    ratings, facts = read_ratings(rubric, values, evidence or {})
    scores = {name: rating.score for name, rating in ratings.items()}
    rest = [dimension.name for dimension in rubric.dimensions if dimension.name not in scores]
    low = {**scores, **dict.fromkeys(rest, rubric.minimum)}
    high = {**scores, **dict.fromkeys(rest, rubric.maximum)}
    lowest, highest = total_of(rubric, low), total_of(rubric, high)
    worst = band_of(rubric, lowest, caps(rubric, low, facts, strict=True))
    best = band_of(rubric, highest, caps(rubric, high, facts, strict=False))
    done = not rest and worst == best
    broken = tuple(certain_first(broken for _, broken in broken_floors(rubric, scores, facts)))
    steps = tuple(next_steps(rubric, scores, broken))
    return Score(
        rubric.id, rubric.title, rubric.page, "scored" if done else "partial", None if rest else lowest, lowest, highest,
        full_total(rubric), worst if worst == best else None,
        tuple(band for band in rubric.bands if worst.start <= band.start <= best.start),
        tuple(rated_of(rubric, d, ratings[d.name]) for d in rubric.dimensions if d.name in ratings),
        tuple(arithmetic(rubric, scores)), broken, tuple(missing_of(rubric, rest, facts_asked(rubric, scores, facts, best))),
        tuple(dimension.name for dimension in weakest(rubric, scores, broken)[:NEXT]), steps,
        tuple(evidence_notes(rubric, ratings)),
    )  # fmt: skip


def rated_of(rubric: Rubric, dimension: Dimension, rating: Rating) -> Rated:
    """A dimension with its rating and its points."""
    return Rated(
        dimension.name, dimension.title, rating.score, dimension.anchors.get(rating.score, ""),
        round(points_of(rubric, dimension, rating.score), 6), round(points_of(rubric, dimension, rubric.maximum), 6),
        dimension.section, dimension.group, rating.evidence,
    )  # fmt: skip


def certain_first(broken: Iterable[Broken]) -> Iterator[Broken]:
    """Broken floors without those that only may hold for a dimension that falls below one for sure."""
    entries = list(broken)
    certain = {entry.dimension for entry in entries if entry.certain}
    return (entry for entry in entries if entry.certain or entry.dimension not in certain)


def missing_of(rubric: Rubric, rest: list[str], asked: Sequence[str]) -> Iterator[Missing]:
    """Dimensions that are not rated, then facts on which a broken floor depends."""
    for dimension in rubric.dimensions:
        if dimension.name in rest:
            yield Missing(dimension.name, dimension.question or dimension.title, dimension.title, dimension.anchors)
    for fact in rubric.facts:
        if fact.name in asked:
            yield Missing(fact.name, fact.question, fact.meaning, {})


def weakest(rubric: Rubric, scores: Mapping[str, float], broken: tuple[Broken, ...]) -> list[Dimension]:
    """Rated dimensions below the maximum: broken floors that bind first, then by rating, then by weight.

    Where the smallest group counts, the dimensions of a smaller group come before those of a larger one.
    """
    sums = group_sums(rubric, {d.name: scores.get(d.name, rubric.maximum) for d in rubric.dimensions})
    grouped = rubric.aggregate == "minimum-of-group-sums"
    fallen = {entry.dimension for entry in broken if entry.certain}
    below = [d for d in rubric.dimensions if scores.get(d.name, rubric.maximum) < rubric.maximum]
    return sorted(
        below, key=lambda d: (sums[d.group] if grouped else 0, d.name not in fallen, scores[d.name], -d.weight)
    )


def next_steps(rubric: Rubric, scores: Mapping[str, float], broken: tuple[Broken, ...]) -> Iterator[NextStep]:
    """The first action of each of the weakest dimensions; second actions where fewer than three are below the maximum."""
    order = weakest(rubric, scores, broken)[:NEXT]
    actions = [(d, action) for n in range(NEXT) for d in order for action in d.actions[n : n + 1]]
    for dimension, action in actions[:NEXT]:
        yield NextStep(dimension.name, scores[dimension.name], action.text, action.section, gain_of(rubric, dimension))


def gain_of(rubric: Rubric, dimension: Dimension) -> float:
    """What one step of a rating adds to its sum: to the total, or to the group that it belongs to."""
    if rubric.aggregate == "weighted-percent":
        return round(percent(rubric, dimension) * rubric.step / rubric.maximum, 6)
    return rubric.step


def evidence_notes(rubric: Rubric, ratings: Mapping[str, Rating]) -> Iterator[str]:
    """Which ratings do not stand without evidence, and what the total is with the most that they stand for."""
    rule = rubric.evidence
    if rule is None:
        return
    bare = [name for name, rating in ratings.items() if not rating.evidence and rating.score > rule.most_without]
    if not bare:
        return
    names = "all of them" if len(bare) == len(ratings) and len(bare) > 1 else ", ".join(bare)
    words = f"Rated above {rule.most_without:g} without evidence: {names}. {rule.meaning} ({rule.section})"
    if len(ratings) < len(rubric.dimensions):
        yield words
        return
    capped = {name: rule.most_without if name in bare else rating.score for name, rating in ratings.items()}
    yield f"{words} If there is none, the total is {total_of(rubric, capped):g}."
