"""The gate cries wolf rarely, and does not sleep: simulated on the committed baseline with the real plan."""

from __future__ import annotations

import numpy as np
import pytest

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.alarms import columns, false_alarms, noisy
from mlplaybook.evals.gate.baseline import FOLDER, Baseline, read_baseline


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return read_baseline(FOLDER / "core.json")


def test_two_hundred_reruns_in_which_nothing_changed_raise_few_alarms(baseline: Baseline) -> None:
    """Every gated metric of the real set, graded ones and AUROC too, with 2 % of the verdicts turned on both sides."""
    made = false_alarms(baseline, read_plan())
    assert (made.reruns, made.share <= 0.03) == (200, True)


def test_a_loss_of_one_case_in_twenty_is_found_every_time(baseline: Baseline) -> None:
    assert false_alarms(baseline, read_plan(), reruns=20, drop=0.05).share == 1.0


def test_promises_are_no_statistics_and_left_out(baseline: Baseline) -> None:
    names = dict(columns(baseline, read_plan()))
    assert ("retrieval/ndcg@10" in names, "abstention/auroc" in names) == (True, True)
    assert {"answers/verified", "redteam/held", "templates/proven"}.isdisjoint(names)


def test_a_graded_score_is_turned_into_another_cases_and_keeps_what_it_is() -> None:
    metric = read_plan().metrics["abstention/auroc"]
    values = np.array([0.9, 0.8, -0.3, -0.1])
    turned = noisy(values, metric, 1.0, np.random.default_rng(0))
    assert (np.sign(turned).tolist(), sorted(np.abs(turned).tolist())) == ([1, 1, -1, -1], [0.1, 0.3, 0.8, 0.9])
