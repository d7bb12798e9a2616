"""What a converted file becomes: Markdown in which the file's own characters mean nothing but themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.decode import NotText

# What would open a heading, fence, rule, HTML block or link definition where a file only says so in its text.
BLOCK_MARK = re.compile(r"#{1,6}(?=\s|$)|`{3}|~{3}|=+\s*$|-+\s*$|<(?=[A-Za-z!?/])|\[[^\]]+\]:")
# Letters that typesetting joined; a search for "classification" does not find them.
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# Control characters and halves of surrogate pairs, which neither a person nor SQLite can read; tab and newline stay.
UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# A table is never cut below the size of a chunk's window, so a long one comes in parts that each repeat the header.
TABLE_ROWS = 20
# Text of that many characters in one file is data, such as an exported table, and every hit on it would load all of it.
LARGEST_TEXT = 16_000_000


@dataclass(frozen=True, slots=True)
class Converted:
    """A file's own title, empty where it has none, and its body in Markdown."""

    title: str
    body: str


def literal(line: str) -> str:
    r"""A line as the text it is: a backslash before what Markdown would take for the beginning of a block.

    >>> literal("  # load the data"), literal("#1 of 3")
    ('\\# load the data', '#1 of 3')
    """
    line = line.strip()
    return f"\\{line}" if BLOCK_MARK.match(line) else line


def readable(text: str) -> str:
    """The text with ligatures taken apart and characters removed that cannot be read."""
    return UNREADABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").translate(LIGATURES))


def tables(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    r"""Tables of at most TABLE_ROWS rows each, the first row as the header of all; columns that are empty are left out.

    >>> print("\n".join(tables([["unit", "", "x|y"], ["s", "", "1"]])))
    | unit | x\|y |
    |---|---|
    | s | 1 |
    """
    width = max(map(len, rows), default=0)
    square = [[*row, *[""] * (width - len(row))] for row in rows]
    kept = [column for column in range(width) if any(row[column].strip() for row in square)]
    lines = [table_line(row[column] for column in kept) for row in square]
    head = [*lines[:1], "|" + "---|" * len(kept)] if kept else []
    for start in range(1, max(len(lines), 2), TABLE_ROWS):
        yield "\n".join([*head, *lines[start : start + TABLE_ROWS]])


def table_line(cells: Iterable[str]) -> str:
    """One row of a table; a bar in a cell is escaped and a line break becomes a space."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def refuse_long_text(length: int) -> None:
    """Raise NotText when a file's text is longer than LARGEST_TEXT characters."""
    if length > LARGEST_TEXT:
        msg = f"its text is longer than {LARGEST_TEXT:,} characters; split it"
        raise NotText(msg)
