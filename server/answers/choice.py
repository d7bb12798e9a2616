"""Which units make the answer: those worth most for their words, from few sections, without repeating one another."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mlplaybook.server.answers.company import Piece, counts, pieces_of, stands_alone
from mlplaybook.server.answers.passages import NOTHING, Passage
from mlplaybook.server.answers.relevance import terms_in
from mlplaybook.server.answers.worth import DECIMALS, Wanted
from mlplaybook.server.retrieval.words import STOP_WORDS

# So much is taken off a unit's log-odds for each doubling of its words, and fewer words than SHORTEST count as so many.
BREVITY, SHORTEST = 0.14, 8
# What a section that says nothing yet has to make up for, so that an answer stays with few sections.
OPENING = 0.43
# A unit joins when it is this near to the best one, and opens another section only when it is nearer; an item joins from
# farther where several things are asked for.
JOINS, ELSEWHERE, LISTED = 5.2, 3.5, 8.0
# The share of its words after which an answer is complete unless a list goes on, and how far one unit may go beyond.
ENOUGH, OVER = 0.54, 1.1
# Content words that two units share when the second only repeats the first (Jaccard index); between sections fewer are
# enough if, with the cosine of the units' vectors, they come to so much (read over 80 pairs of units).
REPEATS, ALIKE, ALIKE_AND_NEAR = 0.5, 0.3, 1.08
CONTENT = re.compile(r"\w+(?:[.,]\d+)*")

# A unit by the place of its passage and its number in it.
Place = tuple[int, int]


@dataclass(slots=True)
class Choice:
    """What is taken so far, by passage, and how much is the best piece of all worth.

    `again` are units that only say what a taken one says, each with that one.
    """

    taken: list[set[int]]
    best: float = NOTHING
    words: int = 0
    again: dict[Place, Place] = field(default_factory=dict)


def choose(passages: Sequence[Passage], wanted: Wanted, words: int) -> Choice:
    """Take pieces until the answer is complete; `words` is the most it may have, unless its shortest piece has more."""
    pieces = [piece for place, passage in enumerate(passages) for piece in pieces_of(place, passage, wanted.kind)]
    pieces = [piece for piece in pieces if price(passages[piece.place], set(), piece) <= words] or pieces
    best = max((worth(passages, piece) for piece in pieces), default=NOTHING)
    choice = Choice([set() for _ in passages], best)
    left = [piece for piece in pieces if worth(passages, piece) >= best - reach(passages, piece, wanted)]
    while left and choice.words < ENOUGH * words:
        take_best(passages, choice, left, words, OVER * ENOUGH)
    for side in wanted.sides:
        add_side(passages, choice, left, side, words)
    for piece in left:
        is_repeated(passages, choice, piece)
    for passage, taken in zip(passages, choice.taken, strict=True):
        choice.words += keep_promises(passage, taken, words - choice.words)
    return choice


def reach(passages: Sequence[Passage], piece: Piece, wanted: Wanted) -> float:
    """How far below the best one a piece may be."""
    listed = wanted.kind in {"list", "steps"} and passages[piece.place].units[piece.wanted].kind == "item"
    return LISTED if listed else JOINS


def worth(passages: Sequence[Passage], piece: Piece) -> float:
    """What is wanted of a piece is worth this."""
    return passages[piece.place].worth[piece.wanted]


def take_best(passages: Sequence[Passage], choice: Choice, left: list[Piece], words: int, share: float) -> None:
    """Take the best piece out of those left, and into the choice if it fits and says something new.

    A list or table may fill the answer up to its `words`, any other piece this share of them.
    """
    piece = max(left, key=lambda piece: value(passages, choice, piece))
    left.remove(piece)
    room = words if len(piece.units) > 2 else share * words
    if fits(passages, choice, piece, room) and not is_repeated(passages, choice, piece):
        choice.words += price(passages[piece.place], choice.taken[piece.place], piece)
        choice.taken[piece.place].update(piece.units)
        left[:] = [other for other in left if not is_done(passages, choice, other)]


def add_side(passages: Sequence[Passage], choice: Choice, left: list[Piece], side: Sequence[str], words: int) -> None:
    """Take the best piece on a side of a comparison that nothing taken mentions."""
    if any(terms_in(side, p.texts[n]) for p, taken in zip(passages, choice.taken, strict=True) for n in taken):
        return
    on_side = [piece for piece in left if terms_in(side, passages[piece.place].texts[piece.wanted])]
    if on_side:
        take_best(passages, choice, on_side, words, 1.0)
        left[:] = [piece for piece in left if not is_done(passages, choice, piece)]


def value(passages: Sequence[Passage], choice: Choice, piece: Piece) -> float:
    """Log-odds of what is wanted, less for many words and for a section that says nothing yet."""
    words = max(SHORTEST, price(passages[piece.place], choice.taken[piece.place], piece))
    opening = OPENING if choice.words and not choice.taken[piece.place] else 0.0
    return round(worth(passages, piece) - BREVITY * math.log2(words) - opening, DECIMALS)


def price(passage: Passage, taken: set[int], piece: Piece) -> int:
    """The words that a piece adds, those of a table's header too."""
    header = passage.units[piece.wanted].header
    shown = any(passage.units[n].header == header for n in taken)
    return passage.cost([n for n in piece.units if n not in taken]) + (
        0 if shown else passage.header_cost(piece.wanted)
    )


