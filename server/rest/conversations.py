"""Conversations that the service keeps for those who do not want to send them along: for a while, and for one key only."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlplaybook.server.answers.history import MOST_TURNS, Turn
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.settings import Settings

FILE = "conversations.sqlite"
BUSY_SECONDS = 2.0
# Of one key; the one that was used longest ago goes first.
MOST_KEPT = 1_000
# Bytes of an id: nobody finds one by trying.
ID_BYTES = 24
# Deleted words are overwritten, and do not stay behind in a journal.
SCHEMA = """
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (owner, expires);
CREATE TABLE IF NOT EXISTS turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation, number);
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said, oldest first; `expires` in UTC, later with every question."""

    id: str
    expires: str
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversations:
    """One file for all processes, opened for each call; `hours` 0 keeps nothing, `most` is how many a key has."""

    file: Path
    hours: float
    most: int = MOST_KEPT
    clock: Callable[[], float] = time.time

    def create(self, owner: str) -> Conversation:
        """A new one; raises Problem 404 where none are kept."""
        if not self.hours:
            remedy = "Send the earlier turns as `messages` with every question."
            raise Problem(404, "conversations-off", "This service keeps no conversations.", remedy)
        identifier, expires = secrets.token_urlsafe(ID_BYTES), self._expires()
        with self._opened() as connection:
            connection.execute("INSERT INTO conversations VALUES (?, ?, ?)", (hashed(identifier), owner, expires))
            rows = connection.execute(
                "SELECT id FROM conversations WHERE owner = ? ORDER BY expires DESC LIMIT -1 OFFSET ?",
                (owner, self.most),
            )
            remove(connection, [row[0] for row in rows.fetchall()])
        return Conversation(identifier, moment(expires))

    def read(self, identifier: str, owner: str) -> Conversation:
        """What was said; raises Problem 404 for one that is not there, has expired or is somebody else's."""
        if not self.hours or not self.file.exists():
            raise missing()
        with self._opened() as connection:
            expires = self._find(connection, identifier, owner)
            rows = connection.execute(
                "SELECT role, text, headings FROM turns WHERE conversation = ? ORDER BY number", (hashed(identifier),)
            )
            turns = tuple(Turn(role, text, tuple(json.loads(headings))) for role, text, headings in rows)
        return Conversation(identifier, moment(expires), turns)

    def add(self, identifier: str, owner: str, turns: Sequence[Turn]) -> None:
        """Keep turns, of which the oldest go when there are too many; nothing where it was deleted meanwhile."""
        name = hashed(identifier)
        with self._opened() as connection:
            found = connection.execute(
                "UPDATE conversations SET expires = ? WHERE id = ? AND owner = ?", (self._expires(), name, owner)
            )
            if not found.rowcount:
                return
            connection.executemany(
                "INSERT INTO turns (conversation, role, text, headings) VALUES (?, ?, ?, ?)",
                [(name, turn.role, turn.text, json.dumps(turn.headings)) for turn in turns],
            )
            connection.execute(
                "DELETE FROM turns WHERE conversation = ? AND number NOT IN"
                " (SELECT number FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT ?)",
                (name, name, MOST_TURNS),
            )

    def delete(self, identifier: str, owner: str) -> None:
        """Forget one for good; raises Problem 404."""
        if not self.hours or not self.file.exists():
            raise missing()
        with self._opened() as connection:
            self._find(connection, identifier, owner)
            remove(connection, [hashed(identifier)])

    def _find(self, connection: sqlite3.Connection, identifier: str, owner: str) -> float:
        row = connection.execute(
            "SELECT expires FROM conversations WHERE id = ? AND owner = ?", (hashed(identifier), owner)
        ).fetchone()
        if row is None:
            raise missing()
        return float(row[0])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The file in one transaction, without what has expired."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.file, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            try:
                rows = connection.execute("SELECT id FROM conversations WHERE expires <= ?", (self.clock(),))
                remove(connection, [row[0] for row in rows.fetchall()])
                yield connection
            finally:
                # What was removed stays removed also where the rest failed.
                connection.execute("COMMIT")

    def _expires(self) -> float:
        return self.clock() + self.hours * 3600


def create_conversations(settings: Settings) -> Conversations:
    """The conversations of a service."""
    return Conversations(settings.rest_folder / FILE, settings.rest_conversation_hours)


def turns_of(question: str, answer: Answer) -> tuple[Turn, Turn]:
    """A question and its answer, with the headings of what the answer cites first."""
    cited = [citation for statement in answer.statements for citation in statement.citations]
    return Turn("user", question), Turn("assistant", answer.text, cited[0].heading_path if cited else ())


def remove(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Delete conversations with their turns."""
    for name in names:
        connection.execute("DELETE FROM turns WHERE conversation = ?", (name,))
        connection.execute("DELETE FROM conversations WHERE id = ?", (name,))


def hashed(identifier: str) -> str:
    """What is kept of an id: whoever reads the file cannot use it."""
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()


def moment(seconds: float) -> str:
    """A time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def missing() -> Problem:
    """The same for an id that never was, has expired, or is somebody else's."""
    return Problem(404, "conversation-missing", "There is no such conversation.", "Begin one: POST /v1/conversations.")
