"""The weights of the search that rank labelled questions best, judged on questions that were held out."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlplaybook.evals.folds import FOLDS, assign_folds
from mlplaybook.evals.metrics import DEPTH, ndcg
from mlplaybook.evals.questions import Question
from mlplaybook.ingest.encoder import Floats
from mlplaybook.server.retrieval.fuse import scaled
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.late import LATE_DEPTH
from mlplaybook.server.retrieval.question import clean_question
from mlplaybook.server.retrieval.search import SECTION_WEIGHT, Method, rank_chunks
from mlplaybook.server.retrieval.tuned import Weights

Numbers = NDArray[np.float64]
# nDCG@10 of every question with some weights.
Column = Callable[[Weights], Numbers]
Axes = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]

DEFAULT = Weights()
# The coarse grid, around the defaults; the fine one halves its steps around the best point.
LEXICAL = (0.0, 0.1, 0.2, DEFAULT.lexical, 0.5, 0.8, 1.2, 2.0, 4.0)
LATE = (0.0, 1.0, 2.0, DEFAULT.late, 4.5, 7.0, 12.0)
ASKED = (0.0, 0.5, 1.0, DEFAULT.asked, 2.5, 4.0)
# MaxSim of every candidate, since other weights lead other candidates to it.
EVERY = 1_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """The candidates of a question, those of a document side by side.

    `dense` and `lexical` are scaled to a maximum of 1; document n has the candidates from `starts[n]` up to the next.
    """

    dense: Floats
    lexical: Floats
    late: Floats
    asked: Floats
    documents: tuple[str, ...]
    starts: NDArray[np.int64]
    relevant: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FusionFit:
    """What the grid found: mean nDCG@10 with the default weights, with fitted ones on held-out questions, and of the gain.

    `weights` are the fitted ones where the gain is larger than its standard error, else the default.
    """

    weights: Weights
    fitted: Weights
    before: float
    after: float
    error: float

    @property
    def gained(self) -> bool:
        """Whether the fitted weights are better by more than chance explains."""
        return self.after - self.before > self.error


def fit_weights(scored: Sequence[Scored], *, asked: bool, seed: int) -> FusionFit:
    """Search the grid on all questions, and once for each fold on the others to see what such a search is worth."""
    column = functools.cache(lambda weights: np.array([ndcg_with(weights, entry) for entry in scored]))
    axes: Axes = (LEXICAL, LATE, ASKED if asked else (DEFAULT.asked,))
    folds = assign_folds(len(scored), seed)
    after = np.empty(len(scored))
    for fold in range(FOLDS):
        held = folds == fold
        after[held] = column(best_weights(column, axes, ~held))[held]
    before = column(DEFAULT)
    error = float(np.std(after - before, ddof=1)) / len(scored) ** 0.5
    fitted = best_weights(column, axes, np.ones(len(scored), bool))
    fit = FusionFit(fitted, fitted, float(before.mean()), float(after.mean()), error)
    return fit if fit.gained else FusionFit(DEFAULT, fitted, fit.before, fit.after, error)


def best_weights(column: Column, axes: Axes, chosen: NDArray[np.bool_]) -> Weights:
    """The best point of the coarse grid, then of the fine one around it, for the chosen questions."""
    best = best_point(column, axes, chosen)
    around = tuple(map(halves, axes, (best.lexical, best.late, best.asked)))
    return best_point(column, around, chosen)  # type: ignore[arg-type]


def best_point(column: Column, axes: Axes, chosen: NDArray[np.bool_]) -> Weights:
    """The grid point with the highest mean; of equals, the one nearest to the default."""
    points = sorted(itertools.starmap(Weights, itertools.product(*axes)), key=distance)
    return max(points, key=lambda point: round(float(column(point)[chosen].mean()), 9))


def distance(point: Weights) -> float:
    """How far weights are from the default, each as a share of it."""
    pairs = ((point.lexical, DEFAULT.lexical), (point.late, DEFAULT.late), (point.asked, DEFAULT.asked))
    return sum(abs(value - usual) / usual for value, usual in pairs)


def halves(axis: Sequence[float], value: float) -> tuple[float, ...]:
    """A point of an axis, with the points half-way to those beside it.

    >>> halves((0.0, 1.0, 3.0), 1.0), halves((0.0, 1.0, 3.0), 3.0), halves((2.0,), 2.0)
    ((1.0, 0.5, 2.0), (3.0, 2.0), (2.0,))
    """
    place = axis.index(value)
    beside = [axis[other] for other in (place - 1, place + 1) if 0 <= other < len(axis)]
    return (value, *((value + other) / 2 for other in beside))


def ndcg_with(weights: Weights, entry: Scored) -> float:
    """nDCG@10 by document: what the search would rank with these weights, from scores that are kept."""
    fused = entry.dense + weights.lexical * entry.lexical + weights.asked * entry.asked
    first = np.argpartition(-fused, LATE_DEPTH)[:LATE_DEPTH] if len(fused) > LATE_DEPTH else slice(None)
    total = fused.copy()
    total[first] += weights.late * entry.late[first]
    best = np.maximum.reduceat(total, entry.starts)
    ranked = [entry.documents[place] for place in np.argsort(-best, kind="stable")[:DEPTH]]
    return ndcg(ranked, entry.relevant, DEPTH)


def score_candidates(index: Index, questions: Sequence[Question]) -> list[Scored]:
    """Search every question once and keep what its candidates scored."""
    documents = dict(index.catalog.connection.execute("SELECT row, document FROM chunks"))
    return [score_question(index, question, documents) for question in questions]


def score_question(index: Index, question: Question, documents: Mapping[int, str]) -> Scored:
    """The candidates of one question."""
    ranking = rank_chunks(index, clean_question(question.text), method=Method(late_depth=EVERY))
    rows = sorted(ranking.scores, key=lambda row: (documents[row], row))
    owners = [documents[row] for row in rows]
    starts = [place for place, owner in enumerate(owners) if place == 0 or owner != owners[place - 1]]
    found = [ranking.scores[row] for row in rows]
    meaning = [scores.meaning(SECTION_WEIGHT) for scores in found]
    most_dense, most_lexical = max(meaning, default=0.0), max((scores.lexical for scores in found), default=0.0)
    return Scored(
        np.array([scaled(score, most_dense) for score in meaning], np.float32),
        np.array([scaled(scores.lexical, most_lexical) for scores in found], np.float32),
        np.array([scores.late for scores in found], np.float32),
        np.array([scores.asked for scores in found], np.float32),
        tuple(owners[place] for place in starts),
        np.array(starts, np.int64),
        question.relevant,
    )
