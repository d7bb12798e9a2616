"""A corpus is tuned with its own questions, or it is said why not."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date

import pytest

from mlplaybook.evals.questions import Question
from mlplaybook.evals.tune import FEWEST, Fit, Wanted, tune
from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.tuned import Weights
from tests.conftest import ID
from tests.server.test_tuned import TUNED

DAY = date(2026, 11, 21)
WORDS = "index stable alert raise population stability compare counts windows unit category owner table shifted".split()
COVERED = [Question(f"q{n}", f"{a} {b}?", {"drift": 1.0}) for n, (a, b) in enumerate(itertools.pairwise(WORDS))]
COVERED += [Question(f"s{n}", f"{word} by time before scaling", {"data/leakage": 1.0}) for n, word in enumerate(WORDS)]
UNCOVERED = [f"football champion number {n}" for n in range(FEWEST)]


def fitted(index: Index, *, uncovered: list[str] = UNCOVERED) -> Fit:
    return tune(index, COVERED, uncovered, Wanted(), DAY)


def test_a_corpus_is_tuned(handbook: Index) -> None:
    fit = fitted(handbook)
    assert (fit.tuned.encoder, fit.tuned.generation) == (ID, handbook.manifest.generation)
    assert (fit.tuned.date, fit.tuned.questions, fit.tuned.not_covered) == ("2026-11-21", len(COVERED), FEWEST)
    assert fit.model is not None
    assert fit.model.after.auroc > 0.95
    assert fit.tuned.weights == fit.fusion.weights
    assert set(fit.tuned.figures) == {"ndcg10_before", "ndcg10_after", "ndcg10_gain_error"} | {
        f"{name}_{when}" for name in ("auroc", "false_answers", "false_refusals") for when in ("before", "after")
    }


def test_what_does_as_well_as_it_ships_is_left_as_it_is(handbook: Index) -> None:
    answered = [question for question in COVERED if find(handbook, question.text).status == "answered"]
    fit = tune(handbook, answered, UNCOVERED, Wanted(), DAY)
    assert fit.model is not None
    assert (fit.model.before.false_answers, fit.model.before.false_refusals) == (0.0, 0.0)
    assert fit.tuned.model is None
    assert fit.worth_keeping == fit.fusion.gained


def test_a_threshold_moves_where_what_is_not_covered_shares_words_with_the_pages(handbook: Index) -> None:
    three = zip(WORDS, WORDS[3:] + WORDS[:3], WORDS[6:] + WORDS[:6], strict=True)
    near = [f"{' '.join(words)} {extra} football?" for words in three for extra in ("which", "when")]
    fit = fitted(handbook, uncovered=near)
    assert fit.model is not None
    assert fit.model.before.false_answers > 0.05 >= fit.model.after.false_answers
    assert fit.tuned.model == fit.model.model
    assert fit.worth_keeping


def test_what_was_fitted_before_does_not_matter(handbook: Index) -> None:
    again = dataclasses.replace(handbook, tuned=dataclasses.replace(TUNED, weights=Weights(9.0, 0.0, 0.0)))
    assert fitted(again).tuned == fitted(handbook).tuned


def test_without_uncovered_questions_only_the_weights_are_fitted(handbook: Index) -> None:
    fit = fitted(handbook, uncovered=UNCOVERED[1:])
    assert fit.model is None
    assert fit.tuned.model is None
    assert fit.worth_keeping == fit.fusion.gained


def test_too_few_questions_are_refused(handbook: Index) -> None:
    with pytest.raises(BadSource, match="3 labelled questions are too few"):
        tune(handbook, COVERED[:3], UNCOVERED, Wanted(), DAY)


def test_labels_of_another_corpus_are_refused(handbook: Index) -> None:
    other = [dataclasses.replace(question, relevant={"a0": 1.0}) for question in COVERED]
    with pytest.raises(BadSource, match="documents that 'handbook' does not have, such as 'a0'"):
        tune(handbook, other, UNCOVERED, Wanted(), DAY)


def test_an_index_without_vectors_is_refused(handbook: Index) -> None:
    with pytest.raises(BadSetting, match="searched by words only"):
        tune(dataclasses.replace(handbook, encoder=None, vectors=None, nearest=None), COVERED, [], Wanted(), DAY)
