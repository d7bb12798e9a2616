"""Search with a judgement: the hits, how sure one can be of them, and the record that tools print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.errors import PageMissing
from mlplaybook.server.answers.abstain import confidence, read_signals, status_of
from mlplaybook.server.answers.records import Status
from mlplaybook.server.answers.relevance import Relevance
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights
from mlplaybook.server.retrieval.question import clean_question, refuse_other_script
from mlplaybook.server.retrieval.search import Filter, Hit, allowed_rows, expand, rank_chunks
from mlplaybook.server.retrieval.words import query_terms

COVERAGE: dict[Status, str] = {"answered": "full", "partial": "partial", "abstained": "none"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: sections best first, the probability that they answer, and the question as it was read."""

    question: str
    hits: tuple[Hit, ...]
    probability: float
    status: Status
    relevance: Relevance


def find(index: Index, question: str, k: int = 5, only: Filter = Filter()) -> Findings:  # noqa: B008 (frozen)
    """Search and judge.

    :raises BadQuestion: the question cannot be searched for.
    :raises PageMissing: no page passes the filter.
    """
    cleaned = clean_question(question)
    refuse_other_script(cleaned)
    ranking = rank_chunks(index, cleaned, only)
    if not ranking.scores and allowed_rows(index, only) == frozenset():
        wanted = ", ".join([*only.pages, *only.folders])
        cause = f"No page of '{index.manifest.corpus}' passes the filter ({wanted})."
        raise PageMissing(cause, "Name pages by id and folders by path, for example --folder 07-operations.")
    hits = expand(index, ranking, k)
    terms = term_weights(index.catalog, query_terms(cleaned))
    probability = confidence(read_signals(index, hits, terms, ranking.question), dense=ranking.question is not None)
    return Findings(cleaned, tuple(hits), probability, status_of(probability), Relevance(terms, ranking.question))


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
    """One hit; `score` is higher for better."""
    return {
        "document": hit.document.id,
        "section": hit.section.id,
        "heading_path": list(hit.path),
        "score": round(hit.scores.total, 4),
        "text": hit.text,
        "char_start": hit.char_start,
        "char_end": hit.char_end,
    }
