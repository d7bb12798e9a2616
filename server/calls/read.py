"""A page or a section, as much of it as one wants to read at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.catalog import read_sections
from mlplaybook.server.calls.search import read_cursor, write_cursor
from mlplaybook.server.pages import Reading, page_record, read_page
from mlplaybook.server.service import Service

URI = re.compile(r"playbook://(?:page|section)/([^/#]+)(?:[/#](.+))?")
BLOCK_END = re.compile(r"\n\s*\n|\Z")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`name` is page, page#heading or a playbook:// URI; at most about `max_tokens` from `cursor` on."""

    name: str
    max_tokens: int = 2_000
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class ReadReply:
    """What there is to read; `text` is `document.text[char_start:char_end]`, cut at the end of a paragraph.

    `sections` are those of the page, by id. `next_cursor` is empty at the end.
    """

    reading: Reading
    text: str
    char_start: int
    char_end: int
    sections: tuple[str, ...]
    next_cursor: str = ""

    @property
    def truncated(self) -> bool:
        """Whether there is more."""
        return bool(self.next_cursor)


def read(service: Service, request: ReadRequest, count: CountTokens) -> ReadReply:
    """Read.

    :raises PageMissing: there is no such page or section; the error names the nearest ones.
    :raises BadQuestion: the cursor is of another page.
    """
    name = page_name(request.name)
    index = service.index
    reading = read_page(index, name)
    key = f"{reading.document.id}#{reading.section.anchor if reading.section else ''}@{index.manifest.generation}"
    start = reading.char_start + read_cursor(request.cursor, key)
    end = cut(reading.document.text, start, reading.char_end, request.max_tokens, count)
    sections = tuple(section.id for section in read_sections(index.catalog, reading.document.id))
    cursor = write_cursor(end - reading.char_start, key) if end < reading.char_end else ""
    return ReadReply(reading, reading.document.text[start:end], start, end, sections, cursor)


def page_name(name: str) -> str:
    """page#heading of a name or URI.

    >>> page_name("playbook://page/drift-detection/psi"), page_name("drift-detection#psi")
    ('drift-detection#psi', 'drift-detection#psi')
    """
    match = URI.fullmatch(name.strip())
    if match is None:
        return name.strip()
    return f"{match[1]}#{match[2]}" if match[2] else match[1]


def cut(text: str, start: int, end: int, max_tokens: int, count: CountTokens) -> int:
    """Where to stop: at the last end of a paragraph within the budget; a single one that is longer is read whole."""
    stop, used = start, 0
    while stop < end:
        found = BLOCK_END.search(text, stop, end)
        following = found.end() if found and found.end() > stop else end
        used += count(text[stop:following])
        if used > max_tokens and stop > start:
            return stop
        stop = following
    return end


def read_reply_record(reply: ReadReply) -> dict[str, Any]:
    """The `read` record."""
    return page_record(reply.reading) | {
        "text": reply.text,
        "char_start": reply.char_start,
        "char_end": reply.char_end,
        "sections": list(reply.sections),
        "truncated": reply.truncated,
        "next_cursor": reply.next_cursor,
    }
