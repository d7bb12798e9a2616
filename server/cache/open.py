"""Which cache is used: SQLite in the home folder, a Redis by its URL, or none."""

from __future__ import annotations

from pathlib import Path

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.redis import create_redis_store, without_password
from mlplaybook.server.cache.sqlite import MOST_BYTES, SqliteStore
from mlplaybook.server.cache.store import Say, Store

NONE = "none"
SQLITE = "sqlite"
REDIS = ("redis://", "rediss://", "unix://")
MEGABYTE = 1024 * 1024


def open_store(choice: str, file: Path, say: Say, megabytes: int = MOST_BYTES // MEGABYTE) -> Store | None:
    """The store that a setting names: empty or `sqlite` is the file, `none` is None.

    :raises BadSetting: it names none of these, or its package is not installed.
    """
    if choice in {"", SQLITE}:
        return SqliteStore(file, say, megabytes * MEGABYTE)
    if choice == NONE:
        return None
    if choice.startswith(REDIS):
        return create_redis_store(choice, say)
    cause = f"MLPLAYBOOK_CACHE='{without_password(choice)}' is no cache."
    raise BadSetting(cause, f"Use '{SQLITE}', '{NONE}' or redis://HOST:PORT/NUMBER.")
