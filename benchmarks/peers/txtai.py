# mypy: disable-error-code="import-not-found"
"""txtai's own hybrid index: one vector a document, BM25 beside it, content in SQLite."""

from __future__ import annotations

from pathlib import Path

from txtai import Embeddings

from benchmarks.peers.documents import best_documents, packaged_weights, read_texts
from benchmarks.peers.protocol import DEPTH, Search


def prepare(cache: Path) -> Path:
    """Nothing but finding the weights."""
    return packaged_weights()


def load(weights: Path) -> Embeddings:
    """An empty index with its model."""
    return Embeddings(path=str(weights), hybrid=True, content=True)


def ingest(model: Embeddings, corpus: Path, index: Path) -> Search:
    """Index and save."""
    model.index((text.id, text.text) for text in read_texts(corpus))
    model.save(str(index))
    return create_search(model)


def open_index(weights: Path, index: Path) -> Search:
    """Load what was saved; the saved configuration names the weights."""
    embeddings = Embeddings()
    embeddings.load(str(index))
    return create_search(embeddings)


def create_search(embeddings: Embeddings) -> Search:
    """The documents of a hybrid search."""
    return lambda question: best_documents(found["id"] for found in embeddings.search(question, DEPTH))
