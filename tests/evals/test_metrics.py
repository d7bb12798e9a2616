"""Metrics against numbers worked out by hand, and against ir-measures' definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.evals.metrics import ndcg, recall, reciprocal_rank, success


def test_a_worked_example_of_ndcg() -> None:
    """Gains 3 and 1 found at ranks 2 and 4: (3/log2(3) + 1/log2(5)) / (3/log2(2) + 1/log2(3))."""
    by_hand = (3 / math.log2(3) + 1 / math.log2(5)) / (3 + 1 / math.log2(3))
    assert ndcg(["x", "a", "y", "b"], {"a": 3.0, "b": 1.0}, k=10) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.6399, abs=1e-4)


def test_what_lies_beyond_k_does_not_count() -> None:
    ranked = ["x", "y", "a"]
    assert (ndcg(ranked, {"a": 1}, 2), reciprocal_rank(ranked, {"a": 1}, 2), success(ranked, {"a": 1}, 2)) == (0, 0, 0)
    assert recall(ranked, {"a": 1, "b": 1}, 3) == 0.5


def test_nothing_relevant_scores_nothing() -> None:
    assert (ndcg(["a"], {}, 5), recall(["a"], {}, 5)) == (0.0, 0.0)


@given(st.permutations(list("abcdef")), st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 5), min_size=1))
def test_the_ideal_order_scores_one_and_no_order_more(ranked: list[str], gains: dict[str, float]) -> None:
    ideal = sorted(gains, key=lambda name: -gains[name])
    assert ndcg(ideal, gains, 10) == pytest.approx(1)
    assert 0 <= ndcg(ranked, gains, 10) <= 1 + 1e-9
