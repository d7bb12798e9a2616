"""A project's inputs as the passages that a model is shown: cut where paragraphs end, each with an id of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.server.artefacts.filling.read_inputs import TABLES
from mlplaybook.server.artefacts.filling.records import InputText

# About 600 tokens: a quote is found sooner in a short passage, and a note of two pages stays one request.
LONGEST = 2_400
# A heading begins a passage of its own once the one before has this much.
ENOUGH = 600
# Of a table the header and some rows say what its columns are.
TABLE_ROWS = 12
# Of anything else, so much is read to the model; what is longer is data or a log, of which begin and end are shown.
MOST_SHOWN = 40_000
BLOCK = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
HEADING = re.compile(r"#{1,6}\s+(\S.*?)\s*#*\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """Exact words of an input: `text_of(source)[char_start:char_start + len(text)] == text`; `section` is its id."""

    section: str
    title: str
    text: str
    source: str
    char_start: int


def create_passages(inputs: Sequence[InputText]) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    r"""Every passage of the inputs in order, and what of them the model is not shown.

    >>> [p.section for p in create_passages([InputText("notes.md", "One.\n\nTwo.")])[0]]
    ['notes.md#1']
    """
    made: list[Passage] = []
    hidden: list[str] = []
    for given in inputs:
        if given.problem or not given.text.strip():
            continue
        kept, skipped = spans_shown(given)
        made += cut(given, kept)
        if skipped:
            hidden.append(f"{given.source}: the model was not shown {skipped:,} of its {len(given.text):,} characters")
    return tuple(made), tuple(hidden)


def spans_shown(given: InputText) -> tuple[tuple[tuple[int, int], ...], int]:
    """The parts of an input that are shown, and how many characters are not."""
    text = given.text
    if Path(given.source).suffix.lower() in TABLES:
        end = sum(len(line) for line in text.splitlines(keepends=True)[:TABLE_ROWS])
        return ((0, min(end, MOST_SHOWN)),), len(text) - min(end, MOST_SHOWN)
    if len(text) <= MOST_SHOWN:
        return ((0, len(text)),), 0
    half = MOST_SHOWN // 2
    # Both parts begin and end with whole lines where there are lines.
    first = text.rfind("\n", 0, half) + 1 or half
    last = text.find("\n", len(text) - half) + 1 or len(text) - half
    return ((0, first), (last, len(text))), last - first


def cut(given: InputText, spans: Sequence[tuple[int, int]]) -> Iterator[Passage]:
    """The passages of the parts of an input, counted through."""
    number = 0
    heading = ""
    for start, end in spans:
        for begin, stop in grouped(given.text, list(blocks(given.text, start, end))):
            number += 1
            text = given.text[begin:stop]
            found = [match[1] for line in text.splitlines() if (match := HEADING.match(line))]
            heading = found[0] if found and HEADING.match(text.lstrip()) else heading
            title = f"{given.source} > {heading}" if heading else given.source
            heading = found[-1] if found else heading
            yield Passage(f"{given.source}#{number}", title, text, given.source, begin)


def blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Paragraphs, none longer than LONGEST: longer ones are cut at a line's or a sentence's end."""
    for match in BLOCK.finditer(text, start, end):
        begin, stop = match.start(), match.start() + len(match[0].rstrip())
        while stop - begin > LONGEST:
            place = break_before(text, begin, begin + LONGEST)
            yield begin, place
            begin = place
        if text[begin:stop].strip():
            yield begin, stop


def break_before(text: str, begin: int, limit: int) -> int:
    """The last good place to cut: after a line, after a sentence, between words, or anywhere."""
    for mark in ("\n", ". ", " "):
        place = text.rfind(mark, begin + LONGEST // 2, limit)
        if place >= 0:
            return place + len(mark)
    return limit


def grouped(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbouring paragraphs joined up to LONGEST; a heading begins anew once there is enough."""
    held: tuple[int, int] | None = None
    for begin, stop in spans:
        if held is None:
            held = (begin, stop)
            continue
        turns = held[1] - held[0] >= ENOUGH and HEADING.match(text[begin:stop].partition("\n")[0])
        if stop - held[0] > LONGEST or turns:
            yield held
            held = (begin, stop)
        else:
            held = (held[0], stop)
    if held is not None:
        yield held
