"""BM25 over title, headings and body: sums of scores that ingest worked out, and SQLite's full-text index for phrases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.catalog import Catalog, marks
from mlplaybook.ingest.postings import WEIGHTS, Postings, count_postings, read_postings
from mlplaybook.ingest.terms import index_terms
from mlplaybook.server.retrieval.words import compound_terms, query_terms

# A question of 4,000 characters has six hundred words; the first ones say what it is about.
MOST_TERMS = 64


def quoted(term: str) -> str:
    """A term as a full-text phrase: no character in it is an operator."""
    return '"' + term.replace('"', '""') + '"'


def question_words(question: str) -> list[str]:
    """What is looked for, any of it: the question's words and its joined words."""
    return [*query_terms(question)[:MOST_TERMS], *compound_terms(question)[:MOST_TERMS]]


def lexical_scores(catalog: Catalog, question: str, limit: int, rows: frozenset[int] | None = None) -> dict[int, float]:
    """BM25 by chunk row, higher is better, of the best `limit` chunks (among `rows` if given), best first."""
    sums = np.zeros(count_chunks(catalog))
    for postings in read_all_postings(catalog, question_words(question)):
        sums[postings.rows] += postings.scores
    if rows is not None:
        outside = np.ones(len(sums), bool)
        outside[list(rows)] = False
        sums[outside] = 0.0
    return best_scores(sums, limit)


def read_all_postings(catalog: Catalog, words: Sequence[str]) -> Iterator[Postings]:
    """The postings of each word that the corpus has; what the index reads as several terms counts as a phrase of them."""
    for word, terms in zip(words, index_terms(words), strict=True):
        found = read_postings(catalog.connection, terms[0]) if len(terms) == 1 else phrase_postings(catalog, word)
        if terms and found is not None:
            yield found


def phrase_postings(catalog: Catalog, phrase: str) -> Postings:
    """What SQLite scores a phrase."""
    found = catalog.connection.execute(
        "SELECT rowid, -bm25(chunks_fts, ?, ?, ?) FROM chunks_fts WHERE chunks_fts MATCH ?", (*WEIGHTS, quoted(phrase))
    ).fetchall()
    return Postings(np.array([row for row, _ in found], np.int32), np.array([s for _, s in found], np.float32))


def best_scores(sums: NDArray[np.float64], limit: int) -> dict[int, float]:
    """The highest sums above 0 by their place, best first; of equals the first ones.

    >>> best_scores(np.array([0.0, 2.0, 1.0, 2.0]), 2)
    {1: 2.0, 3: 2.0}
    """
    found = np.flatnonzero(sums)
    if len(found) > limit:
        scores = sums[found]
        found = found[scores >= np.partition(scores, -limit)[-limit]]
    order = found[np.lexsort((found, -sums[found]))][:limit]
    return dict(zip(order.tolist(), sums[order].tolist(), strict=True))


def count_chunks(catalog: Catalog) -> int:
    """How many chunks there are; their rows count from 0, and counting them one by one would take longer than a search."""
    (last,) = catalog.connection.execute("SELECT max(row) FROM chunks").fetchone()
    return 0 if last is None else int(last) + 1


def term_weights(catalog: Catalog, terms: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency of each term over chunks: log((N + 1) / (n + 0.5)), so an unknown term weighs most."""
    words = list(terms)
    total = count_chunks(catalog)
    counts = [
        count_postings(catalog.connection, spelt[0]) if len(spelt) == 1 else len(phrase_postings(catalog, word).rows)
        for word, spelt in zip(words, index_terms(words), strict=True)
    ]
    return {word: math.log((total + 1) / (count + 0.5)) for word, count in zip(words, counts, strict=True)}


def terms_found(catalog: Catalog, terms: Iterable[str], rows: Sequence[int]) -> frozenset[str]:
    """Those of the terms that occur, stemmed, in at least one of the chunks."""
    statement = f"SELECT 1 FROM chunks_fts WHERE chunks_fts MATCH ? AND rowid IN ({marks(len(rows))}) LIMIT 1"
    return frozenset(
        term for term in terms if catalog.connection.execute(statement, (quoted(term), *rows)).fetchone() is not None
    )
