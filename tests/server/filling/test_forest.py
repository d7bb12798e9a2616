"""Boosted trees out of lists."""

from __future__ import annotations

import numpy as np

from mlplaybook.server.artefacts.filling.forest import create_forest

DEEP = {"feature": [0, 1, -1, -1, -1], "limit": [0.5, 2.0, 0, 0, 0], "left": [2, 3, 2, 3, 4], "right": [1, 4, 2, 3, 4],
        "value": [0, 0, 1.0, 10.0, 100.0]}  # fmt: skip
STUMP = {"feature": [1, -1, -1], "limit": [0.0, 0, 0], "left": [1, 1, 2], "right": [2, 1, 2], "value": [0, -0.5, 0.5]}


def test_every_row_goes_its_own_way_through_trees_of_different_depth() -> None:
    forest = create_forest({"constant": 0.25, "trees": [DEEP, STUMP]})
    rows = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 3.0], [0.5, -1.0]])
    assert forest.log_odds(rows).tolist() == [0.75, 10.75, 100.75, 0.75]


def test_what_equals_a_limit_goes_to_the_left() -> None:
    assert create_forest({"constant": 0.0, "trees": [STUMP]}).log_odds(np.array([[9.0, 0.0]])).tolist() == [-0.5]
