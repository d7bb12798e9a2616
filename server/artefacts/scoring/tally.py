"""Ratings added up by a rubric, every line of the sum shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlplaybook.server.artefacts.scoring.records import Band, Dimension, Rubric

Scores = Mapping[str, float]


def full_total(rubric: Rubric) -> float:
    """The highest total that the rubric can give."""
    return total_of(rubric, {dimension.name: rubric.maximum for dimension in rubric.dimensions})


def total_of(rubric: Rubric, scores: Scores) -> float:
    """The sum; the weighted share of the maximum in per cent; or the smallest sum of a group. Higher is better."""
    if rubric.aggregate == "minimum-of-group-sums":
        return min(group_sums(rubric, scores).values())
    reached = sum(points_of(rubric, dimension, scores[dimension.name]) for dimension in rubric.dimensions)
    # Shares of weights are no binary fractions; what is left of them is no part of the score.
    return round(reached, 6)


def points_of(rubric: Rubric, dimension: Dimension, score: float) -> float:
    """What one rating adds: itself, or its weighted share of 100."""
    if rubric.aggregate != "weighted-percent":
        return score
    weights = sum(entry.weight for entry in rubric.dimensions)
    return 100 * dimension.weight * score / (weights * rubric.maximum)


def group_sums(rubric: Rubric, scores: Scores) -> dict[str, float]:
    """The sum of each group, in the rubric's order."""
    sums: dict[str, float] = {}
    for dimension in rubric.dimensions:
        sums[dimension.group] = sums.get(dimension.group, 0.0) + scores[dimension.name]
    return sums


def band_of(rubric: Rubric, total: float, labels: tuple[str, ...] = ()) -> Band:
    """The band with the highest start that the total reaches, and none above a band of these labels.

    :param labels: bands that broken floors leave at most.
    """
    reached = [band for band in rubric.bands if total >= band.start] or [rubric.bands[0]]
    capped = [band for band in rubric.bands if band.label in labels]
    return min([reached[-1], *capped], key=lambda band: band.start)


def arithmetic(rubric: Rubric, scores: Scores) -> Iterator[str]:
    """The sum line by line, as one would write it by hand; unrated dimensions are left out."""
    rated = [dimension for dimension in rubric.dimensions if dimension.name in scores]
    if rubric.aggregate == "minimum-of-group-sums":
        yield from group_lines(rubric, rated, scores)
        return
    for dimension in rated:
        line = f"{dimension.title}: {scores[dimension.name]:g}"
        if rubric.aggregate == "sum":
            yield f"{line} of {rubric.maximum:g}"
            continue
        points = points_of(rubric, dimension, scores[dimension.name])
        yield f"{line} × {percent(rubric, dimension):g} / {rubric.maximum:g} = {points:g}"
    parts = [points_of(rubric, dimension, scores[dimension.name]) for dimension in rated]
    if rated:
        name = "Sum" if len(rated) == len(rubric.dimensions) else "Sum so far"
        yield f"{name}: {' + '.join(f'{part:g}' for part in parts)} = {round(sum(parts), 6):g} of {full_total(rubric):g}"


def percent(rubric: Rubric, dimension: Dimension) -> float:
    """A dimension's weight in per cent of all weights."""
    return 100 * dimension.weight / sum(entry.weight for entry in rubric.dimensions)


def group_lines(rubric: Rubric, rated: list[Dimension], scores: Scores) -> Iterator[str]:
    """The sum of every group that is rated in full or in part, then the smallest of the full ones."""
    full: dict[str, float] = {}
    for group in dict.fromkeys(dimension.group for dimension in rubric.dimensions):
        members = [dimension for dimension in rubric.dimensions if dimension.group == group]
        known = [scores[dimension.name] for dimension in members if dimension in rated]
        if not known:
            continue
        most = f"{len(members) * rubric.maximum:g}"
        so_far = "" if len(known) == len(members) else f", {len(members) - len(known)} not rated"
        yield f"{group.capitalize()}: {' + '.join(f'{score:g}' for score in known)} = {sum(known):g} of {most}{so_far}"
        if len(known) == len(members):
            full[group] = sum(known)
    if len(full) == len({dimension.group for dimension in rubric.dimensions}):
        lowest = min(full.values())
        groups = " and ".join(group for group, points in full.items() if points == lowest)
        yield f"Smallest: min({', '.join(f'{points:g}' for points in full.values())}) = {lowest:g} ({groups})"
