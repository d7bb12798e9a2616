"""A judge's replies on disk, by what they were asked for: the same is never paid twice."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "judge-replies"


@dataclass(frozen=True, slots=True)
class Replies:
    """A folder with one JSON file a reply, named by the SHA-256 of everything that it depends on; prompts are not kept."""

    folder: Path


def key_of(*parts: object) -> str:
    """The name of a reply, other for any other part.

    >>> key_of("judge-a", "prompt") == key_of("judge-b", "prompt")
    False
    """
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def read_reply(replies: Replies, key: str) -> Any | None:  # noqa: ANN401 (JSON)
    """A kept reply; None where there is none, or what is there is no JSON."""
    try:
        return json.loads(file_of(replies, key).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def write_reply(replies: Replies, key: str, reply: object) -> None:
    """Keep a reply, whole or not at all."""
    file = file_of(replies, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(reply, out, ensure_ascii=False)
    Path(name).replace(file)


def file_of(replies: Replies, key: str) -> Path:
    """Where a reply is kept."""
    return replies.folder / key[:2] / f"{key}.json"
