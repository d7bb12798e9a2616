"""Maximal marginal relevance: worked by hand, and what it does to a search."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.encoder import unit
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.mmr import diversify
from mlplaybook.server.retrieval.search import Method, rank_chunks

VECTORS = np.array([[1, 0], [0.96, 0.28], [0, 1], [0.6, 0.8]], np.float32)
TOTALS = np.array([3.0, 2.8, 2.0, 1.0], np.float32)


@pytest.mark.parametrize(
    ("weight", "order"),
    [(1.0, [0, 1, 2, 3]), (0.9, [0, 1, 2, 3]), (0.5, [0, 2, 1, 3]), (0.0, [0, 2, 3, 1])],
)
def test_a_worked_example(weight: float, order: list[int]) -> None:
    """Relevance is 1, .9, .5, 0; the cosines with the first are .96, 0, .6, with the third .28 and .8.

    At .9 the second is worth .81 - .096 = .714, the third .45; at .5 the second .45 - .48 = -.03, the third .25, and then
    the second still -.03, the last 0 - .4. At 0 only cosines count: third 0, then last -.8 before second -.96.
    """
    assert diversify(TOTALS, VECTORS, weight) == order


def test_nothing_and_equal_totals_are_fine() -> None:
    assert diversify(TOTALS[:0], VECTORS[:0], 0.5) == []
    assert diversify(np.ones(2, np.float32), VECTORS[:2], 0.5) == [0, 1]


@given(st.integers(1, 12), st.integers(0, 99), st.floats(0, 1))
def test_the_order_is_a_permutation_and_begins_with_the_best(count: int, seed: int, weight: float) -> None:
    source = np.random.default_rng(seed)
    vectors = np.stack([unit(row) for row in source.standard_normal((count, 8)).astype(np.float32)])
    totals = np.sort(source.random(count).astype(np.float32))[::-1]
    order = diversify(totals, vectors, weight)
    assert (sorted(order), order[0]) == (list(range(count)), 0)
    assert diversify(totals, vectors, 1.0) == list(range(count))


def test_a_search_keeps_its_chunks_and_scores_and_changes_their_order(handbook: Index) -> None:
    plain, alone, diverse = (
        rank_chunks(handbook, "drift index alert", method=Method(mmr=mmr)) for mmr in (None, 1.0, 0.3)
    )
    assert list(plain.scores.items()) == list(alone.scores.items())
    assert diverse.scores == plain.scores
    assert list(diverse.scores) != list(plain.scores)
    assert next(iter(diverse.scores)) == next(iter(plain.scores))


@pytest.mark.parametrize("mmr", [-0.1, 1.5, float("nan")])
def test_a_weight_outside_0_to_1_is_refused(handbook: Index, mmr: float) -> None:
    with pytest.raises(BadSetting, match="is not between 0 and 1"):
        rank_chunks(handbook, "drift", method=Method(mmr=mmr))


def test_an_index_of_words_only_refuses_it(handbook: Index) -> None:
    bare = dataclasses.replace(handbook, vectors=None, encoder=None, nearest=None)
    with pytest.raises(BadSetting, match="--mmr compares vectors, and this search is by words only"):
        rank_chunks(bare, "drift", method=Method(mmr=0.5))
