"""JSONL records `{"_id", "title", "text"}`, the form of BEIR's corpus.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from mlplaybook.ingest.documents import Document, Rejected

RECORD_SUFFIXES = frozenset({".jsonl", ".ndjson"})


def is_record_file(path: Path) -> bool:
    """Whether a file is read line by line as records."""
    return path.suffix.lower() in RECORD_SUFFIXES


def read_records(name: str, data: bytes) -> Iterator[Document | Rejected]:
    """One document a line; a bad line is named with its number and costs no other."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            source = f"{name}:{number}"
            try:
                yield read_record(source, line)
            except ValueError as error:
                yield Rejected(source, str(error))


def read_record(source: str, line: bytes) -> Document:
    """The document in one line; raises ValueError with the reason and the remedy."""
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        msg = f"not one JSON object: {error}; write one record a line"
        raise ValueError(msg) from error
    if not isinstance(record, dict):
        msg = f'a JSON {type(record).__name__}, not an object; write {{"_id": ..., "text": ...}}'
        raise ValueError(msg)
    identifier, title, text = record.get("_id", record.get("id")), record.get("title") or "", record.get("text")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or not str(identifier).strip():
        msg = '"_id" is missing; give every record an id of its own'
        raise ValueError(msg)
    if not isinstance(text, str) or not isinstance(title, str) or not text.strip():
        msg = f'"text" of {identifier!r} is missing or empty; write the passage there as a string'
        raise ValueError(msg)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for value in (str(identifier), title, text):
        check_storable(value)
    return Document(id=str(identifier), title=title.strip(), text=text, source=source)


def check_storable(value: str) -> None:
    """Refuse what neither UTF-8 nor SQLite can hold."""
    if "\x00" in value:
        msg = "a NUL character; remove it"
        raise ValueError(msg)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = f"half of a surrogate pair at character {error.start}; write the whole character"
        raise ValueError(msg) from error
