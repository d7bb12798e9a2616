"""The standard error of an area under the ROC curve, from scores (DeLong) or from its value (Hanley and McNeil)."""

from __future__ import annotations

from math import sqrt

import numpy as np

from mlplaybook.server.artefacts.calculators.binning import Floats


def midranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing the mean of theirs.

    >>> midranks(np.array([0.1, 0.4, 0.4, 0.9])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    ordered = np.sort(values)
    low, high = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    ranks: Floats = (low + high + 1) / 2
    return ranks


def delong(positives: Floats, negatives: Floats) -> tuple[float, float]:
    """AUC and its standard error by DeLong, DeLong and Clarke-Pearson (1988); two scores or more on each side.

    A row's component is the share of the other side that it is ranked right against, ties counted half; the variance is
    the sum of both sides' variances of components, each over its count.

    >>> area, error = delong(np.array([0.9, 0.8, 0.4]), np.array([0.7, 0.3, 0.2, 0.1]))
    >>> round(area, 4), round(error, 4)
    (0.9167, 0.1179)
    """
    m, n = len(positives), len(negatives)
    together = midranks(np.concatenate([positives, negatives]))
    of_positives = (together[:m] - midranks(positives)) / n
    of_negatives = 1 - (together[m:] - midranks(negatives)) / m
    variance = of_positives.var(ddof=1) / m + of_negatives.var(ddof=1) / n
    return float(of_positives.mean()), sqrt(float(variance))


def hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC by Hanley and McNeil (1982), when only the area and both counts are known.

    >>> round(1.96 * hanley_mcneil(0.55, 50, 950), 2)
    0.08
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (q1 - area**2) + (negatives - 1) * (q2 - area**2)
    return sqrt(max(spread, 0.0) / (positives * negatives))
