from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.open import open_store
from mlplaybook.server.cache.redis import RedisStore
from mlplaybook.server.cache.sqlite import SqliteStore


@pytest.mark.parametrize("choice", ["", "sqlite"])
def test_the_cache_is_a_file_unless_something_else_is_said(tmp_path: Path, choice: str) -> None:
    store = open_store(choice, tmp_path / "cache.sqlite", pytest.fail, megabytes=3)
    assert isinstance(store, SqliteStore)
    assert store.stats().limit == 3 * 1024 * 1024


def test_it_can_be_off_or_in_a_redis(tmp_path: Path) -> None:
    pytest.importorskip("redis", reason="the client is the extra [redis]")
    assert open_store("none", tmp_path / "x", pytest.fail) is None
    store = open_store("redis://127.0.0.1:1/0", tmp_path / "x", pytest.fail)
    assert isinstance(store, RedisStore)
    store.close()


def test_any_other_choice_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        BadSetting, match=r"MLPLAYBOOK_CACHE='mysql://db' is no cache. Use 'sqlite', 'none' or redis://"
    ):
        open_store("mysql://me:secret@db", tmp_path / "x", pytest.fail)
