"""Markdown to top-level blocks with exact character spans; the syntax tree is markdown-it's, the offsets are ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["heading", "paragraph", "list", "table", "code", "quote", "other"]

KINDS: dict[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "blockquote_open": "quote",
}
PARTS = {"list": "list_item_open", "table": "tr_open"}


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open character range `[start, end)`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block; `parts` are a list's items or a table's rows (the header row first), `level` is a heading's."""

    kind: Kind
    start: int
    end: int
    level: int = 0
    parts: tuple[Span, ...] = ()
    closed: bool = True


def create_parser() -> MarkdownIt:
    """A block-only CommonMark parser with tables: inline markup is left alone, so a 5 MB line costs no more than its bytes."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


PARSER = create_parser()


def parse_blocks(text: str, start: int = 0) -> tuple[Block, ...]:
    """The top-level blocks of `text[start:]` in order, with offsets into `text`; blank space belongs to none."""
    lines = line_starts(text, start)
    return tuple(read_blocks(PARSER.parse(text[start:]), text, lines))


def line_starts(text: str, start: int) -> list[int]:
    """Offsets of line beginnings from `start` on, with the end of the text as the last entry."""
    return list(accumulate((len(line) for line in text[start:].split("\n")), lambda at, n: at + n + 1, initial=start))


def read_blocks(tokens: Sequence[Token], text: str, lines: Sequence[int]) -> Iterator[Block]:
    """Blocks from markdown-it's flat token list; nested tokens only serve as parts of lists and tables."""
    for index, token in enumerate(tokens):
        if token.level != 0 or token.map is None or token.nesting < 0:
            continue
        span = trimmed(text, token.map, lines)
        if span.start == span.end:
            continue
        kind = KINDS.get(token.type, "other")
        parts = tuple(read_parts(tokens[index + 1 :], PARTS[kind], text, lines)) if kind in PARTS else ()
        level = int(token.tag[1]) if kind == "heading" else 0
        yield Block(kind, span.start, span.end, level, parts, is_closed(token, text[span.start : span.end]))


def read_parts(tokens: Sequence[Token], opening: str, text: str, lines: Sequence[int]) -> Iterator[Span]:
    """The items or rows of the list or table whose opening token was just read."""
    depth = 1 if opening == "list_item_open" else 2
    for token in tokens:
        if token.level == 0:
            return
        if token.type == opening and token.level == depth and token.map is not None:
            yield trimmed(text, token.map, lines)


def trimmed(text: str, rows: Sequence[int], lines: Sequence[int]) -> Span:
    """The characters of a line range without surrounding blank lines."""
    start, end = lines[rows[0]], min(lines[min(rows[1], len(lines) - 1)], len(text))
    content = text[start:end]
    return Span(start + len(content) - len(content.lstrip("\n")), start + len(content.rstrip()))


def is_closed(token: Token, content: str) -> bool:
    """Whether a fenced block has its closing fence; every other block is closed by nature."""
    if token.type != "fence":
        return True
    last = content.rsplit("\n", 1)[-1].strip() if "\n" in content else ""
    return len(last) >= len(token.markup) and set(last) == {token.markup[0]}
