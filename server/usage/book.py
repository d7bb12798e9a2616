"""One SQLite file for what answers cost, written by several processes and threads; it holds no words of a question."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USAGE_FILE = "usage.sqlite"
# Another process that writes is waited for so long; a write takes a tenth of a millisecond.
BUSY_SECONDS = 2.0
# Money is kept in whole billionths of a dollar: one token at 0.001 dollars per million is one of them.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    at TEXT NOT NULL, prompt TEXT NOT NULL, model TEXT NOT NULL, status TEXT NOT NULL, mode TEXT NOT NULL,
    statements INTEGER NOT NULL, removed INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, usd REAL, ms REAL NOT NULL, cached INTEGER NOT NULL, degraded TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
CREATE TABLE IF NOT EXISTS spending (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, model TEXT NOT NULL, held INTEGER NOT NULL, spent INTEGER
);
CREATE INDEX IF NOT EXISTS spending_by_day ON spending (day);
"""


class Book:
    """The file, with one connection a process that is opened when it is needed."""

    def __init__(self, file: Path, busy: float = BUSY_SECONDS) -> None:
        self.file = file
        self._busy = busy
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process or thread interrupts; raises sqlite3.Error or OSError."""
        with self._lock:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended it already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.file, timeout=self._busy, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(SCHEMA)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection
