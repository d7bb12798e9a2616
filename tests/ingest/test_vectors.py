"""Vectors come back as they were written, token vectors within their rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.encoder import Encoded, estimate_tokens, unit
from mlplaybook.ingest.vectors import FILES, SECTIONS_FILE, VectorWriter, open_vectors, quantise, write_section_means


def encoded(tokens: int, seed: int = 0, dimensions: int = 8) -> Encoded:
    rows = unit(np.random.default_rng(seed).standard_normal((tokens, dimensions)).astype(np.float32))
    return Encoded(unit(rows.sum(axis=0)), rows, np.arange(2 * tokens, dtype=np.int32).reshape(-1, 2))


def test_a_worked_example_of_quantisation() -> None:
    """(0.6, -0.8): the largest magnitude 0.8 becomes 127, so 0.6 becomes round(0.6 / 0.8 * 127) = 95."""
    rows = quantise(Encoded(np.ones(2, np.float32), np.array([[0.6, -0.8]], np.float32), np.zeros((1, 2), np.int32)))
    assert rows.values.tolist() == [[95, -127]]
    assert rows.floats()[0] == pytest.approx([0.6, -0.8], abs=0.8 / 254 + 1e-3)


@given(st.integers(0, 10_000))
def test_quantised_vectors_stay_within_half_a_level(seed: int) -> None:
    original = encoded(5, seed)
    largest = np.abs(original.tokens).max(axis=1, keepdims=True)
    # Half a level of rounding, and the scale itself is stored in 16 bits (relative error 2 ** -11).
    assert (np.abs(quantise(original).floats() - original.tokens) <= largest / 254 + largest * 2**-10).all()


def test_chunks_are_read_back_by_row(tmp_path: Path) -> None:
    originals = [encoded(3, 1), encoded(1, 2), encoded(4, 3)]
    (tmp_path / "asked.f32").touch()
    with VectorWriter(tmp_path) as writer:
        for original in originals:
            writer.append(original.sentence, quantise(original))
    write_section_means(tmp_path, ["a", "a", "b"], 8)
    vectors = open_vectors(tmp_path, 8, 8)
    for row, original in enumerate(originals):
        assert vectors.sentences[row].tolist() == original.sentence.tolist()
        assert vectors.token_rows(row).values.tolist() == quantise(original).values.tolist()
        assert vectors.token_rows(row).spans.tolist() == original.spans.tolist()


def test_a_section_has_the_mean_of_its_chunks(tmp_path: Path) -> None:
    """The mean of (1, 0) and (0, 1) is (.5, .5), which at length 1 is (.71, .71)."""
    (tmp_path / "asked.f32").touch()
    with VectorWriter(tmp_path) as writer:
        for direction in ((1, 0), (0, 1), (0, 1)):
            writer.append(np.array(direction, np.float32), quantise(encoded(1, dimensions=2)))
    write_section_means(tmp_path, ["a#x", "a#x", "a#y"], 2)
    assert open_vectors(tmp_path, 2, 2).sections == pytest.approx(np.array([[0.7071, 0.7071]] * 2 + [[0, 1]]), abs=1e-4)


@pytest.mark.parametrize("name", [*FILES, SECTIONS_FILE])
def test_files_that_do_not_fit_together_are_refused(tmp_path: Path, name: str) -> None:
    with VectorWriter(tmp_path) as writer:
        writer.append(encoded(3).sentence, quantise(encoded(3)))
    write_section_means(tmp_path, ["a"], 8)
    (tmp_path / "asked.f32").touch()
    (tmp_path / name).write_bytes(b"\x00" * 8)
    with pytest.raises(ValueError, match=r"reshape|fit together|rows and not"):
        open_vectors(tmp_path, 8, 8)


def test_tokens_are_estimated_a_little_high() -> None:
    assert estimate_tokens("one two three four") == 5
    assert estimate_tokens("") == 0
