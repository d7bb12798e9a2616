"""The fitted weights of routing, and what is taken for a field: the sentence it is surest of with those that go on from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlplaybook.server.artefacts.filling.doubt import doubts_of
from mlplaybook.server.artefacts.filling.learnt import Learnt
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Found, Piece, evidence_of
from mlplaybook.server.artefacts.filling.route import FEATURES, Grid
from mlplaybook.server.artefacts.filling.values import says_nothing
from mlplaybook.server.artefacts.records import Evidence, Field

WEIGHTS_FILE = "routing.json"
# Doubts that no score outweighs: what is open, an example or to be ignored is not evidence.
NEVER = frozenset({"open", "example", "ignore", "wish"})
# What joins a sentence has to be a fact about the project too.
DOUBTFUL = NEVER | {"other", "hope"}
# A heading or introduction that is, or ends in, a name of the field.
SURE_NAME = 0.99
# A line whose label is a name of the field, as `Consumer: ...`, is about it whatever its words.
NAMED = 0.9
MOST_SENTENCES = 4
MOST_ENTRIES = 8
# Where an enumeration in one sentence is cut into the entries of a list.
ENTRY_CUT = re.compile(
    r";\s+(?:and |or )?|,?\s+or\s+(?=(?:if|when|after|unless)\b)|(?<=[a-z)%])\.\s+(?:And|Or)\s+(?=if\b)"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model of routing: log-odds = constant + coefficients · features; what reaches `accept` is filled in.

    A sentence next to the best one joins it from `join` on; an entry of a list needs `entry`. `learnt` are the directions of
    fields, the shipped ones unless given.
    """

    constant: float
    coefficients: tuple[float, ...]
    accept: float
    join: float
    entry: float
    learnt: Learnt | None = None


@cache
def load_weights(*, encoder: bool) -> Weights:
    """The weights that were fitted with the encoder's similarities, or without."""
    path = resources.files("mlplaybook.server.artefacts.filling") / WEIGHTS_FILE
    values: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    if values["features"] != list(FEATURES):
        raise ValueError(f"{WEIGHTS_FILE} was fitted on other features; run benchmarks/fill_routing.py")
    entry = values["with_encoder" if encoder else "words_only"]
    return Weights(entry["constant"], tuple(entry["coefficients"]), entry["accept"], entry["join"], entry["entry"])


def probabilities(grid: Grid, weights: Weights) -> NDArray[np.float64]:
    """(pieces, fields): how likely each piece answers each field; 0 where a doubt forbids it."""
    log_odds = weights.constant + grid.features @ np.asarray(weights.coefficients)
    result: NDArray[np.float64] = (1 + np.tanh(log_odds / 2)) / 2
    index = {name: number for number, name in enumerate(FEATURES)}
    labelled = (grid.features[:, :, index["label"]] >= SURE_NAME) & (grid.features[:, :, index["unmet"]] == 0)
    labelled &= grid.features[:, :, index["veto"]] == 0
    result = np.where(labelled, np.maximum(result, NAMED), result)
    for row, piece in enumerate(grid.pieces):
        if piece.kind == "question" or NEVER & doubts_of(piece) or says_nothing(piece.body):
            result[row] = 0
    return result


def text_value(
    wanted: Field, grid: Grid, chances: NDArray[np.float64], weights: Weights, texts: Mapping[str, str]
) -> Found | None:
    """The words for a text or list field, None when nothing is sure enough."""
    column = grid.names.index(wanted.name)
    own = chances[:, column]
    if not len(own) or own.max() < weights.accept:
        return None
    best = int(own.argmax())
    if wanted.type == "mapping":
        rows = [r for r in entry_rows(grid.pieces, own, best, weights) if same_block(grid.pieces[r], grid.pieces[best])]
        parts = [grid.pieces[row] for row in rows]
        evidence = tuple(evidence_of(p.source, texts[p.source], p.char_start, p.char_end) for p in parts)
        return Found(None, evidence, float(own[best]))
    if wanted.type == "list":
        rows = entry_rows(grid.pieces, own, best, weights)
        whole = list(items_of(grid.pieces, rows))
        spans = [span for start, end in whole for span in entries_of(grid.pieces, start, end)][:MOST_ENTRIES]
        evidence = tuple(evidence_of(p.source, texts[p.source], start, end) for p, start, end in spans)
        return Found([squash(e.quote) for e in evidence], evidence, float(own[best]))
    rows = sentence_rows(grid, column, chances, best, weights)
    evidence = tuple(joined(grid, column, rows, texts))
    return Found(" ".join(squash(e.quote) for e in evidence), evidence, float(own[best]))


