from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from mlplaybook.ingest.encoder import Encoded, load_encoder
from mlplaybook.server.cache.encoder import CachedEncoder, pack, unpack
from mlplaybook.server.cache.sqlite import SqliteStore
from tests.conftest import WordEncoder


class Counting(WordEncoder):
    """Counts questions."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_query(self, text: str) -> Encoded:
        self.asked.append(text)
        return super().encode_query(text)


def same(one: Encoded, other: Encoded) -> bool:
    pairs = ((one.sentence, other.sentence), (one.tokens, other.tokens), (one.spans, other.spans))
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def test_vectors_come_back_bit_for_bit() -> None:
    encoded = WordEncoder().encode_query("What is drift?")
    again = unpack(pack(encoded))
    assert again is not None
    assert same(again, encoded)


@pytest.mark.parametrize("content", [b"", b"qv1\n", b"nonsense" * 100])
def test_other_bytes_are_no_vectors(content: bytes) -> None:
    assert unpack(content) is None
    assert unpack(pack(WordEncoder().encode_query("a"))[:-1]) is None


def test_a_question_is_encoded_once_by_all_processes(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    store = SqliteStore(tmp_path / "cache.sqlite", pytest.fail)
    one = CachedEncoder(first, store).encode_query("drift")
    other = CachedEncoder(second, store).encode_query("drift")
    store.close()
    assert (first.asked, second.asked) == (["drift"], [])
    assert same(one, other)


def test_without_a_store_the_process_remembers_the_latest() -> None:
    encoder = Counting()
    cached = CachedEncoder(encoder, None, most=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        cached.encode_query(text)
    assert encoder.asked == ["a", "b", "c", "b"]


def test_vectors_of_another_size_are_not_taken(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cache.sqlite", pytest.fail)
    encoder = Counting()
    cached = CachedEncoder(encoder, store)
    cached.encode_query("drift")
    cached = CachedEncoder(encoder, store)
    cached.token_dimensions = 64
    cached.encode_query("drift")
    store.close()
    assert encoder.asked == ["drift", "drift"]


def test_it_is_an_encoder_in_everything_else() -> None:
    encoder = WordEncoder()
    cached = CachedEncoder(encoder, None)
    assert (cached.id, cached.dimensions, cached.max_tokens) == (encoder.id, 128, 64)
    assert cached.count_tokens("two words") == 2
    assert [e.sentence.shape for e in cached.encode_documents(["a", "b"])] == [(128,), (128,)]


@pytest.mark.weights
def test_the_store_is_faster_than_the_encoder(tmp_path: Path, models: Path) -> None:
    """The smallest of twenty each: other work on the machine only makes either slower."""
    encoder = load_encoder(models)
    store = SqliteStore(tmp_path / "cache.sqlite", pytest.fail)
    texts = [f"How do I detect drift number {n} in production data?" for n in range(20)]
    for text in texts:
        CachedEncoder(encoder, store).encode_query(text)
    stored = min(timed(CachedEncoder(encoder, store), text) for text in texts)
    worked_out = min(timed(encoder, text) for text in texts)
    store.close()
    assert stored < worked_out / 4


def timed(encoder: object, text: str) -> float:
    started = time.perf_counter()
    encoder.encode_query(text)  # type: ignore[attr-defined]
    return time.perf_counter() - started
