"""What can be taken from a passage: a unit with what it cannot be read without, or a whole list, table or code block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlplaybook.server.answers.kinds import Kind
from mlplaybook.server.answers.passages import Passage
from mlplaybook.server.answers.units import is_label, points_back, sends_away, word_count

# A chain of sentences that each lean on the one before is followed so far back.
LONGEST_CHAIN = 2
# A list that is asked for is taken whole up to so many words; one that is merely announced, or a table, up to fewer.
ASKED_WORDS, ANNOUNCED_WORDS = 160, 120
# Code longer than this is left to the page; so is code longer than this when only steps are asked for.
LONG_CODE_LINES, SHORT_CODE_LINES = 40, 25
# An item of fewer words says nothing outside its list.
SHORTEST_ITEM = 6
NUMERALS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty".split()
# Words that say how many things follow: without all of them they promise too much.
COUNTS = re.compile(rf"\b(?:{'|'.join(NUMERALS)}|\d+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of the passage at `place` that are taken together for the sake of the one that is `wanted`."""

    place: int
    wanted: int
    units: tuple[int, ...]


def pieces_of(place: int, passage: Passage, kind: Kind) -> Iterator[Piece]:
    """Everything that can be taken, in reading order of what is wanted."""
    for number, unit in enumerate(passage.units):
        if unit.kind in {"sentence", "quote"}:
            units = announced(passage, number, kind) or with_what_it_leans_on(passage, number)
        elif unit.kind == "code":
            units = code_with_words(passage, number) if kind == "code" else ()
        else:
            units = asked_list(passage, number, kind) or (*lead_in(passage, number, kind), number)
        if units:
            yield Piece(place, number, units)


def announced(passage: Passage, number: int, kind: Kind) -> tuple[int, ...]:
    """A sentence with the whole list, table or code that it announces, if that is short; nothing when it announces none.

    Where several things are asked for, a sentence that counts what the next list holds announces it too.
    """
    text, following = passage.texts[number], number + 1
    if following == len(passage.units) or passage.units[following].block != passage.units[number].block + 1:
        return ()
    what, several, lead = passage.units[following].kind, kind in {"list", "steps"}, leaning(passage, number)
    if what == "code":
        short = passage.raw(following).count("\n") <= SHORT_CODE_LINES
        return (*lead, following) if lead and kind == "steps" and short and text.endswith(":") else ()
    if what not in ({"item", "row"} if text.endswith(":") else {"item"} if several and counts(text) else set()):
        return ()
    whole = (*lead, *passage.block(following))
    return whole if lead and passage.cost(whole) <= (ASKED_WORDS if several else ANNOUNCED_WORDS) else ()


def with_what_it_leans_on(passage: Passage, number: int) -> tuple[int, ...]:
    """A sentence with those that it leans on; nothing when it says nothing by itself, or leans on what is not there."""
    raw = passage.raw(number)
    empty = passage.texts[number].endswith(":") or is_label(raw) or sends_away(raw)
    return () if empty else leaning(passage, number)


def leaning(passage: Passage, number: int) -> tuple[int, ...]:
    """A sentence, those before it that it points back to, and its label; nothing when what it points back to is not there."""
    chain = [number]
    while points_back(passage.texts[chain[0]]):
        before = chain[0] - 1
        there = sentence_before(passage, chain[0]) and not passage.texts[before].endswith(":")
        if not there or sends_away(passage.raw(before)) or len(chain) > LONGEST_CHAIN:
            return ()
        chain.insert(0, before)
    before = chain[0] - 1
    if before >= 0 and is_label(passage.raw(before)) and passage.units[before].block == passage.units[chain[0]].block:
        chain.insert(0, before)
    return tuple(chain)


def sentence_before(passage: Passage, number: int) -> bool:
    """Whether the unit before is a sentence, with nothing between the two that is no unit."""
    before = passage.units[number - 1] if number > 0 else None
    return before is not None and before.kind == "sentence" and passage.units[number].block - before.block <= 1


def code_with_words(passage: Passage, number: int) -> tuple[int, ...]:
    """A block of code with the sentence that opens its section and the one before it; nothing if it is too long."""
    if passage.raw(number).count("\n") > LONG_CODE_LINES:
        return ()
    before = leaning(passage, number - 1) if sentence_before(passage, number) else ()
    opens = number > 1 and passage.units[0].kind == "sentence" and bool(with_what_it_leans_on(passage, 0))
    return (*((0,) if opens and 0 not in before else ()), *before, number)


def asked_list(passage: Passage, number: int, kind: Kind) -> tuple[int, ...]:
    """The list of an item with the sentence before it where several things are asked for; nothing if it is too long."""
    first = passage.block(number)[0]
    if kind not in {"list", "steps"} or passage.units[number].kind != "item" or not sentence_before(passage, first):
        return ()
    whole = (*leaning(passage, first - 1), *passage.block(number))
    return whole if passage.cost(whole) <= ASKED_WORDS else ()


def lead_in(passage: Passage, number: int, kind: Kind = "plain") -> tuple[int, ...]:
    """The sentence that announces the block of a unit, with those that it leans on; a definition needs none."""
    first = passage.block(number)[0]
    leads = sentence_before(passage, first) and passage.texts[first - 1].endswith(":")
    needed = leads and not (kind == "definition" and stands_alone(passage, number))
    return leaning(passage, first - 1) if needed else ()


def stands_alone(passage: Passage, number: int) -> bool:
    """Whether an item is a sentence of its own rather than a fragment."""
    text = passage.texts[number]
    whole = text[:1].isupper() and text.endswith(".") and word_count(text) >= SHORTEST_ITEM
    return passage.units[number].kind == "item" and whole and not points_back(text)


def counts(text: str) -> bool:
    """Whether words name a number of things.

    >>> counts("Three checks come first:"), counts("The checks are:")
    (True, False)
    """
    return COUNTS.search(text) is not None
