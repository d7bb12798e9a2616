"""Intervals of a proportion, a mean, an AUC, and of any statistic by bootstrap."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from mlplaybook.server.artefacts.calculators.binning import Floats
from mlplaybook.server.artefacts.calculators.extra import load_stats

# BCa's time grows with the square of the rows; with so many both methods agree.
MOST_ACCELERATED = 5000
# Numbers held at once while resampling.
BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its limits and the way they were found."""

    estimate: float
    low: float
    high: float
    method: str


def z_of(confidence: float) -> float:
    """The two-sided normal quantile.

    >>> round(z_of(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(successes: int, rows: int, confidence: float) -> Interval:
    """Wilson's interval of a proportion.

    >>> [round(x, 3) for x in (wilson(90, 100, 0.95).low, wilson(90, 100, 0.95).high)]
    [0.826, 0.945]
    """
    z, p = z_of(confidence), successes / rows
    middle = (p + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * sqrt(p * (1 - p) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    # At 0 and n rounding would leave a limit a hair off the edge.
    return Interval(p, 0.0 if successes == 0 else middle - half, 1.0 if successes == rows else middle + half, "Wilson")


def exact(successes: int, rows: int, confidence: float) -> Interval:
    """Clopper and Pearson's exact interval of a proportion; needs scipy."""
    found = load_stats("method=exact").binomtest(successes, rows).proportion_ci(confidence, method="exact")
    return Interval(successes / rows, float(found.low), float(found.high), "exact (Clopper-Pearson)")


def textbook(successes: int, rows: int, confidence: float) -> Interval:
    """The usual p ± z √(p (1 − p) / n), for comparison: its limits can leave 0 to 1."""
    p = successes / rows
    half = z_of(confidence) * sqrt(p * (1 - p) / rows)
    return Interval(p, p - half, p + half, "textbook ±")


def mean_interval(mean: float, sd: float, rows: int, confidence: float) -> Interval:
    """Student's interval of a mean; needs scipy."""
    t = float(load_stats("of=mean").t.ppf((1 + confidence) / 2, rows - 1))
    half = t * sd / sqrt(rows)
    return Interval(mean, mean - half, mean + half, f"t with {rows - 1:,} degrees of freedom")


def auc_interval(area: float, error: float, confidence: float, method: str) -> Interval:
    """A normal interval of an AUC, kept between 0 and 1."""
    half = z_of(confidence) * error
    return Interval(area, max(0.0, area - half), min(1.0, area + half), method)


def rmse(values: Floats, axis: int = -1) -> Any:  # noqa: ANN401 (an array, or a number of one row)
    """Root of the mean square."""
    return np.sqrt(np.mean(np.square(values), axis=axis))


def mae(values: Floats, axis: int = -1) -> Any:  # noqa: ANN401 (as rmse)
    """Mean of absolute values."""
    return np.mean(np.abs(values), axis=axis)


def percentile(values: Floats, axis: int = -1, *, n: int) -> Any:  # noqa: ANN401 (as rmse)
    """The value that n per cent of the rows do not exceed."""
    return np.percentile(values, n, axis=axis)


STATISTICS: Mapping[str, Callable[..., Any]] = {
    "mean": np.mean,
    "median": np.median,
    "rmse": rmse,
    "mae": mae,
    "p90": partial(percentile, n=90),
    "p95": partial(percentile, n=95),
    "p99": partial(percentile, n=99),
}


def bootstrap(values: Floats, statistic: str, draws: int, confidence: float, seed: int) -> Interval:
    """The bootstrap over rows; needs scipy. Rows that are all equal have an interval without width.

    Bias-corrected and accelerated (BCa), which leaves out each row once; percentiles above MOST_ACCELERATED rows, and where
    BCa has no value because nearly all resamples are alike.
    """
    compute = STATISTICS[statistic]
    estimate = float(compute(values))
    if np.all(values == values[0]):
        return Interval(estimate, estimate, estimate, "bootstrap of equal rows")
    stats = load_stats("of=bootstrap")
    for method in ("BCa", "percentile") if len(values) <= MOST_ACCELERATED else ("percentile",):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = stats.bootstrap(
                (values,), compute, n_resamples=draws, confidence_level=confidence, method=method, vectorized=True,
                batch=max(1, BATCH // len(values)), rng=np.random.default_rng(seed),
            ).confidence_interval  # fmt: skip
        if isfinite(found.low) and isfinite(found.high):
            break
    return Interval(estimate, float(found.low), float(found.high), f"{method} bootstrap, {draws:,} draws")


def group_bootstrap(
    values: Floats, groups: tuple[object, ...], statistic: str, draws: int, confidence: float, seed: int
) -> Interval:  # fmt: skip
    """The percentile bootstrap over whole groups of rows."""
    compute = STATISTICS[statistic]
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    members: list[list[float]] = [[] for _ in names]
    for value, group in zip(values.tolist(), groups, strict=True):
        members[names[group]].append(value)
    parts = [np.array(part) for part in members]
    rng = np.random.default_rng(seed)
    drawn = [compute(np.concatenate([parts[n] for n in rng.integers(0, len(parts), len(parts))])) for _ in range(draws)]
    low, high = np.percentile(drawn, [50 * (1 - confidence), 50 * (1 + confidence)])
    return Interval(
        float(compute(values)), float(low), float(high), f"bootstrap over {len(parts):,} groups, {draws:,} draws"
    )
