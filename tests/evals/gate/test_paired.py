"""Tests of a run against its baseline hold their promise of few false alarms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlplaybook.evals.config import Plan, read_plan
from mlplaybook.evals.gate.aggregate import aurc, auroc, f1
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.gate.paired import bootstrap_p, holm, mcnemar, power, resample, smallest_drop
from tests.evals.runs import run_of

RERUNS, FLIPS = 200, 0.02


def test_five_losses_without_a_win_are_significant_and_four_are_not() -> None:
    assert [mcnemar(4, 0), mcnemar(5, 0)] == [0.0625, 0.03125]


def test_a_bootstrap_gives_the_same_for_the_same_seed() -> None:
    before, after = np.array([1.0, 0.5, 0.2]), np.array([0.9, 0.5, 0.1])
    assert resample(before, after, seed=1).tolist() == resample(before, after, seed=1).tolist()


def test_a_bootstrap_of_three_moved_cases_is_no_surer_than_a_sign_test() -> None:
    before = np.ones(200)
    after = before.copy()
    after[:3] = 0.0
    assert bootstrap_p(resample(before, after), before, after) >= 0.125


def test_holm_keeps_the_order_and_never_falls() -> None:
    assert holm({"a": 0.2, "b": 0.001}) == {"b": 0.002, "a": 0.2}


def test_aggregates_by_hand() -> None:
    signed = np.array([0.9, 0.4, -0.1, -0.4])
    assert (auroc(signed), aurc(np.array([0.9, 0.5, -0.2]))) == (0.875, pytest.approx(1 / 9))
    assert f1(np.array([1.0, 0.5, -1.0])) == 0.5


def test_two_hundred_cases_find_five_points_nearly_always() -> None:
    assert smallest_drop(200, 0.05) == 0.025
    assert power(200, 0.05, 0.0, 0.05) > 0.95
    assert power(50, 0.05, 0.0, 0.05) < 0.3


def test_reruns_in_which_nothing_changed_raise_few_alarms() -> None:
    """Both sides are the same system seen with 2 % of the verdicts turned, for every gated 0/1 metric, 150 cases each."""
    plan = without_promises(read_plan())
    generator = np.random.default_rng(7)
    sizes = {name: 150 for name, metric in plan.metrics.items() if metric.test == "mcnemar"}
    truth = {name: generator.random(size) < 0.9 for name, size in sizes.items()}
    alarms = 0
    for _ in range(RERUNS):
        before, after = (run_of({n: flipped(t, generator) for n, t in truth.items()}, complete=False) for _ in range(2))
        alarms += judge_run(after, plan, from_run(before)).exit_code != 0
    assert alarms / RERUNS <= 0.03


def flipped(truth: np.ndarray[tuple[int], np.dtype[np.bool_]], generator: np.random.Generator) -> list[float]:
    return [float(value) for value in truth ^ (generator.random(len(truth)) < FLIPS)]


def without_promises(plan: Plan) -> Plan:
    """The plan for verdicts that may flip: what must always hold is no statistic, and is left out."""
    metrics = {
        name: replace(metric, floor=0.0, max_drop=max(metric.max_drop, 0.02)) for name, metric in plan.metrics.items()
    }
    return replace(plan, metrics=metrics, must_pass=())
