"""The fitted weights of routing, and what is taken for a field: the sentence it is surest of with those that go on from it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlplaybook.server.artefacts.filling.cues import Cue
from mlplaybook.server.artefacts.filling.doubt import doubts_of
from mlplaybook.server.artefacts.filling.extract import shaped
from mlplaybook.server.artefacts.filling.forest import Forest, create_forest
from mlplaybook.server.artefacts.filling.learnt import Learnt
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Found, Piece, evidence_of
from mlplaybook.server.artefacts.filling.route import FEATURES, Grid
from mlplaybook.server.artefacts.filling.spoken import enumerated, short_words, whole_numbers
from mlplaybook.server.artefacts.filling.values import Parsed, says_nothing
from mlplaybook.server.artefacts.records import Evidence, Field

WEIGHTS_FILE = "routing.json"
ANY = Cue()
# Doubts that no score outweighs: what is open, an example or to be ignored is not evidence.
NEVER = frozenset({"open", "example", "ignore", "wish"})
# What joins a sentence has to be a fact about the project too.
DOUBTFUL = NEVER | {"other", "hope"}
# A heading or introduction that is, or ends in, a name of the field.
SURE_NAME = 0.99
# A line whose label is a name of the field, as `Consumer: ...`, is about it whatever its words.
NAMED = 0.9
# A sentence that another field has this chance of stays with it.
SETTLED = 0.7
MOST_SENTENCES = 4
MOST_ENTRIES = 8
# Where an enumeration in one sentence is cut into the entries of a list.
ENTRY_CUT = re.compile(
    r";\s+(?:and |or )?|,?\s+or\s+(?=(?:if|when|after|unless)\b)|(?<=[a-z)%])\.\s+(?:And|Or)\s+(?=if\b)"
)


# What the confidence in a field's best piece is computed from, beside a constant.
SURENESS = ("log_odds", "ahead", "rival", "brief", "card", "typed", "mapping")
SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model of routing: `forest` gives the log-odds that a piece answers a field.

    `sure` is the constant and the coefficients of SURENESS, out of which the confidence in a field's best piece is computed;
    what reaches `accept` is filled in. A sentence next to the best one joins it from a chance of `join` on; an entry of a list
    needs `entry`. `learnt` are the directions of fields, the shipped ones unless given.
    """

    forest: Forest
    sure: tuple[float, ...]
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
    return Weights(create_forest(entry["forest"]), tuple(entry["sure"]), entry["accept"], entry["join"], entry["entry"])


def probabilities(grid: Grid, weights: Weights) -> NDArray[np.float64]:
    """(pieces, fields): how likely each piece answers each field; 0 where a doubt or the field's type forbids it."""
    shape = grid.features.shape[:2]
    if not all(shape):
        return np.zeros(shape)
    silent = np.array([is_silent(piece) for piece in grid.pieces], bool)
    able = grid.possible & ~silent[:, None]
    result = np.zeros(shape)
    result[able] = (1 + np.tanh(weights.forest.log_odds(grid.features[able]) / 2)) / 2
    index = {name: number for number, name in enumerate(FEATURES)}
    labelled = (grid.features[:, :, index["label"]] >= SURE_NAME) & (grid.features[:, :, index["unmet"]] == 0)
    labelled &= grid.features[:, :, index["veto"]] == 0
    result = np.where(labelled & able, np.maximum(result, NAMED), result)
    return exclusive(grid, result)


def is_silent(piece: Piece) -> bool:
    """Whether a piece is evidence for nothing, whatever its words: a question, an empty box, a wish, an example."""
    return piece.kind == "question" or bool(NEVER & doubts_of(piece)) or says_nothing(piece.body)


