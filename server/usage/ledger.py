"""What was answered, by which prompt and model, with how many tokens and for how much; never the question."""

from __future__ import annotations

import dataclasses
import sqlite3
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from mlplaybook.server.answers.records import Answer
from mlplaybook.server.llm.records import Usage
from mlplaybook.server.usage.book import Book

# Rows older than this are deleted: a year can be compared with the one before it up to the same day's month.
KEPT_DAYS = 400
# Of degradations, which are written for people and may be long.
LONGEST_REASON = 200
By = Literal["day", "model", "prompt"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer. `at` is ISO 8601 in UTC; `usd` is None where the price is not known; `degraded` joins what did not work."""

    at: str
    prompt: str
    model: str
    status: str
    mode: str
    statements: int
    removed: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    usd: float | None
    ms: float
    cached: bool
    degraded: str


@dataclass(frozen=True, slots=True)
class Total:
    """The answers of one day, model or prompt version.

    `usd` sums what is known, `unknown` counts answers whose price is not; `ms` is the median of those not cached.
    """

    name: str
    answers: int
    cached: int
    abstained: int
    degraded: int
    statements: int
    removed: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    usd: float
    unknown: int
    ms: float


FIELDS = tuple(entry.name for entry in dataclasses.fields(Entry))


def create_entry(
    answer: Answer, usage: Usage = Usage(), usd: Decimal | None = Decimal(0), *, now: datetime | None = None  # noqa: B008 (frozen)
) -> Entry:  # fmt: skip
    """An answer as a row; one from the cache used no tokens and cost nothing now."""
    stamp = answer.stamp
    used, money = (Usage(), Decimal(0)) if stamp.cached else (usage, usd)
    return Entry(
        at=(now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
        prompt=stamp.prompt,
        model=stamp.model,
        status=answer.status,
        mode=answer.mode,
        statements=len(answer.statements),
        removed=answer.removed,
        prompt_tokens=used.prompt_tokens,
        cached_tokens=used.cached_tokens,
        completion_tokens=used.completion_tokens,
        usd=None if money is None else float(money),
        ms=round(sum(stamp.timings_ms.values()), 1),
        cached=stamp.cached,
        degraded="; ".join(answer.degraded)[:LONGEST_REASON],
    )


def record(book: Book, entry: Entry, say: Callable[[str], None]) -> None:
    """Write a row; a ledger that cannot be written is said, and nobody's answer waits or fails for it."""
    oldest = (datetime.fromisoformat(entry.at) - timedelta(days=KEPT_DAYS)).isoformat()
    try:
        with book.writing() as connection:
            connection.execute("DELETE FROM answers WHERE at < ?", (oldest,))
            connection.execute(
                f"INSERT INTO answers ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})",
                dataclasses.astuple(entry),
            )
    except (sqlite3.Error, OSError) as error:
        say(f"usage is not recorded: {book.file} cannot be written ({error})")


def read_rows(book: Book, days: int, *, now: datetime | None = None) -> list[dict[str, Any]]:
    """The rows of the last so many days in UTC, today included, oldest first; none where there is no file.

    :raises sqlite3.Error: the file is damaged.
    """
    if not book.file.is_file():
        return []
    first = (now or datetime.now(UTC)).astimezone(UTC).date() - timedelta(days=days - 1)
    with book.writing() as connection:
        found = connection.execute(
            f"SELECT {', '.join(FIELDS)} FROM answers WHERE at >= ? ORDER BY at, rowid", (first.isoformat(),)
        ).fetchall()
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


def totals(rows: Iterable[Mapping[str, Any]], by: By) -> list[Total]:
    """The rows summed by day, model or prompt version, in the order of the names."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        name = row["at"][:10] if by == "day" else row[by]
        groups.setdefault(name or "none", []).append(row)
    return [total(name, groups[name]) for name in sorted(groups)]


def total(name: str, rows: Iterable[Mapping[str, Any]]) -> Total:
    """Rows in one figure each."""
    held = list(rows)
    times = [row["ms"] for row in held if not row["cached"]]
    return Total(
        name=name,
        answers=len(held),
        cached=sum(bool(row["cached"]) for row in held),
        abstained=sum(row["status"] == "abstained" for row in held),
        degraded=sum(bool(row["degraded"]) for row in held),
        statements=sum(row["statements"] for row in held),
        removed=sum(row["removed"] for row in held),
        prompt_tokens=sum(row["prompt_tokens"] for row in held),
        cached_tokens=sum(row["cached_tokens"] for row in held),
        completion_tokens=sum(row["completion_tokens"] for row in held),
        usd=round(sum(row["usd"] or 0.0 for row in held), 9),
        unknown=sum(row["usd"] is None for row in held),
        ms=round(statistics.median(times), 1) if times else 0.0,
    )
