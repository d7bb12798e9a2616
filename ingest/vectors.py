"""Vectors of a generation in flat files that are memory-mapped: sentence vectors exact, token vectors in 8 bits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.asked import VECTORS_FILE as ASKED_FILE
from mlplaybook.ingest.encoder import Encoded, Floats, unit

Kind = TypeVar("Kind", bound=np.generic)

FILES = ("sentences.f32", "tokens.i8", "scales.f16", "spans.i32", "offsets.i64")
# The mean vector of each chunk's section, beside the five that are written chunk by chunk.
SECTIONS_FILE = "sections.f32"
# Largest magnitude of a signed byte that has a negative twin.
LEVELS = 127


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Token vectors of a chunk: (tokens, token dimensions) int8, one scale a token, character spans in the embedded text."""

    values: NDArray[np.int8]
    scales: NDArray[np.float16]
    spans: NDArray[np.int32]

    def floats(self) -> Floats:
        """The vectors as float32."""
        return self.values.astype(np.float32) * self.scales.astype(np.float32)[:, None]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors by chunk row: `sentences` (chunks, dimensions) float32 of unit length, token vectors by `token_rows`.

    `sections` (chunks, dimensions) is the mean of the sentence vectors in each chunk's section, of unit length; `asked`
    (questions, dimensions) are the questions beside the pages, by their row in the catalog.
    """

    sentences: Floats
    tokens: NDArray[np.int8]
    scales: NDArray[np.float16]
    spans: NDArray[np.int32]
    offsets: NDArray[np.int64]
    asked: Floats
    sections: Floats

    def token_rows(self, row: int) -> TokenRows:
        """The token vectors of one chunk."""
        start, end = self.offsets[row], self.offsets[row + 1]
        return TokenRows(self.tokens[start:end], self.scales[start:end], self.spans[start:end])


def quantise(encoded: Encoded) -> TokenRows:
    """Token vectors in 8 bits, each scaled by its own largest component.

    A component of magnitude m becomes round(127 m / largest), so the error is at most largest / 254.
    """
    largest = np.maximum(np.abs(encoded.tokens).max(axis=1), 1e-6)
    scales = (largest / LEVELS).astype(np.float16)
    values = np.rint(encoded.tokens / scales.astype(np.float32)[:, None]).clip(-LEVELS, LEVELS).astype(np.int8)
    return TokenRows(values, scales, encoded.spans.astype(np.int32))


class VectorWriter:
    """Appends chunk after chunk to the five files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._offsets = [0]

    def __enter__(self) -> Self:
        names = FILES[:-1]
        self._files: list[BinaryIO] = [self._stack.enter_context((self._folder / n).open("wb")) for n in names]
        return self

    def append(self, sentence: Floats, tokens: TokenRows) -> None:
        """Add the next chunk."""
        arrays: Sequence[NDArray[np.generic]] = (
            np.asarray(sentence, np.float32), tokens.values, tokens.scales, tokens.spans,
        )  # fmt: skip
        for file, array in zip(self._files, arrays, strict=True):
            file.write(np.ascontiguousarray(array).tobytes())
        self._offsets.append(self._offsets[-1] + len(tokens.values))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is None:
                (self._folder / FILES[-1]).write_bytes(np.asarray(self._offsets, np.int64).tobytes())


def open_vectors(folder: Path, dimensions: int, token_dimensions: int) -> Vectors:
    """Map the files of a folder into memory, read-only; raises OSError or ValueError when they do not fit together."""
    sentences = open_sentences(folder, dimensions)
    offsets = map_file(folder / "offsets.i64", np.dtype(np.int64), 1)[:, 0]
    tokens = map_file(folder / "tokens.i8", np.dtype(np.int8), token_dimensions)
    scales = map_file(folder / "scales.f16", np.dtype(np.float16), 1)[:, 0]
    spans = map_file(folder / "spans.i32", np.dtype(np.int32), 2)
    if len(offsets) != len(sentences) + 1 or not len(tokens) == len(scales) == len(spans) == offsets[-1]:
        msg = f"the vector files in {folder} have lengths that do not fit together"
        raise ValueError(msg)
    asked = map_file(folder / ASKED_FILE, np.dtype(np.float32), dimensions)
    sections = map_file(folder / SECTIONS_FILE, np.dtype(np.float32), dimensions)
    if len(sections) != len(sentences):
        msg = f"{folder / SECTIONS_FILE} has {len(sections)} rows and not {len(sentences)}"
        raise ValueError(msg)
    return Vectors(sentences, tokens, scales, spans, offsets, asked, sections)


def write_section_means(folder: Path, sections: Sequence[str], dimensions: int) -> None:
    """Write what a section is about as a whole: the mean of its chunks' sentence vectors, once for each of them.

    :param sections: the section of every chunk; those of one section stand side by side.
    """
    sentences = open_sentences(folder, dimensions)
    done = 0
    with (folder / SECTIONS_FILE).open("wb") as file:
        for _, group in itertools.groupby(sections):
            count = sum(1 for _ in group)
            mean = unit(sentences[done : done + count].mean(axis=0))
            file.write(np.tile(mean, (count, 1)).tobytes())
            done += count


def open_sentences(folder: Path, dimensions: int) -> Floats:
    """Map the sentence vectors alone, (chunks, dimensions)."""
    return map_file(folder / "sentences.f32", np.dtype(np.float32), dimensions)


def map_file(path: Path, kind: np.dtype[Kind], columns: int) -> NDArray[Kind]:
    """A (rows, columns) view of a flat file."""
    if path.stat().st_size == 0:
        return np.zeros((0, columns), kind)
    return np.memmap(path, kind, mode="r").reshape(-1, columns)
