"""Sections to chunks: whole blocks packed up to a token budget, with exact offsets."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from mlplaybook.ingest.blocks import Block, Span
from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.ingest.sections import reading_path
from mlplaybook.ingest.sentences import sentence_spans

CountTokens = Callable[[str], int]

# Bump when the same page would give other chunks: it is part of every chunk id and of the generation hash.
CHUNKER_VERSION = "1"
# MiniLM reads 256 word pieces; 220 leave room for its two marks and for a heading path that the estimate missed.
TOKEN_BUDGET = 220
# A block that no screen shows at once is cut all the same; below this a table, list item or code block is never cut.
LONGEST_WHOLE_BLOCK = 8_000
# Windows of such a monster: about 250 word pieces of English at 4 characters a piece.
WINDOW = 1_000
PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never cut: a block, or one sentence, item or window of a block that is too long. `tied` to the piece after it."""

    start: int
    end: int
    tokens: int
    tied: bool = False


def split_chunks(
    document: Document, sections: Sequence[Section], blocks: Sequence[Block], count_tokens: CountTokens
) -> tuple[Chunk, ...]:
    """Every chunk of a document in reading order; `count_tokens` counts word pieces of a text."""
    chunks: list[Chunk] = []
    seen: Counter[str] = Counter()
    for section in sections:
        inside = [b for b in blocks if b.kind != "heading" and section.body_start <= b.start < section.char_end]
        prefix = PATH_SEPARATOR.join(reading_path(document.title, section.heading_path))
        budget = max(TOKEN_BUDGET - count_tokens(prefix), TOKEN_BUDGET // 2)
        for span in pack(list(read_pieces(document.text, inside, budget, count_tokens)), budget):
            chunks.append(create_chunk(document, section, prefix, len(chunks), span, seen))
    return tuple(chunks)


def create_chunk(
    document: Document, section: Section, prefix: str, ordinal: int, span: Span, seen: Counter[str]
) -> Chunk:
    """A chunk whose id depends on its words and place, not on what stands before it."""
    text = document.text[span.start : span.end]
    key = "\x1f".join((CHUNKER_VERSION, document.id, *section.heading_path, text))
    digest = hashlib.sha256(f"{key}\x1f{seen[key]}".encode()).hexdigest()[:32]
    seen[key] += 1
    embedded = f"{prefix}\n{without_source_marks(text)}" if prefix else without_source_marks(text)
    return Chunk(digest, document.id, section.id, section.heading_path, ordinal, span.start, span.end, text, embedded)


def read_pieces(text: str, blocks: Sequence[Block], budget: int, count_tokens: CountTokens) -> Iterator[Piece]:
    """Blocks that fit as they are; longer ones by sentence, item or window."""
    for block, following in zip_longest(blocks, blocks[1:]):
        length = block.end - block.start
        tokens = count_tokens(text[block.start : block.end]) if length <= LONGEST_WHOLE_BLOCK else budget + 1
        if tokens <= budget:
            yield Piece(block.start, block.end, tokens, leads_in(text, block, following))
            continue
        for span in cut(text, block):
            yield Piece(span.start, span.end, count_tokens(text[span.start : span.end]))


def leads_in(text: str, block: Block, following: Block | None) -> bool:
    """Whether a paragraph ends in a colon and so belongs to the list, table or code after it."""
    return (
        following is not None
        and block.kind == "paragraph"
        and following.kind in {"list", "table", "code"}
        and without_source_marks(text[block.start : block.end]).rstrip().endswith(":")
    )


def cut(text: str, block: Block) -> Iterator[Span]:
    """A block over budget, cut where it may be: lists between items, prose between sentences, tables and code nowhere.

    Whatever is still longer than LONGEST_WHOLE_BLOCK is cut into windows at white space.
    """
    if block.kind == "list" and block.parts:
        spans = iter(block.parts)
    elif block.kind in {"paragraph", "other", "quote"}:
        spans = sentence_spans(text, block.start, block.end)
    else:
        spans = iter((Span(block.start, block.end),))
    for span in spans:
        if span.end - span.start <= LONGEST_WHOLE_BLOCK:
            yield span
        else:
            yield from windows(text, span)


def windows(text: str, span: Span) -> Iterator[Span]:
    """Consecutive runs of at most WINDOW characters, ended at the last white space in them if there is any."""
    at = span.start
    while at < span.end:
        stop = min(at + WINDOW, span.end)
        if stop < span.end:
            space = max(text.rfind(" ", at, stop), text.rfind("\n", at, stop))
            stop = space + 1 if space > at else stop
        content = text[at:stop]
        if content.strip():
            yield Span(at + len(content) - len(content.lstrip()), at + len(content.rstrip()))
        at = stop


def pack(pieces: Sequence[Piece], budget: int) -> Iterator[Span]:
    """Runs of neighbouring pieces within the budget, in order; a tied piece opens a new run rather than end one."""
    run: list[Piece] = []
    used = 0
    for index, piece in enumerate(pieces):
        needed = piece.tokens + (pieces[index + 1].tokens if piece.tied and index + 1 < len(pieces) else 0)
        needed = min(needed, budget) if piece.tied else needed
        if run and used + needed > budget and not run[-1].tied:
            yield Span(run[0].start, run[-1].end)
            run, used = [], 0
        run.append(piece)
        used += piece.tokens
    if run:
        yield Span(run[0].start, run[-1].end)
