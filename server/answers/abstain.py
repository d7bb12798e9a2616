"""Whether what was found answers the question at all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.server.answers.records import Status
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import terms_found
from mlplaybook.server.retrieval.search import Hit

# Hits that together should know the question's words.
LOOKED_AT = 3
# Logistic model over the three signals: (constant, dense, late, coverage). Fitted on 66 labelled development questions,
# half of them not covered (balanced classes, C = 30); leave-one-out AUROC .97, 3 false answers and 2 false refusals.
COEFFICIENTS = (-9.25, 12.63, 6.64, 1.62)
# Without vectors only the words are left: (constant, coverage); two thirds of the terms' weight must be found. Set by
# hand: coverage alone tells the same questions apart with AUROC .81, so an answer by words alone is a guess and says so.
LEXICAL_COEFFICIENTS = (-6.0, 9.0)
# Above one half an answer is more likely than not; from there down to where one in three is right it is `partial`.
ANSWERED = 0.5
PARTIAL = 0.3


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer: best cosine, best mean MaxSim, and the share of the question's term weight that is found."""

    dense: float
    late: float
    coverage: float


def read_signals(index: Index, hits: Sequence[Hit], terms: Mapping[str, float]) -> Signals:
    """The signals of the best hits."""
    if not hits:
        return Signals(0.0, 0.0, 0.0)
    found = terms_found(index.catalog, terms, [hit.row for hit in hits[:LOOKED_AT]])
    total = sum(terms.values())
    coverage = sum(weight for term, weight in terms.items() if term in found) / total if total > 0 else 0.0
    return Signals(max(h.scores.dense for h in hits), max(h.scores.late for h in hits), coverage)


def confidence(signals: Signals, *, dense: bool) -> float:
    """Probability, between 0 and 1, that the hits answer the question."""
    if dense:
        constant, *weights = COEFFICIENTS
        logit = constant + sum(
            w * s for w, s in zip(weights, (signals.dense, signals.late, signals.coverage), strict=True)
        )
    else:
        logit = LEXICAL_COEFFICIENTS[0] + LEXICAL_COEFFICIENTS[1] * signals.coverage
    return 1 / (1 + math.exp(-logit))


def status_of(probability: float) -> Status:
    """What the probability means for the reader."""
    if probability >= ANSWERED:
        return "answered"
    return "partial" if probability >= PARTIAL else "abstained"
