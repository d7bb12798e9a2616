"""A page or section ready to be shown, with the words of a citation marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from mlplaybook.ingest.blocks import Span
from mlplaybook.ingest.catalog import read_sections
from mlplaybook.ingest.documents import Document, Section
from mlplaybook.ingest.sections import STRUCTURAL, reading_path
from mlplaybook.server.pages import page_record, read_page
from mlplaybook.server.rest.records import Record
from mlplaybook.server.rest.rendering import Page, render
from mlplaybook.server.retrieval.index import Index

# All that a tree is made of; whoever shows it makes nothing else.
Tag = Literal[
    "p", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "s", "h", "a", "pre",
    "code", "mark", "note", "br", "hr", "span",
]  # fmt: skip


class Element(Record):
    """A part of a page: texts and elements in their order.

    `h` has a level and an anchor, `a` an href of the web or a section of the corpus, `pre` a language, `ol` the number that it
    starts with, `th` and `td` an align, and `note` the key of a source; `mark` is what was quoted.
    """

    tag: Tag
    nodes: list[Element | str]
    level: int = 0
    anchor: str = ""
    href: str = ""
    section: str = ""
    language: str = ""
    start: int = 1
    align: Literal["", "right"] = ""
    key: str = ""


class SectionEntry(Record):
    """A heading of the page; a `structural` one orders the page and says nothing."""

    id: str
    title: str
    level: int
    structural: bool = False


class ShownRecord(Record):
    """A page or section as a tree; `marked` when words of the ranges asked for are in it.

    `sections` are all of the page. `nodes` stand for `char_start` to `char_end` of the page.
    """

    document: str
    section: str
    title: str
    folder: str
    heading_path: list[str]
    description: str
    reviewed: str
    source: str
    sources: list[dict[str, str]]
    char_start: int
    char_end: int
    marked: bool
    nodes: list[Element | str]
    sections: list[SectionEntry]


def show_section(index: Index, name: str, quotes: Sequence[Span]) -> dict[str, Any]:
    """A page, or page#heading with everything below that heading; `quotes` are ranges of the page's characters.

    :raises PageMissing: there is none of that name.
    """
    reading = read_page(index, name)
    document = reading.document
    sections = read_sections(index.catalog, document.id)
    anchors = {section.char_start: section.anchor for section in sections}
    page = Page(document.id, document.source, anchors, lambda path, anchor: resolve(index, path, anchor))
    record = page_record(reading)
    kept = (
        "document",
        "section",
        "heading_path",
        "char_start",
        "char_end",
        "source",
        "description",
        "reviewed",
        "sources",
    )
    return {name: record[name] for name in kept} | {
        "title": document.title or document.id,
        "folder": document.folder,
        "marked": any(max(q.start, reading.char_start) < min(q.end, reading.char_end) for q in quotes),
        "nodes": render(document.text, Span(reading.char_start, reading.char_end), page, quotes),
        "sections": [entry_of(document, section) for section in sections if section.heading_path],
    }


def entry_of(document: Document, section: Section) -> dict[str, Any]:
    """A heading in the list of a page."""
    title = section.heading_path[-1]
    structural = title in STRUCTURAL or not reading_path("", section.heading_path) or title == document.title
    return {"id": section.id, "title": title, "level": section.level, "structural": structural}


def resolve(index: Index, path: str, anchor: str) -> str:
    """page#heading that a link within the corpus leads to, the page alone where it has no such heading, or ""."""
    rows = index.catalog.connection
    candidates = (path, path.rpartition("/")[2])
    found = next((c for c in candidates if rows.execute("SELECT 1 FROM documents WHERE id = ?", (c,)).fetchone()), "")
    if not found:
        row = rows.execute("SELECT id FROM documents WHERE source = ?", (f"{path}.md",)).fetchone()
        found = row[0] if row else ""
    if not found or not anchor:
        return found
    known = rows.execute("SELECT 1 FROM sections WHERE document = ? AND anchor = ?", (found, anchor)).fetchone()
    return f"{found}#{anchor}" if known else found
