"""Ranking metrics by their textbook definitions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# How far down a ranking is looked.
DEPTH = 10


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """nDCG@k with linear gains and log2 discounts (Järvelin and Kekäläinen 2002): 1 is best.

    >>> round(ndcg(["x", "a"], {"a": 1.0}, k=10), 4)  # 1/log2(3)
    0.6309
    """
    gained = sum(relevant.get(name, 0.0) / math.log2(place + 2) for place, name in enumerate(ranked[:k]))
    best = sorted(relevant.values(), reverse=True)[:k]
    ideal = sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    return gained / ideal if ideal > 0 else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """1 / rank of the first relevant name among the first k, 0 without one.

    >>> reciprocal_rank(["x", "y", "a"], {"a": 1.0}, k=10).__round__(3)
    0.333
    """
    places = (place for place, name in enumerate(ranked[:k], start=1) if relevant.get(name, 0.0) > 0)
    return 1 / next(places, math.inf)


def success(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """1.0 if any of the first k names is relevant, else 0.0 (also called hit@k).

    >>> success(["x", "a"], {"a": 1.0}, k=1), success(["x", "a"], {"a": 1.0}, k=5)
    (0.0, 1.0)
    """
    return float(any(relevant.get(name, 0.0) > 0 for name in ranked[:k]))


def recall(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Share of the relevant names among the first k.

    >>> recall(["a", "x"], {"a": 1.0, "b": 2.0}, k=2)
    0.5
    """
    wanted = {name for name, gain in relevant.items() if gain > 0}
    return len(wanted & set(ranked[:k])) / len(wanted) if wanted else 0.0


def grade(ranked: Sequence[str], relevant: Mapping[str, float]) -> tuple[float, float, float, float]:
    """nDCG@10, MRR@10, success@1 and success@5 of one question: what every table here shows.

    >>> grade(["a"], {"a": 1.0})
    (1.0, 1.0, 1.0, 1.0)
    """
    return (
        ndcg(ranked, relevant, DEPTH),
        reciprocal_rank(ranked, relevant, DEPTH),
        success(ranked, relevant, 1),
        success(ranked, relevant, 5),
    )
