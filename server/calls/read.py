"""A page or a section, as much of it as one wants to read at once."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.server.calls.search import read_cursor, write_cursor
from mlplaybook.server.calls.tokens import CountTokens, cut
from mlplaybook.server.pages import Reading, page_record, read_page
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Service

URI = re.compile(r"playbook://(?:page|section)/([^/#]+)(?:[/#]([^/#]+))?/?")


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`name` is page, page#heading or a playbook:// URI; at most about `max_tokens` from `cursor` on."""

    name: str
    max_tokens: int = 2_000
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class ReadReply:
    """What there is to read; `text` is `document.text[char_start:char_end]`, cut at the end of a block where it can be.

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
    index = service.index
    name = known_name(index, page_name(request.name))
    reading = read_page(index, name)
    key = f"{reading.document.id}#{reading.section.anchor if reading.section else ''}@{index.manifest.generation}"
    start = reading.char_start + read_cursor(request.cursor, key)
    end = cut(reading.document.text, start, reading.char_end, request.max_tokens, count)
    sections = tuple(section.id for section in read_sections(index.catalog, reading.document.id))
    cursor = write_cursor(end - reading.char_start, key) if end < reading.char_end else ""
    return ReadReply(reading, reading.document.text[start:end], start, end, sections, cursor)


def page_name(name: str) -> str:
    """page#heading of a name or URI; a slash is taken for the sign, and the ending of a file is left out.

    >>> page_name("playbook://page/drift-detection/psi"), page_name("drift-detection#psi"), page_name("drift-detection.md")
    ('drift-detection#psi', 'drift-detection#psi', 'drift-detection')
    """
    text = name.strip().strip("[]`<>\"' ")
    match = URI.fullmatch(text)
    if match is not None:
        page, heading = (urllib.parse.unquote(part or "") for part in match.groups())
        return f"{page}#{heading}" if heading else page
    page, _, heading = text.partition("#")
    page = page.removesuffix(".md")
    return f"{page}#{heading}" if heading else page


def known_name(index: Index, name: str) -> str:
    """The name, or that of the page that a link on another page leads to: `../02-data/leakage#when` is on `leakage`."""
    page, sign, heading = name.partition("#")
    last = page.rpartition("/")[2]
    if last == page or read_document(index.catalog, page) or not read_document(index.catalog, last):
        return name
    return f"{last}{sign}{heading}"


def uri_of(section: str) -> str:
    """The URI of page#heading, or of a page.

    >>> uri_of("drift-detection#psi"), uri_of("drift-detection")
    ('playbook://page/drift-detection/psi', 'playbook://page/drift-detection')
    """
    parts = [urllib.parse.quote(part, safe="") for part in section.split("#", 1)]
    return "playbook://page/" + "/".join(parts)


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
