"""Whether what was found answers the question at all."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from mlplaybook.ingest.encoder import Encoded, Floats
from mlplaybook.ingest.vectors import TokenRows
from mlplaybook.server.answers.records import Status
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.late import question_tokens
from mlplaybook.server.retrieval.lexical import terms_found
from mlplaybook.server.retrieval.search import Hit
from mlplaybook.server.retrieval.tuned import AnswerModel

# Hits that together should know the question's words.
LOOKED_AT = 3
# Of the question's tokens, the two that are met worst: a near miss lacks the very thing that is asked about.
WEAKEST = 2
# Above one half an answer is more likely than not; from there down to where one in three is right it is `partial`.
ANSWERED = 0.5
PARTIAL = 0.3
MODEL_FILE = "abstention.json"


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer, each between 0 and 1.

    `dense` best cosine, `late` best mean MaxSim, `coverage` share of the question's term weight that the first hits hold,
    `weakest` mean MaxSim of the two tokens that the first hits meet worst, `asked` best cosine with a question written
    beside a section (None where the corpus has none).
    """

    dense: float = 0.0
    late: float = 0.0
    coverage: float = 0.0
    weakest: float = 0.0
    asked: float | None = None


def read_signals(index: Index, hits: Sequence[Hit], terms: Mapping[str, float], question: Encoded | None) -> Signals:
    """The signals of the best hits."""
    if not hits:
        return Signals()
    rows = [hit.row for hit in hits[:LOOKED_AT]]
    found = terms_found(index.catalog, terms, rows)
    total = sum(terms.values())
    coverage = sum(weight for term, weight in terms.items() if term in found) / total if total > 0 else 0.0
    if question is None or index.vectors is None:
        return Signals(coverage=coverage)
    asked = max(hit.scores.asked for hit in hits) if len(index.vectors.asked) else None
    weakest = weakest_tokens(question_tokens(question), [index.vectors.token_rows(row) for row in rows])
    return Signals(max(h.scores.dense for h in hits), max(h.scores.late for h in hits), coverage, weakest, asked)


def weakest_tokens(question: Floats, chunks: Sequence[TokenRows]) -> float:
    """Mean over the WEAKEST question tokens of the best cosine that any of the chunks has for them."""
    best = np.max(
        [(question @ rows.floats().T).max(axis=1) for rows in chunks if len(rows.values)], axis=0, initial=0.0
    )
    return float(np.sort(np.atleast_1d(best))[:WEAKEST].mean())


@functools.cache
def models() -> dict[str, dict[str, float]]:
    """Coefficients by kind of index: `asked`, `plain`, `lexical`; fitted by `benchmarks/abstention.py`."""
    loaded: dict[str, dict[str, float]] = json.loads(files(__package__).joinpath(MODEL_FILE).read_text("utf-8"))[
        "models"
    ]
    return loaded


def model_of(index: Index, *, dense: bool = True) -> AnswerModel:
    """The corpus's own model where it was tuned, else what ships for its kind.

    :param dense: whether there was a question vector; without one only words can speak for an answer.
    """
    kind = "lexical" if not dense or index.vectors is None else "asked" if len(index.vectors.asked) else "plain"
    own = index.tuned.model if index.tuned else None
    return own if own is not None and own.kind == kind else shipped_model(kind)


def shipped_model(kind: str) -> AnswerModel:
    """What every corpus of a kind starts with."""
    return AnswerModel(kind, models()[kind], ANSWERED, PARTIAL)


def confidence(signals: Signals, model: AnswerModel) -> float:
    """Probability, between 0 and 1, that the hits answer the question: a logistic model over the signals."""
    weights = model.coefficients
    values = {"constant": 1.0, **{name: getattr(signals, name) or 0.0 for name in weights if name != "constant"}}
    return sigmoid(sum(weight * values[name] for name, weight in weights.items()))


def sigmoid(log_odds: float) -> float:
    """The probability with these log-odds, for any size of them.

    >>> sigmoid(0.0), sigmoid(-1e9)
    (0.5, 0.0)
    """
    return (1 + math.tanh(log_odds / 2)) / 2


def status_of(probability: float, model: AnswerModel) -> Status:
    """What the probability means for the reader."""
    if probability >= model.answered:
        return "answered"
    return "partial" if probability >= model.partial else "abstained"
