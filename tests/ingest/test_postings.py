"""Scores that are worked out at ingest are those of SQLite's bm25()."""

from __future__ import annotations

import math
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.postings import SCHEMA, WEIGHTS, count_postings, read_postings, write_postings
from mlplaybook.ingest.terms import TOKENISER

WORDS = ("drift", "drifts", "leakage", "index", "split", "naïve", "x1")
TEXT = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def indexed(*chunks: tuple[str, str, str]) -> sqlite3.Connection:
    """A full-text index of (title, heading, body) rows with its postings."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(f"CREATE VIRTUAL TABLE chunks_fts USING fts5(title, heading, body, tokenize='{TOKENISER}')")
    connection.execute(SCHEMA)
    connection.executemany(
        "INSERT INTO chunks_fts (rowid, title, heading, body) VALUES (?, ?, ?, ?)",
        [(row, *chunk) for row, chunk in enumerate(chunks)],
    )
    write_postings(connection, len(chunks))
    return connection


def test_a_worked_example_of_bm25() -> None:
    """`drift` stands in one of three chunks of 2, 1 and 3 words, once in the heading and once in the body: 2 + 1 = 3.

    Rarity log(2.5 / 1.5) = .511; the chunk of 3 words is 1.5 times the mean: .511 x 3 x 2.2 / (3 + 1.2 x (.25 + .75 x 1.5)).
    """
    connection = indexed(("", "", "data split"), ("", "", "index"), ("", "drift", "drifting index"))
    found = read_postings(connection, "drift")
    assert found is not None
    assert found.rows.tolist() == [2]
    assert found.scores.tolist() == pytest.approx([math.log(2.5 / 1.5) * 3 * 2.2 / (3 + 1.2 * (0.25 + 0.75 * 1.5))])
    connection.close()


def test_a_term_that_is_nowhere_has_no_postings() -> None:
    connection = indexed(("", "", "data split"))
    assert (read_postings(connection, "zebra"), count_postings(connection, "zebra")) == (None, 0)
    assert count_postings(connection, "split") == 1
    connection.close()


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=12))
def test_every_score_is_that_of_sqlite(chunks: list[tuple[str, str, str]]) -> None:
    connection = indexed(*chunks)
    for word in ("drift", "leakag", "index", "split", "naiv", "x1"):
        expected = dict(
            connection.execute(
                "SELECT rowid, -bm25(chunks_fts, ?, ?, ?) FROM chunks_fts WHERE chunks_fts MATCH ?", (*WEIGHTS, word)
            )
        )
        found = read_postings(connection, word)
        scores = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True)) if found else {}
        assert scores == pytest.approx(expected, rel=1e-5)
    connection.close()
