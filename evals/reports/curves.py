"""The numbers behind a report's plots, worked out from the scores of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mlplaybook.evals.abstention import Judged, Point, risk_coverage
from mlplaybook.evals.reports.sides import Scores

# What the abstention suite keeps of a case: a probability whose sign says whether something relevant was found, and whether
# the question is covered.
FOUND, COVERED = "abstention/aurc", "abstention/auroc"
BINS = 10
# Of fewer answers, the share of wrong ones says nothing.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of a similar probability: how sure they were on average, and how many of them were right."""

    sure: float
    right: float
    cases: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values there are in each of equal steps from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


def values_of(scores: Scores, metric: str) -> list[float]:
    """Every value of a metric, by case."""
    found = (scores[case].get(metric) for case in sorted(scores))
    return [score.value for score in found if score is not None and score.value is not None]


def risk_points(scores: Scores) -> tuple[Point, ...]:
    """The risk-coverage curve from its tenth question on."""
    judged = [Judged("", "", value > 0, abs(value)) for value in values_of(scores, FOUND)]
    points = risk_coverage(judged)
    return points[FEWEST - 1 :] or points


def reliability(scores: Scores) -> tuple[Bin, ...]:
    """How often an answer was right by how sure it was, in ten equal steps of probability; empty steps are left out.

    >>> from mlplaybook.evals.records import ok
    >>> reliability({"a": {FOUND: ok(0.91)}, "b": {FOUND: ok(-0.99)}})
    (Bin(sure=0.95, right=0.5, cases=2),)
    """
    steps: dict[int, list[float]] = {}
    for value in values_of(scores, FOUND):
        steps.setdefault(min(int(abs(value) * BINS), BINS - 1), []).append(value)
    return tuple(
        Bin(round(fmean(map(abs, found)), 6), fmean(value > 0 for value in found), len(found))
        for _, found in sorted(steps.items())
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the gap between sure and right, each step by its share of the cases.

    >>> calibration_error([Bin(0.9, 0.5, 1), Bin(0.2, 0.2, 3)])
    0.1
    """
    every = sum(one.cases for one in bins)
    return sum(abs(one.sure - one.right) * one.cases for one in bins) / every if every else 0.0


def histogram(values: Sequence[float], low: float = 0.0, high: float = 1.0, steps: int = BINS) -> Histogram:
    """Counts in equal steps; what is beyond an end counts in the last step.

    >>> histogram([0.0, 0.05, 1.0]).counts
    (2, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    """
    counts = [0] * steps
    for value in values:
        place = int((value - low) / (high - low) * steps)
        counts[min(max(place, 0), steps - 1)] += 1
    return Histogram(low, high, tuple(counts))
