"""From a sentence to the field it answers: what speaks for it and against it as numbers, and a probability out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.artefacts.filling.cues import Cue
from mlplaybook.server.artefacts.filling.doubt import DOUBTS, doubts_of
from mlplaybook.server.artefacts.filling.examples import example_vectors
from mlplaybook.server.artefacts.filling.learnt import Learnt, load_learnt, piece_vectors, scores
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.filling.spoken import TYPED, value_in
from mlplaybook.server.artefacts.records import Field

FEATURES = (
    "says", "more_says", "hints", "heading", "label", "lead", "veto", "unmet", "question", "rival", "rival_heading", "near",
    "best_here", "similar", "margin", "short", "meaning", "meaning_margin", "meaning_best", "words", "words_margin", "words_best",
    "beside", "asked", "asked_margin", "asked_best", "typed", "leaf", "unworded", *DOUBTS,
)  # fmt: skip
MOST_HINTS = 3
SHORT = 4
# A heading is about a field when a name of the field makes up at least this share of its words.
ENOUGH_OF_HEADING = 0.34
Vectors = NDArray[np.float32]
# Places of the features that `put_scores` fills.
LATER = (0.0,) * 7


@dataclass(frozen=True, slots=True)
class Signals:
    """What one sentence says of one field by words alone."""

    says: int
    hints: int
    heading: float
    label: float
    lead: float
    veto: int
    unmet: bool


def signals_of(cue: Cue, piece: Piece) -> Signals:
    """The turns of phrase, headings and labels of a piece that speak for a field, and what speaks against it."""
    words = squash(piece.text)
    return Signals(
        sum(1 for pattern in cue.says if pattern.search(words)),
        sum(1 for pattern in cue.hints if pattern.search(words)),
        max((name_match(cue.keys, heading) for heading in piece.headings[-2:]), default=0.0),
        name_match(cue.keys, piece.label),
        max(name_match(cue.keys, piece.lead), 0.7 * any(p.search(piece.lead) for p in cue.says) if piece.lead else 0.0),
        sum(1 for pattern in cue.vetoes if pattern.search(words)),
        bool(cue.needs) and not any(pattern.search(words) for pattern in cue.needs),
    )


def name_match(keys: Sequence[str], words: str) -> float:
    """How much of a heading or label a field's name is: 1 when it is all of it.

    >>> name_match(("data gaps",), "Data gaps"), name_match(("data",), "2. Data we have"), name_match(("data",), "Update")
    (1.0, 0.5, 0.0)
    """
    said = plain_words(words)
    if not said:
        return 0.0
    best = 0.0
    for key in keys:
        wanted = plain_words(key)
        if wanted == said:
            return 1.0
        share = len(wanted) / len(said)
        if best < share < 1 and share >= ENOUGH_OF_HEADING and f" {' '.join(wanted)} " in f" {' '.join(said)} ":
            best = share
    return best


STOP = frozenset("the a an of our we is it its and this that do does with for in on to 1 2 3 4 5 6 7 8 9".split())


@lru_cache(maxsize=4096)
def plain_words(words: str) -> tuple[str, ...]:
    """Lower-case words without numbers and little words, unless these are all there is."""
    found = re.findall(r"[a-z0-9][a-z0-9'’&-]*", words.lower().replace("_", " ").replace("-", " "))
    return tuple(word for word in found if word not in STOP) or tuple(found)


@dataclass(frozen=True, slots=True)
class Grid:
    """Every piece against every field: `features` (pieces, fields, features); `values` are those that typed fields would take.

    `possible` (pieces, fields) is false where a piece holds no value of the field's type.
    """

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]
    features: NDArray[np.float64]
    possible: NDArray[np.bool_]
    values: Mapping[tuple[int, int], Any]
    raws: Mapping[int, Any] = field(default_factory=dict)
    mappings: frozenset[str] = frozenset()


def measure(
    pieces: Sequence[Piece],
    wanted: Sequence[Field],
    cues: Mapping[str, Cue],
    encoder: Encoder | None,
    learnt: Learnt | None = None,
    raws: Mapping[int, Any] | None = None,
) -> Grid:
    """The features of every piece for every field; without an encoder those of meaning are 0.

    :param raws: the value of each piece that is a setting, by its number.
    """
    names = tuple(one.name for one in wanted)
    raws = raws or {}
    table = [[signals_of(cues[name], piece) for name in names] for piece in pieces]
    vectors = piece_vectors(pieces, encoder) if encoder is not None and pieces and names else None
    similar = similarities(vectors, len(pieces), [cues[name] for name in names], encoder)
    asked = asked_for(vectors, len(pieces), wanted, encoder)
    values = dict(values_of(pieces, wanted, cues, raws))
    possible = np.array(
        [
            [f.type not in TYPED or (row, column) in values for column, f in enumerate(wanted)]
            for row in range(len(pieces))
        ],
        bool,
    ).reshape(len(pieces), len(names))
    margin, asked_margin, asked_best = margins(similar), margins(asked), best_in_column(np.where(possible, asked, 0))
    kinds = [(float(f.type in TYPED), float(not cues[f.name].says)) for f in wanted]
    features = np.zeros((len(pieces), len(names), len(FEATURES)))
    for row, piece in enumerate(pieces):
        doubts = doubts_of(piece)
        strength = [strength_of(signals) for signals in table[row]]
        for column in range(len(names)):
            own = table[row][column]
            others = [s for number, s in enumerate(strength) if number != column]
            headings = [s.heading for number, s in enumerate(table[row]) if number != column]
            features[row, column] = [
                min(own.says, 1), max(min(own.says, 3) - 1, 0), min(own.hints, MOST_HINTS), own.heading, own.label, own.lead,
                min(own.veto, 2), own.unmet, piece.kind == "question", max(others, default=0.0), max(headings, default=0.0),
                near(table, pieces, row, column), 0.0, similar[row, column], margin[row, column],
                len(piece.text.split()) < SHORT,
                *LATER,
                asked[row, column], asked_margin[row, column], asked_best[row, column], kinds[column][0], row in raws,
                kinds[column][1],
                *(kind in doubts for kind in DOUBTS),
            ]  # fmt: skip
    mark_best(features)
    known = scores(pieces, names, vectors, encoder.id if encoder else "", learnt or load_learnt())
    put_scores(features, pieces, *known)
    return Grid(
        tuple(pieces), names, features, possible, values, raws, frozenset(f.name for f in wanted if f.type == "mapping")
    )


def values_of(
    pieces: Sequence[Piece], wanted: Sequence[Field], cues: Mapping[str, Cue], raws: Mapping[int, Any]
) -> Iterator[tuple[tuple[int, int], Any]]:
    """The value of each typed field in each piece that holds one."""
    for column, one in enumerate(wanted):
        if one.type in TYPED:
            for row, piece in enumerate(pieces):
                value = value_in(one, cues[one.name], piece, raws.get(row))
                if value is not None:
                    yield (row, column), value


def asked_for(
    vectors: tuple[Vectors, Vectors] | None, count: int, wanted: Sequence[Field], encoder: Encoder | None
) -> Vectors:
    """(pieces, fields): cosine with the field's own question and name; 0 without an encoder."""
    if encoder is None or vectors is None:
        return np.zeros((count, len(wanted)), np.float32)
    own = example_vectors([question_of(one) for one in wanted], encoder)
    both: Vectors = np.maximum(vectors[0] @ own.T, vectors[1] @ own.T)
    return both


