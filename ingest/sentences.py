"""Sentence boundaries in prose, as character spans."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlplaybook.ingest.blocks import Span

# A full stop, question or exclamation mark; what may close the sentence with it (quotes, brackets, source marks); then
# space and something that opens a sentence.
BOUNDARY = re.compile(r"[.!?…](?:\[\^[^\]\s]+\]|[\"'”’)\]*_])*(?=\s+[\"'“‘(\[*_`]*[A-Z0-9`À-Þ])|[.!?](?=\s*\n\s*\n)")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|al|approx|no|fig|eq|sec|dr|mr|mrs|prof|inc|st|art)|(?-i:\b[A-Z]))\.$", re.IGNORECASE
)
CODE = re.compile(r"`[^`\n]*`")


def sentence_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of `text[start:end]` in order, without the space between them; never cut inside a code span."""
    content = text[start:end]
    code = [match.span() for match in CODE.finditer(content)]
    begin = 0
    for match in BOUNDARY.finditer(content):
        stop = match.start() + 1
        if ABBREVIATION.search(content[max(begin, stop - 12) : stop]) or any(a < stop < b for a, b in code):
            continue
        yield from non_blank(content, begin, match.end(), start)
        begin = match.end()
    yield from non_blank(content, begin, len(content), start)


def non_blank(content: str, begin: int, end: int, offset: int) -> Iterator[Span]:
    """The span without surrounding space, or nothing."""
    piece = content[begin:end]
    if piece.strip():
        yield Span(
            offset + begin + len(piece) - len(piece.lstrip()),
            offset + begin + len(piece.rstrip()),
        )
