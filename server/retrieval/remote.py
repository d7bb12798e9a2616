"""Nearest chunks from a Chroma server that several machines share, by comparing here whenever it does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mlplaybook.ingest.catalog import Catalog, read_chunks
from mlplaybook.ingest.chroma import BATCH
from mlplaybook.ingest.encoder import Floats
from mlplaybook.ingest.generation import Manifest
from mlplaybook.server.retrieval.chroma_server import ChromaServer
from mlplaybook.server.retrieval.dense import Nearest, create_exact_nearest, rows_of

PREFIX = "mlplaybook-"
# A server that takes longer is of no use to a search, and one that failed is not asked again with every question.
QUERY_SECONDS, REST_SECONDS = 2.0, 30.0
UPLOAD_SECONDS = 60.0
# Of each corpus the newest and those that a machine may still be serving.
KEPT = 3


class ServerNearest:
    """Search in a server's collection; every vector is compared here instead while the server does not answer."""

    def __init__(
        self, server: ChromaServer, collection: str, catalog: Catalog, exact: Nearest, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._server, self._collection, self._catalog, self._exact = server, collection, catalog, exact
        self._clock, self._not_before = clock, 0.0

    def __call__(self, question: Floats, count: int) -> list[int]:
        """Rows of the nearest chunks."""
        if self._clock() < self._not_before:
            return self._exact(question, count)
        try:
            ids = self._server.query(self._collection, question, count)
        except OSError:
            self._not_before = self._clock() + REST_SECONDS
            return self._exact(question, count)
        rows = rows_of(self._catalog, ids)
        # Fewer than there are: another machine is filling it.
        return rows if len(rows) == count else self._exact(question, count)


def open_server(url: str, manifest: Manifest, catalog: Catalog, sentences: Floats) -> ServerNearest:
    """Search in the server's collection of a generation, which is filled first where it is not whole.

    :raises OSError: the server does not answer, or not as it should.
    """
    collection = fill(ChromaServer(url, UPLOAD_SECONDS), manifest, catalog, sentences)
    return ServerNearest(ChromaServer(url, QUERY_SECONDS), collection, catalog, create_exact_nearest(sentences))


def fill(server: ChromaServer, manifest: Manifest, catalog: Catalog, sentences: Floats) -> str:
    """The collection of a generation, with what it lacked; those that nobody serves any more are removed."""
    made = {"corpus": manifest.corpus, "made": datetime.now(UTC).isoformat()}
    collection = server.collection(collection_name(manifest), made)
    if server.count(collection) == manifest.chunks:
        return collection
    for start in range(0, manifest.chunks, BATCH):
        rows = range(start, min(start + BATCH, manifest.chunks))
        chunks = read_chunks(catalog, rows)
        server.upsert(collection, [chunks[row] for row in rows], sentences[start : rows.stop])
    for name in outlived(server.collections(), manifest):
        server.delete(name)
    return collection


def collection_name(manifest: Manifest) -> str:
    """The collection of a generation, which is named by what is in it.

    A generation's id says which pages, cut and encoded how, so that machines that have the same share one collection.
    """
    return PREFIX + manifest.generation


def outlived(collections: Mapping[str, Mapping[str, Any]], manifest: Manifest) -> list[str]:
    """Collections of the corpus beyond the newest ones."""
    made = sorted(
        (str(said.get("made", "")), name)
        for name, said in collections.items()
        if name.startswith(PREFIX) and said.get("corpus") == manifest.corpus and name != collection_name(manifest)
    )
    return [name for _, name in made[: max(0, len(made) - (KEPT - 1))]]
