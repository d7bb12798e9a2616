"""Paired tests and aggregates, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlplaybook.evals.gate.aggregate import AGGREGATES, aurc, auroc, f1, plain
from mlplaybook.evals.gate.paired import bootstrap_p, holm, mcnemar, power, resample, smallest_drop


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
    assert (plain(auroc, signed), plain(aurc, np.array([0.9, 0.5, -0.2]))) == (0.875, pytest.approx(1 / 9))
    assert plain(f1, np.array([1.0, 0.5, -1.0])) == 0.5


@pytest.mark.parametrize("name", AGGREGATES)
def test_a_case_that_counts_twice_is_a_case_that_stands_twice(name: str) -> None:
    values = np.array([0.9, 0.4, -0.1, -0.4]) if name != "f1" else np.array([1.0, 0.5, -1.0, -0.5])
    counts = np.array([[2.0, 1.0, 3.0, 0.0]])
    written_out = np.repeat(values, [2, 1, 3, 0])
    assert AGGREGATES[name](values, counts)[0] == pytest.approx(plain(AGGREGATES[name], written_out))


def test_two_hundred_cases_find_five_points_nearly_always() -> None:
    assert smallest_drop(200, 0.05) == 0.025
    assert power(200, 0.05, 0.0, 0.05) > 0.95
    assert power(50, 0.05, 0.0, 0.05) < 0.3
