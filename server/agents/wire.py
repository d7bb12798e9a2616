"""JSON-RPC lines before they reach the server: good ones as they are, for every other one what to answer.

The SDK's stdio transport drops a line that it cannot read, and who sent it waits for ever. So nothing is passed on that it
could not read: its parser refuses lone surrogates, deep nesting and a carriage return between lines, which Python's takes.

Part of the front, so only what loads in a millisecond is imported: no dataclasses, no typing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# `typing` takes milliseconds to load, and only mypy reads what it has.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

# A document to check is a few hundred kilobytes at most.
LONGEST_LINE = 16 * 2**20
# The parser behind takes 200.
DEEPEST = 100
PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR = -32700, -32600, -32603
MODERN = "io.modelcontextprotocol/protocolVersion"
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)

Json = object
Record = dict[str, Json]


class BadLine(ValueError):
    """A line that cannot be passed on, and the error that answers it."""

    def __init__(self, code: int, words: str, id: Json = None) -> None:  # noqa: A002 (JSON-RPC's name)
        super().__init__(words)
        self.reply = error(code, words, id)


class Message:
    """A request, a notification or a response that the server can read."""

    __slots__ = ("id", "key", "method", "params", "record")

    def __init__(self, record: Record) -> None:
        method, params = record.get("method"), record.get("params")
        self.record = record
        self.method = method if isinstance(method, str) else ""
        self.params: Record = params if isinstance(params, dict) else {}
        self.id = record.get("id")
        self.key = key_of(record.get("id")) if self.method and "id" in record else ""
        """Not empty for a request: its id, where 1 and "1" are two."""

    @property
    def version(self) -> Json | None:
        """The revision of the protocol that a request says it is of, as requests do from 2026-07-28 on."""
        meta = self.params.get("_meta")
        return meta.get(MODERN) if isinstance(meta, dict) else None


def read_lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Lines that hold something, as they come; None for one that is too long."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            yield None
        elif line.strip():
            yield line


def read_json(line: bytes | None) -> Json:
    """What a line says.

    :raises BadLine: it is no JSON, or none that the server could read.
    """
    if line is None:
        raise BadLine(INVALID_REQUEST, f"A message has at most {LONGEST_LINE:,} bytes.")
    try:
        text = line.decode()
        value: Json = json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError) as problem:
        words = problem.msg if isinstance(problem, json.JSONDecodeError) else "it is no JSON in UTF-8"
        raise BadLine(PARSE_ERROR, f"The line cannot be read: {words}. A message is one line of JSON.") from problem
    if depth(text) > DEEPEST:
        raise BadLine(PARSE_ERROR, f"The line is nested deeper than {DEEPEST} levels.", id_of(value))
    if SURROGATE.search(line) and not is_text(value):
        raise BadLine(PARSE_ERROR, "The line has half of a surrogate pair, which is no character.", id_of(value))
    return value


def is_text(value: Json) -> bool:
    """Whether every character of a value can be written in UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def id_of(value: Json) -> Json:
    """The id that an error can name, None where there is none."""
    id = value.get("id") if isinstance(value, dict) else None  # noqa: A001 (JSON-RPC's name)
    return id if is_id(id) and is_text(id) else None


def no_number(name: str) -> float:
    """NaN and Infinity, which JSON does not have."""
    raise ValueError(name)


def depth(text: str) -> int:
    """How deep a text in JSON is nested; 0 where it cannot be too deep.

    >>> depth("[" * 200 + "]" * 200), depth('{"a": "[[["}')
    (200, 0)
    """
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    level = deepest = 0
    for found in TOKEN.finditer(text):
        if found[0] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif found[0] in "]}":
            level -= 1
    return deepest


def read_message(value: Json) -> Message:
    """A value as a message.

    :raises BadLine: it is none.
    """
    if not isinstance(value, dict):
        raise BadLine(INVALID_REQUEST, "A message is a JSON object.")
    known, method = id_of(value), value.get("method")
    if value.get("jsonrpc") != "2.0":
        raise BadLine(INVALID_REQUEST, 'A message has "jsonrpc": "2.0".', known)
    if "id" in value and known is None:
        raise BadLine(INVALID_REQUEST, "An id is a string or a whole number.")
    if "method" in value:
        if not isinstance(method, str) or "result" in value or "error" in value:
            raise BadLine(INVALID_REQUEST, "A request has a method, which is a string, and no result.", known)
        if not isinstance(value.get("params", {}), dict | None):
            raise BadLine(INVALID_REQUEST, "Params are a JSON object.", known)
    elif not is_response(value):
        raise BadLine(INVALID_REQUEST, "A message has a method, or an id with a result or an error.", known)
    return Message(value)


def is_response(value: Record) -> bool:
    """Whether an object without a method answers something."""
    problem = value.get("error")
    right = isinstance(problem, dict) and type(problem.get("code")) is int and isinstance(problem.get("message"), str)
    return "id" in value and (isinstance(value.get("result"), dict) != right) and not ("error" in value and not right)


def is_id(id: Json) -> bool:  # noqa: A002
    """Whether MCP takes this as an id; true, which Python counts among the numbers, is none."""
    return isinstance(id, str) or type(id) is int


def key_of(id: Json) -> str:  # noqa: A002
    """An id by which requests are told apart.

    >>> key_of(1), key_of("1")
    ('1', '"1"')
    """
    return json.dumps(id)


def result(id: Json, value: Json) -> Record:  # noqa: A002
    """The answer to a request."""
    return {"jsonrpc": "2.0", "id": id, "result": value}


def error(code: int, words: str, id: Json = None) -> Record:  # noqa: A002
    """The answer to what cannot be answered."""
    return {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": words}}


def write_line(value: Json) -> bytes:
    """A line of JSON in ASCII, which nothing on its way can misread."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