def sentence_rows(grid: Grid, column: int, chances: NDArray[np.float64], best: int, weights: Weights) -> list[int]:
    """The best piece with its neighbours in the same paragraph or list as far as they are about the field too.

    A neighbour in another list item has to be surer, unless the field's own name introduces the list; one that
    another field is sure of stays with that field.
    """
    rows, pieces, own = [best], grid.pieces, chances[:, column]
    for step in (-1, 1):
        row = best + step
        while 0 <= row < len(pieces) and same_block(pieces[row], pieces[best]) and len(rows) < MOST_SENTENCES:
            named = introduced(grid, row, column)
            least = weights.join if same_unit(pieces[row], pieces[best]) else weights.entry
            if own[row] < least and not (named and own[row]):
                break
            vetoed = grid.features[row, column, FEATURES.index("veto")] > 0 and own[row] < weights.accept
            if vetoed or rival_label(grid, row, column) or DOUBTFUL & doubts_of(pieces[row]):
                break
            if own[row] < weights.entry and chances[row].max() >= weights.accept:
                break
            rows.append(row)
            row += step
    return sorted(rows)


def entry_rows(pieces: Sequence[Piece], own: NDArray[np.float64], best: int, weights: Weights) -> list[int]:
    """Every piece that is sure enough to be an entry, and the list items beside the best one under a heading of the field."""
    return [
        row
        for row in range(len(pieces))
        if own[row] >= weights.entry or row == best
        or (own[row] >= weights.join and same_block(pieces[row], pieces[best]))
    ]  # fmt: skip


def introduced(grid: Grid, row: int, column: int) -> bool:
    """Whether the heading or the words above a piece are the field's own name."""
    own = grid.features[row, column]
    return bool(max(own[FEATURES.index("heading")], own[FEATURES.index("lead")]) >= SURE_NAME)


def rival_label(grid: Grid, row: int, column: int) -> bool:
    """Whether the label of a piece is the name of another field."""
    labels = grid.features[row, :, FEATURES.index("label")]
    return bool(labels.max() >= SURE_NAME > labels[column])


def same_block(one: Piece, other: Piece) -> bool:
    """Whether two pieces stand in the same paragraph or list."""
    return one.source == other.source and one.block == other.block


def same_unit(one: Piece, other: Piece) -> bool:
    """Whether two pieces stand in the same paragraph, list item or row."""
    return one.source == other.source and one.unit == other.unit


def joined(grid: Grid, column: int, rows: Sequence[int], texts: Mapping[str, str]) -> Iterator[Evidence]:
    """Evidence for rows, with sentences that follow each other as one quote; a label that is the field's name is left out."""
    pieces, start = grid.pieces, 0
    while start < len(rows):
        end = start
        while (
            end + 1 < len(rows)
            and rows[end + 1] == rows[end] + 1
            and same_unit(pieces[rows[start]], pieces[rows[end + 1]])
        ):
            end += 1
        first, last = pieces[rows[start]], pieces[rows[end]]
        named = grid.features[rows[start], column, FEATURES.index("label")] >= SURE_NAME
        begin = first.body_start if first.label and named else first.char_start
        yield evidence_of(first.source, texts[first.source], begin, last.char_end)
        start = end + 1


def items_of(pieces: Sequence[Piece], rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last row of each entry: the sentences of a list item belong together, those of a paragraph do not."""
    for row in rows:
        if pieces[row].kind != "item":
            yield row, row
            continue
        first = last = row
        while first > 0 and same_unit(pieces[first - 1], pieces[row]):
            first -= 1
        while last + 1 < len(pieces) and same_unit(pieces[last + 1], pieces[row]):
            last += 1
        if row == next(r for r in rows if first <= r <= last):
            yield first, last


def entries_of(pieces: Sequence[Piece], first: int, last: int) -> Iterator[tuple[Piece, int, int]]:
    """The spans of the entries that pieces enumerate; a list item is one entry."""
    piece, end = pieces[first], pieces[last].char_end
    begin = 0
    for match in ENTRY_CUT.finditer(piece.text) if first == last and piece.kind != "item" else ():
        if len(piece.text[begin : match.start()].split()) > 2:
            yield piece, piece.char_start + begin, piece.char_start + match.start()
            begin = match.end()
    yield piece, piece.char_start + begin, end
