"""What must hold before a generation may serve."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from mlplaybook.ingest.catalog import CATALOG_FILE, open_catalog, read_chunk_ids
from mlplaybook.ingest.chroma import FOLDER, ChromaClient, chroma_errors_as_storage_errors, lost_vectors
from mlplaybook.ingest.errors import IndexCorrupt
from mlplaybook.ingest.generation import Manifest
from mlplaybook.ingest.vectors import open_sentences, open_vectors

# Vectors asked for themselves. A loss of 3% (the rate measured with two writers) shows in 15 of them.
SAMPLE = 512
# An approximate index does not reach every vector: of 4,167 among 100,000, the usual search missed 1 and a wide one none.
MOST_MISSED = 0.005


def verify_generation(folder: Path, manifest: Manifest) -> None:
    """Check that catalog, full-text index, vectors and Chroma hold the same chunks; raises IndexCorrupt naming what differs."""
    catalog = open_catalog(folder / CATALOG_FILE)
    try:
        ids = read_chunk_ids(catalog)
        (asked,) = catalog.connection.execute("SELECT count(*) FROM asked").fetchone()
        (indexed,) = catalog.connection.execute("SELECT count(*) FROM chunks_fts").fetchone()
        (sliced,) = catalog.connection.execute(
            "SELECT count(*) FROM chunks AS c JOIN documents AS d ON d.id = c.document"
            " WHERE substr(d.text, c.char_start + 1, c.char_end - c.char_start) = c.text"
        ).fetchone()
    finally:
        catalog.connection.close()
    expect("chunks in the catalog", len(ids), manifest.chunks)
    expect("chunks in the full-text index", indexed, manifest.chunks)
    expect("chunks whose offsets give back their text", sliced, manifest.chunks)
    if manifest.encoder:
        vectors = open_vectors(folder, manifest.dimensions, manifest.token_dimensions)
        expect("sentence vectors", len(vectors.sentences), manifest.chunks)
        expect("vectors of questions beside the pages", len(vectors.asked), asked)
        expect("token vectors", len(vectors.tokens), manifest.tokens)
        verify_collection(folder, ids, manifest)


def verify_collection(folder: Path, ids: list[str], manifest: Manifest) -> None:
    """Open a copy of the Chroma folder, as a reader would: same ids, and a sample of vectors finds itself."""
    sentences = open_sentences(folder, manifest.dimensions)
    with tempfile.TemporaryDirectory(prefix="mlplaybook-verify-") as scratch:
        shutil.copytree(folder / FOLDER, Path(scratch) / FOLDER)
        with chroma_errors_as_storage_errors(), closing(ChromaClient(Path(scratch) / FOLDER)) as client:
            collection = client.collection()
            stored = set(collection.get(include=[])["ids"])
            rows = list(range(0, len(ids), max(1, len(ids) // SAMPLE)))
            lost = lost_vectors(collection, sentences, rows)
    expect("chunk ids in Chroma", len(stored & set(ids)), len(ids))
    expect("other ids in Chroma", len(stored - set(ids)), 0)
    if len(lost) > MOST_MISSED * len(rows):
        expect("vectors that Chroma does not find", len(lost), 0)


def expect(what: str, found: int, wanted: int) -> None:
    """Raise unless the two counts agree."""
    if found != wanted:
        cause = f"The new index is not complete: {what}: {found}, expected {wanted}."
        raise IndexCorrupt(cause, "Run it again; the old index still serves.")
