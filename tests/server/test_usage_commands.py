from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.server.console.usage_commands import usage_command
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.ledger import Entry, record

app = typer.Typer()
app.command("usage")(usage_command)
NOW = datetime.now(UTC).isoformat(timespec="seconds")
ENTRY = Entry(
    at=NOW, prompt="answer@1#0123456789ab", model="openai:gpt-6-luna", status="answered", mode="llm", statements=3,
    removed=1, prompt_tokens=4000, cached_tokens=1000, completion_tokens=200, usd=0.000423, ms=816.1, cached=False,
    degraded="",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    book = Book(tmp_path / "usage.sqlite")
    record(book, ENTRY, pytest.fail)
    record(book, dataclasses.replace(ENTRY, model="ollama:llama3.1:8b", usd=None), pytest.fail)
    book.close()
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"MLPLAYBOOK_HOME": str(home), "COLUMNS": "20"})


def test_a_line_a_model_and_the_sum(home: Path) -> None:
    lines = [line.split() for line in run(home, "--by", "model").stdout.splitlines()]
    figures = ["1", "0", "0", "0", "1", "4,000", "1,000", "200"]
    assert lines[1:] == [
        ["ollama:llama3.1:8b", *figures, "0.0000+?", "816"],
        ["openai:gpt-6-luna", *figures, "0.0004", "816"],
        ["total", "2", "0", "0", "0", "2", "8,000", "2,000", "400", "0.0004+?", "816"],
    ]


def test_an_unknown_price_is_said(home: Path) -> None:
    assert run(home).stderr == ("mlplaybook: the price of 1 answers is not known; MLPLAYBOOK_PRICES can add models\n")


def test_the_record_for_programs(home: Path) -> None:
    whole = json.loads(run(home, "--by", "prompt", "--json").stdout)
    assert (whole["days"], whole["by"], len(whole["groups"])) == (30, "prompt", 1)
    assert whole["groups"][0]["name"] == "answer@1#0123456789ab"
    assert (whole["total"]["answers"], whole["total"]["usd"], whole["total"]["unknown"]) == (2, 0.000423, 1)


def test_a_prompt_version_is_shown_with_what_one_of_its_answers_was_like(home: Path) -> None:
    book = Book(home / "usage.sqlite")
    other = dataclasses.replace(
        ENTRY, prompt="answer@2#aaaaaaaaaaaa", statements=0, removed=0, status="abstained", ms=200.0
    )
    record(book, other, pytest.fail)
    record(book, dataclasses.replace(ENTRY, prompt="", mode="extractive", model=""), pytest.fail)
    book.close()
    lines = run(home, "--by", "prompt").stdout.splitlines()
    blank = lines.index("")
    assert [line.split()[0] for line in lines[1:blank]] == [
        "answer@1#0123456789ab", "answer@2#aaaaaaaaaaaa", "none", "total",
    ]  # fmt: skip
    assert [line.split() for line in lines[blank + 1 :]] == [
        "an answer by a model answers statements removed abstained tokens USD p50 ms".split(),
        ["answer@1#0123456789ab", "2", "3.0", "25.0%", "0.0%", "4,200", "?", "816"],
        ["answer@2#aaaaaaaaaaaa", "1", "0.0", "0.0%", "100.0%", "4,200", "0.0004", "200"],
    ]
    whole = json.loads(run(home, "--by", "prompt", "--json").stdout)
    assert whole["prompts"]["answer@2#aaaaaaaaaaaa"] == {
        "answers": 1, "statements": 0.0, "removed": 0.0, "abstained": 1.0, "tokens": 4200.0, "usd": 0.000423, "p50_ms": 200.0,
    }  # fmt: skip
    assert "prompts" not in json.loads(run(home, "--json").stdout)


def test_a_home_without_usage_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "--days", "7")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "mlplaybook: nothing was answered in the last 7 days, or nothing was recorded\n"
    assert list(tmp_path.iterdir()) == []


def test_another_grouping_is_refused(home: Path) -> None:
    error = run(home, "--by", "week").exception
    assert isinstance(error, BadSetting)
    assert str(error) == "--by week is not possible. Use one of: day, model, prompt."


def test_a_damaged_file_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite").write_bytes(b"this is no database " * 100)
    error = run(tmp_path).exception
    assert isinstance(error, StorageFailed)
    assert "to begin anew" in error.remedy
