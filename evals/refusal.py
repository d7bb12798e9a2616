"""When a corpus refuses: a model fitted to its own questions, and a threshold for a wanted share of false answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlplaybook.evals.abstention import Judged, auroc_of, false_answers, false_refusals
from mlplaybook.evals.folds import FOLDS, assign_folds
from mlplaybook.evals.logistic import fit_logistic
from mlplaybook.server.answers.abstain import ANSWERED, PARTIAL, Signals, confidence
from mlplaybook.server.retrieval.tuned import AnswerModel

CONSTANT = "constant"
# What is written down of a coefficient or a threshold.
DIGITS = 6
# A gain of AUROC below this is chance with a few hundred questions, and coefficients that many corpora share are sounder.
NOTICEABLE = 0.005

Train = Callable[[Sequence["Sample"]], AnswerModel]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with what speaks for an answer to it, and whether a relevant document was among the first."""

    id: str
    covered: bool
    found: bool
    signals: Signals


@dataclass(frozen=True, slots=True)
class Rates:
    """How well questions that are covered are told from those that are not; the shares are at the threshold."""

    auroc: float
    false_answers: float
    false_refusals: float


@dataclass(frozen=True, slots=True)
class ModelFit:
    """The model for a corpus, with every question as it was judged while it was held out.

    `refitted` says whether its coefficients are new, `moved` whether its thresholds are. `usual` are the same questions as
    the model that ships judges them, without any tuning.
    """

    model: AnswerModel
    refitted: bool
    moved: bool
    judged: tuple[Judged, ...]
    usual: tuple[Judged, ...]
    before: Rates
    after: Rates

    @property
    def gained(self) -> bool:
        """Whether anything differs from what ships."""
        return self.refitted or self.moved


def fit_model(
    shipped: AnswerModel, before: Sequence[Sample], samples: Sequence[Sample], wanted: float, seed: int
) -> ModelFit:
    """A model and thresholds for at most the wanted share of false answers.

    What ships stays where new coefficients do not order held-out questions noticeably better, and where its threshold keeps
    the wanted share and a new one refuses no fewer of the covered questions.

    :param before: the samples as the search without any tuning sees them.
    :param samples: the same questions as the tuned search sees them.
    """
    folds = stratified([sample.covered for sample in samples], seed)
    old = judge(samples, [confidence(sample.signals, shipped) for sample in samples])
    new = judge(samples, held_out(lambda chosen: train(shipped, chosen), samples, folds))
    refitted = auroc_of(new) - auroc_of(old) >= NOTICEABLE
    judged = new if refitted else old
    model = train(shipped, samples) if refitted else shipped
    stays, moves = rates_at(judged, ANSWERED), held_out_rates(judged, folds, wanted)
    moved = stays.false_answers > wanted or moves.false_refusals < stays.false_refusals
    if moved:
        threshold = threshold_for(judged, wanted)
        limits = round(threshold, DIGITS), round(partial_of(threshold), DIGITS)
        model = AnswerModel(model.kind, model.coefficients, *limits)
    usual = judge(before, [confidence(sample.signals, shipped) for sample in before])
    return ModelFit(model, refitted, moved, judged, usual, rates_at(usual, ANSWERED), moves if moved else stays)


def train(shipped: AnswerModel, samples: Sequence[Sample]) -> AnswerModel:
    """The same signals with coefficients of the samples' own."""
    names = [name for name in shipped.coefficients if name != CONSTANT]
    x = np.array([[getattr(sample.signals, name) or 0.0 for name in names] for sample in samples])
    constant, slopes = fit_logistic(x, np.array([sample.covered for sample in samples]))
    fitted = {CONSTANT: constant, **dict(zip(names, map(float, slopes), strict=True))}
    coefficients = {name: round(value, DIGITS) for name, value in fitted.items()}
    return AnswerModel(shipped.kind, coefficients, shipped.answered, shipped.partial)


def held_out(train: Train, samples: Sequence[Sample], folds: NDArray[np.int64]) -> list[float]:
    """The probability of every sample by the model of the other folds."""
    models = [train([s for s, own in zip(samples, folds, strict=True) if own != fold]) for fold in range(FOLDS)]
    return [confidence(sample.signals, models[fold]) for sample, fold in zip(samples, folds, strict=True)]


def judge(samples: Sequence[Sample], probabilities: Sequence[float]) -> tuple[Judged, ...]:
    """The samples with their probabilities."""
    return tuple(
        Judged(sample.id, "covered" if sample.covered else "not covered", sample.covered, probability, sample.found)
        for sample, probability in zip(samples, probabilities, strict=True)
    )


def stratified(covered: Sequence[bool], seed: int) -> NDArray[np.int64]:
    """Folds that have as many of either kind as can be."""
    kinds = np.array(covered)
    folds = np.empty(len(kinds), np.int64)
    for kind in (True, False):
        folds[kinds == kind] = assign_folds(int((kinds == kind).sum()), seed)
    return folds


def threshold_for(judged: Sequence[Judged], wanted: float) -> float:
    """The threshold with at most the wanted share of false answers that refuses fewest of the covered questions.

    It lies half-way between the last covered question that is answered and the first below it that is not covered.

    >>> covered = [Judged(str(p), "", True, p) for p in (0.9, 0.8, 0.3)]
    >>> not_covered = [Judged(str(p), "", False, p) for p in (0.5, 0.2)]
    >>> round(threshold_for([*covered, *not_covered], 0.0), 3), round(threshold_for([*covered, *not_covered], 0.5), 3)
    (0.65, 0.25)
    """
    negative = sorted((entry.probability for entry in judged if not entry.covered), reverse=True)
    allowed = math.floor(wanted * len(negative))
    bound = negative[allowed] if allowed < len(negative) else 0.0
    lowest = min((entry.probability for entry in judged if entry.covered and entry.probability > bound), default=1.0)
    below = max((probability for probability in negative if probability < lowest), default=0.0)
    return (below + lowest) / 2


def partial_of(answered: float) -> float:
    """Where `partial` begins: as far below `answered`, in log-odds, as in the model that ships.

    >>> round(partial_of(0.5), 9)
    0.3
    """
    odds = answered / (1 - answered) * PARTIAL / (1 - PARTIAL) * (1 - ANSWERED) / ANSWERED
    return odds / (1 + odds)


def rates_at(judged: Sequence[Judged], threshold: float) -> Rates:
    """What one threshold does to all questions."""
    return Rates(auroc_of(judged), false_answers(judged, threshold), false_refusals(judged, threshold))


def held_out_rates(judged: Sequence[Judged], folds: NDArray[np.int64], wanted: float) -> Rates:
    """What the thresholds of the other folds do to each fold."""
    answered = []
    for fold in range(FOLDS):
        others = [entry for entry, own in zip(judged, folds, strict=True) if own != fold]
        limit = threshold_for(others, wanted)
        answered += [(e, e.probability >= limit) for e, own in zip(judged, folds, strict=True) if own == fold]
    wrong = [was for entry, was in answered if not entry.covered]
    right = [was for entry, was in answered if entry.covered]
    return Rates(auroc_of(judged), sum(wrong) / len(wrong), 1 - sum(right) / len(right))
