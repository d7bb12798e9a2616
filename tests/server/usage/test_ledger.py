from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.server.llm.records import Usage
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.ledger import Entry, Total, create_entry, read_rows, record, total, totals
from tests.server.cache.worlds import an_answer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENTRY = Entry(
    at="2026-11-21T12:00:00+00:00", prompt="answer@1#0123456789ab", model="openai:gpt-6-luna", status="answered",
    mode="llm", statements=2, removed=2, prompt_tokens=4000, cached_tokens=1000, completion_tokens=200, usd=0.000423,
    ms=816.1, cached=False, degraded="",
)  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "home" / "usage.sqlite")
    yield book
    book.close()


def test_an_answer_as_a_row() -> None:
    assert create_entry(an_answer(), Usage(4000, 200, 1000), Decimal("0.000423"), now=NOW) == ENTRY


def test_an_answer_from_the_cache_cost_nothing_now() -> None:
    entry = create_entry(an_answer(stamp_cached=True), Usage(4000, 200, 1000), Decimal("0.000423"), now=NOW)
    free = {"cached": True, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "usd": 0.0}
    assert entry == dataclasses.replace(ENTRY, **free)  # type: ignore[arg-type]


def test_a_price_that_is_not_known_stays_unknown() -> None:
    assert create_entry(an_answer(), Usage(1, 1), None, now=NOW).usd is None


def test_time_is_kept_in_utc() -> None:
    evening = NOW.astimezone(timezone(timedelta(hours=14)))
    assert create_entry(an_answer(), now=evening).at == "2026-11-21T12:00:00+00:00"


def test_rows_come_back_as_mappings_of_their_columns(book: Book) -> None:
    record(book, ENTRY, pytest.fail)
    assert read_rows(book, 1, now=NOW) == [{**dataclasses.asdict(ENTRY), "cached": 0}]


def test_no_word_of_a_question_or_an_answer_is_kept(book: Book) -> None:
    answer = an_answer(question="Xylophone secret?", text="Zeppelin [1]")
    record(book, create_entry(answer, Usage(1, 1), Decimal(0), now=NOW), pytest.fail)
    book.close()
    content = book.file.read_bytes()
    assert b"Xylophone" not in content
    assert b"Zeppelin" not in content
    assert b"alert" not in content


def test_days_are_counted_with_today(book: Book) -> None:
    for at in ("2026-11-18T23:59:59+00:00", "2026-11-19T00:00:00+00:00", "2026-11-21T12:00:00+00:00"):
        record(book, dataclasses.replace(ENTRY, at=at), pytest.fail)
    assert [row["at"][:10] for row in read_rows(book, 3, now=NOW)] == ["2026-11-19", "2026-11-21"]


def test_rows_of_the_year_before_last_are_dropped(book: Book) -> None:
    record(book, dataclasses.replace(ENTRY, at="2025-10-01T00:00:00+00:00"), pytest.fail)
    record(book, ENTRY, pytest.fail)
    assert len(read_rows(book, 10_000, now=NOW)) == 1


def test_no_file_has_no_rows_and_none_is_made(book: Book) -> None:
    assert read_rows(book, 30, now=NOW) == []
    assert not book.file.exists()


def test_a_ledger_that_cannot_be_written_is_said_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    record(Book(tmp_path / "file" / "usage.sqlite"), ENTRY, said.append)
    assert len(said) == 1
    assert said[0].startswith("usage is not recorded: ")


def test_a_damaged_ledger_is_an_error_to_whoever_reads_it(book: Book) -> None:
    book.file.parent.mkdir()
    book.file.write_bytes(b"this is no database " * 100)
    with pytest.raises(sqlite3.Error):
        read_rows(book, 30, now=NOW)


def test_totals_by_day_model_and_prompt() -> None:
    other = {"model": "", "prompt": "", "mode": "extractive", "status": "abstained", "usd": None, "ms": 4.0}
    rows = [
        dataclasses.asdict(ENTRY),
        dataclasses.asdict(dataclasses.replace(ENTRY, cached=True, usd=0.0, ms=900.0)),
        {**dataclasses.asdict(ENTRY), **other, "at": "2026-11-20T12:00:00+00:00", "degraded": "llm: timeout"},
    ]
    sums = {"statements": 4, "removed": 4, "prompt_tokens": 8000, "cached_tokens": 2000, "completion_tokens": 400}
    first = Total("2026-11-20", 1, 0, 1, 1, 2, 2, 4000, 1000, 200, 0.0, 1, 4.0)
    second = Total("2026-11-21", 2, 1, 0, 0, usd=0.000423, unknown=0, ms=816.1, **sums)
    assert totals(rows, "day") == [first, second]
    named = {"none": first, "openai:gpt-6-luna": second}
    assert totals(rows, "model") == [dataclasses.replace(group, name=name) for name, group in named.items()]
    assert [group.name for group in totals(rows, "prompt")] == ["answer@1#0123456789ab", "none"]
    assert total("total", []) == Total("total", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0.0)
