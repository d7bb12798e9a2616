"""Sections to chunks: blocks, sentences or windows packed up to a token budget, with exact offsets."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from mlplaybook.ingest.blocks import Block, Span
from mlplaybook.ingest.chunking import DEFAULT, Chunking, chunking_key
from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.ingest.sections import reading_path
from mlplaybook.ingest.sentences import sentence_spans

CountTokens = Callable[[str], int]

# A block that no screen shows at once is cut all the same; below this a table, list item or code block is never cut.
LONGEST_WHOLE_BLOCK = 8_000
# Windows of such a monster: about 250 word pieces of English at 4 characters a piece.
WINDOW = 1_000
# What users of fixed windows know them by: so many characters a word piece, about right for English.
CHARACTERS_PER_TOKEN = 4
PATH_SEPARATOR = " > "
WORD_START = re.compile(r"(?<=\s)\S")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never cut: a block, or one sentence, item or window of a block that is too long. `tied` to the piece after it."""

    start: int
    end: int
    tokens: int
    tied: bool = False


def split_chunks(
    document: Document,
    sections: Sequence[Section],
    blocks: Sequence[Block],
    count_tokens: CountTokens,
    chunking: Chunking = DEFAULT,
) -> tuple[Chunk, ...]:
    """Every chunk of a document in reading order; `count_tokens` counts word pieces of a text."""
    chunks: list[Chunk] = []
    seen: Counter[str] = Counter()
    for section in sections:
        inside = [b for b in blocks if b.kind != "heading" and section.body_start <= b.start < section.char_end]
        used = count_tokens(heading_prefix(document, section, chunking))
        budget = max(chunking.tokens - used, chunking.tokens // 2)
        for span in chunk_spans(document.text, inside, budget, count_tokens, chunking):
            chunks.append(create_chunk(document, section, span, len(chunks), chunking, seen))
    return tuple(chunks)


def heading_prefix(document: Document, section: Section, chunking: Chunking) -> str:
    """What the encoder reads before a chunk's own words."""
    return PATH_SEPARATOR.join(reading_path(document.title, section.heading_path)) if chunking.heading_prefix else ""


def chunk_spans(
    text: str, blocks: Sequence[Block], budget: int, count_tokens: CountTokens, chunking: Chunking
) -> Iterator[Span]:
    """Where the chunks of one section lie, in order; fixed windows count characters, all else word pieces."""
    if chunking.strategy == "fixed":
        size, overlap = (CHARACTERS_PER_TOKEN * tokens for tokens in (chunking.tokens, chunking.overlap))
        for whole in [Span(blocks[0].start, blocks[-1].end)] if blocks else []:
            yield from windows(text, whole, size, overlap)
    else:
        pieces = read_pieces(text, blocks, budget, count_tokens, cut_all=chunking.strategy == "sentences")
        yield from pack(list(pieces), budget, chunking.overlap)


def create_chunk(
    document: Document, section: Section, span: Span, ordinal: int, chunking: Chunking, seen: Counter[str]
) -> Chunk:
    """A chunk whose id depends on its words, its place and the chunking, not on what stands before it."""
    text = document.text[span.start : span.end]
    prefix = heading_prefix(document, section, chunking)
    key = "\x1f".join((chunking_key(chunking), document.id, *section.heading_path, text))
    digest = hashlib.sha256(f"{key}\x1f{seen[key]}".encode()).hexdigest()[:32]
    seen[key] += 1
    embedded = f"{prefix}\n{without_source_marks(text)}" if prefix else without_source_marks(text)
    return Chunk(digest, document.id, section.id, section.heading_path, ordinal, span.start, span.end, text, embedded)


def read_pieces(
    text: str, blocks: Sequence[Block], budget: int, count_tokens: CountTokens, *, cut_all: bool = False
) -> Iterator[Piece]:
    """Blocks that fit as they are; longer ones, or with `cut_all` every one, by sentence, item or window."""
    for block, following in zip_longest(blocks, blocks[1:]):
        may_stay = not cut_all and block.end - block.start <= LONGEST_WHOLE_BLOCK
        tokens = count_tokens(text[block.start : block.end]) if may_stay else budget + 1
        if tokens <= budget:
            yield Piece(block.start, block.end, tokens, leads_in(text, block, following))
            continue
        spans = list(cut(text, block))
        for span in spans:
            tied = cut_all and span == spans[-1] and leads_in(text, block, following)
            yield Piece(span.start, span.end, count_tokens(text[span.start : span.end]), tied)


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


def windows(text: str, span: Span, size: int = WINDOW, overlap: int = 0) -> Iterator[Span]:
    """Runs of at most `size` characters, ended at the last white space in them if there is any.

    Each begins with a word at most `overlap` characters before the end of the one before it, and says something new.
    """
    at = reached = span.start
    while reached < span.end:
        stop = min(at + size, span.end)
        if stop < span.end:
            space = max(text.rfind(" ", reached, stop), text.rfind("\n", reached, stop))
            stop = space + 1 if space > reached else stop
        content = text[at:stop]
        if text[reached:stop].strip():
            yield Span(at + len(content) - len(content.lstrip()), at + len(content.rstrip()))
        word = WORD_START.search(text, max(at + 1, stop - overlap), stop)
        at, reached = word.start() if word else stop, stop


def pack(pieces: Sequence[Piece], budget: int, overlap: int = 0) -> Iterator[Span]:
    """Runs of neighbouring pieces within the budget, in order; a tied piece opens a new run rather than end one.

    A run begins with what of the one before it fits in `overlap` tokens, and beside its own first piece in the budget.
    """
    run: list[Piece] = []
    used = 0
    for index, piece in enumerate(pieces):
        needed = piece.tokens + (pieces[index + 1].tokens if piece.tied and index + 1 < len(pieces) else 0)
        needed = min(needed, budget) if piece.tied else needed
        if run and used + needed > budget and not run[-1].tied:
            yield Span(run[0].start, run[-1].end)
            run = last_pieces(run, min(overlap, budget - needed))
            used = sum(repeated.tokens for repeated in run)
        run.append(piece)
        used += piece.tokens
    if run:
        yield Span(run[0].start, run[-1].end)


def last_pieces(run: Sequence[Piece], room: int) -> list[Piece]:
    """The whole pieces at the end of a run that fit in so many tokens together."""
    kept: list[Piece] = []
    for piece in reversed(run):
        if piece.tokens > room or room <= 0:
            break
        kept.insert(0, piece)
        room -= piece.tokens
    return kept