def question_of(wanted: Field) -> str:
    """What a field asks, with its name as words."""
    return f"{re.sub(r'[_.]+', ' ', wanted.name.partition('.')[2] or wanted.name)}: {wanted.question}"


def put_scores(features: NDArray[np.float64], pieces: Sequence[Piece], meaning: Vectors, words: Vectors) -> None:
    """Writes what was learnt into the features: each score, how far it is ahead, whether it is the best for its field."""
    beside = besides(pieces, meaning if meaning.any() else words)
    values = [part for score in (meaning, words) for part in (score, margins(score), best_in_column(score))]
    first = FEATURES.index("meaning")
    for number, value in enumerate((*values, beside)):
        features[:, :, first + number] = value


def strength_of(signals: Signals) -> float:
    """How strongly words alone speak for a field, for comparing fields."""
    if signals.unmet:
        return 0.0
    for_it = min(signals.says, 2) + 0.4 * min(signals.hints, MOST_HINTS) + 1.5 * signals.label + signals.heading
    return max(0.0, for_it - 1.5 * min(signals.veto, 1))


def near(table: Sequence[Sequence[Signals]], pieces: Sequence[Piece], row: int, column: int) -> float:
    """1 when a neighbour in the same paragraph or list clearly speaks of the field."""
    for other in (row - 1, row + 1):
        if (
            0 <= other < len(pieces)
            and pieces[other].block == pieces[row].block
            and pieces[other].source == pieces[row].source
        ):
            signals = table[other][column]
            if signals.says and not signals.veto and not signals.unmet:
                return 1.0
    return 0.0


def mark_best(features: NDArray[np.float64]) -> None:
    """Sets `best_here` for the piece that words alone speak for most, by field."""
    if not len(features):
        return
    index = {name: number for number, name in enumerate(FEATURES)}
    score = (
        features[:, :, index["says"]]
        + features[:, :, index["more_says"]]
        + 0.4 * features[:, :, index["hints"]]
        + features[:, :, index["heading"]]
        + features[:, :, index["lead"]]
        + 1.5 * features[:, :, index["label"]]
        - 1.5 * features[:, :, index["veto"]]
        - 2 * features[:, :, index["unmet"]]
    )
    best = score.max(axis=0)
    features[:, :, index["best_here"]] = (score == best) & (score > 0)


def similarities(
    vectors: tuple[Vectors, Vectors] | None, count: int, cues: Sequence[Cue], encoder: Encoder | None
) -> Vectors:
    """(pieces, fields): cosine of the nearest two examples of each field; 0 without an encoder or examples."""
    result = np.zeros((count, len(cues)), np.float32)
    if encoder is None or vectors is None:
        return result
    for column, cue in enumerate(cues):
        if cue.like:
            examples = example_vectors(cue.like, encoder)
            nearest = np.sort(vectors[0] @ examples.T, axis=1)[:, -2:]
            result[:, column] = nearest.mean(axis=1)
    return result


def margins(score: Vectors) -> Vectors:
    """How much more each score is than the best other one of its row."""
    if score.shape[1] < 2:
        return score
    ordered = np.sort(score, axis=1)
    first, second = ordered[:, -1:], ordered[:, -2:-1]
    margin: Vectors = score - np.where(score == first, second, first)
    return margin


def best_in_column(score: Vectors) -> Vectors:
    """1 for the best score of each column that says anything."""
    if not len(score):
        return score
    best: Vectors = ((score == score.max(axis=0)) & (score > 0)).astype(np.float32)
    return best


def besides(pieces: Sequence[Piece], score: Vectors) -> Vectors:
    """(pieces, fields): the better score of the two neighbours in the same paragraph or list."""
    result = np.zeros_like(score)
    for row, piece in enumerate(pieces):
        for other in (row - 1, row + 1):
            if 0 <= other < len(pieces) and (pieces[other].source, pieces[other].block) == (piece.source, piece.block):
                result[row] = np.maximum(result[row], score[other])
    return result
