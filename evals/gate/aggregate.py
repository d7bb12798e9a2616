"""Scores of cases to one number: a mean, or what only all cases together have.

Every aggregate takes how often each case counts, so that a bootstrap over cases is one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
# (n,) scores and (draws, n) counts of each case to (draws,) values.
Aggregate = Callable[[Values, Values], Values]


def plain(aggregate: Aggregate, values: Values) -> float:
    """The aggregate of all cases, each counted once."""
    return float(aggregate(values, np.ones((1, len(values))))[0])


def mean(values: Values, counts: Values) -> Values:
    """The mean."""
    total: Values = counts @ values / counts.sum(axis=1)
    return total


def auroc(signed: Values, counts: Values) -> Values:
    """The chance that a covered question is held likelier than one that is not; the sign says which it is.

    NaN where a draw has only one of both.

    >>> plain(auroc, np.array([0.9, 0.4, -0.1, -0.4]))
    0.875
    """
    order = np.argsort(np.abs(signed), kind="stable")
    sure, covered = np.abs(signed)[order], (signed > 0)[order]
    starts = np.flatnonzero(np.r_[True, sure[1:] != sure[:-1]])
    drawn = counts[:, order]
    positive = np.add.reduceat(drawn * covered, starts, axis=1)
    negative = np.add.reduceat(drawn * ~covered, starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        chance: Values = (positive * below).sum(axis=1) / pairs
    return chance


def aurc(signed: Values, counts: Values) -> Values:
    """Area under the risk-coverage curve: mean risk over every number of answers, the surest first; lower is better.

    >>> plain(aurc, np.array([0.9, -0.2]))
    0.25
    """
    order = np.argsort(-np.abs(signed), kind="stable")
    wrong, drawn = (signed <= 0)[order], counts[:, order]
    answered = np.cumsum(drawn, axis=1) - drawn
    mistaken = np.cumsum(drawn * wrong, axis=1) - drawn * wrong
    area = np.zeros(len(counts))
    for copy in range(1, int(drawn.max(initial=0)) + 1):
        risk = (mistaken + copy * wrong) / (answered + copy)
        area += np.where(drawn >= copy, risk, 0.0).sum(axis=1)
    found: Values = area / counts.sum(axis=1)
    return found


def f1(coded: Values, counts: Values) -> Values:
    """F1 of answering what is covered: 1 answered and .5 refused, negative for questions that are not covered.

    >>> round(plain(f1, np.array([1.0, 1.0, 0.5, -1.0, -0.5])), 3)  # precision 2/3, recall 2/3
    0.667
    """
    right, missed, false = (counts @ (coded == wanted) for wanted in (1.0, 0.5, -1.0))
    score: Values = 2 * right / np.maximum(2 * right + missed + false, 1)
    return score


AGGREGATES: Mapping[str, Aggregate] = {"mean": mean, "auroc": auroc, "aurc": aurc, "f1": f1}
