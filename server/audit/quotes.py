"""Whether the words that an answer quotes still stand where they stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.ingest.documents import Document
from mlplaybook.server.answers.records import Answer, Citation, quote_hash
from mlplaybook.server.retrieval.index import Index

State = Literal["holds", "moved", "gone", "page-gone", "altered"]


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """A quote and what became of it.

    `holds` at its offsets; `moved` to `place`, in this page or another; `gone` from a page that is there; `page-gone`;
    `altered`: the record itself was edited, since the quote is not the one that was hashed.
    """

    section: str
    quote: str
    state: State
    place: str = ""


def check_quotes(index: Index, answer: Answer) -> Iterator[QuoteCheck]:
    """Every quote of an answer once, in reading order."""
    citations = dict.fromkeys(citation for statement in answer.statements for citation in statement.citations)
    documents: dict[str, Document | None] = {}
    for citation in citations:
        if citation.document not in documents:
            documents[citation.document] = read_document(index.catalog, citation.document)
        state, place = state_of(index, citation, documents[citation.document])
        yield QuoteCheck(citation.section, citation.quote, state, place)


def state_of(index: Index, citation: Citation, document: Document | None) -> tuple[State, str]:
    """What became of a quote, and where it is now."""
    if quote_hash(citation.quote) != citation.sha256 or not citation.quote:
        return "altered", ""
    if document is not None:
        if document.text[citation.char_start : citation.char_end] == citation.quote:
            return "holds", ""
        found = document.text.find(citation.quote)
        if found >= 0:
            return "moved", section_at(index, document.id, found)
    elsewhere = index.catalog.connection.execute(
        "SELECT id, instr(text, ?) - 1 FROM documents WHERE instr(text, ?) ORDER BY position LIMIT 1",
        (citation.quote, citation.quote),
    ).fetchone()
    if elsewhere is not None:
        return "moved", section_at(index, *elsewhere)
    return ("page-gone" if document is None else "gone"), ""


def section_at(index: Index, document: str, offset: int) -> str:
    """The section of a page that an offset lies in, or the page where that is none."""
    for section in read_sections(index.catalog, document):
        if section.char_start <= offset < section.char_end:
            return section.id
    return document
