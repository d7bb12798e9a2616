"""BM25 scores of every word in every chunk, worked out once: what a question needs of them is a sum.

SQLite's own `bm25()` computes them anew for each question, in time that grows with the corpus: 34 ms for one question in 20
on 100,000 chunks, where reading and adding these takes 2.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Weights of title, heading and body. Every chunk of a page carries its title, so a title word says little about the
# chunk; a heading is the author's own summary of it.
WEIGHTS = (0.5, 2.0, 1.0)
# As in SQLite's bm25(), so that words and phrases, which it scores, add up.
SATURATION, LENGTH_SHARE = 1.2, 0.75
# What a word in more than half of the chunks counts as, there too.
LEAST_RARITY = 1e-6

SCHEMA = "CREATE TABLE postings (term TEXT PRIMARY KEY, rows BLOB NOT NULL, scores BLOB NOT NULL);"
# One number a word's place: its chunk's row and its column.
PLACES = "group_concat(doc * 3 + CASE col WHEN 'title' THEN 0 WHEN 'heading' THEN 1 ELSE 2 END)"


@dataclass(frozen=True, slots=True)
class Postings:
    """The chunks that hold a term, by row and ascending, and the BM25 score of each, higher for better."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


def write_postings(connection: sqlite3.Connection, chunks: int) -> None:
    """Fill the table from the full-text index, which must be complete."""
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, 'chunks_fts', 'instance')")
    lengths = np.zeros(chunks)
    for _, places in read_places(connection):
        np.add.at(lengths, places // 3, 1)
    stretch = 1 - LENGTH_SHARE + LENGTH_SHARE * lengths / max(lengths.mean(), 1e-9)
    connection.executemany(
        "INSERT INTO postings VALUES (?, ?, ?)",
        ((term, p.rows.tobytes(), p.scores.tobytes()) for term, p in score_terms(connection, stretch)),
    )
    connection.execute("DROP TABLE temp.words")


def read_places(connection: sqlite3.Connection) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Each term with the places where it stands: 3 * row + column."""
    for term, places in connection.execute(f"SELECT term, {PLACES} FROM temp.words GROUP BY term"):
        yield term, np.fromstring(str(places), np.int64, sep=",")


def score_terms(connection: sqlite3.Connection, stretch: NDArray[np.float64]) -> Iterator[tuple[str, Postings]]:
    """BM25 by term (Robertson and Zaragoza 2009); `stretch` (chunks,) is how much longer than the mean each chunk counts."""
    weights = np.array(WEIGHTS)
    for term, places in read_places(connection):
        rows, at = np.unique(places // 3, return_inverse=True)
        often = np.bincount(at, weights[places % 3])
        rarity = max(math.log((len(stretch) - len(rows) + 0.5) / (len(rows) + 0.5)), LEAST_RARITY)
        scores = rarity * often * (SATURATION + 1) / (often + SATURATION * stretch[rows])
        yield term, Postings(rows.astype("<i4"), scores.astype("<f4"))


def read_postings(connection: sqlite3.Connection, term: str) -> Postings | None:
    """The postings of a term as the index spells it, or None."""
    found = connection.execute("SELECT rows, scores FROM postings WHERE term = ?", (term,)).fetchone()
    return Postings(np.frombuffer(found[0], "<i4"), np.frombuffer(found[1], "<f4")) if found else None


def count_postings(connection: sqlite3.Connection, term: str) -> int:
    """How many chunks hold a term."""
    found = connection.execute("SELECT length(rows) / 4 FROM postings WHERE term = ?", (term,)).fetchone()
    return found[0] if found else 0
