from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.sqlite import SqliteStore
from mlplaybook.server.console.cache_commands import app


@pytest.fixture
def home(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "cache.sqlite", pytest.fail)
    store.put("answer:a", bytes(1200), 60)
    store.put("embedding:a", bytes(300), 60)
    store.get("answer:a")
    store.get("answer:b")
    store.close()
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"MLPLAYBOOK_HOME": str(home)})


def test_statistics_say_what_is_kept_and_how_often_it_helped(home: Path) -> None:
    assert run(home, "stats").output == (
        f"{home / 'cache.sqlite'}, at most 268.4 MB\n"
        "  answer           1 entries     1.2 kB, 1 of 2 times at hand\n"
        "  embedding        1 entries     0.3 kB\n"
    )


def test_statistics_for_programs(home: Path) -> None:
    counts = {"answer": (1, 1200, 1, 1), "embedding": (1, 300, 0, 0)}
    names = ("entries", "bytes", "hits", "misses")
    assert json.loads(run(home, "stats", "--json").output) == {
        "place": str(home / "cache.sqlite"),
        "limit": 268_435_456,
        "kinds": {kind: dict(zip(names, values, strict=True)) for kind, values in counts.items()},
    }


def test_a_home_without_a_cache_has_an_empty_one(tmp_path: Path) -> None:
    assert "0 entries" in run(tmp_path, "stats").output
    assert run(tmp_path, "clear").output == "0 entries removed\n"
    assert list(tmp_path.iterdir()) == []


def test_clearing_takes_one_kind_or_all(home: Path) -> None:
    assert run(home, "clear", "--kind", "embedding").output == "1 entries removed\n"
    assert json.loads(run(home, "clear", "--json").output) == {"removed": 1}
    assert json.loads(run(home, "stats", "--json").output)["kinds"]["answer"]["entries"] == 0


def test_a_kind_that_there_is_not_is_refused(home: Path) -> None:
    result = run(home, "clear", "--kind", "answers")
    assert isinstance(result.exception, BadSetting)
    assert str(result.exception) == "The cache has no kind 'answers'. Use one of: answer, embedding."
