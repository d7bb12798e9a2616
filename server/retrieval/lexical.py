"""BM25 over title, headings and body by SQLite's full-text index."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mlplaybook.ingest.catalog import Catalog, marks
from mlplaybook.server.retrieval.words import compound_terms, query_terms

# Weights of title, heading and body. Every chunk of a page carries its title, so a title word says little about the
# chunk; a heading is the author's own summary of it.
WEIGHTS = (0.5, 2.0, 1.0)
# SQLite allows 32,766 values in a statement; a question of 4,000 characters has far fewer words.
MOST_TERMS = 64


def quoted(term: str) -> str:
    """A term as a full-text phrase: no character in it is an operator."""
    return '"' + term.replace('"', '""') + '"'


def match_expression(question: str) -> str:
    """The full-text query of a question: any of its words or joined words."""
    terms = [*query_terms(question)[:MOST_TERMS], *compound_terms(question)[:MOST_TERMS]]
    return " OR ".join(quoted(term) for term in terms)


def lexical_scores(catalog: Catalog, question: str, limit: int, rows: frozenset[int] | None = None) -> dict[int, float]:
    """BM25 by chunk row, higher is better, of the best `limit` chunks (among `rows` if given), best first."""
    expression = match_expression(question)
    if not expression:
        return {}
    found = catalog.connection.execute(
        "SELECT rowid, -bm25(chunks_fts, ?, ?, ?) AS score FROM chunks_fts WHERE chunks_fts MATCH ?"
        " ORDER BY score DESC, rowid LIMIT ?",
        (*WEIGHTS, expression, limit if rows is None else -1),
    )
    kept = ((row, score) for row, score in found if rows is None or row in rows)
    return dict(list(kept)[:limit])


def term_weights(catalog: Catalog, terms: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency of each term over chunks: log((N + 1) / (n + 0.5)), so an unknown term weighs most."""
    (total,) = catalog.connection.execute("SELECT count(*) FROM chunks").fetchone()
    weights = {}
    for term in terms:
        (count,) = catalog.connection.execute(
            "SELECT count(*) FROM chunks_fts WHERE chunks_fts MATCH ?", (quoted(term),)
        ).fetchone()
        weights[term] = math.log((total + 1) / (count + 0.5))
    return weights


def terms_found(catalog: Catalog, terms: Iterable[str], rows: Sequence[int]) -> frozenset[str]:
    """Those of the terms that occur, stemmed, in at least one of the chunks."""
    statement = f"SELECT 1 FROM chunks_fts WHERE chunks_fts MATCH ? AND rowid IN ({marks(len(rows))}) LIMIT 1"
    return frozenset(
        term for term in terms if catalog.connection.execute(statement, (quoted(term), *rows)).fetchone() is not None
    )
