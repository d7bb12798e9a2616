"""How well a sentence, item or row meets the question, from vectors that were computed at ingest."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.blocks import Span
from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Encoded, Floats
from mlplaybook.ingest.plain import SOURCE_MARK
from mlplaybook.ingest.vectors import TokenRows, Vectors
from mlplaybook.server.answers.units import Unit
from mlplaybook.server.retrieval.late import question_tokens
from mlplaybook.server.retrieval.words import WORD

# Word endings that differ between a question and a sentence are at most so long ("detect", "detecting").
ENDING = 3


@dataclass(frozen=True, slots=True)
class Relevance:
    """The question as units are measured by it: its vectors where there is an encoder, its terms with their weights."""

    terms: Mapping[str, float]
    encoded: Encoded | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A unit by its vectors: `late` is the mean over the question's tokens of the best cosine with one of its tokens.

    `mean` (token dimensions,) is the mean of its tokens, of unit length. Without vectors they are 0 and None.
    """

    late: float = 0.0
    mean: Floats | None = None


def measure_units(
    relevance: Relevance, units: Sequence[Unit], chunks: Mapping[int, Chunk], vectors: Vectors | None
) -> list[Measured]:
    """Each unit by its vectors; `chunks` by row are those that cover the units."""
    if vectors is None or relevance.encoded is None:
        return [Measured()] * len(units)
    question = question_tokens(relevance.encoded)
    rows = {row: in_memory(vectors.token_rows(row)) for row in chunks}
    floats = {row: tokens.floats() for row, tokens in rows.items()}
    cosines = {row: question @ tokens.T for row, tokens in floats.items()}
    measured = []
    for unit in units:
        parts = [(row, inside) for row, inside in unit_tokens(unit, chunks, rows) if inside.any()]
        if parts:
            late = float(np.max([cosines[row][:, inside].max(axis=1) for row, inside in parts], axis=0).mean())
            total = np.sum([floats[row][inside].sum(axis=0) for row, inside in parts], axis=0)
            measured.append(Measured(late, total / max(float(np.linalg.norm(total)), 1e-9)))
        else:
            measured.append(Measured())
    return measured


def in_memory(rows: TokenRows) -> TokenRows:
    """The same rows without the overhead that every product with a mapped file has."""
    return TokenRows(np.asarray(rows.values), np.asarray(rows.scales), np.asarray(rows.spans))


def unit_tokens(
    unit: Unit, chunks: Mapping[int, Chunk], rows: Mapping[int, TokenRows]
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Which tokens are the unit's, by chunk row: of a chunk that has all of them or else of those that share it."""
    whole = [row for row, chunk in chunks.items() if chunk.char_start <= unit.start and unit.end <= chunk.char_end]
    at = unit.start
    for row in whole[:1] or sorted(chunks, key=lambda row: chunks[row].char_start):
        start, end = max(at, chunks[row].char_start), min(unit.end, chunks[row].char_end)
        if row in rows and start < end:
            yield row, tokens_between(rows[row], *embedded_span(chunks[row], Span(start, end)))
            at = end


def unit_vectors(unit: Unit, chunks: Mapping[int, Chunk], loaded: Mapping[int, TokenRows]) -> Floats:
    """The stored token vectors of the unit's characters, (tokens, token dimensions)."""
    parts = [loaded[row].floats()[inside] for row, inside in unit_tokens(unit, chunks, loaded)]
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def tokens_between(rows: TokenRows, start: int, end: int) -> NDArray[np.bool_]:
    """Which tokens lie in a range of the embedded text, (tokens,)."""
    starts, ends = rows.spans[:, 0], rows.spans[:, 1]
    return np.asarray((starts >= start) & (ends <= end) & (ends > starts))


def embedded_span(chunk: Chunk, part: Unit | Span) -> tuple[int, int]:
    """Where words of the page stand in the chunk's embedded text, which has a heading path before and no source marks."""
    marks = mark_spans(chunk.text)
    prefix = len(chunk.embedded_text) - len(chunk.text) + sum(end - start for start, end in marks)
    begin, stop = part.start - chunk.char_start, part.end - chunk.char_start
    return prefix + begin - removed_before(marks, begin), prefix + stop - removed_before(marks, stop)


@functools.lru_cache(maxsize=256)
def mark_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the source marks of a chunk are, which is asked for once a unit."""
    return tuple(match.span() for match in SOURCE_MARK.finditer(text))


def removed_before(marks: Sequence[tuple[int, int]], at: int) -> int:
    """Characters of source marks that end before a place."""
    return sum(end - start for start, end in marks if end <= at)


def overlap_of(terms: Mapping[str, float], found: Set[str]) -> float:
    """Share of the terms' weight that is found.

    >>> overlap_of({"drift": 2.0, "zebra": 1.0, "rare": 1.0}, {"drift", "rare"})
    0.75
    """
    total = sum(terms.values())
    return sum(weight for term, weight in terms.items() if term in found) / total if total > 0 else 0.0


def terms_in(terms: Iterable[str], text: str) -> frozenset[str]:
    """The terms that occur in a text, whatever the word endings.

    >>> sorted(terms_in(["scale", "drift", "rate"], "Scaling data that drifted at a high ratio"))
    ['drift', 'scale']
    """
    near: dict[str, set[str]] = {}
    for word in WORD.findall(text.lower()):
        near.setdefault(word[:3], set()).add(word)
    return frozenset(term for term in terms if any(same_word(term, word) for word in near.get(term[:3], ())))


def same_word(term: str, word: str) -> bool:
    """Whether two words differ at most by their endings.

    >>> same_word("detect", "detecting"), same_word("test", "tests"), same_word("rate", "ratio")
    (True, True, False)
    """
    if term == word:
        return True
    short, long = sorted((term, word), key=len)
    stem = short.rstrip("e") if len(short) > 4 else short
    return len(short) >= 4 and long.startswith(stem) and len(long) - len(short) <= ENDING
