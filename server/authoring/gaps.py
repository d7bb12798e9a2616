"""What was asked and not covered: counts of normalised topics in a local file, kept only where the user opted in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlplaybook.server.retrieval.words import query_terms

# Enough words to recognise a topic, too few to recognise a question.
MOST_WORDS = 6
SCHEMA = "CREATE TABLE IF NOT EXISTS gaps (topic TEXT PRIMARY KEY, asked INTEGER NOT NULL, last TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Gap:
    """A topic, how often it was asked, and the ISO date of the last time."""

    topic: str
    asked: int
    last: str


def topic_of(question: str) -> str:
    """The question's content words in alphabetical order, which is all that is kept of it.

    >>> topic_of("How do I deploy Whisper on a phone?")
    'deploy-phone-whisper'
    """
    return "-".join(sorted(query_terms(question)[:MOST_WORDS]))


def record_gap(file: Path, question: str, today: date) -> None:
    """Count a question's topic."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=5)) as connection, connection:
        connection.execute(SCHEMA)
        connection.execute(
            "INSERT INTO gaps VALUES (?, 1, ?) ON CONFLICT (topic) DO UPDATE SET asked = asked + 1, last = excluded.last",
            (topic_of(question), today.isoformat()),
        )


def read_gaps(file: Path) -> list[Gap]:
    """All topics, the most asked first; none without a file."""
    if not file.is_file():
        return []
    with closing(sqlite3.connect(file, timeout=5)) as connection:
        connection.execute(SCHEMA)
        return [
            Gap(*row) for row in connection.execute("SELECT topic, asked, last FROM gaps ORDER BY asked DESC, topic")
        ]
