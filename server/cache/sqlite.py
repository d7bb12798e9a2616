"""The cache in one SQLite file, shared by processes and threads; the least recently used goes first when it is full."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from mlplaybook.server.cache.store import KINDS, MOST_VALUE, Clock, Counts, Kind, Rest, Say, Stats, kind_of

CACHE_FILE = "cache.sqlite"
# About 20,000 answers.
MOST_BYTES = 256 * 1024 * 1024
# Room that is made at once when the cache is full, so that the next writes need not make any.
KEPT_SHARE = 0.9
# Another process that writes is waited for so long; then this entry is not worth more waiting.
BUSY_SECONDS = 0.25
# The time of last use is written at most this often: a hit is a read, and stays one.
TOUCH_SECONDS = 60.0
LOCK_SECONDS = 2.0
FORMAT = 1
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS entries (
    key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, value BLOB NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL,
    expires REAL NOT NULL, used REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used);
CREATE INDEX IF NOT EXISTS entries_by_end ON entries (expires);
CREATE TABLE IF NOT EXISTS totals (
    kind TEXT PRIMARY KEY, entries INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
    hits INTEGER NOT NULL DEFAULT 0, misses INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT OR IGNORE INTO totals (kind) VALUES {", ".join(f"('{kind}')" for kind in KINDS)};
CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entries BEGIN
    UPDATE totals SET entries = entries + 1, bytes = bytes + NEW.size WHERE kind = NEW.kind;
END;
CREATE TRIGGER IF NOT EXISTS entry_removed AFTER DELETE ON entries BEGIN
    UPDATE totals SET entries = entries - 1, bytes = bytes - OLD.size WHERE kind = OLD.kind;
END;
PRAGMA user_version = {FORMAT};
"""
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# SQLITE_ERROR: its tables are not ours. Everything else (full, read-only, no permission) is no fault of the file.
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}
Result = TypeVar("Result")


