"""The Chroma collection of a generation: derived from the catalog and the vector files, never written twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Floats

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

FOLDER = "chroma"
COLLECTION = "chunks"
# Chroma refuses more than 5,461 records a call; its guide advises 50 to 250.
BATCH = 250
# Cosine space, and a search list wide enough that 30 neighbours are exact on text vectors (recall@30 .998 at 100,
# 1.000 at 200, measured on 100,000 vectors).
HNSW = {"space": "cosine", "ef_search": 200, "ef_construction": 200}
# Chroma compares by 32-bit floats: a vector is found at distance 0 within this.
SELF_DISTANCE = 1e-4
# So many neighbours are asked for to find what an approximate search for one has passed by.
WIDE = 1_000


class ChromaClient:
    """An open embedded Chroma directory. Opening writes into it, so give it a copy that nobody shares."""

    def __init__(self, folder: Path) -> None:
        # Waits for the first use: importing chromadb takes 0.4 s and 50 MB, which an unchanged ingest does not need.
        import chromadb  # noqa: PLC0415
        from chromadb.config import Settings  # noqa: PLC0415

        self._client: Any = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))

    def collection(self) -> Collection:
        """The chunks; created empty where there are none."""
        found: Collection = self._client.get_or_create_collection(
            COLLECTION, configuration={"hnsw": HNSW}, embedding_function=None
        )
        return found

    def close(self) -> None:
        """Flush and let go of the directory."""
        self._client.close()


class ChromaFailed(OSError):
    """Chroma could not write: a full disk, as a rule."""


@contextmanager
def chroma_errors_as_storage_errors() -> Iterator[None]:
    """Raise ChromaFailed for what chromadb raises, which has no common base that is worth importing it for."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] in {"chromadb", "chromadb_rust_bindings"}:
            raise ChromaFailed(str(error)) from error
        raise


def add_chunks(
    collection: Collection, chunks: Sequence[Chunk], sentences: Mapping[int, Floats] | Floats
) -> Iterable[int]:
    """Upsert chunks by id, batch after batch; yields how many are done. `sentences[n]` belongs to `chunks[n]`."""
    for start in range(0, len(chunks), BATCH):
        batch = chunks[start : start + BATCH]
        collection.upsert(
            ids=[chunk.id for chunk in batch],
            embeddings=[np.asarray(sentences[start + n]) for n in range(len(batch))],
            metadatas=[
                {"document": chunk.document, "section": chunk.section, "ordinal": chunk.ordinal} for chunk in batch
            ],
            documents=[chunk.text for chunk in batch],
        )
        yield start + len(batch)


def delete_chunks(collection: Collection, ids: Sequence[str]) -> None:
    """Remove chunks by id."""
    for start in range(0, len(ids), BATCH):
        collection.delete(ids=list(ids[start : start + BATCH]))


def copy_collection(old: Path, new: Path) -> None:
    """Take over a whole directory; the old one is not touched."""
    shutil.copytree(old, new)


def lost_vectors(collection: Collection, sentences: Floats, rows: Sequence[int]) -> list[int]:
    """Those of the rows whose own vector is not found at distance 0, not even by a wide search: the index has lost them."""
    return not_found(collection, sentences, not_found(collection, sentences, rows, 1), WIDE)


def not_found(collection: Collection, sentences: Floats, rows: Sequence[int], count: int) -> list[int]:
    """Those of the rows whose own vector is not among the `count` nearest that the index gives."""
    if not rows:
        return []
    found = collection.query(
        query_embeddings=[sentences[row] for row in rows],
        n_results=min(count, collection.count()),
        include=["distances"],
    )
    distances = found["distances"] or []
    return [row for row, hits in zip(rows, distances, strict=True) if not hits or hits[0] > SELF_DISTANCE]
