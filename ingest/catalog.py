"""catalog.sqlite: documents, sections, chunks with their offsets, and the full-text index over them."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest.asked import Asked
from mlplaybook.ingest.checksums import sha256_of_all
from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.options import conditions
from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.ingest.postings import SCHEMA as POSTINGS_SCHEMA
from mlplaybook.ingest.postings import write_postings
from mlplaybook.ingest.sections import reading_path
from mlplaybook.ingest.terms import TOKENISER

CATALOG_FILE = "catalog.sqlite"

SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL, folder TEXT NOT NULL,
    description TEXT NOT NULL, topics TEXT NOT NULL, volatility TEXT NOT NULL, reviewed TEXT NOT NULL,
    modified TEXT NOT NULL, body_start INTEGER NOT NULL, text TEXT NOT NULL, applies_to TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sections (
    document TEXT NOT NULL, anchor TEXT NOT NULL, ordinal INTEGER NOT NULL, level INTEGER NOT NULL,
    heading_path TEXT NOT NULL, char_start INTEGER NOT NULL, body_start INTEGER NOT NULL, char_end INTEGER NOT NULL,
    PRIMARY KEY (document, anchor)
) WITHOUT ROWID;
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, section TEXT NOT NULL,
    heading_path TEXT NOT NULL, ordinal INTEGER NOT NULL, char_start INTEGER NOT NULL, char_end INTEGER NOT NULL,
    text TEXT NOT NULL, embedded_text TEXT NOT NULL, embedded_sha TEXT NOT NULL, title TEXT NOT NULL,
    heading TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX chunks_of_document ON chunks (document, ordinal);
CREATE INDEX chunks_of_section ON chunks (section, row);
CREATE TABLE asked (row INTEGER PRIMARY KEY, section TEXT NOT NULL, text TEXT NOT NULL);
CREATE VIRTUAL TABLE chunks_fts USING fts5 (
    title, heading, body, content='chunks', content_rowid='row', tokenize='TOKENISER'
);
""".replace("TOKENISER", TOKENISER)


@dataclass(frozen=True, slots=True)
class Catalog:
    """An open catalog; reading functions take its connection."""

    connection: sqlite3.Connection
    path: Path


def embedding_key(chunk: Chunk) -> str:
    """What an embedding depends on beside the encoder: equal keys, equal vectors."""
    return sha256_of_all([chunk.embedded_text])[:32]


def write_catalog(
    path: Path,
    documents: Sequence[Document],
    sections: Iterable[Section],
    chunks: Sequence[Chunk],
    asked: Sequence[Asked] = (),
) -> None:
    """Write a whole catalog to a new file; chunk number n gets row n, which is also its row among the vectors."""
    titles = {document.id: document.title for document in documents}
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;" + SCHEMA + POSTINGS_SCHEMA)
        connection.executemany(
            f"INSERT INTO documents VALUES ({marks(13)})", (document_row(n, d) for n, d in enumerate(documents))
        )
        connection.executemany(f"INSERT INTO sections VALUES ({marks(8)})", map(section_row, sections))
        connection.executemany(
            f"INSERT INTO chunks VALUES ({marks(14)})",
            (chunk_row(n, c, titles[c.document]) for n, c in enumerate(chunks)),
        )
        connection.executemany(
            f"INSERT INTO asked VALUES ({marks(3)})", ((n, a.section, a.text) for n, a in enumerate(asked))
        )
        connection.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('rebuild')")
        connection.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('optimize')")
        write_postings(connection, len(chunks))
        connection.execute("COMMIT")
    finally:
        connection.close()


def marks(count: int) -> str:
    """`?, ?, ...` for so many columns."""
    return ", ".join("?" * count)


def document_row(position: int, d: Document) -> tuple[object, ...]:
    """A document as its columns."""
    topics = json.dumps(d.topics)
    head = (d.id, position, d.title, d.source, d.folder, d.description, topics)
    return (*head, d.volatility, d.reviewed, d.modified, d.body_start, d.text, json.dumps(dict(d.applies_to)))


def section_row(s: Section) -> tuple[object, ...]:
    """A section as its columns."""
    path = json.dumps(s.heading_path, ensure_ascii=False)
    return (s.document, s.anchor, s.ordinal, s.level, path, s.char_start, s.body_start, s.char_end)


def chunk_row(row: int, c: Chunk, title: str) -> tuple[object, ...]:
    """A chunk as its columns; title, heading and body are what the full-text index weighs apart."""
    path = json.dumps(c.heading_path, ensure_ascii=False)
    heading = " ".join(reading_path("", tuple(name for name in c.heading_path if name != title)))
    place = (row, c.id, c.document, c.section, path, c.ordinal, c.char_start, c.char_end)
    return (*place, c.text, c.embedded_text, embedding_key(c), title, heading, without_source_marks(c.text))


def open_catalog(path: Path) -> Catalog:
    """Open a published catalog, which nobody writes any more; raises sqlite3.Error when it is not one."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.execute("SELECT count(*) FROM documents").fetchone()
    return Catalog(connection, path)


def read_embedding_keys(catalog: Catalog) -> dict[str, int]:
    """Row by embedding key, to take over vectors from an older generation."""
    return dict(catalog.connection.execute("SELECT embedded_sha, row FROM chunks"))


def read_chunk_ids(catalog: Catalog) -> list[str]:
    """Chunk ids in row order."""
    return [identifier for (identifier,) in catalog.connection.execute("SELECT id FROM chunks ORDER BY row")]


def read_asked_texts(catalog: Catalog) -> list[str]:
    """The questions beside the pages, in row order."""
    return [text for (text,) in catalog.connection.execute("SELECT text FROM asked ORDER BY row")]


def read_document(catalog: Catalog, identifier: str) -> Document | None:
    """A document, or None."""
    names = [field.name for field in dataclasses.fields(Document)]
    row = catalog.connection.execute(f"SELECT {', '.join(names)} FROM documents WHERE id = ?", (identifier,)).fetchone()
    if row is None:
        return None
    values = dict(zip(names, row, strict=True))
    topics, applies_to = json.loads(values["topics"]), json.loads(values["applies_to"])
    return Document(**{**values, "topics": tuple(topics), "applies_to": conditions(applies_to)})


def read_sections(catalog: Catalog, document: str) -> list[Section]:
    """The sections of a document in reading order."""
    rows = catalog.connection.execute(
        "SELECT document, anchor, heading_path, level, ordinal, char_start, body_start, char_end FROM sections"
        " WHERE document = ? ORDER BY ordinal",
        (document,),
    )
    return [Section(d, a, tuple(json.loads(path)), *rest) for d, a, path, *rest in rows]


def read_chunks(catalog: Catalog, rows: Sequence[int]) -> dict[int, Chunk]:
    """Chunks by row."""
    columns = "row, id, document, section, heading_path, ordinal, char_start, char_end, text, embedded_text"
    found = catalog.connection.execute(
        f"SELECT {columns} FROM chunks WHERE row IN ({marks(len(rows))})",
        tuple(rows),
    )
    return {row: Chunk(i, d, s, tuple(json.loads(path)), *rest) for row, i, d, s, path, *rest in found}
