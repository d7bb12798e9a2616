"""The nouns of ingestion: what a page becomes on its way into the index."""

from __future__ import annotations

from dataclasses import dataclass

from mlplaybook.ingest.options import Conditions


@dataclass(frozen=True, slots=True)
class Document:
    """One page or record; every offset in the project counts characters of its `text`.

    `text` is the normalised file (no BOM, LF line ends), front matter included; `body_start` is where the body begins.
    `source` is the path below the ingested folder, or `corpus.jsonl:17` for a record. `reviewed` and `modified` are ISO
    dates or empty. `applies_to` are the project options that the page is written for; without any it is for all projects.
    """

    id: str
    title: str
    text: str
    source: str
    body_start: int = 0
    folder: str = ""
    description: str = ""
    topics: tuple[str, ...] = ()
    volatility: str = ""
    reviewed: str = ""
    modified: str = ""
    applies_to: Conditions = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it up to the next heading of any level: the unit of reading.

    `anchor` is the heading's slug, unique in its document. `char_start` is where the heading line begins, `body_start`
    where the text after it begins.
    """

    document: str
    anchor: str
    heading_path: tuple[str, ...]
    level: int
    ordinal: int
    char_start: int
    body_start: int
    char_end: int

    @property
    def id(self) -> str:
        """`page#heading`, which survives rebuilds."""
        return section_id(self.document, self.anchor)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of text of one section, by default of whole blocks: the unit of matching. Neighbours may overlap.

    `id` is content-addressed; `ordinal` is the position in the document. `text` is exactly `document.text[char_start:char_end]`;
    `embedded_text` is what the encoder and the lexical index read: the heading path, then the text without source marks.
    """

    id: str
    document: str
    section: str
    heading_path: tuple[str, ...]
    ordinal: int
    char_start: int
    char_end: int
    text: str
    embedded_text: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page or record that was left out, and why, in words for its author."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What cannot be understood in a page that is kept, in words for its author."""

    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What reading a source gives: the good documents in order, the bad ones named, and what an author should know.

    `doubts` are about pages that are kept; unlike `warnings`, they are mistakes.
    """

    documents: tuple[Document, ...]
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[Rejected, ...] = ()
    source: str = ""
    doubts: tuple[Rejected, ...] = ()


def section_id(document: str, anchor: str) -> str:
    """The name under which a section is cited: `page#heading`."""
    return f"{document}#{anchor}"
