"""Weights from labelled questions: the kept scores rank as the search does, and chance does not count as a gain."""

from __future__ import annotations

import numpy as np
import pytest

from mlplaybook.evals.fusion import DEFAULT, Scored, best_weights, fit_weights, ndcg_with, score_candidates
from mlplaybook.evals.metrics import DEPTH, ndcg
from mlplaybook.evals.questions import Question
from mlplaybook.evals.retrieval import rank_documents
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.retrieval.tuned import Weights

AXES = ((0.0, 0.3, 1.0), (0.0, 3.0), (1.5,))
NOTHING = np.zeros(2, np.float32)


def two_documents(right: str) -> Scored:
    """Meaning is for document a, words are for b."""
    dense, lexical = np.array([1.0, 0.5], np.float32), np.array([0.0, 1.0], np.float32)
    return Scored(dense, lexical, NOTHING, NOTHING, ("a", "b"), np.array([0, 1]), {right: 1.0})


def test_a_worked_example_of_ranking_from_kept_scores() -> None:
    """With a lexical weight of .4 document a has 1 and b .9; with .6 b has 1.1. The second place is worth 1 / log2(3)."""
    assert ndcg_with(Weights(lexical=0.4), two_documents("b")) == pytest.approx(1 / np.log2(3))
    assert ndcg_with(Weights(lexical=0.6), two_documents("b")) == 1.0


def test_a_document_counts_by_its_best_chunk() -> None:
    dense = np.array([0.1, 0.9, 0.8], np.float32)
    none = np.zeros(3, np.float32)
    scored = Scored(dense, none, none, none, ("a", "b"), np.array([0, 2]), {"a": 1.0})
    assert ndcg_with(DEFAULT, scored) == 1.0


@pytest.mark.parametrize("weights", [DEFAULT, Weights(0.0, 1.0), Weights(2.0, 0.0), Weights(0.5, 7.0)])
def test_kept_scores_rank_as_the_search_does(handbook: Index, weights: Weights) -> None:
    texts = ("alert above index", "split rows by time", "python code of the index", "information in production")
    questions = [Question(text, text, {"drift": 1.0}) for text in texts]
    method = Method(lexical_weight=weights.lexical, late_weight=weights.late, asked_weight=weights.asked)
    searched = [ndcg(rank_documents(handbook, q.text, method), q.relevant, DEPTH) for q in questions]
    assert [ndcg_with(weights, entry) for entry in score_candidates(handbook, questions)] == pytest.approx(searched)


def test_the_grid_finds_what_separates_and_prefers_the_default_among_equals() -> None:
    def column(weights: Weights) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([ndcg_with(weights, two_documents("b"))])

    everything = np.array([True])
    assert best_weights(column, AXES, everything) == Weights(lexical=0.65)
    assert best_weights(lambda weights: np.array([1.0]), AXES, everything) == DEFAULT


def test_what_helps_held_out_questions_is_kept() -> None:
    """All but one question need a higher lexical weight."""
    fit = fit_weights([two_documents("b")] * 39 + [two_documents("a")], asked=False, seed=7)
    assert fit.gained
    assert fit.weights == fit.fitted
    assert fit.weights.lexical > 0.5
    assert fit.before < fit.after


def test_the_default_stays_where_nothing_is_gained() -> None:
    """Words decide, and they are right as often as not: whatever is fitted is no better on what was held out."""
    fit = fit_weights([two_documents("a"), two_documents("b")] * 20, asked=False, seed=7)
    assert not fit.gained
    assert fit.weights == DEFAULT
