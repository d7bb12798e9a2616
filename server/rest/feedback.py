"""What people think of answers, one line of JSON each in a file, for whoever looks after pages and evaluations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

FILE = "feedback.jsonl"
# 16 MB are some 50,000 lines; the file before that is kept once.
LARGEST = 16 * 1024 * 1024
LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rating of the answer with that id; `key` is the id of the key that sent it."""

    answer_id: str
    rating: str
    reason: str = ""
    comment: str = ""
    question: str = ""
    sections: tuple[str, ...] = ()
    key: str = ""


def keep_feedback(folder: Path, feedback: Feedback, largest: int = LARGEST) -> None:
    """Append a line; safe for several processes."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"at": at, **{name: value for name, value in asdict(feedback).items() if value}}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    with FileLock(folder / f"{FILE}.lock", timeout=LOCK_SECONDS):
        if file.exists() and file.stat().st_size >= largest:
            file.replace(file.with_suffix(".old.jsonl"))
        with file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
