"""How well a probability tells questions that are covered from those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, whether the corpus covers it, and the probability that the search gave.

    `found` is whether something relevant is among the first five, which only a covered question can have.
    """

    id: str
    slice: str
    covered: bool
    probability: float
    found: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """What happens when only questions at or above a threshold are answered.

    `coverage` is the share of all questions that is answered, `risk` the share of those whose answer
    is wrong: not covered, or nothing relevant among the first five.
    """

    threshold: float
    coverage: float
    risk: float


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores higher than a negative, ties counting half (Mann and Whitney 1947).

    >>> auroc([0.9, 0.4], [0.1, 0.4])
    0.875
    """
    if not positive or not negative:
        return float("nan")
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def auroc_of(judged: Sequence[Judged], kind: str = "") -> float:
    """AUROC of covered questions against those not covered of one kind, or against all of them."""
    positive = [entry.probability for entry in judged if entry.covered]
    return auroc(positive, [entry.probability for entry in not_covered(judged, kind)])


def not_covered(judged: Sequence[Judged], kind: str = "") -> list[Judged]:
    """The questions that the corpus does not cover, of one kind or all of them."""
    return [entry for entry in judged if not entry.covered and kind in ("", entry.slice)]


def false_answers(judged: Sequence[Judged], threshold: float, kind: str = "") -> float:
    """Share of the questions not covered (of a kind) that are answered all the same."""
    asked = not_covered(judged, kind)
    return sum(entry.probability >= threshold for entry in asked) / len(asked) if asked else 0.0


def false_refusals(judged: Sequence[Judged], threshold: float) -> float:
    """Share of the covered questions that are refused."""
    asked = [entry for entry in judged if entry.covered]
    return sum(entry.probability < threshold for entry in asked) / len(asked) if asked else 0.0


def risk_coverage(judged: Sequence[Judged]) -> tuple[Point, ...]:
    """The risk-coverage curve, from the surest question to all of them (El-Yaniv and Wiener, JMLR 2010).

    >>> curve = risk_coverage([Judged("a", "how", True, 0.9), Judged("b", "far", False, 0.2)])
    >>> [(point.coverage, point.risk) for point in curve]
    [(0.5, 0.0), (1.0, 0.5)]
    """
    ordered = sorted(judged, key=lambda entry: -entry.probability)
    points, wrong = [], 0
    for number, entry in enumerate(ordered, start=1):
        wrong += not (entry.covered and entry.found)
        points.append(Point(entry.probability, number / len(ordered), wrong / number))
    return tuple(points)


def risk_at(points: Sequence[Point], coverage: float) -> float:
    """The risk when so large a share of the questions is answered, the surest first.

    >>> risk_at([Point(0.9, 0.5, 0.0), Point(0.2, 1.0, 0.5)], 0.6)
    0.5
    """
    return next(point.risk for point in points if point.coverage >= coverage)
