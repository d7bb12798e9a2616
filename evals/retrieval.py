"""Ways of searching, side by side on labelled questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from mlplaybook.evals.metrics import grade
from mlplaybook.evals.questions import Question
from mlplaybook.ingest.catalog import read_chunks
from mlplaybook.server.retrieval.fuse import reciprocal_ranks
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method, rank_chunks

# The default last; the others are what it must beat.
METHODS: Mapping[str, Method] = {
    "BM25": Method(dense=False),
    "dense": Method(lexical=False, section_weight=0.0, late_weight=0.0),
    "equal RRF, k=60": Method(fuse=reciprocal_ranks, lexical_weight=1.0, section_weight=0.0, late_weight=0.0),
    "convex": Method(late_weight=0.0),
    "convex + MaxSim (default)": Method(),
}


@dataclass(frozen=True, slots=True)
class Result:
    """Means over all questions; times in milliseconds, median and 95th percentile of one question."""

    method: str
    questions: int
    ndcg10: float
    mrr10: float
    success1: float
    success5: float
    p50_ms: float
    p95_ms: float


def rank_documents(index: Index, question: str, method: Method) -> list[str]:
    """Documents by their best chunk."""
    ranking = rank_chunks(index, question, method=method)
    chunks = read_chunks(index.catalog, list(ranking.scores))
    return list(dict.fromkeys(chunks[row].document for row in ranking.scores))


def measure(
    index: Index,
    questions: Sequence[Question],
    name: str,
    method: Method,
    clock: Callable[[], float] = time.perf_counter,
) -> Result:
    """One method on all questions."""
    rows, times = [], []
    for question in questions:
        started = clock()
        ranked = rank_documents(index, question.text, method)
        times.append((clock() - started) * 1000)
        rows.append(grade(ranked, question.relevant))
    ndcg10, mrr10, success1, success5 = (fmean(column) for column in zip(*rows, strict=True))
    times.sort()
    p95 = times[int(0.95 * (len(times) - 1))]
    return Result(name, len(questions), ndcg10, mrr10, success1, success5, median(times), p95)
