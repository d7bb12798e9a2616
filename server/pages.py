"""Pages and sections by name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.ingest.documents import Document, Section
from mlplaybook.ingest.errors import PageMissing
from mlplaybook.ingest.frontmatter import read_front_matter
from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.retrieval.index import Index


@dataclass(frozen=True, slots=True)
class Reading:
    """A page, or one of its sections with everything below its heading; `text` is `document.text[char_start:char_end]`."""

    document: Document
    section: Section | None
    char_start: int
    char_end: int

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.document.text[self.char_start : self.char_end]


def read_page(index: Index, name: str) -> Reading:
    """`page` or `page#heading`.

    :raises PageMissing: there is none of that name; the error names the nearest ones.
    """
    page, _, anchor = name.strip().partition("#")
    document = read_document(index.catalog, page)
    if document is None:
        names = [identifier for (identifier,) in index.catalog.connection.execute("SELECT id FROM documents")]
        raise PageMissing(f"The corpus '{index.manifest.corpus}' has no page '{page}'.", nearest(page, names))
    if not anchor:
        return Reading(document, None, document.body_start, len(document.text.rstrip()))
    sections = read_sections(index.catalog, page)
    found = next((section for section in sections if section.anchor == anchor), None)
    if found is None:
        raise PageMissing(
            f"The page '{page}' has no section '{anchor}'.", nearest(anchor, [s.anchor for s in sections])
        )
    below = [s for s in sections if s.ordinal > found.ordinal]
    after = next((s for s in below if s.level <= found.level), None)
    end = after.char_start if after else len(document.text)
    return Reading(
        document, found, found.char_start, found.char_start + len(document.text[found.char_start : end].rstrip())
    )


def nearest(name: str, names: list[str]) -> str:
    """A remedy that names what was probably meant."""
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:5]
    return f"Try one of: {', '.join(close)}."


def read_sources(document: Document) -> list[dict[str, str]]:
    """The sources that a page's front matter names, by key."""
    sources = read_front_matter(document.text).values.get("sources")
    if not isinstance(sources, list):
        return []
    return [{str(k): str(v) for k, v in entry.items()} for entry in sources if isinstance(entry, dict)]


def page_record(reading: Reading) -> dict[str, Any]:
    """The `read` record."""
    document, section = reading.document, reading.section
    return {
        "document": document.id,
        "section": section.id if section else document.id,
        "heading_path": list(reading_path(document.title, section.heading_path if section else ())),
        "text": reading.text,
        "char_start": reading.char_start,
        "char_end": reading.char_end,
        "source": document.source,
        "description": document.description,
        "reviewed": document.reviewed,
        "modified": document.modified,
        "sources": read_sources(document),
    }
