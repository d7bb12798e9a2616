"""What filling is fitted with: trees that keep the signs of the signals, a softmax regression, and the written sentences."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fill_lessons import fit_softmax, sentences
from benchmarks.fill_trees import AGAINST, fit_trees
from mlplaybook.server.artefacts.filling.forest import create_forest
from mlplaybook.server.artefacts.filling.route import FEATURES
from mlplaybook.server.artefacts.library import load_template

TEN = (
    "problem-brief", "model-card", "dataset-card", "experiment-record", "monitoring-config", "serving-config", "cost-sheet",
    "model-requirements", "retraining-pipeline", "ab-test-plan",
)  # fmt: skip
SAYS, VETO = FEATURES.index("says"), FEATURES.index("veto")


def test_no_signal_counts_against_its_sign() -> None:
    rows = np.random.default_rng(3).random((600, len(FEATURES)))
    truth = rows[:, SAYS] - rows[:, VETO] + 0.3 * rows[:, 5] > 0.1
    forest = create_forest(fit_trees(rows, truth))
    assert ((forest.log_odds(rows) > 0) == truth).mean() > 0.9
    more_said, more_against = rows.copy(), rows.copy()
    more_said[:, SAYS] += 0.2
    more_against[:, VETO] += 0.2
    assert (forest.log_odds(more_said) >= forest.log_odds(rows)).all()
    assert (forest.log_odds(more_against) <= forest.log_odds(rows)).all()
    assert "veto" in AGAINST


def test_a_softmax_regression_tells_three_kinds_apart() -> None:
    x = np.array([[1.0, 0, 1], [0.9, 0.1, 1], [0, 1, 1], [0.1, 0.9, 1], [-1, -1, 1], [-0.9, -1, 1]])
    y = np.array([0, 0, 1, 1, 2, 2])
    assert (x @ fit_softmax(x, y, 3)).argmax(axis=1).tolist() == y.tolist()


@pytest.mark.parametrize("template", TEN)
def test_sentences_are_of_fields_that_there_are_and_every_field_has_some(template: str) -> None:
    said = sentences(template)
    names = {field.name for field in load_template(template).fields}
    assert said.keys() - {""} <= names
    assert names - said.keys() == set()
    assert all(len(set(texts)) >= 2 for texts in said.values())
    assert len(said[""]) >= 8
