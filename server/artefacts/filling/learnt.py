"""What was learnt from sentences whose field is known: for each field a direction among sentence vectors, and one among words."""

from __future__ import annotations

import base64
import itertools
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.artefacts.filling.cues import CURRENCY, DATE, MONTH, NUMBER, UNITS
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.filling.values import NUMBER_WORDS

LEARNT_FILE = "learnt.json"
# Words and pairs of words are hashed into so many columns.
TERMS = 1024
LONGEST = 600
Vectors = NDArray[np.float32]
# What a number counts says more than the number: each kind is one word.
SHAPES = (
    ("~date", DATE), ("~share", rf"{NUMBER}\s?(?:%|per ?cent\b|percent\b)"),
    ("~money", rf"[$€£¥₹]\s?{NUMBER}\s?[km]?\b|{NUMBER}\s?(?:k|thousand|million|m)?\s?{CURRENCY}(?!\w)"),
    ("~time", rf"{NUMBER}\s?-?{UNITS}"), ("~address", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|#[a-z][\w-]+"),
    ("~clock", r"\b\d{1,2}:\d\d\b"), ("~version", r"\bv?\d+(?:\.\d+){2,}\b"), ("~decimal", r"\b0?\.\d+\b"),
    ("~year", r"\b20\d\d(?:/\d\d)?\b"), ("~number", rf"\b{NUMBER}[km]?\b"), ("~month", rf"\b{MONTH}\b"),
)  # fmt: skip
SHAPE = re.compile("|".join(f"(?P<s{number}>{pattern})" for number, (_, pattern) in enumerate(SHAPES)), re.IGNORECASE)
WORD = re.compile(r"~[a-z]+|[a-z]+(?:['’][a-z]+)?|[?!%&→]")
ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")


@dataclass(frozen=True, slots=True)
class Learnt:
    """Directions by field name: `meanings` (dimensions + 1,) for sentence vectors of one encoder, `words` (TERMS + 1,).

    A meaning gives log-odds of the field against no field, a word direction a value near 1 or 0.
    """

    encoder: str
    meanings: Mapping[str, Vectors]
    words: Mapping[str, Vectors]


@cache
def load_learnt() -> Learnt:
    """The shipped directions; none where the package has none."""
    path = resources.files("mlplaybook.server.artefacts.filling") / LEARNT_FILE
    if not path.is_file():
        return Learnt("", {}, {})
    values = json.loads(path.read_text("utf-8"))
    kinds = ({name: unpacked(packed) for name, packed in values[kind].items()} for kind in ("meanings", "words"))
    return Learnt(values["encoder"], *kinds)


def packed(direction: Vectors) -> str:
    """A direction as text, in half precision."""
    return base64.b64encode(direction.astype("<f2").tobytes()).decode()


def unpacked(text: str) -> Vectors:
    """A packed direction."""
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32)


def scores(
    pieces: Sequence[Piece], names: Sequence[str], vectors: tuple[Vectors, Vectors] | None, encoder: str, learnt: Learnt
) -> tuple[Vectors, Vectors]:
    """(pieces, fields) by meaning and by words: near 1 for what answers the field, 0 where nothing was learnt."""
    if not pieces:
        return np.zeros((0, len(names)), np.float32), np.zeros((0, len(names)), np.float32)
    terms = np.stack([terms_of(piece.text, above(piece)) for piece in pieces])
    views = (*(vectors if vectors is not None and learnt.encoder == encoder else ()), terms)
    return known_scores(views, names, learnt)


def known_scores(views: Sequence[Vectors], names: Sequence[str], learnt: Learnt) -> tuple[Vectors, Vectors]:
    """The same out of vectors and terms; by meaning the shares of the fields and of "none of them" add up to 1."""
    count = len(views[-1])
    by_words, log_odds = np.zeros((count, len(names)), np.float32), np.full((count, len(names)), -np.inf, np.float32)
    terms, vectors = with_one(views[-1]), [with_one(v) for v in views[:-1]]
    for column, name in enumerate(names):
        if name in learnt.words:
            by_words[:, column] = terms @ learnt.words[name]
        if vectors and name in learnt.meanings:
            log_odds[:, column] = sum(v @ learnt.meanings[name] for v in vectors) / len(vectors)
    return shares(log_odds), by_words


def shares(log_odds: Vectors) -> Vectors:
    """Probabilities of log-odds against "none", which has 0."""
    highest = np.maximum(log_odds.max(axis=1, keepdims=True, initial=0), 0)
    raised = np.exp(log_odds - highest)
    result: Vectors = raised / (np.exp(-highest) + raised.sum(axis=1, keepdims=True))
    return result


def piece_vectors(pieces: Sequence[Piece], encoder: Encoder) -> tuple[Vectors, Vectors]:
    """(pieces, dimensions) of the words alone, and of the words below their heading or introduction."""
    alone = [squash(piece.text)[:LONGEST] for piece in pieces]
    below = [f"{above(p)}: {text}"[:LONGEST] if above(p) else text for p, text in zip(pieces, alone, strict=True)]
    known = dict.fromkeys((*alone, *below))
    vectors = dict(zip(known, (e.sentence for e in encoder.encode_documents(list(known))), strict=True))
    return np.stack([vectors[text] for text in alone]), np.stack([vectors[text] for text in below])


def above(piece: Piece) -> str:
    """What introduces a piece: the words before it, or its heading."""
    return squash(piece.lead or (piece.headings[-1] if piece.headings else ""))


def with_one(vectors: Vectors) -> Vectors:
    """A last column of ones, for the constant."""
    return np.column_stack([vectors, np.ones(len(vectors), np.float32)])


def terms_of(text: str, introduction: str = "") -> Vectors:
    """(TERMS,) of unit length: words and pairs of words, numbers by their kind; those of the introduction count apart."""
    result = np.zeros(TERMS, np.float32)
    words = plain_terms(text)
    heading = [f"^{word}" for word in plain_terms(introduction)]
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
    for term in {*words, *pairs, *heading}:
        result[zlib.crc32(term.encode()) % TERMS] += 1.0
    length = float(np.linalg.norm(result))
    return result / length if length else result


def plain_terms(text: str) -> list[str]:
    """Words without endings, numbers by what they are.

    >>> plain_terms("We lost 8.1% of 1,200 customers by 3 May 2027")
    ['we', 'lost', '~share', 'of', '~number', 'customer', 'by', '~date']
    """
    shaped = SHAPE.sub(lambda m: f" {SHAPES[int((m.lastgroup or 's0')[1:])][0]} ", squash(text).lower())
    return [
        "~number" if len(word) > 2 and word in NUMBER_WORDS else word if word[0] == "~" else ENDING.sub("", word)
        for word in WORD.findall(shaped)
    ]
