"""Search with a judgement: the hits, how sure one can be of them, and the record that tools print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlplaybook.server.answers.abstain import Signals, confidence, model_of, read_signals, status_of
from mlplaybook.server.answers.records import Status
from mlplaybook.server.answers.relevance import Relevance
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter, allowed_rows, nothing_passes
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights
from mlplaybook.server.retrieval.question import clean_question, refuse_other_script
from mlplaybook.server.retrieval.search import Hit, Method, expand, rank_chunks
from mlplaybook.server.retrieval.words import query_terms

COVERAGE: dict[Status, str] = {"answered": "full", "partial": "partial", "abstained": "none"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: sections best first, how likely they answer and why, and the question as it was read."""

    question: str
    hits: tuple[Hit, ...]
    probability: float
    status: Status
    relevance: Relevance
    signals: Signals


def find(index: Index, question: str, k: int = 5, only: Filter = EVERYTHING, method: Method = Method()) -> Findings:  # noqa: B008 (frozen)
    """Search and judge.

    :raises BadQuestion: the question cannot be searched for.
    :raises PageMissing: no page passes the filter.
    """
    cleaned = clean_question(question)
    refuse_other_script(cleaned)
    ranking = rank_chunks(index, cleaned, only, method)
    if not ranking.scores and allowed_rows(index, only) == frozenset():
        raise nothing_passes(index, only)
    hits = expand(index, ranking, k)
    terms = term_weights(index.catalog, query_terms(cleaned))
    signals = read_signals(index, hits, terms, ranking.question)
    model = model_of(index, dense=ranking.question is not None)
    probability = confidence(signals, model)
    status = status_of(probability, model)
    return Findings(cleaned, tuple(hits), probability, status, Relevance(terms, ranking.question), signals)


def search_record(index: Index, findings: Findings) -> dict[str, Any]:
    """The `search` record: the same from command line, HTTP and MCP."""
    return {
        "query": findings.question,
        "generation": index.manifest.generation,
        "degraded": index.degraded,
        "coverage": COVERAGE[findings.status],
        "hits": [hit_record(hit) for hit in findings.hits],
    }


def hit_record(hit: Hit) -> dict[str, Any]:
    """One hit; `score` is higher for better. A hit whose page is not for the project says so, and why."""
    lowered = {"applies": False, "why": hit.why_lower} if hit.why_lower else {}
    return {
        "document": hit.document.id,
        "section": hit.section.id,
        "heading_path": list(hit.path),
        "score": round(hit.scores.total, 4),
        "text": hit.text,
        "char_start": hit.char_start,
        "char_end": hit.char_end,
        **lowered,
    }
