"""Nearest chunks by sentence vector: from Chroma, or exactly from the vector file."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mlplaybook.ingest.catalog import Catalog
from mlplaybook.ingest.chroma import FOLDER, ChromaClient
from mlplaybook.ingest.encoder import Floats

# Rows of the nearest chunks to a question vector, best first.
Nearest = Callable[[Floats, int], list[int]]
SCRATCH = "mlplaybook-reader-"


class ChromaNearest:
    """Search in a private copy of a generation's Chroma folder, because opening one writes into it."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        remove_abandoned_copies(Path(tempfile.gettempdir()))
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))
        atexit.register(self.close)
        shutil.copytree(folder / FOLDER, self._scratch / FOLDER)
        self._client = ChromaClient(self._scratch / FOLDER)
        self._collection = self._client.collection()
        self._catalog = catalog

    def __call__(self, question: Floats, count: int) -> list[int]:
        """Rows of the nearest chunks."""
        found = self._collection.query(query_embeddings=question[None, :], n_results=count, include=[])
        return rows_of(self._catalog, found["ids"][0])

    def close(self) -> None:
        """Remove the copy; what has been closed cannot be asked."""
        atexit.unregister(self.close)
        self._client.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def create_exact_nearest(sentences: Floats) -> Nearest:
    """Compare with every vector: what a small corpus, a filter or a damaged Chroma folder is served by."""

    def nearest(question: Floats, count: int) -> list[int]:
        return best_rows(sentences @ question, count)

    return nearest


def best_rows(scores: Floats, count: int) -> list[int]:
    """Positions of the highest scores, best first."""
    count = min(count, len(scores))
    if count == 0:
        return []
    top = np.argpartition(-scores, count - 1)[:count]
    return [int(row) for row in top[np.lexsort((top, -scores[top]))]]


def rows_of(catalog: Catalog, ids: Sequence[str]) -> list[int]:
    """Catalog rows of chunk ids, in the same order."""
    places = ", ".join("?" * len(ids))
    found = dict(catalog.connection.execute(f"SELECT id, row FROM chunks WHERE id IN ({places})", tuple(ids)))
    return [found[identifier] for identifier in ids if identifier in found]


def remove_abandoned_copies(folder: Path) -> None:
    """Copies of processes that were killed before they could remove them."""
    for path in folder.glob(f"{SCRATCH}*"):
        owner = path.name.removeprefix(SCRATCH).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)
