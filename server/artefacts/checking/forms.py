"""Reading back a document that a template's body made: the body's lines are the patterns."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.checking.source import Place, shorten
from mlplaybook.server.artefacts.checking.tables import read_value
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml
from mlplaybook.server.artefacts.records import Field, Template

MARKER = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
COMMENT = re.compile(r"(?<=\S)\s+(?:#|//|--)\s.*$")
OPEN = re.compile(r"TODO\(\s*[\w.]+\s*\)")
LONGEST_LINE = 2000
NEVER = re.compile(r"(?!)")
Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a body: its markers, its pattern (None for a marker alone), the next line of words and the one before."""

    names: tuple[str, ...]
    pattern: re.Pattern[str] | None
    following: re.Pattern[str] | None
    before: re.Pattern[str] | None


def read_form(text: str, template: Template) -> Mapping[str, tuple[Any, Place]]:
    """Value and place of each field whose line still looks as the body has it, in the order of the body."""
    lines = list(enumerate(text.splitlines(), 1))
    fields = {field.name: field for field in template.fields}
    found: dict[str, tuple[Any, Place]] = {}
    at = 0
    for row in patterns(template.body):
        if row.before:
            hit = find(lines, at, row.before)
            if hit is None:
                continue
            at = hit[0] + 1
        if row.pattern is None:
            at, block = take_block(lines, at, row.following)
            put(found, fields.get(row.names[0]), block)
        elif hit := find(lines, at, row.pattern):
            at = hit[0] + 1
            for position, name in enumerate(row.names):
                put(found, fields.get(name), [(lines[hit[0]][0], hit[1].group(position + 1))])
    return found


def find(lines: Sequence[Line], at: int, pattern: re.Pattern[str]) -> tuple[int, re.Match[str]] | None:
    """The first line from a place on that a pattern fits, comments left out; no form has lines of 2,000 characters."""
    for number in range(at, len(lines)):
        found = pattern.fullmatch(bare(lines[number][1])) if len(lines[number][1]) < LONGEST_LINE else None
        if found:
            return number, found
    return None


@functools.cache
def patterns(body: str) -> tuple[Row, ...]:
    """The lines of a body that have markers."""
    lines = [COMMENT.sub("", line) for line in body.splitlines()]
    return tuple(
        Row(tuple(MARKER.findall(line)), as_pattern(line), next_words(lines[number + 1 :]), before(lines, number))
        for number, line in enumerate(lines)
        if MARKER.search(line)
    )


def before(lines: Sequence[str], number: int) -> re.Pattern[str] | None:
    """The words before a line that has none of its own, such as a block or a row of a table: they say where it is."""
    if number == 0 or re.search(r"\w|^\s*#", MARKER.sub("", lines[number])):
        return None
    earlier = next((line for line in reversed(lines[:number]) if line.strip()), "")
    # Nothing but signs, and nothing to go by: any line would fit.
    return re.compile(loosely(earlier.strip())) if earlier and not MARKER.search(earlier) else NEVER


def as_pattern(line: str) -> re.Pattern[str] | None:
    """A line as pattern of its stripped self: spaces and quotes may differ, each marker is a group."""
    if MARKER.fullmatch(line.strip()):
        return None
    first, *rest = MARKER.split(line.strip())
    pattern = loosely(first)
    for words in rest[1::2]:
        # Atomic, so that a long line cannot be cut in ever new ways.
        pattern += f"(?>(.*?){loosely(words)})" if words.strip("\"'") else f"(.*?){loosely(words)}"
    return re.compile(pattern)


def loosely(words: str) -> str:
    """Words of a body as pattern."""
    escaped = re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(words))
    return escaped.replace('"', '"?').replace("'", "'?").replace(r"\s+", r"\s*" if words.isspace() else r"\s+")


def next_words(lines: Sequence[str]) -> re.Pattern[str] | None:
    """The next line of a body that has words of its own, where a block ends."""
    for line in lines:
        if MARKER.sub("", line).strip(" |-:*#"):
            parts = MARKER.split(line.strip())[::2]
            return re.compile(loosely(parts[0]) + "".join(f"(?>.*?{loosely(part)})" for part in parts[1:]))
    return None


def take_block(lines: Sequence[Line], at: int, following: re.Pattern[str] | None) -> tuple[int, list[Line]]:
    """The lines from a place on up to the one that ends the block, and the place after them."""
    if following is None:
        return len(lines), list(lines[at:])
    for number in range(at, len(lines)):
        if len(lines[number][1]) < LONGEST_LINE and following.fullmatch(lines[number][1].strip()):
            return number, list(lines[at:number])
    return at, []


def bare(line: str) -> str:
    """A line without the spaces around it and without a comment behind it."""
    return COMMENT.sub("", line.strip())


def put(found: dict[str, tuple[Any, Place]], field: Field | None, lines: Sequence[Line]) -> None:
    """Keep the value of the lines for a field that has none yet; a marker that was left open counts as none."""
    filled = [(number, line) for number, line in lines if line.strip()]
    if field is None or field.name in found or not filled:
        return
    text = "\n".join(line for _, line in filled)
    place = Place(filled[0][0], shorten(text))
    found[field.name] = (None if OPEN.search(text) else value_of(text, field), place)


def value_of(text: str, field: Field) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Text of a form as a value of the field's type, as far as it is one."""
    if field.type in {"list", "mapping"}:
        return read_value(text, field.type)
    if field.type == "text":
        return text.strip()
    try:
        value = read_yaml(text.strip())
    except BadDocument:
        return text.strip()
    return text.strip() if isinstance(value, dict | list) else value
