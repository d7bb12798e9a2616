"""Vectors of a generation under construction: what the previous one already has is taken over, the rest is encoded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.asked import VECTORS_FILE, Asked, encode_asked
from mlplaybook.ingest.catalog import (
    CATALOG_FILE,
    embedding_key,
    open_catalog,
    read_asked_texts,
    read_chunk_ids,
    read_embedding_keys,
)
from mlplaybook.ingest.chroma import (
    FOLDER,
    ChromaClient,
    add_chunks,
    chroma_errors_as_storage_errors,
    copy_collection,
    delete_chunks,
)
from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Encoder
from mlplaybook.ingest.errors import IndexCorrupt
from mlplaybook.ingest.vectors import Vectors, VectorWriter, open_sentences, open_vectors, quantise, write_section_means

Step = Callable[[str], None]
Progress = Callable[[int, int], None]
# Above this share of new chunks a fresh collection is quicker than mending the old one, and has no dead entries.
MOST_MENDED = 0.5
# Chunks between two progress reports: a quarter of a second of work.
REPORTED_EVERY = 16


@dataclass(frozen=True, slots=True)
class Previous:
    """What an older generation offers: rows by embedding key, its vectors, its chunk ids and its Chroma folder."""

    rows: Mapping[str, int] = field(default_factory=dict)
    vectors: Vectors | None = None
    ids: frozenset[str] = frozenset()
    chroma: Path | None = None
    asked: Mapping[str, int] = field(default_factory=dict)


def open_previous(folder: Path, encoder: Encoder | None) -> Previous:
    """The serving generation if it has vectors of this encoder and is undamaged, else nothing."""
    try:
        current = gen.current_folder(folder)
        if current is None or encoder is None:
            return Previous()
        manifest = gen.read_manifest(current)
        if manifest.encoder != encoder.id or gen.damaged_files(current, manifest):
            return Previous()
        catalog = open_catalog(current / CATALOG_FILE)
        try:
            rows, ids = read_embedding_keys(catalog), frozenset(read_chunk_ids(catalog))
            asked = {text: row for row, text in enumerate(read_asked_texts(catalog))}
        finally:
            catalog.connection.close()
        vectors = open_vectors(current, encoder.dimensions, encoder.token_dimensions)
        return Previous(rows, vectors, ids, current / FOLDER, asked)
    except (IndexCorrupt, sqlite3.Error, OSError, ValueError):
        return Previous()


def vectors_only(other: Previous) -> Previous:
    """What another corpus offers: its vectors, by what was embedded; its chunk ids and Chroma folder are its own."""
    return Previous(other.rows, other.vectors, asked=other.asked)


def write_vectors(
    building: Path, chunks: Sequence[Chunk], encoder: Encoder, previous: Previous, step: Step, progress: Progress
) -> tuple[int, int]:
    """Write sentence and token vectors of all chunks in row order; returns (chunks encoded, tokens written)."""
    keys = [embedding_key(chunk) for chunk in chunks]
    new = [number for number, key in enumerate(keys) if key not in previous.rows]
    encoded = encoder.encode_documents([chunks[number].embedded_text for number in new])
    pending = set(new)
    done = tokens = 0
    with VectorWriter(building) as writer:
        for number, key in enumerate(keys):
            if number in pending:
                if done % REPORTED_EVERY == 0:
                    step("embed")
                    progress(done, len(new))
                vectors = next(encoded)
                sentence, rows = vectors.sentence, quantise(vectors)
                done += 1
            else:
                assert previous.vectors is not None
                row = previous.rows[key]
                sentence, rows = previous.vectors.sentences[row], previous.vectors.token_rows(row)
            writer.append(sentence, rows)
            tokens += len(rows.values)
        step("vectors")
    write_section_means(building, [chunk.section for chunk in chunks], encoder.dimensions)
    progress(done, len(new))
    return done, tokens


def write_asked(building: Path, asked: Sequence[Asked], encoder: Encoder, previous: Previous) -> None:
    """Write the vectors of the questions beside the pages."""
    known = {} if previous.vectors is None else {t: previous.vectors.asked[row] for t, row in previous.asked.items()}
    (building / VECTORS_FILE).write_bytes(encode_asked(asked, encoder, known).astype(np.float32).tobytes())


def write_collection(building: Path, chunks: Sequence[Chunk], dimensions: int, previous: Previous, step: Step) -> None:
    """Fill the generation's Chroma folder: the previous one mended where most of it stays, a fresh one otherwise."""
    sentences = open_sentences(building, dimensions)
    ids = {chunk.id for chunk in chunks}
    added = [number for number, chunk in enumerate(chunks) if chunk.id not in previous.ids]
    gone = sorted(previous.ids - ids)
    mended = previous.chroma is not None and len(added) + len(gone) <= MOST_MENDED * len(chunks)
    if mended and previous.chroma is not None:
        step("chroma-copy")
        copy_collection(previous.chroma, building / FOLDER)
    else:
        added, gone = list(range(len(chunks))), []
    step("chroma-open")
    fresh = [chunks[number] for number in added]
    with chroma_errors_as_storage_errors(), closing(ChromaClient(building / FOLDER)) as client:
        collection = client.collection()
        step("chroma-delete")
        delete_chunks(collection, gone)
        for _ in add_chunks(collection, fresh, np.asarray(sentences[added])):
            step("chroma-add")
        step("chroma-close")
