"""How well a sentence, item or row meets the question, from vectors that were computed at ingest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlplaybook.ingest.blocks import Span
from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Encoded, Floats
from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.ingest.vectors import TokenRows, Vectors
from mlplaybook.server.answers.units import Unit
from mlplaybook.server.retrieval.late import question_tokens
from mlplaybook.server.retrieval.words import WORD

# Share of the words' own overlap beside the meaning; enough to prefer the sentence that has the acronym or number asked for.
OVERLAP_WEIGHT = 0.35
# A unit's mean vector counts as much as its best-matching words: the first says what it is about, the second what it names.
POOLED_WEIGHT = 0.5
# Word endings that differ between a question and a sentence are at most so long ("detect", "detecting").
ENDING = 3


@dataclass(frozen=True, slots=True)
class Relevance:
    """The question as units are measured by it: its vectors where there is an encoder, its terms with their weights."""

    terms: Mapping[str, float]
    encoded: Encoded | None = None


def score_units(
    relevance: Relevance, units: Sequence[Unit], text: str, chunks: Mapping[int, Chunk], vectors: Vectors | None
) -> list[float]:
    """A score a unit, higher is better; `chunks` by row are those that cover the units."""
    loaded = {row: vectors.token_rows(row) for row in chunks} if vectors is not None else {}
    scores = []
    for unit in units:
        overlap = term_overlap(relevance.terms, text[unit.start : unit.end])
        meaning = 0.0
        if relevance.encoded is not None:
            meaning = meaning_score(relevance.encoded, unit_vectors(unit, chunks, loaded))
        scores.append(meaning + OVERLAP_WEIGHT * overlap)
    return scores


def meaning_score(question: Encoded, tokens: Floats) -> float:
    """Cosine of the two mean token vectors plus MaxSim, halved; 0 for a unit without tokens."""
    if not len(tokens):
        return 0.0
    mean, asked = tokens.mean(axis=0), question.tokens.mean(axis=0)
    pooled = float(mean @ asked) / max(float(np.linalg.norm(mean) * np.linalg.norm(asked)), 1e-9)
    best = float((question_tokens(question) @ tokens.T).max(axis=1).mean())
    return POOLED_WEIGHT * pooled + (1 - POOLED_WEIGHT) * best


def unit_vectors(unit: Unit, chunks: Mapping[int, Chunk], loaded: Mapping[int, TokenRows]) -> Floats:
    """The stored token vectors of the unit's characters, from a chunk that has all of them or else from those that share it."""
    whole = [row for row, chunk in chunks.items() if chunk.char_start <= unit.start and unit.end <= chunk.char_end]
    parts = []
    at = unit.start
    for row in whole[:1] or sorted(chunks, key=lambda row: chunks[row].char_start):
        start, end = max(at, chunks[row].char_start), min(unit.end, chunks[row].char_end)
        if row in loaded and start < end:
            parts.append(vectors_between(loaded[row], *embedded_span(chunks[row], Span(start, end))))
            at = end
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def vectors_between(rows: TokenRows, start: int, end: int) -> Floats:
    """The vectors of the tokens that lie in a range of the embedded text."""
    inside = (rows.spans[:, 0] >= start) & (rows.spans[:, 1] <= end) & (rows.spans[:, 1] > rows.spans[:, 0])
    return rows.values[inside].astype(np.float32) * rows.scales[inside].astype(np.float32)[:, None]


def embedded_span(chunk: Chunk, part: Unit | Span) -> tuple[int, int]:
    """Where words of the page stand in the chunk's embedded text, which has a heading path before and no source marks."""
    before = without_source_marks(chunk.text[: part.start - chunk.char_start])
    words = without_source_marks(chunk.text[part.start - chunk.char_start : part.end - chunk.char_start])
    prefix = len(chunk.embedded_text) - len(without_source_marks(chunk.text))
    return prefix + len(before), prefix + len(before) + len(words)


def term_overlap(terms: Mapping[str, float], text: str) -> float:
    """Share of the terms' weight that occurs in the text, whatever the word endings."""
    total = sum(terms.values())
    if total <= 0:
        return 0.0
    words = {word.lower() for word in WORD.findall(text)}
    return sum(weight for term, weight in terms.items() if any(same_word(term, word) for word in words)) / total


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
