"""What a key may still spend today on models, counted over all processes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from mlplaybook.server.rest.callers import Caller
from mlplaybook.server.usage.budget import NANO, dollars, nano

ACCOUNTS_FILE = "accounts.sqlite"
BUSY_SECONDS = 2.0
# One request gets at most this share of what is left of a day, so that several at once neither spend it twice nor wait.
SHARE = 4
SCHEMA = """
CREATE TABLE IF NOT EXISTS spent (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, day TEXT NOT NULL, held INTEGER NOT NULL, nano INTEGER, tokens INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS spent_by_key ON spent (key, day);
"""


SPENT = """
SELECT coalesce(sum(tokens), 0), coalesce(sum(coalesce(nano, held)), 0) FROM spent WHERE key = ? AND day = ?
"""
HOLD = "INSERT INTO spent (key, day, held, tokens) VALUES (?, ?, ?, 0)"


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens and US dollars of a day; None is no limit."""

    tokens: int | None
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request may take: `max_usd` None is no limit of its own; without `model` the pages are quoted, `reason` says why.

    `row` is what has been put aside.
    """

    model: bool = True
    max_usd: Decimal | None = None
    reason: str = ""
    row: int | None = None


FREE = Allowance()


class Accounts:
    """Tokens and money by key and day in UTC; the usual limits are those of keys without limits of their own."""

    def __init__(
        self, file: Path, daily_tokens: int | None = None, daily_usd: Decimal | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:  # fmt: skip
        self._file, self._tokens, self._usd, self._today = file, daily_tokens, daily_usd, today
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def hold(self, caller: Caller, max_usd: Decimal | None = None) -> Allowance:
        """Put aside what a request of a caller may cost, of which `max_usd` is the most; from a thread.

        A request that began within the tokens of a day is finished even where it takes more.
        """
        tokens, usd = self.limits(caller)
        if tokens is None and usd is None:
            return Allowance(max_usd=max_usd)
        day = self._today().isoformat()
        with self._lock:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                used, spent = connection.execute(SPENT, (caller.id, day)).fetchone()
                allowed = allowance(caller.id, Limits(tokens, usd), used, Decimal(spent) / NANO, max_usd)
                if not allowed.model:
                    return allowed
                held = 0 if usd is None or allowed.max_usd is None else nano(allowed.max_usd)
                row = connection.execute(HOLD, (caller.id, day, held)).lastrowid
            finally:
                connection.execute("COMMIT")
        return replace(allowed, row=row)

    def settle(self, allowance: Allowance, tokens: int, cost_usd: float | None) -> None:
        """Replace what was put aside by what it took; a cost that is not known stays as it was put aside."""
        if allowance.row is None:
            return
        cost = None if cost_usd is None else nano(Decimal(str(cost_usd)))
        with self._lock:
            self._opened().execute("UPDATE spent SET tokens = ?, nano = ? WHERE id = ?", (tokens, cost, allowance.row))

    def limits(self, caller: Caller) -> tuple[int | None, Decimal | None]:
        """Tokens and money a day of a caller; None is no limit."""
        if caller.key is None:
            return None, None
        tokens = self._tokens if caller.key.daily_tokens is None else caller.key.daily_tokens
        return tokens, self._usd if caller.key.daily_usd is None else caller.key.daily_usd

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            connection.execute("DELETE FROM spent WHERE day < date('now', '-40 days')")
            self._connection = connection
        return self._connection


def allowance(key: str, limits: Limits, tokens: int, usd: Decimal, max_usd: Decimal | None) -> Allowance:
    """What a request may take of what is left of a day of which `tokens` and `usd` are spent.

    >>> allowance("k", Limits(None, Decimal(2)), 0, Decimal("1.6"), None).max_usd
    Decimal('0.1')
    """
    if limits.tokens is not None and tokens >= limits.tokens:
        return Allowance(model=False, reason=f"daily budget of {limits.tokens:,} tokens of the key {key} is spent")
    if limits.usd is None:
        return Allowance(max_usd=max_usd)
    left = limits.usd - usd
    if left <= 0:
        return Allowance(model=False, reason=f"daily budget of {dollars(limits.usd)} USD of the key {key} is spent")
    return Allowance(max_usd=least(max_usd, left / SHARE))


def least(*limits: Decimal | None) -> Decimal | None:
    """The smallest of the limits that there are."""
    return min((limit for limit in limits if limit is not None), default=None)
