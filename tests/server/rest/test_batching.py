"""Questions that come while others are encoded are encoded together, each gets its own vectors, and nobody is forgotten."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from mlplaybook.ingest.encoder import Encoded, load_encoder
from mlplaybook.server.rest.batching import BatchingEncoder, batching
from mlplaybook.server.retrieval.index import Index
from tests.conftest import WordEncoder


class Batched(WordEncoder):
    """Says which questions came together; the batch waits for `gate`."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.inside = 0

    def encode_queries(self, texts: Sequence[str]) -> Iterator[Encoded]:
        self.inside += 1
        assert self.inside == 1
        self.batches.append(list(texts))
        assert self.gate.wait(10)
        self.inside -= 1
        if "broken" in texts:
            raise ValueError("broken")
        yield from map(self.encode_query, texts)


def start(encoder: BatchingEncoder, texts: Sequence[str]) -> tuple[dict[str, object], list[threading.Thread]]:
    got: dict[str, object] = {}

    def ask(text: str) -> None:
        try:
            got[text] = encoder.encode_query(text).sentence
        except ValueError as error:
            got[text] = error

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    return got, threads


def finish(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_a_question_alone_waits_for_nobody() -> None:
    inner = Batched()
    assert np.array_equal(BatchingEncoder(inner).encode_query("drift").sentence, inner.encode_query("drift").sentence)
    assert inner.batches == [["drift"]]


def test_what_comes_meanwhile_is_the_next_batch_in_the_order_of_coming() -> None:
    inner = Batched()
    inner.gate.clear()
    texts = [f"question {number}" for number in range(8)]
    got, threads = start(BatchingEncoder(inner, most=4), texts)
    inner.gate.set()
    finish(threads)
    assert inner.batches == [texts[:1], texts[1:5], texts[5:]]
    assert all(np.array_equal(got[text], inner.encode_query(text).sentence) for text in texts)


def test_a_batch_that_fails_fails_for_those_in_it_alone() -> None:
    inner = Batched()
    inner.gate.clear()
    encoder = BatchingEncoder(inner, most=2)
    got, threads = start(encoder, ["first", "broken", "beside it", "after it"])
    inner.gate.set()
    finish(threads)
    assert {text for text, found in got.items() if isinstance(found, ValueError)} == {"broken", "beside it"}
    assert encoder.encode_query("again") is not None


def test_thousands_of_questions_from_many_threads_all_get_their_own() -> None:
    inner = Batched()
    encoder = BatchingEncoder(inner, most=5)
    wrong: list[str] = []

    def ask(client: int) -> None:
        for number in range(60):
            text = f"client {client} asks {number}"
            if not np.array_equal(encoder.encode_query(text).sentence, inner.encode_query(text).sentence):
                wrong.append(text)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(16)]
    for thread in threads:
        thread.start()
    finish(threads)
    assert wrong == []
    assert sum(map(len, inner.batches)) == 960


def test_an_index_gets_it_where_its_encoder_can(handbook: Index) -> None:
    assert batching(handbook).encoder is handbook.encoder
    prepared = batching(Index(handbook.manifest, handbook.folder, handbook.catalog, encoder=Batched()))
    assert isinstance(prepared.encoder, BatchingEncoder)


@pytest.mark.weights
def test_vectors_of_a_batch_are_bit_for_bit_those_of_each_alone(models: Path) -> None:
    encoder = load_encoder(models)
    cases = (Path(__file__).parents[3] / "evals" / "cases" / "followups.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["standalone"] for line in cases[:40]]
    for alone, together in zip(map(encoder.encode_query, texts), encoder.encode_queries(texts), strict=True):
        assert np.array_equal(alone.sentence, together.sentence)
        assert np.array_equal(alone.tokens, together.tokens)
        assert np.array_equal(alone.spans, together.spans)
