"""Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): what is relevant and says something new."""

from __future__ import annotations

import numpy as np

from mlplaybook.ingest.encoder import Floats


def diversify(totals: Floats, vectors: Floats, weight: float) -> list[int]:
    """Positions in the order in which they are worth reading.

    Each next one has the highest `weight * relevance - (1 - weight) * similarity`, where relevance is the total scaled to
    0..1 and similarity the highest cosine with any that stands before it; ties go to the one that stood first.

    :param totals: (n,), higher is better.
    :param vectors: (n, dimensions), unit rows.
    :param weight: 1 orders by relevance alone.

    The second says nearly what the first says, so the third overtakes it: .5 x .5 - .5 x 0 against .5 x .9 - .5 x .96.

    >>> vectors = np.array([[1, 0], [0.96, 0.28], [0, 1], [0.6, 0.8]], np.float32)
    >>> diversify(np.array([3.0, 2.8, 2.0, 1.0], np.float32), vectors, 0.5)
    [0, 2, 1, 3]
    >>> diversify(np.array([3.0, 2.8, 2.0, 1.0], np.float32), vectors, 1.0)
    [0, 1, 2, 3]
    """
    if not len(totals):
        return []
    spread = float(totals.max() - totals.min())
    gains = weight * (totals - totals.min()) / (spread or 1.0)
    nearest = np.zeros(len(totals), np.float32)
    left = np.ones(len(totals), bool)
    order: list[int] = []
    for _ in range(len(totals)):
        worth = np.where(left, gains - (1 - weight) * nearest, -np.inf)
        chosen = int(worth.argmax())
        order.append(chosen)
        left[chosen] = False
        similar = vectors @ vectors[chosen]
        nearest = similar if len(order) == 1 else np.maximum(nearest, similar)
    return order
