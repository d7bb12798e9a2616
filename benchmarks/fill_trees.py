"""Boosted trees fitted with scikit-learn and written as lists, which `server/artefacts/filling/forest.py` reads with numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from mlplaybook.server.artefacts.filling.doubt import DOUBTS
from mlplaybook.server.artefacts.filling.route import FEATURES

FREE = {"typed", "leaf", "unworded"}
AGAINST = {"veto", "unmet", "question", "rival", "rival_heading", "short", *DOUBTS}
SIGNS = [0 if name in FREE else -1 if name in AGAINST else 1 for name in FEATURES]
TREES = {"max_iter": 120, "learning_rate": 0.08, "max_leaf_nodes": 8, "min_samples_leaf": 30, "l2_regularization": 5.0,
         "max_features": 0.5}  # fmt: skip
# Forests of different seeds, each of half of the signals a split, are averaged.
SEEDS = 3


def fit_trees(rows: NDArray[np.float64], truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Trees of rows (rows, features) and whether each is true, in which no signal counts against its sign."""
    models = [HistGradientBoostingClassifier(monotonic_cst=SIGNS, random_state=seed, **TREES) for seed in range(SEEDS)]
    with threadpool_limits(1):
        return exported([model.fit(rows, truth) for model in models])


def exported(models: Sequence[HistGradientBoostingClassifier]) -> dict[str, Any]:
    """The mean of several models as one list of trees; a leaf leads to itself."""
    trees = []
    for (predictor,) in (one for model in models for one in model._predictors):
        nodes = predictor.nodes
        leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
        trees.append({
            "feature": np.where(leaf, -1, nodes["feature_idx"]).tolist(),
            "limit": [round(float(v), 6) for v in np.where(leaf, 0, nodes["num_threshold"])],
            "left": np.where(leaf, own, nodes["left"]).tolist(), "right": np.where(leaf, own, nodes["right"]).tolist(),
            "value": [round(float(v), 5) for v in np.where(leaf, nodes["value"] / len(models), 0)],
        })  # fmt: skip
    return {"constant": round(float(np.ravel(models[0]._baseline_prediction)[0]), 5), "trees": trees}