def exclusive(grid: Grid, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chances where one number of a piece belongs to the field it fits best, and to no other one."""
    result = chances.copy()
    for row in range(len(grid.pieces)):
        held: dict[str, list[int]] = {}
        for column in range(len(grid.names)):
            value = grid.values.get((row, column))
            if value is not None and not isinstance(value, bool):
                held.setdefault(str(value), []).append(column)
        for columns in held.values():
            best = max(columns, key=lambda column: chances[row, column])
            for column in columns:
                if column != best:
                    result[row, column] = 0
    return result


def sureness(grid: Grid, chances: NDArray[np.float64], column: int, row: int) -> NDArray[np.float64]:
    """What speaks for a field's best piece being right: its log-odds, how far it is ahead of other places and other fields."""
    name, best = grid.names[column], grid.pieces[row]
    elsewhere = [chances[r, column] for r, p in enumerate(grid.pieces) if not same_block(p, best)]
    own = log_odds_of(chances[row, column])
    others = np.delete(chances[row], column)
    typed = grid.features[row, column, FEATURES.index("typed")]
    return np.array(
        [
            own, own - log_odds_of(max(elsewhere, default=0.0)), log_odds_of(others.max(initial=0.0)),
            name.startswith("problem_brief."), name.startswith("model_card."), typed, name in grid.mappings,
        ]
    )  # fmt: skip


def log_odds_of(chance: float) -> float:
    """Log-odds of a probability, which is kept away from 0 and 1."""
    kept = min(max(chance, SMALLEST), 1 - SMALLEST)
    return math.log(kept / (1 - kept))


def confidence(grid: Grid, chances: NDArray[np.float64], column: int, row: int, weights: Weights) -> float:
    """The probability that a field's best piece gives the right value; a label that names only this field is sure."""
    constant, *slopes = weights.sure
    fitted = 1 / (1 + math.exp(-(constant + float(sureness(grid, chances, column, row) @ np.array(slopes)))))
    return max(fitted, NAMED) if own_label(grid, row, column) else fitted


def text_value(
    wanted: Field,
    grid: Grid,
    chances: NDArray[np.float64],
    weights: Weights,
    texts: Mapping[str, str],
    cue: Cue = ANY,
) -> Found | None:
    """The value of a field out of the piece that answers it best, None when nothing is sure enough."""
    column = grid.names.index(wanted.name)
    own = chances[:, column]
    if not own.any():
        return None
    best = int(own.argmax())
    sure = confidence(grid, chances, column, best, weights)
    if sure < weights.accept:
        return None
    piece = grid.pieces[best]
    whole = (evidence_of(piece.source, texts[piece.source], piece.char_start, piece.char_end),)
    if (best, column) in grid.values:
        return Found(grid.values[best, column], whole, sure)
    if wanted.type == "mapping":
        rows = [r for r in entry_rows(grid.pieces, own, best, weights) if same_block(grid.pieces[r], piece)]
        if piece.kind == "row" and best not in grid.raws:
            rows = [r for r, other in enumerate(grid.pieces) if same_block(other, piece) and other.kind == "row"]
        evidence = tuple(
            evidence_of(p.source, texts[p.source], p.char_start, p.char_end) for p in map(grid.pieces.__getitem__, rows)
        )
        return Found(None, evidence, sure)
    if best in grid.raws:
        return Found(of_setting(wanted, grid.raws[best]), whole, sure)
    if wanted.type == "list" and wanted.items == "integer":
        numbers = whole_numbers(squash(piece.body))
        return Found(numbers, whole, sure) if numbers else None
    if wanted.type == "list":
        return listed(grid, own, best, weights, texts, sure)
    if cue.shape or cue.word:
        return shaped_word(cue, piece, texts[piece.source], sure)
    rows = sentence_rows(grid, column, chances, best, weights)
    evidence = tuple(joined(grid, column, rows, texts))
    return Found(" ".join(squash(e.quote) for e in evidence), evidence, sure)


def own_label(grid: Grid, row: int, column: int) -> bool:
    """Whether the label of a piece is a name of this field and of no other one."""
    labels = grid.features[row, :, FEATURES.index("label")]
    against = grid.features[row, column, [FEATURES.index("veto"), FEATURES.index("unmet")]]
    return bool(labels[column] >= SURE_NAME and (labels >= SURE_NAME).sum() == 1 and not against.any())


def of_setting(wanted: Field, value: Any) -> Any:  # noqa: ANN401
    """A setting's value as text, or as a list."""
    entries = value if isinstance(value, list) else [value]
    if wanted.type == "list":
        return enumerated([str(entry) for entry in entries]) or [str(entry) for entry in entries]
    return ", ".join(str(entry) for entry in entries)


def listed(
    grid: Grid, own: NDArray[np.float64], best: int, weights: Weights, texts: Mapping[str, str], sure: float
) -> Found:
    """The entries of a list: list items and sentences that are sure enough, or the names that one line counts up."""
    rows = entry_rows(grid.pieces, own, best, weights)
    whole = list(items_of(grid.pieces, rows))
    spans = [span for start, end in whole for span in entries_of(grid.pieces, start, end)][:MOST_ENTRIES]
    evidence = tuple(evidence_of(p.source, texts[p.source], start, end) for p, start, end in spans)
    names = enumerated([squash(grid.pieces[best].body)]) if len(rows) == 1 else None
    return Found(names or [squash(e.quote) for e in evidence], evidence, sure)


def shaped_word(cue: Cue, piece: Piece, text: str, sure: float) -> Found | None:
    """The one word of a piece that looks as the field's values do, or the words after its label."""
    word = short_words(cue, piece.body)
    fits = not cue.word and shaped(cue, Parsed(squash(piece.body))).good
    words = word or (piece.body if fits else "")
    if not words:
        return None
    start = text.index(words, piece.body_start)
    return Found(
        shaped(cue, Parsed(squash(words))).value, (evidence_of(piece.source, text, start, start + len(words)),), sure
    )


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
            vetoed = grid.features[row, column, FEATURES.index("veto")] > 0 and own[row] < SETTLED
            if vetoed or rival_label(grid, row, column) or DOUBTFUL & doubts_of(pieces[row]):
                break
            if own[row] < weights.entry and chances[row].max() >= SETTLED:
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
        told = first.kind == "row" and bool(re.search(r"[A-Za-z]{3}", first.body))
        begin = first.body_start if first.label and (named or told) else first.char_start
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
