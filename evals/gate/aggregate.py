"""Scores of cases to one number: a mean, or what only all cases together have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Aggregate = Callable[[Values], float]


def mean(values: Values) -> float:
    """The mean."""
    return float(values.mean())


def auroc(signed: Values) -> float:
    """The chance that a covered question is held likelier than one that is not; the sign says which it is.

    >>> auroc(np.array([0.9, 0.4, -0.1, -0.4]))
    0.875
    """
    positive, negative = signed[signed > 0], np.sort(-signed[signed <= 0])
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.searchsorted(negative, positive, "left")
    ties = np.searchsorted(negative, positive, "right") - below
    return float((below + 0.5 * ties).mean() / len(negative))


def aurc(signed: Values) -> float:
    """Area under the risk-coverage curve: mean risk over every number of answers, the surest first; lower is better.

    >>> aurc(np.array([0.9, -0.2]))
    0.25
    """
    wrong = (signed <= 0)[np.argsort(-np.abs(signed), kind="stable")]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def f1(coded: Values) -> float:
    """F1 of answering what is covered: 1 answered and .5 refused, negative for questions that are not covered.

    >>> round(f1(np.array([1.0, 1.0, 0.5, -1.0, -0.5])), 3)  # precision 2/3, recall 2/3
    0.667
    """
    right, missed, false = ((coded == wanted).sum() for wanted in (1.0, 0.5, -1.0))
    return float(2 * right / (2 * right + missed + false)) if right else 0.0


AGGREGATES: Mapping[str, Aggregate] = {"mean": mean, "auroc": auroc, "aurc": aurc, "f1": f1}
