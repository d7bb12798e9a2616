"""A score as bars: the rows that the terminal, Markdown and SVG draw alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlplaybook.server.artefacts.scoring.records import Dimension, Rubric, Score
from mlplaybook.server.artefacts.scoring.tally import group_sums

WIDTH = 20
# So many bands are named one by one; of more the lowest and the highest.
TOLD = 2
FULL, EMPTY = "█", "░"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row; `value` is None where nothing is rated, `below` says which floor it falls below; a heading has no bar."""

    label: str
    value: float | None
    full: float
    words: str
    below: str = ""
    heading: bool = False


def bars_of(rubric: Rubric, score: Score) -> tuple[Bar, ...]:
    """A row for each dimension in the rubric's order; groups begin with a row of their sum."""
    return tuple(rows_of(rubric, score))


def rows_of(rubric: Rubric, score: Score) -> Iterator[Bar]:
    """The rows one by one."""
    scores = {rated.name: rated.score for rated in score.ratings}
    sums = group_sums(rubric, {d.name: scores.get(d.name, 0.0) for d in rubric.dimensions})
    group = ""
    for dimension in rubric.dimensions:
        if dimension.group and dimension.group != group:
            group = dimension.group
            members = [entry for entry in rubric.dimensions if entry.group == group]
            full = len(members) * rubric.maximum
            open_ones = sum(entry.name not in scores for entry in members)
            counts = score.total is not None and sums[group] == score.total
            rest = f", {open_ones} not rated" if open_ones else ", the smallest counts" if counts else ""
            yield Bar(group.capitalize(), sums[group], full, f"{sums[group]:g} of {full:g}{rest}", heading=True)
        yield row_of(rubric, score, dimension, scores.get(dimension.name))


def row_of(rubric: Rubric, score: Score, dimension: Dimension, value: float | None) -> Bar:
    """The row of one dimension."""
    label = dimension.title.split(": ", 1)[-1] if dimension.group else dimension.title
    label = label[:1].upper() + label[1:]
    if value is None:
        return Bar(label, None, rubric.maximum, "not rated")
    rated = next(entry for entry in score.ratings if entry.name == dimension.name)
    points = f", {rated.points:g} of {rated.full:g} points" if rubric.aggregate == "weighted-percent" else ""
    floors = [entry for entry in score.broken if entry.dimension == dimension.name]
    highest = max(floors, key=lambda entry: entry.minimum, default=None)
    below = f"below the floor of {highest.minimum:g}{'' if highest.certain else ' if it applies'}" if highest else ""
    return Bar(label, value, rubric.maximum, f"{value:g} of {rubric.maximum:g}{points}", below)


def headline(score: Score) -> str:
    """Total and band, or the range that they can still take."""
    if score.total is None:
        rest = sum(bool(missing.anchors) for missing in score.missing)
        reach = f"{score.lowest:g} to {score.highest:g} of {score.maximum:g}, {rest} not rated"
    else:
        reach = f"{score.total:g} of {score.maximum:g}"
    labels = [band.label for band in score.bands]
    return f"{reach}: {' or '.join(labels) if len(labels) <= TOLD else f'{labels[0]} to {labels[-1]}'}"


def text_lines(bars: tuple[Bar, ...]) -> Iterator[str]:
    """The rows in letters, aligned.

    >>> list(text_lines((Bar("Volume", 1.0, 5.0, "1 of 5"), Bar("Accuracy", 5.0, 5.0, "5 of 5"))))
    ['Volume    ████░░░░░░░░░░░░░░░░  1 of 5', 'Accuracy  ████████████████████  5 of 5']
    """
    indents = ["  " if any(bar.heading for bar in bars) and not bar.heading else "" for bar in bars]
    widest = max((len(indent + bar.label) for indent, bar in zip(indents, bars, strict=True)), default=0)
    for indent, bar in zip(indents, bars, strict=True):
        below = f", {bar.below}" if bar.below else ""
        yield f"{(indent + bar.label).ljust(widest)}  {blocks(bar)}  {bar.words}{below}"


def blocks(bar: Bar) -> str:
    """A bar in block letters."""
    filled = round(WIDTH * (bar.value or 0) / bar.full) if bar.full else 0
    return FULL * filled + EMPTY * (WIDTH - filled)
