"""ROUGE-L recall by examples that can be counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.evals.rouge import longest_common, rouge_l_recall

WORDS = st.lists(st.sampled_from(["drift", "alert", "psi", "rows"]), max_size=12)


@pytest.mark.parametrize(
    ("reference", "answer", "recall"),
    [
        ("Warn at PSI 0.1 and act at 0.2.", "Act at 0.2, and warn at PSI 0.1.", 0.5),
        ("one two three", "", 0.0),
        ("", "one", 0.0),
        ("One, TWO.", "one (two) three", 1.0),
    ],
)
def test_words_count_in_order_whatever_their_case_and_marks(reference: str, answer: str, recall: float) -> None:
    assert rouge_l_recall(reference, answer) == pytest.approx(recall)


@given(WORDS, WORDS)
def test_a_common_subsequence_is_no_longer_than_either_and_has_no_direction(
    first: list[str], second: list[str]
) -> None:
    assert longest_common(first, second) == longest_common(second, first) <= min(len(first), len(second))
    assert longest_common(first, first + second) == len(first)
