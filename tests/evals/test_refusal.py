"""A threshold for a wanted share of false answers, and coefficients only where they are better."""

from __future__ import annotations

import pytest

from mlplaybook.evals.abstention import Judged, false_answers
from mlplaybook.evals.refusal import Sample, fit_model, stratified, threshold_for
from mlplaybook.server.answers.abstain import Signals, confidence, shipped_model
from mlplaybook.server.retrieval.tuned import AnswerModel

PLAIN = shipped_model("plain")


def judged(covered: list[float], uncovered: list[float]) -> list[Judged]:
    pairs = [(True, p) for p in covered] + [(False, p) for p in uncovered]
    return [Judged(str(number), "", kind, p) for number, (kind, p) in enumerate(pairs)]


def samples(covered: float, uncovered: float, count: int = 30) -> list[Sample]:
    """Questions whose best cosine lies around one value or the other."""
    kinds = [(True, covered), (False, uncovered)]
    return [
        Sample(f"{kind}-{n}", kind, kind, Signals(dense=middle + 0.002 * n, coverage=0.5, weakest=0.3))
        for kind, middle in kinds
        for n in range(count)
    ]


@pytest.mark.parametrize(("wanted", "threshold"), [(0.0, 0.75), (0.25, 0.45), (0.49, 0.45), (0.5, 0.25), (1.0, 0.25)])
def test_a_worked_example_of_thresholds(wanted: float, threshold: float) -> None:
    """Where .7 may be answered the limit lies below .5, the next covered one; where .4 may too, below .3."""
    entries = judged([0.9, 0.8, 0.5, 0.3], [0.7, 0.4, 0.2, 0.1])
    assert threshold_for(entries, wanted) == pytest.approx(threshold)
    assert false_answers(entries, threshold) <= wanted


def test_nothing_is_answered_where_no_threshold_is_good_enough() -> None:
    assert threshold_for(judged([0.5], [0.9, 0.8]), 0.0) == pytest.approx(0.95)


def test_every_fold_has_both_kinds() -> None:
    folds = stratified([True] * 10 + [False] * 5, seed=7)
    assert sorted(folds[:10].tolist()) == sorted([*range(5)] * 2)
    assert sorted(folds[10:].tolist()) == [*range(5)]


def test_a_threshold_moves_to_where_this_corpus_has_its_scores() -> None:
    """Every covered question here has a cosine that is a refusal elsewhere; the order is right already."""
    low = samples(0.35, 0.15)
    fit = fit_model(PLAIN, low, low, wanted=0.05, seed=7)
    assert not fit.refitted
    assert fit.model.coefficients == PLAIN.coefficients
    assert (fit.before.auroc, fit.before.false_refusals) == (1.0, pytest.approx(1.0, abs=0.5))
    assert (fit.after.false_answers, fit.after.false_refusals) == (0.0, 0.0)
    assert fit.model.partial < fit.model.answered < 0.5
    assert confidence(low[0].signals, fit.model) > fit.model.answered > confidence(low[-1].signals, fit.model)


def test_coefficients_are_fitted_where_the_shipped_ones_order_wrongly() -> None:
    """Here a lower cosine speaks for an answer."""
    reverse = samples(0.2, 0.6)
    fit = fit_model(PLAIN, reverse, reverse, wanted=0.05, seed=7)
    assert fit.refitted
    assert fit.model.coefficients["dense"] < 0
    assert (fit.before.auroc, fit.after.auroc) == (0.0, 1.0)


def test_the_kind_of_a_model_stays() -> None:
    fit = fit_model(shipped_model("asked"), samples(0.6, 0.2), samples(0.6, 0.2), wanted=0.05, seed=7)
    assert isinstance(fit.model, AnswerModel)
    assert fit.model.kind == "asked"
    assert set(fit.model.coefficients) == {"constant", "dense", "coverage", "weakest", "asked"}
