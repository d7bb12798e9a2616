"""How the full-text index spells a word: SQLite's own tokeniser, asked for single words."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterable

TOKENISER = "porter unicode61 remove_diacritics 2"


class Speller:
    """An empty full-text index that words are put into and taken out of again; several threads may ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, tokenize='{TOKENISER}')")
        self._connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'instance')")

    def spell(self, words: list[str]) -> list[tuple[str, ...]]:
        """The terms of each word."""
        terms: list[list[str]] = [[] for _ in words]
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany("INSERT INTO words (rowid, word) VALUES (?, ?)", list(enumerate(words)))
                found = self._connection.execute("SELECT doc, offset, term FROM terms").fetchall()
            finally:
                self._connection.execute("ROLLBACK")
        for number, _, term in sorted(found):
            terms[number].append(term)
        return [tuple(one) for one in terms]


@functools.cache
def speller() -> Speller:
    """The one of this process: making one takes ten times as long as asking it."""
    return Speller()


def index_terms(words: Iterable[str]) -> list[tuple[str, ...]]:
    """How the index spells each word: one term, several for a word with a mark in it, none for a mark alone.

    >>> index_terms(["Detecting", "train-test", "%"])
    [('detect',), ('train', 'test'), ()]
    """
    return speller().spell(list(words))
