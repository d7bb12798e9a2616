"""BM25 by adding up what ingest worked out: the same as SQLite gives for the whole question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.catalog import Catalog
from mlplaybook.ingest.postings import WEIGHTS
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.lexical import count_chunks, lexical_scores, question_words, quoted, term_weights
from tests.conftest import WritePages


def by_sqlite(catalog: Catalog, question: str) -> dict[int, float]:
    """What bm25() says of the question as one expression."""
    expression = " OR ".join(map(quoted, question_words(question)))
    return dict(
        catalog.connection.execute(
            "SELECT rowid, -bm25(chunks_fts, ?, ?, ?) AS score FROM chunks_fts WHERE chunks_fts MATCH ?"
            " ORDER BY score DESC, rowid",
            (*WEIGHTS, expression),
        )
    )


@pytest.mark.parametrize(
    "question",
    [
        "Which index raises an alert?",
        "cut-offs of the population stability index",
        "Don't split rows by time before scaling",
        "row counts, row count, rows",
        "What is it?",
        "zebra",
    ],
)
def test_scores_and_order_are_those_of_sqlite(handbook: Index, question: str) -> None:
    expected = by_sqlite(handbook.catalog, question)
    found = lexical_scores(handbook.catalog, question, 100)
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, rel=1e-5)


def test_joined_words_are_looked_for_as_a_phrase_too() -> None:
    assert question_words("Detect the A/B drift") == ["detect", "drift", "a/b"]


def test_only_the_best_are_given_and_only_among_the_rows(handbook: Index) -> None:
    whole = lexical_scores(handbook.catalog, "population index drift rows", 100)
    rows = list(whole)
    assert list(lexical_scores(handbook.catalog, "population index drift rows", 2)) == rows[:2]
    assert list(lexical_scores(handbook.catalog, "population index drift rows", 2, frozenset(rows[1:]))) == rows[1:3]
    assert lexical_scores(handbook.catalog, "population index drift rows", 2, frozenset()) == {}


def test_of_equal_chunks_the_first_ones_are_given(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path
) -> None:
    write_pages({f"{name}.md": "# Page\n\nThe same words everywhere.\n" for name in "abcde"})
    ingest(job(encoder_id="", encoder=lambda: None))
    catalog = open_index(tmp_path / "index", "handbook", lambda wanted: (None, "")).catalog
    assert count_chunks(catalog) == 5
    assert list(lexical_scores(catalog, "words everywhere", 3)) == [0, 1, 2]


def test_the_weight_of_a_phrase_counts_the_chunks_that_hold_it_whole(handbook: Index) -> None:
    weights = term_weights(handbook.catalog, ["cut-offs", "offs"])
    assert weights["cut-offs"] == pytest.approx(weights["offs"])
    assert term_weights(handbook.catalog, ["offs-cut"])["offs-cut"] > weights["offs"]
