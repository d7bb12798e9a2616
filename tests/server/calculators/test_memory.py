"""Bytes of caches and vectors against the pages' tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.memory import kv_bytes
from mlplaybook.server.artefacts.calculators.registry import calculate

SMALL = {"layers": 32, "kv_heads": 8, "head_dim": 128}
LARGE = {"layers": 80, "kv_heads": 8, "head_dim": 128}


@pytest.mark.parametrize(
    ("shape", "each", "request_gb", "long_gb"),
    [
        (SMALL, 131_072, 0.39, 17.2),
        ({**SMALL, "precision": "fp8"}, 65_536, 0.20, 8.6),
        ({**SMALL, "kv_heads": 32}, 524_288, 1.57, 68.7),
        (LARGE, 327_680, 0.98, 42.9),
    ],
)
def test_the_table_of_the_page(shape: Mapping[str, Any], each: int, request_gb: float, long_gb: float) -> None:
    assert calculate("kv-cache", shape).result.value == each
    assert calculate("kv-cache", {**shape, "tokens": 3000}).result.value / 1e9 == pytest.approx(request_gb, abs=0.005)
    assert calculate("kv-cache", {**shape, "tokens": 131_072}).result.value / 1e9 == pytest.approx(long_gb, abs=0.05)


def test_64_requests_of_3000_tokens_hold_25_gb() -> None:
    assert calculate("kv-cache", {**SMALL, "tokens": "3k", "batch": 64}).result.text == "25.2 GB"


@pytest.mark.parametrize(
    ("precision", "gpus", "weights", "shape", "tokens"),
    [
        ("bf16", 1, "16.06GB", SMALL, 411_500),
        ("fp8", 1, "16.06GB", SMALL, 823_000),
        ("bf16", 2, "70.6GB", LARGE, 217_900),
        ("bf16", 2, "141.2GB", LARGE, 2_400),
    ],
)
def test_tokens_that_fit(precision: str, gpus: int, weights: str, shape: Mapping[str, Any], tokens: int) -> None:
    """llm-serving: (memory × 0.9 − overhead − weights) / bytes per token; 137 requests of 3,000 for the first."""
    inputs = {**shape, "precision": precision, "gpus": gpus, "memory": "80GB", "weights": weights, "tokens": 3000}
    more = {figure.name: figure.value for figure in calculate("kv-cache", inputs).more}
    assert more["tokens that fit"] == pytest.approx(tokens, abs=100)
    assert more["sequences that fit"] == more["tokens that fit"] // 3000


def test_it_is_said_whether_a_cache_fits() -> None:
    card = {**SMALL, "tokens": 3000, "memory": "80GB", "weights": "16.06GB"}
    assert calculate("kv-cache", {**card, "batch": 137}).verdict == "fits"
    assert calculate("kv-cache", {**card, "batch": 138}).verdict == "too-large"
    assert calculate("kv-cache", {**card, "weights": "90GB"}).meaning.endswith("0 bytes left for the cache.")


@pytest.mark.parametrize(
    ("dimensions", "each", "gb"),
    [(3072, 12_288, 12.3), (1536, 6_144, 6.1), (512, 2_048, 2.0), (384, 1_536, 1.5), (256, 1_024, 1.0)],
)
def test_the_table_of_embeddings(dimensions: int, each: int, gb: float) -> None:
    made = calculate("embedding-storage", {"vectors": "1M", "dimensions": dimensions})
    assert (made.more[0].value, made.result.value / 1e9) == (each, pytest.approx(gb, abs=0.05))


def test_an_hnsw_graph_adds_its_links() -> None:
    """recommenders-and-ranking: 10 million vectors of 128 floats take 5.12 GB flat and 7.68 GB with M = 32."""
    flat = {"vectors": "10M", "dimensions": 128}
    assert calculate("embedding-storage", flat).result.value == 5.12e9
    assert calculate("embedding-storage", {**flat, "index": "hnsw", "m": 32}).result.value == 7.68e9


def test_texts_and_copies_are_added() -> None:
    """1,000 × (384 × 0.125 + 2,000) × 2 = 4,096,000 bytes."""
    made = calculate(
        "embedding-storage",
        {"vectors": 1000, "dimensions": 384, "precision": "binary", "payload": "2kB", "replicas": 2},
    )
    assert made.result.value == 4_096_000


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"layers": 32}, "kv-cache needs kv_heads (key-value heads"),
        ({**SMALL, "layers": 0}, "layers=0 is below 1"),
        ({**SMALL, "tokens": -5}, "tokens=-5 is below 1"),
        ({**SMALL, "memory": "80GB"}, "memory says how much a GPU has, and weights is not given"),
    ],
)
def test_what_has_no_cache_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("kv-cache", values)


POSITIVE = st.integers(1, 10**6)


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.integers(2, 100))
def test_the_cache_is_linear_in_each_of_its_factors(
    tokens: int, layers: int, heads: int, size: int, times: int
) -> None:
    once = kv_bytes(tokens, layers, heads, size)
    assert once > 0
    for factors in ((times, 1, 1, 1), (1, times, 1, 1), (1, 1, times, 1), (1, 1, 1, times)):
        scaled = (a * b for a, b in zip((tokens, layers, heads, size), factors, strict=True))
        assert kv_bytes(*scaled) == pytest.approx(times * once)
