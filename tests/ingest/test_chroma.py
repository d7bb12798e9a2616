"""Vectors that an index has lost are told from those that a narrow search passes by."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mlplaybook.ingest.chroma import ChromaClient, add_chunks, delete_chunks, lost_vectors, not_found
from mlplaybook.ingest.documents import Chunk

COUNT = 40


@pytest.fixture
def sentences() -> np.ndarray:
    rows = np.random.default_rng(1).standard_normal((COUNT, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chunks() -> list[Chunk]:
    return [Chunk(f"id{n}", "page", "page#top", (), n, 0, 1, f"text {n}", f"text {n}") for n in range(COUNT)]


def test_every_vector_that_was_added_is_found(tmp_path: Path, sentences: np.ndarray) -> None:
    with closing(ChromaClient(tmp_path)) as client:
        collection = client.collection()
        assert list(add_chunks(collection, chunks(), sentences)) == [COUNT]
        assert lost_vectors(collection, sentences, range(COUNT)) == []
        assert lost_vectors(collection, sentences, []) == []


def test_a_vector_that_is_gone_is_lost_however_widely_one_looks(tmp_path: Path, sentences: np.ndarray) -> None:
    with closing(ChromaClient(tmp_path)) as client:
        collection = client.collection()
        list(add_chunks(collection, chunks(), sentences))
        delete_chunks(collection, ["id3", "id7"])
        assert lost_vectors(collection, sentences, range(COUNT)) == [3, 7]
        assert not_found(collection, sentences, [2, 3], 1) == [3]
