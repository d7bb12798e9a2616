"""Boosted trees out of a JSON file: what a sentence is worth for a field, out of its signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees side by side, each (trees, nodes): a leaf has `feature` -1 and its own number in both directions.

    What is up to `limit` goes to `left`. Log-odds are `constant` plus the `value` of one leaf a tree.
    """

    constant: float
    feature: Whole
    limit: Floats
    left: Whole
    right: Whole
    value: Floats
    depth: int

    def log_odds(self, rows: Floats) -> Floats:
        """(rows,) of (rows, features)."""
        total = np.full(len(rows), self.constant)
        every = np.arange(len(rows))
        for tree in range(len(self.feature)):
            feature, limit, left, right = self.feature[tree], self.limit[tree], self.left[tree], self.right[tree]
            node = np.zeros(len(rows), np.int32)
            for _ in range(self.depth):
                if (feature[node] < 0).all():
                    break
                node = np.where(rows[every, feature[node]] <= limit[node], left[node], right[node])
            total += self.value[tree][node]
        return total


def create_forest(values: Mapping[str, Any]) -> Forest:
    """A forest as `routing.json` has it: of each tree lists of features, limits, left and right nodes and values.

    >>> stump = {"constant": 0.0, "trees": [{"feature": [0, -1, -1], "limit": [0.5, 0, 0], "left": [1, 1, 2], "right": [2, 1, 2],
    ...          "value": [0, -1.0, 2.0]}]}
    >>> create_forest(stump).log_odds(np.array([[0.0], [1.0]])).tolist()
    [-1.0, 2.0]
    """
    trees = values["trees"]
    most = max(len(tree["feature"]) for tree in trees)

    def stacked(name: str, fill: float) -> NDArray[Any]:
        return np.array([[*tree[name], *[fill] * (most - len(tree[name]))] for tree in trees])

    depth = max(depth_of(tree["left"], tree["right"], 0) for tree in trees)
    return Forest(
        float(values["constant"]), stacked("feature", -1).astype(np.int32), stacked("limit", 0).astype(np.float64),
        stacked("left", 0).astype(np.int32), stacked("right", 0).astype(np.int32), stacked("value", 0).astype(np.float64),
        depth,
    )  # fmt: skip


def depth_of(left: list[int], right: list[int], node: int) -> int:
    """The steps from a node to its farthest leaf."""
    if left[node] == node:
        return 0
    return 1 + max(depth_of(left, right, left[node]), depth_of(left, right, right[node]))
