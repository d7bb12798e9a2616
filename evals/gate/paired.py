"""Paired tests of a run against its baseline, and what they can see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mlplaybook.evals.gate.aggregate import Aggregate, Values, mean

# Numbers of cases whose draws are kept: metrics of a suite share theirs. 11 MB for 700 cases.
KEPT_DRAWS = 12


def mcnemar(lost: int, won: int) -> float:
    """One-sided exact p: how likely so many of the flipped cases are losses when either way is as likely (McNemar 1947).

    >>> mcnemar(5, 0), mcnemar(0, 0), mcnemar(1, 1)
    (0.03125, 1.0, 0.75)
    """
    flips = lost + won
    return float(sum(math.comb(flips, count) for count in range(lost, flips + 1)) / 2**flips)


def resample(
    before: Values, after: Values, aggregate: Aggregate = mean, resamples: int = 2000, seed: int = 0
) -> Values:
    """Differences of the aggregate, after minus before, over cases drawn with replacement; the same for the same seed."""
    counts = draws(len(before), resamples, seed)
    return aggregate(after, counts) - aggregate(before, counts)


@lru_cache(maxsize=KEPT_DRAWS)
def draws(cases: int, resamples: int, seed: int) -> Values:
    """How often each case is drawn, (resamples, cases)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(cases, np.full(cases, 1 / cases), resamples).astype(np.float64)


def bootstrap_p(differences: Values, before: Values, after: Values) -> float:
    """One-sided p of a drop by paired bootstrap; never below that of a sign test where few cases moved.

    A handful of cases that all moved down would look certain to a bootstrap that draws only from them.
    """
    share = (1 + int((differences >= 0).sum())) / (1 + len(differences))
    lost, won = int((after < before).sum()), int((after > before).sum())
    least = 0.5 ** (lost + won)
    return max(share, least)


def interval(differences: Values) -> tuple[float, float]:
    """The middle 95 % of resampled differences."""
    low, high = np.nanpercentile(differences, [2.5, 97.5])
    return float(low), float(high)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values that keep the chance of any false alarm (Holm 1979).

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    ordered = sorted(p_values, key=lambda name: p_values[name])
    adjusted, highest = {}, 0.0
    for place, name in enumerate(ordered):
        highest = max(highest, min(1.0, p_values[name] * (len(ordered) - place)))
        adjusted[name] = highest
    return adjusted


def smallest_drop(cases: int, alpha: float) -> float:
    """The smallest drop of a 0/1 metric that can be significant: that many losses and not a single win.

    >>> smallest_drop(200, 0.05)
    0.025
    """
    losses = math.ceil(-math.log2(alpha)) if alpha < 1 else 1
    return losses / cases if cases >= losses else 1.0


def power(cases: int, drop: float, noise: float, alpha: float, trials: int = 2000, seed: int = 0) -> float:
    """How often a true drop is found by McNemar when `noise` of the cases flip either way beside it, by simulation."""
    generator = np.random.default_rng(seed)
    lost: NDArray[np.int64] = generator.binomial(cases, min(1.0, drop + noise), trials)
    won: NDArray[np.int64] = generator.binomial(cases, noise, trials)
    table: dict[tuple[int, int], float] = {}
    hits = 0
    for pair in zip(lost.tolist(), won.tolist(), strict=True):
        if pair not in table:
            table[pair] = mcnemar(*pair)
        hits += table[pair] <= alpha
    return hits / trials
