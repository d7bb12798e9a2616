"""Keys of the service: 256 random bits each, of which only a hash is kept; made and revoked while it runs."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from mlplaybook.ingest.errors import BadName, BadSetting, StorageFailed

KEYS_FILE = "keys.sqlite"
SCOPES = ("read", "ask", "admin")
PREFIX = "mlp"
RANDOM_BYTES = 32
HASH = re.compile(r"[0-9a-f]{64}")
BUSY_SECONDS = 2.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, created TEXT NOT NULL,
    expires TEXT NOT NULL, revoked TEXT NOT NULL, per_minute REAL, daily_tokens INTEGER, daily_usd TEXT
);
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A key as it is wanted; None leaves a limit to the settings of the service."""

    name: str
    scopes: tuple[str, ...] = ("ask",)
    days: int | None = None
    per_minute: float | None = None
    daily_tokens: int | None = None
    daily_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; `hash` is SHA-256 of its text, times are ISO 8601 in UTC, "" for never."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created: str = ""
    expires: str = ""
    revoked: str = ""
    per_minute: float | None = None
    daily_tokens: int | None = None
    daily_usd: Decimal | None = None


class KeyRing:
    """The keys of a file and of the settings, read again when another process has changed them."""

    def __init__(
        self, file: Path, more: Sequence[Key] = (), now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.file, self._now = file, now
        self._more = {key.hash: key for key in more}
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._version, self._keys = -1, dict[str, Key]()

    def find(self, text: str) -> Key | None:
        """The key with this text, if it still may be used."""
        digest = hash_of(text)
        found = self._read().get(digest)
        # What is looked up is a hash, from which the clock tells nothing about a key; the comparison takes the same time for all.
        if found is None or not hmac.compare_digest(found.hash, digest):
            return None
        return found if usable(found, self._now()) else None

    def any_usable(self) -> bool:
        """Whether there is a key that may be used."""
        return any(usable(key, self._now()) for key in self._read().values())

    def _read(self) -> dict[str, Key]:
        with self._lock:
            if self._connection is None:
                self._connection = open_file(self.file)
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._keys = self._more | {key.hash: key for key in read_keys(self._connection)}
                self._version = version
            return self._keys

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection, self._version = None, -1


def create_key(file: Path, wish: Wish, now: datetime | None = None) -> tuple[str, Key]:
    """A new key: its text, which nobody can read anywhere afterwards, and what is kept of it.

    :raises BadSetting: a scope or limit that is none.
    """
    for scope in wish.scopes:
        if scope not in SCOPES:
            raise BadSetting(f"There is no scope '{scope}'.", f"Use one of: {', '.join(SCOPES)}.")
    created = now or datetime.now(UTC)
    expires = (created + timedelta(days=wish.days)).isoformat(timespec="seconds") if wish.days else ""
    text = f"{PREFIX}_{secrets.token_urlsafe(RANDOM_BYTES)}"
    key = Key(
        secrets.token_hex(4), wish.name, hash_of(text), tuple(dict.fromkeys(wish.scopes)), created.isoformat(timespec="seconds"),
        expires, "", wish.per_minute, wish.daily_tokens, wish.daily_usd,
    )  # fmt: skip
    with opened(file) as connection:
        connection.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key.id, key.name, key.hash, " ".join(key.scopes), key.created, key.expires, "", key.per_minute,
             key.daily_tokens, None if key.daily_usd is None else str(key.daily_usd)),
        )  # fmt: skip
    return text, key


def revoke_key(file: Path, name: str, now: datetime | None = None) -> Key:
    """Revoke a key by its id, or by its name where only one has it; raises BadName."""
    with opened(file) as connection:
        active = [key for key in read_keys(connection) if not key.revoked]
        found = [key for key in active if key.id == name] or [key for key in active if key.name == name]
        if len(found) != 1:
            ids = ", ".join(f"{key.id} ({key.name})" for key in found or active) or "none"
            cause = f"{len(found)} keys are named '{name}'." if found else f"There is no key '{name}' in use."
            raise BadName(cause, f"Name one by its id: {ids}.")
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        connection.execute("UPDATE keys SET revoked = ? WHERE id = ?", (at, found[0].id))
    return found[0]


def list_keys(file: Path) -> tuple[Key, ...]:
    """Every key that was ever made, oldest first."""
    if not file.is_file():
        return ()
    with opened(file) as connection:
        return tuple(read_keys(connection))


def read_keys(connection: sqlite3.Connection) -> Iterator[Key]:
    """The keys of an open file."""
    for i, name, digest, scopes, created, expires, revoked, per_minute, tokens, usd in connection.execute(
        "SELECT * FROM keys ORDER BY created, rowid"
    ):
        limit = None if usd is None else Decimal(usd)
        yield Key(i, name, digest, tuple(scopes.split()), created, expires, revoked, per_minute, tokens, limit)


def read_hashes(setting: str) -> tuple[Key, ...]:
    """Keys that the settings name by hash, `SHA256:SCOPE+SCOPE` by commas, for machines without a file of their own.

    :raises BadSetting: one is not of that form.

    >>> read_hashes("a" * 64 + ":read")[0].scopes
    ('read',)
    """
    found = []
    for part in filter(None, (part.strip() for part in setting.split(","))):
        digest, _, scopes = part.partition(":")
        named = tuple(scopes.split("+")) if scopes else ("ask",)
        if not HASH.fullmatch(digest.lower()) or not set(named) <= set(SCOPES):
            remedy = (
                "Write the SHA-256 of the key, a colon and scopes: HASH:read+ask; `mlplaybook keys create` prints it."
            )
            raise BadSetting(f"MLPLAYBOOK_REST_KEY_HASHES holds {part[:16]!r}..., which is none.", remedy)
        found.append(Key(digest[:8].lower(), "settings", digest.lower(), named))
    return tuple(found)


def usable(key: Key, now: datetime) -> bool:
    """Whether a key may be used at this time."""
    return not key.revoked and (not key.expires or now < datetime.fromisoformat(key.expires))


def hash_of(text: str) -> str:
    """SHA-256 of a key; it needs no salt and no stretching, since nobody can guess 256 random bits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def open_file(file: Path) -> sqlite3.Connection:
    """The file of keys, made for its owner's eyes only where there is none; raises StorageFailed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
        connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.executescript(SCHEMA)
    except (OSError, sqlite3.Error) as error:
        raise StorageFailed(f"{file} cannot be used: {error}.", "Check MLPLAYBOOK_HOME and its permissions.") from error
    return connection


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """The file for one change."""
    connection = open_file(file)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()
