"""What an extractive answer is made of: sentences, list items, table rows and code blocks with their offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlplaybook.ingest.blocks import Block, Span, parse_blocks
from mlplaybook.ingest.plain import plain
from mlplaybook.ingest.sentences import sentence_spans

# What makes a line a list item: a bullet or a number.
MARKER = re.compile(r"^(?:[-*+]|\d+[.)])\s+")
# Words at or near the beginning that point back to a sentence before.
POINTS_BACK = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Their|Them|He|She|Such|Both|Neither|Either|Here|Otherwise|However|Then|Thus|Hence"
    r"|Therefore|But|And|So|Also|Instead|Conversely|Similarly|Likewise|Moreover|Furthermore|Nevertheless|Yet"
    r"|In addition|For example|For instance|As a result|In (?:that|this|both|either|such|these|those) \w+"
    r"|The (?:former|latter|same|first one|second one|other)|(?:Each|All|Some|One|None|Most|Many) of (?:them|these|those)"
    r"|(?!If |When |First )[^,;:.]{3,40}(?<! and) then|[^,;:.]{3,60} such an?)\b"
)
# A sentence that only sends the reader elsewhere: "See drift.", "Sizing is on GPU selection."
SENDS_AWAY = re.compile(
    r"\(?(?:See|Read|Compare) \[[^\]]*\]\([^)]*\)[^.]{0,30}\.?\)?$"
    r"|[^.]{3,40} (?:is|are|stands?) (?:on|in) \[[^\]]*\]\([^)]*\)\.$"
)
# Bold words that are a sentence by themselves only label what follows: "**Correction.**"
LABEL = re.compile(r"(\*\*|__)[^*_]{1,40}[.:]\1$")

UnitKind = Literal["sentence", "item", "row", "code", "quote"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable piece of a page. `block` numbers the block it lies in; `header` is the table's header row, for rows."""

    kind: UnitKind
    start: int
    end: int
    block: int
    header: Span | None = None


def split_units(text: str, start: int, end: int) -> tuple[Unit, ...]:
    """The units of `text[start:end]` in reading order; HTML and rules give none."""
    units: list[Unit] = []
    for number, block in enumerate(parse_blocks(text[:end], start)):
        units.extend(units_of(text, block, number))
    return tuple(units)


def units_of(text: str, block: Block, number: int) -> Iterator[Unit]:
    """The units of one block."""
    if block.kind == "paragraph":
        for span in sentence_spans(text, block.start, block.end):
            yield Unit("sentence", span.start, span.end, number)
    elif block.kind == "list":
        for span in block.parts:
            yield Unit("item", span.start, span.end, number)
    elif block.kind == "table":
        for span in block.parts[1:]:
            yield Unit("row", span.start, span.end, number, block.parts[0])
    elif block.kind in {"code", "quote"}:
        yield Unit("code" if block.kind == "code" else "quote", block.start, block.end, number)


def unit_text(text: str, unit: Unit) -> str:
    """A unit as a person reads it: markers of lists and quotes gone, links as their words; code stays as it is."""
    raw = text[unit.start : unit.end]
    if unit.kind in {"code", "row"}:
        return plain(raw) if unit.kind == "row" else raw
    if unit.kind == "quote":
        raw = " ".join(line.lstrip("> ").strip() for line in raw.splitlines())
    if unit.kind == "item":
        raw = MARKER.sub("", raw)
    return " ".join(plain(raw).split())


def word_count(text: str) -> int:
    """Words as a reader counts them; a table's bars are none.

    >>> word_count("| PSI | above 0.2 |")
    3
    """
    return sum(word != "|" for word in text.split())


def points_back(text: str) -> bool:
    """Whether a sentence leans on the one before it.

    >>> points_back("These three come first."), points_back("The job then resumes."), points_back("Sort the rows, then split.")
    (True, True, False)
    >>> points_back("Events are kept for 90 days and then as sums.")
    False
    """
    return POINTS_BACK.match(text) is not None


def is_label(raw: str) -> bool:
    """Whether a sentence, as the page has it, is a mere label of what follows.

    >>> is_label("**Correction.**"), is_label("It depends.")
    (True, False)
    """
    return LABEL.match(raw) is not None


def sends_away(raw: str) -> bool:
    """Whether a sentence, as the page has it, says only where to read on.

    >>> sends_away("See [drift](drift.md)."), sends_away("PSI is on [drift](drift.md#psi)."), sends_away("See a doctor.")
    (True, True, False)
    """
    return SENDS_AWAY.match(raw) is not None
