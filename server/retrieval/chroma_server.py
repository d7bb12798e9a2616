"""A Chroma server by its HTTP API; its own client waits for ever and shares connections between settings."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from mlplaybook.ingest.chroma import BATCH, HNSW
from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Floats

ROOT = "/api/v2/tenants/default_tenant/databases/default_database/collections"
PORTS = {"http": 8000, "https": 443}


class ChromaServerFailed(OSError):
    """The server answers, and not as it should."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where it is, and how long it may take; one connection a request, so that threads share nothing."""

    url: str
    seconds: float

    def collection(self, name: str, metadata: Mapping[str, str]) -> str:
        """The id of a collection, which is created empty where there is none."""
        body = {"name": name, "get_or_create": True, "metadata": metadata, "configuration": {"hnsw": HNSW}}
        return str(self._ask("POST", "", body)["id"])

    def collections(self) -> dict[str, Mapping[str, Any]]:
        """What is said of every collection, by its name."""
        return {found["name"]: found.get("metadata") or {} for found in self._ask("GET", "")}

    def delete(self, name: str) -> None:
        """Remove a collection."""
        self._ask("DELETE", f"/{quote(name)}")

    def count(self, collection: str) -> int:
        """How many chunks a collection has."""
        return int(self._ask("GET", f"/{collection}/count"))

    def upsert(self, collection: str, chunks: Sequence[Chunk], sentences: Floats) -> None:
        """Put chunks into a collection, batch after batch; `sentences[n]` belongs to `chunks[n]`."""
        for start in range(0, len(chunks), BATCH):
            batch = chunks[start : start + BATCH]
            body = {
                "ids": [chunk.id for chunk in batch],
                "embeddings": np.asarray(sentences[start : start + BATCH], np.float32).tolist(),
                "metadatas": [{"document": chunk.document, "section": chunk.section} for chunk in batch],
                "documents": [chunk.text for chunk in batch],
            }
            self._ask("POST", f"/{collection}/upsert", body)

    def query(self, collection: str, question: Floats, count: int) -> list[str]:
        """Ids of the nearest chunks, best first."""
        body = {"query_embeddings": [question.tolist()], "n_results": count, "include": []}
        return list(self._ask("POST", f"/{collection}/query", body)["ids"][0])

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (any JSON)
        """A reply; raises OSError, whatever the server does."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port or PORTS[parts.scheme], timeout=self.seconds)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, ROOT + path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            if response.status >= http.client.BAD_REQUEST:
                raise ChromaServerFailed(f"it answers {response.status} to {method} {ROOT}{path}")
            return json.loads(text or b"null")
        except (http.client.HTTPException, ValueError) as error:
            raise ChromaServerFailed(f"it does not speak as Chroma does ({type(error).__name__})") from error
        finally:
            connection.close()
