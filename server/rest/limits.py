"""How often a key may ask: a bucket of tokens that fills up slowly, one a key."""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SCHEMA = "CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, left REAL NOT NULL, at REAL NOT NULL)"
BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a minute in the long run, and so many at once."""

    per_minute: float
    burst: float


@dataclass(frozen=True, slots=True)
class Level:
    """What is left in a bucket at a time, in seconds of a clock that all processes share."""

    left: float
    at: float


def drawn(level: Level | None, rate: Rate, now: float) -> tuple[Level, int]:
    """The bucket after a request, and how many seconds the request has to wait, 0 when it may pass.

    >>> drawn(Level(0.0, 100.0), Rate(60, 5), 100.5)
    (Level(left=0.5, at=100.5), 1)
    """
    if level is None:
        level = Level(rate.burst, now)
    # A clock that was set back fills nothing and takes nothing away.
    elapsed = max(0.0, now - level.at)
    left = min(rate.burst, level.left + elapsed * rate.per_minute / 60)
    if left < 1:
        return Level(left, now), max(1, math.ceil((1 - left) * 60 / rate.per_minute))
    return Level(left - 1, now), 0


class Store(Protocol):
    """Where levels are kept between requests."""

    def draw(self, key: str, rate: Rate, now: float) -> int:
        """Take one from a bucket; seconds to wait, 0 when there was one."""


class InMemory:
    """Levels of one process."""

    def __init__(self) -> None:
        self._levels: dict[str, Level] = {}

    def draw(self, key: str, rate: Rate, now: float) -> int:
        """Take one from a bucket."""
        self._levels[key], wait = drawn(self._levels.get(key), rate, now)
        return wait


class InFile:
    """Levels of several processes on one machine; nothing is lost that matters when the file is."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(SCHEMA)

    def draw(self, key: str, rate: Rate, now: float) -> int:
        """Take one from a bucket, alone among all processes."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                row = self._connection.execute("SELECT left, at FROM buckets WHERE key = ?", (key,)).fetchone()
                level, wait = drawn(Level(*row) if row else None, rate, now)
                self._connection.execute("REPLACE INTO buckets VALUES (?, ?, ?)", (key, level.left, level.at))
            finally:
                self._connection.execute("COMMIT")
        return wait


class Buckets:
    """The buckets of all keys; a key without a rate of its own has the usual one."""

    def __init__(self, usual: Rate, store: Store | None = None, clock: Callable[[], float] = time.time) -> None:
        self._usual, self._store, self._clock = usual, store or InMemory(), clock

    def rate(self, per_minute: float | None) -> float:
        """How often a minute a key may ask."""
        return per_minute or self._usual.per_minute

    def take(self, key: str, per_minute: float | None = None) -> int:
        """Count a request; seconds to wait, 0 when it may pass."""
        rate = Rate(per_minute, max(1.0, min(self._usual.burst, per_minute))) if per_minute else self._usual
        return self._store.draw(key, rate, self._clock())
