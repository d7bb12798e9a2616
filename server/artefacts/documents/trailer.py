"""The comment at a document's end that lets it be filled again: what was written last, and where each value is from.

A YAML document keeps a fingerprint a field, since its values can be read from it. Every other document keeps the values
themselves with their evidence, and a fingerprint a line. JSON has no comments and so no trailer.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
WIDTH = 120
LINE_MARK = 6
# Comment signs by form; HTML comments for Markdown.
SIGNS: Mapping[str, str] = {
    "yaml": "# ", "dockerfile": "# ", "makefile": "# ", "toml": "# ", "python": "# ", "text": "# ", "sql": "-- ",
}  # fmt: skip
HEAD = re.compile(r"mlplaybook fill (?P<version>\d+) (?P<template>[a-z0-9-]+) (?P<format>[a-z]+)\b.*")
OPEN, CLOSE = "<!-- ", "-->"
ENTRY = re.compile(r"(?P<name>[a-z_][a-z0-9_.]*) = ")
MARKS = re.compile(r"[a-z_][a-z0-9_.]*=(?:-|[0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Written:
    """What the trailer says of one field: its value, its status and the rest of the remark; `place` is the value's span."""

    value: Any
    status: str
    remark: str
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Trailer:
    """A trailer as it was read; `text` is the document without it."""

    template: str
    format: str
    text: str
    marks: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Written] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def write_marks(template: str, marks: Mapping[str, str]) -> str:
    """The trailer of a YAML document: `name=fingerprint` for every field."""
    head = (
        f"# mlplaybook fill {VERSION} {template} yaml: what was written last, so that filling again keeps your changes"
    )
    words = " ".join(f"{name}={mark}" for name, mark in marks.items())
    rows = textwrap.wrap(words, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join([head, *(f"# {row}" for row in rows)]) + "\n"


def write_values(
    template: str, form: str, style: str, values: Mapping[str, Written], text: str, notes: Sequence[str] = ()
) -> str:
    """The trailer of any other document: notes, then a line a field, then the fingerprints of the text's lines."""
    head = f"mlplaybook fill {VERSION} {template} {style}: where each value is from; filling again keeps your changes"
    rows = [head, *notes, *(f"{name} = {as_json(w.value)} · {w.status} · {w.remark}" for name, w in values.items())]
    rows += [f"lines {row}" for row in textwrap.wrap(" ".join(line_marks(text)), WIDTH - 8)]
    if form == "markdown":
        inner = "\n".join(row.replace("<", "&lt;").replace(">", "&gt;") for row in rows)
        return f"{OPEN}{inner}\n{CLOSE}\n"
    return "".join(f"{SIGNS[form]}{row}\n" for row in rows)


def as_json(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value on one line, without what could end a comment."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def line_marks(text: str) -> list[str]:
    """Six hexadecimal digits a line, `-` for an empty one; trailing white space does not count."""
    return [line_mark(line.rstrip()) for line in split(text)]


def line_mark(line: str) -> str:
    """The fingerprint of one line."""
    return hashlib.sha256(line.encode("utf-8", "replace")).hexdigest()[:LINE_MARK] if line else "-"


def split(text: str) -> list[str]:
    """Lines without their breaks; only line feeds break lines."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def read_trailer(text: str) -> Trailer | None:
    """The last trailer of a document, None when it has none; what stands behind the trailer belongs to the document."""
    found = list(re.finditer(r"^(?:# |-- |<!-- )(?=mlplaybook fill \d)", text, re.MULTILINE))
    if not found:
        return None
    sign, begin = found[-1][0], found[-1].start()
    end, rows = read_rows(text, begin, sign)
    head = HEAD.fullmatch(rows[0][1])
    if head is None:
        return None
    before, behind = text[:begin], text[end:]
    document = before.rstrip("\n") + "\n" + behind.lstrip("\n") if behind.strip() else before.rstrip("\n") + "\n"
    marks = {k: v for _, row in rows[1:] for k, _, v in (part.partition("=") for part in MARKS.findall(row))}
    lines = tuple(mark for _, row in rows[1:] if row.startswith("lines ") for mark in row.split()[1:])
    values = dict(read_values(rows[1:]))
    return Trailer(head["template"], head["format"], document, {} if values or lines else marks, values, lines)


def read_rows(text: str, begin: int, sign: str) -> tuple[int, list[tuple[int, str]]]:
    """Where a trailer ends, and its rows with their offsets."""
    rows: list[tuple[int, str]] = []
    position = begin
    for line in text[begin:].splitlines(keepends=True):
        words = line.rstrip("\r\n")
        markdown = sign == OPEN
        if markdown and words.startswith(CLOSE):
            return position + len(line), rows
        if not markdown and not words.startswith(sign.rstrip()):
            break
        skipped = len(sign) if not (markdown and rows) else 0
        rows.append((position + skipped, words[skipped:]))
        position += len(line)
    return position, rows


def read_values(rows: Sequence[tuple[int, str]]) -> Iterator[tuple[str, Written]]:
    """The fields of the rows `name = JSON · status · remark`; others are left out."""
    for position, row in rows:
        match = ENTRY.match(row)
        if match is None:
            continue
        try:
            value, end = json.JSONDecoder().raw_decode(row, match.end())
        except (ValueError, RecursionError):
            continue
        status, _, rest = row[end:].removeprefix(" · ").partition(" · ")
        rest = rest.replace("&lt;", "<").replace("&gt;", ">")
        yield match["name"], Written(value, status, rest, (position + match.end(), position + end))
