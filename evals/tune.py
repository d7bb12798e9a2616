"""Weights and thresholds for one corpus, from questions whose answers are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mlplaybook.evals.fusion import FusionFit, fit_weights, score_candidates
from mlplaybook.evals.questions import Question
from mlplaybook.evals.refusal import ModelFit, Sample, fit_model
from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.abstain import model_of
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.retrieval.tuned import Tuned, Weights

# With fewer, chance decides: four of twenty are held out at a time.
FEWEST = 20
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """The share of the questions not covered that may be answered all the same, and the seed of the folds."""

    false_answers: float = 0.05
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found; `model` is None where there were too few questions that are not covered."""

    tuned: Tuned
    fusion: FusionFit
    model: ModelFit | None

    @property
    def worth_keeping(self) -> bool:
        """Whether anything differs from what every corpus starts with."""
        return self.fusion.gained or self.tuned.model is not None


def tune(index: Index, questions: Sequence[Question], uncovered: Sequence[str], wanted: Wanted, day: date) -> Fit:
    """Fit the weights, then the model and its thresholds, to the questions of a corpus.

    :param uncovered: questions that the corpus does not answer.
    :raises BadSource: there are too few questions, or their labels are not of this corpus.
    :raises BadSetting: the index has no vectors.
    """
    bare = dataclasses.replace(index, tuned=None)
    refuse_what_cannot_be_tuned(bare, questions)
    fusion = fit_weights(score_candidates(bare, questions), asked=has_questions(bare), seed=wanted.seed)
    model = fit_refusal(bare, questions, uncovered, fusion.weights, wanted) if len(uncovered) >= FEWEST else None
    tuned = Tuned(
        encoder=index.manifest.encoder,
        generation=index.manifest.generation,
        date=day.isoformat(),
        questions=len(questions),
        not_covered=len(uncovered),
        weights=fusion.weights,
        model=model.model if model and model.gained else None,
        figures=figures(fusion, model),
    )
    return Fit(tuned, fusion, model)


def has_questions(index: Index) -> bool:
    """Whether there are questions beside the pages."""
    return index.vectors is not None and len(index.vectors.asked) > 0


def refuse_what_cannot_be_tuned(index: Index, questions: Sequence[Question]) -> None:
    """Raise before any work is done."""
    name = index.manifest.corpus
    if index.encoder is None:
        cause = f"The corpus '{name}' is searched by words only, so there are no weights to fit."
        raise BadSetting(cause, "`mlplaybook doctor` says why there are no vectors.")
    if len(questions) < FEWEST:
        cause = f"{len(questions)} labelled questions are too few to fit anything."
        raise BadSource(cause, f"Give at least {FEWEST}; a hundred is a good beginning.")
    known = {identifier for (identifier,) in index.catalog.connection.execute("SELECT id FROM documents")}
    strange = [question for question in questions if not known & set(question.relevant)]
    if strange:
        first = next(iter(strange[0].relevant))
        cause = f"{len(strange)} of {len(questions)} questions are labelled with documents that '{name}' does not have,"
        remedy = "Label with the `document` that `mlplaybook search --json` prints."
        raise BadSource(f"{cause} such as {first!r}.", remedy)


def fit_refusal(
    index: Index, questions: Sequence[Question], uncovered: Sequence[str], weights: Weights, wanted: Wanted
) -> ModelFit:
    """The model on what the search with these weights finds."""
    method = Method(lexical_weight=weights.lexical, late_weight=weights.late, asked_weight=weights.asked)
    samples = sample_all(index, questions, uncovered, method)
    before = samples if weights == Weights() else sample_all(index, questions, uncovered, Method())
    return fit_model(model_of(index), before, samples, wanted.false_answers, wanted.seed)


def sample_all(
    index: Index, questions: Sequence[Question], uncovered: Sequence[str], method: Method
) -> tuple[Sample, ...]:
    """Every question with its signals; a covered one is found when a relevant document is among the first five."""
    samples = []
    for question in questions:
        seen = find(index, question.text, method=method)
        found = any(hit.document.id in question.relevant for hit in seen.hits)
        samples.append(Sample(question.id, True, found, seen.signals))
    for number, text in enumerate(uncovered):
        samples.append(Sample(f"not-covered-{number}", False, False, find(index, text, method=method).signals))
    return tuple(samples)


def figures(fusion: FusionFit, model: ModelFit | None) -> dict[str, float]:
    """What was measured, before and after, by name."""
    found = {"ndcg10_before": fusion.before, "ndcg10_after": fusion.after, "ndcg10_gain_error": fusion.error}
    if model:
        for name, rates in (("before", model.before), ("after", model.after)):
            found |= {f"{key}_{name}": value for key, value in dataclasses.asdict(rates).items()}
    return {name: round(value, DIGITS) for name, value in found.items()}
