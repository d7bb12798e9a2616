"""What an extractive answer is made of: sentences, list items, table rows and code blocks with their offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlplaybook.ingest.blocks import Block, Span, parse_blocks
from mlplaybook.ingest.plain import plain, without_source_marks
from mlplaybook.ingest.sentences import sentence_spans

# What makes a line a list item: a bullet or a number.
MARKER = re.compile(r"^(?:[-*+]|\d+[.)])\s+")

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
    """A unit as a person reads it: markers of lists and quotes gone, links as their words; code and rows stay as they are."""
    raw = text[unit.start : unit.end]
    if unit.kind == "code":
        return raw
    if unit.kind == "row":
        return without_source_marks(raw)
    if unit.kind == "quote":
        raw = " ".join(line.lstrip("> ").strip() for line in raw.splitlines())
    if unit.kind == "item":
        raw = MARKER.sub("", raw)
    return " ".join(plain(raw).split())


def word_count(text: str) -> int:
    """Words as a reader counts them."""
    return len(text.split())