class SqliteStore:
    """One file, one connection a process; `clock` is wall time in seconds, since entries outlive processes."""

    def __init__(
        self, file: Path, say: Say, most_bytes: int = MOST_BYTES, clock: Clock = time.time, busy: float = BUSY_SECONDS
    ) -> None:
        self._file = file
        self._most = most_bytes
        self._clock = clock
        self._busy = busy
        self._rest = Rest(say, clock)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        # (kind, "hits" or "misses"), not written yet.
        self._counted: Counter[tuple[Kind, str]] = Counter()

    def get(self, key: str) -> bytes | None:
        """The value, or None."""
        return self._with(lambda connection: self._get(connection, key), None)

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value; a very long one, or one that would take a quarter of the cache, is not kept."""
        if len(value) <= min(MOST_VALUE, self._most // 4):
            self._with(lambda connection: self._put(connection, key, value, ttl), None)

    def stats(self) -> Stats:
        """What is kept, and hits and misses since the cache was cleared."""
        nothing: dict[Kind, Counts] = {kind: Counts() for kind in KINDS}
        kinds = self._with(self._counts, nothing) if self._file.exists() else nothing
        return Stats(str(self._file), self._most, kinds)

    def clear(self, kind: Kind | None = None) -> int:
        """Forget everything, or one kind, and give the disk space back; hits and misses begin at 0."""
        return self._with(lambda connection: self._clear(connection, kind), 0) if self._file.exists() else 0

    def close(self) -> None:
        """Write what was counted and close the file."""
        with self._lock:
            if self._connection is not None:
                try:
                    self._write_counts(self._connection)
                except sqlite3.Error:
                    self._counted.clear()
                self._drop()

    def _with(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        with self._lock:
            if not self._rest.over:
                return otherwise
            try:
                return work(self._opened())
            except (sqlite3.Error, OSError) as error:
                self._recover(error)
                return otherwise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = connect(self._file, self._busy)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _recover(self, error: Exception) -> None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        # Closing also rolls back what was begun.
        self._drop()
        if code in BUSY:
            return
        if code not in DAMAGED:
            self._rest.begin(f"no cache: {self._file} cannot be used ({error})")
            return
        try:
            if set_aside(self._file):
                self._rest.say_once(
                    f"the cache {self._file} was damaged ({error}); it is set aside, a new one is begun"
                )
        except (OSError, Timeout) as other:
            self._rest.begin(f"no cache: {self._file} is damaged ({error}) and cannot be set aside ({other})")

    def _get(self, connection: sqlite3.Connection, key: str) -> bytes | None:
        now = self._clock()
        row = connection.execute("SELECT value, digest, expires, used FROM entries WHERE key = ?", (key,)).fetchone()
        value, digest, expires, used = row or (b"", b"", now, now)
        found = expires > now and digest == digest_of(key, value)
        self._counted[kind_of(key), "hits" if found else "misses"] += 1
        if row and not found:
            connection.execute("DELETE FROM entries WHERE key = ?", (key,))
        elif found and now - used >= TOUCH_SECONDS:
            connection.execute("UPDATE entries SET used = ? WHERE key = ?", (now, key))
            self._write_counts(connection)
        return value if found else None

    def _put(self, connection: sqlite3.Connection, key: str, value: bytes, ttl: float) -> None:
        now = self._clock()
        row = (key, kind_of(key), value, digest_of(key, value), len(value), now + ttl, now)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM entries WHERE key = ? OR expires <= ?", (key, now))
        connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._write_counts(connection)
        evict(connection, self._most)
        connection.execute("COMMIT")

    def _write_counts(self, connection: sqlite3.Connection) -> None:
        for (kind, name), count in self._counted.items():
            connection.execute(f"UPDATE totals SET {name} = {name} + ? WHERE kind = ?", (count, kind))
        self._counted.clear()

    def _counts(self, connection: sqlite3.Connection) -> dict[Kind, Counts]:
        connection.execute("DELETE FROM entries WHERE expires <= ?", (self._clock(),))
        self._write_counts(connection)
        rows = connection.execute("SELECT kind, entries, bytes, hits, misses FROM totals ORDER BY kind")
        return {kind: Counts(*numbers) for kind, *numbers in rows}

    def _clear(self, connection: sqlite3.Connection, kind: Kind | None) -> int:
        removed = connection.execute("DELETE FROM entries WHERE ? IN (kind, '')", (kind or "",)).rowcount
        connection.execute("UPDATE totals SET hits = 0, misses = 0 WHERE ? IN (kind, '')", (kind or "",))
        self._counted.clear()
        # Where somebody reads, the pages are free all the same, only the file does not shrink.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")
        return removed


def connect(file: Path, busy: float) -> sqlite3.Connection:
    """An open cache file with its tables; raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA user_version").fetchone() != (FORMAT,):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        # A power cut may lose the last entries, not the file; a checkpoint leaves at most so much beside it.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except BaseException:
        connection.close()
        raise
    return connection


def evict(connection: sqlite3.Connection, most_bytes: int) -> None:
    """Delete the least recently used until the rest fits with some room to spare."""
    (total,) = connection.execute("SELECT sum(bytes) FROM totals").fetchone()
    if total <= most_bytes:
        return
    doomed = []
    for row, size in connection.execute("SELECT rowid, size FROM entries ORDER BY used, rowid"):
        if total <= KEPT_SHARE * most_bytes:
            break
        doomed.append((row,))
        total -= size
    connection.executemany("DELETE FROM entries WHERE rowid = ?", doomed)


def digest_of(key: str, value: bytes) -> bytes:
    """What a value is compared with when it is read: SQLite does not notice a flipped bit in it, nor a row in the wrong place."""
    return hashlib.blake2b(value, digest_size=8, key=key.encode()[-64:]).digest()


def set_aside(file: Path) -> bool:
    """Move a damaged cache out of the way, unless another process has done so; returns whether this one did.

    :raises OSError: it cannot be moved; Timeout: another process has been at it for too long.
    """
    with FileLock(f"{file}.lock", timeout=LOCK_SECONDS):
        if is_sound(file):
            return False
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        file.replace(f"{file}.damaged")
        return True


def is_sound(file: Path) -> bool:
    """Whether a cache file can be opened and holds what it should."""
    try:
        connection = connect(file, BUSY_SECONDS)
    except sqlite3.Error:
        return False
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
    finally:
        connection.close()
