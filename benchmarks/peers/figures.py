"""From the answers of workers to figures: one scorer for all systems, medians over rounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.peers.protocol import Ingested, Queried
from mlplaybook.evals.metrics import grade
from mlplaybook.evals.questions import Question


@dataclass(frozen=True, slots=True)
class Figures:
    """One system on one dataset; seconds, milliseconds, documents a second and 10^6 bytes.

    `p50_best_ms` is the median of the round that was disturbed least. `nothing_s` is the first result from nothing, ingest
    included; `cold_start_s` that of a new process on a written index.
    """

    ndcg10: float
    mrr10: float
    success1: float
    success5: float
    p50_ms: float
    p95_ms: float
    p50_best_ms: float
    documents_per_s: float
    nothing_s: float
    cold_start_s: float
    query_peak_mb: float
    ingest_peak_mb: float


def summarise(questions: Sequence[Question], ingested: Sequence[Ingested], queried: Sequence[Queried]) -> Figures:
    """Medians over rounds of what each round gives."""
    quality = [score(questions, one.ranked) for one in queried]
    ndcg10, mrr10, success1, success5 = (median(column) for column in zip(*quality, strict=True))
    return Figures(
        ndcg10=ndcg10,
        mrr10=mrr10,
        success1=success1,
        success5=success5,
        p50_ms=median(median(one.latencies_ms) for one in queried),
        p95_ms=median(percentile(one.latencies_ms, 0.95) for one in queried),
        p50_best_ms=min(median(one.latencies_ms) for one in queried),
        documents_per_s=median(one.documents / one.ingest_s for one in ingested),
        nothing_s=median(one.first_result_s for one in ingested),
        cold_start_s=median(one.first_result_s for one in queried),
        query_peak_mb=median(one.peak_mb for one in queried),
        ingest_peak_mb=median(one.peak_mb for one in ingested),
    )


def score(questions: Sequence[Question], ranked: Mapping[str, Sequence[str]]) -> tuple[float, float, float, float]:
    """Means of nDCG@10, reciprocal rank@10, hit@1 and hit@5; a question without a ranking counts 0."""
    rows = [grade(ranked.get(question.id, ()), question.relevant) for question in questions]
    ndcg10, mrr10, success1, success5 = (fmean(column) for column in zip(*rows, strict=True))
    return ndcg10, mrr10, success1, success5


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the others do not exceed, as evals counts it.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.95)
    3.0
    """
    return sorted(values)[int(share * (len(values) - 1))]


def ratios(figures: Figures, base: Figures) -> dict[str, float]:
    """Each figure as a multiple of the same figure of another system, where that is not 0."""
    bases = dataclasses.asdict(base)
    return {name: value / bases[name] for name, value in dataclasses.asdict(figures).items() if bases[name]}