def fits(passages: Sequence[Passage], choice: Choice, piece: Piece, room: float) -> bool:
    """Whether there is room and reason for a piece; the first one always fits."""
    if not choice.words:
        return True
    taken = choice.taken[piece.place]
    near = bool(taken) or worth(passages, piece) >= choice.best - ELSEWHERE
    return near and choice.words + price(passages[piece.place], taken, piece) <= room


def is_done(passages: Sequence[Passage], choice: Choice, piece: Piece) -> bool:
    """Whether a piece is taken already, or is a second block of code."""
    if passages[piece.place].units[piece.wanted].kind != "code":
        return piece.wanted in choice.taken[piece.place]
    return any(p.units[n].kind == "code" for p, taken in zip(passages, choice.taken, strict=True) for n in taken)


def is_repeated(passages: Sequence[Passage], choice: Choice, piece: Piece) -> bool:
    """Whether what is wanted only repeats a unit that is taken; it is noted if that is in another section."""
    here = (piece.place, piece.wanted)
    said = [(place, number) for place, taken in enumerate(choice.taken) for number in sorted(taken)]
    same = next((other for other in said if repeats(passages, here, other)), None)
    if same is not None and same[0] != piece.place:
        choice.again[here] = same
    return same is not None


def repeats(passages: Sequence[Passage], unit: Place, said: Place) -> bool:
    """Whether a unit says what another says, with no figure that the other lacks."""
    (place, number), (there, other) = unit, said
    words, known = (content(passages[p].texts[n]) for p, n in (unit, said))
    shared = len(words & known) / max(1, len(words | known))
    if shared < ALIKE or any(word[0].isdigit() for word in words - known):
        return False
    mine, its = passages[place].means[number], passages[there].means[other]
    near = float(mine @ its) if place != there and mine is not None and its is not None else 0.0
    return shared > REPEATS or shared + near > ALIKE_AND_NEAR


@functools.lru_cache(maxsize=1024)
def content(text: str) -> frozenset[str]:
    """Distinct words that are no function words, lower case."""
    return frozenset(CONTENT.findall(text.lower())) - STOP_WORDS


def keep_promises(passage: Passage, taken: set[int], spare: int) -> int:
    """Words that count what they announce get all of it, or are left out; returns the words that this adds.

    They get it where little is missing, or where what is there are fragments, which need them.
    """
    added = 0
    for lead in sorted(n for n in taken if passage.texts[n].endswith(":") and counts(passage.texts[n])):
        block = passage.block(lead + 1) if lead + 1 < len(passage.units) else []
        missing = [n for n in block if n not in taken]
        fragments = any(passage.units[n].kind == "item" and not stands_alone(passage, n) for n in taken & set(block))
        if (fragments or 2 * len(missing) < len(block)) and passage.cost(missing) <= spare - added:
            taken.update(missing)
            added += passage.cost(missing)
        elif missing and not fragments:
            taken.discard(lead)
    return added
