"""Many questions from a JSONL file, one record a line out, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mlplaybook.ingest.errors import BadQuestion, BadSource, PlaybookError


def answer_lines(lines: Iterable[bytes], reply: Callable[[str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One record for every line that is not blank; a line that cannot be answered gets an `error` instead.

    :param lines: `{"id", "question"}` each; `query` or `text` may stand for `question`, `_id` for `id`.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield answer_line(number, line, reply)


def answer_line(number: int, line: bytes, reply: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The record of one line."""
    identifier: object = None
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        if not isinstance(record, dict):
            raise BadQuestion(f"Line {number} is not a JSON object.", 'Write {"id": ..., "question": ...}.')
        identifier = record.get("id", record.get("_id"))
        question = record.get("question", record.get("query", record.get("text")))
        if not isinstance(question, str):
            raise BadQuestion(f'Line {number} has no "question".', 'Write {"id": ..., "question": ...}.')
        return {**named(identifier), **reply(question)}
    except PlaybookError as error:
        return {**named(identifier), "error": error_record(error)}
    except (ValueError, RecursionError) as error:
        bad = BadSource(f"Line {number} is not JSON: {error}.", 'Write {"id": ..., "question": ...}, one a line.')
        return {**named(identifier), "error": error_record(bad)}


def named(identifier: object) -> dict[str, Any]:
    """The caller's id, where one was given."""
    return {} if identifier is None else {"id": identifier}


def error_record(error: PlaybookError) -> dict[str, str]:
    """An error for programs: a stable code, and the words for people."""
    return {"code": error.code, "cause": error.cause, "remedy": error.remedy}
