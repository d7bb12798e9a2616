"""How a corpus is cut into chunks: strategy, size, overlap and heading path, each with its bounds and its name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.errors import BadSetting, IndexCorrupt

Strategy = Literal["blocks", "sentences", "section", "fixed"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

# Bump when the same page would give other chunks: it is part of every chunk id and of the generation hash.
CHUNKER_VERSION = "1"
# MiniLM reads 256 word pieces; 220 leave room for its two marks and for a heading path that the estimate missed.
TOKEN_BUDGET = 220
# Smaller chunks are single sentences, larger ones fill two of the encoder's windows; beyond that `section` is meant.
FEWEST_TOKENS, MOST_TOKENS = 32, 512
# What the encoder reads of one text, eight windows of 254 word pieces, less a heading path: a longer section is cut.
SECTION_TOKENS = 1_800


@dataclass(frozen=True, slots=True)
class Chunking:
    """The way sections become chunks; the default is what won in docs/retrieval.md, "Chunk options".

    `blocks` packs whole blocks, `sentences` packs sentences, list items and whole tables and code blocks, `section` makes a
    chunk a section, `fixed` slides a window of characters that minds no structure within a section. `tokens` bounds a chunk
    with its heading path, `overlap` what a chunk repeats of the one before it, both in word pieces. Without
    `heading_prefix` the encoder reads the text alone. Make one from outside values with `create_chunking`.
    """

    strategy: Strategy = "blocks"
    tokens: int = TOKEN_BUDGET
    overlap: int = 0
    heading_prefix: bool = True


@dataclass(frozen=True, slots=True)
class ChunkingOptions:
    """What somebody asked for, None where they said nothing; not checked yet."""

    strategy: str | None = None
    tokens: int | None = None
    overlap: int | None = None
    headings: bool | None = None


DEFAULT = Chunking()
NOTHING_SAID = ChunkingOptions()


def create_chunking(options: ChunkingOptions, before: Chunking = DEFAULT) -> Chunking:
    """The chunking that the options ask for; what they leave open stays as `before`.

    Naming a strategy starts from that strategy's defaults, so `blocks` alone leads back to the default.

    :raises BadSetting: an unknown strategy, a size or overlap out of bounds, or a size for whole sections.
    """
    base = default_of(options.strategy) if options.strategy else before
    headings = base.heading_prefix if options.headings is None else options.headings
    if base.strategy == "section":
        refuse_size(options)
        return Chunking("section", SECTION_TOKENS, 0, headings)
    tokens = base.tokens if options.tokens is None else options.tokens
    overlap = base.overlap if options.overlap is None else options.overlap
    if not FEWEST_TOKENS <= tokens <= MOST_TOKENS:
        cause = f"A chunk cannot be {tokens} tokens long."
        raise BadSetting(
            cause, f"Set --chunk-tokens or MLPLAYBOOK_CHUNK_TOKENS to {FEWEST_TOKENS} up to {MOST_TOKENS}."
        )
    if not 0 <= overlap <= tokens // 2:
        cause = f"Chunks of {tokens} tokens cannot overlap by {overlap}."
        raise BadSetting(cause, f"Set --chunk-overlap or MLPLAYBOOK_CHUNK_OVERLAP to 0 up to {tokens // 2}.")
    return Chunking(base.strategy, tokens, overlap, headings)


def default_of(strategy: str) -> Chunking:
    """A strategy with its usual size; raises BadSetting for one that there is not."""
    for known in STRATEGIES:
        if strategy == known:
            return Chunking(known, SECTION_TOKENS if known == "section" else TOKEN_BUDGET)
    cause = f"There is no way of cutting pages called {strategy!r}."
    raise BadSetting(cause, f"Set --chunk-strategy or MLPLAYBOOK_CHUNK_STRATEGY to one of: {', '.join(STRATEGIES)}.")


def refuse_size(options: ChunkingOptions) -> None:
    """Raise BadSetting when a size is asked for where whole sections are the chunks."""
    if options.tokens is not None or options.overlap:
        cause = "Chunks that are whole sections take no size and do not overlap."
        remedy = (
            "Leave out both (--chunk-tokens, --chunk-overlap and their variables), or name another --chunk-strategy."
        )
        raise BadSetting(cause, remedy)


def merged(first: ChunkingOptions, second: ChunkingOptions) -> ChunkingOptions:
    """What the first says, and the second where the first says nothing."""
    return ChunkingOptions(
        first.strategy or second.strategy,
        second.tokens if first.tokens is None else first.tokens,
        second.overlap if first.overlap is None else first.overlap,
        second.headings if first.headings is None else first.headings,
    )


def chunking_name(chunking: Chunking) -> str:
    """What a manifest says of it.

    >>> chunking_name(Chunking()), chunking_name(Chunking("fixed", 250, 50, heading_prefix=False))
    ('1:blocks:220:0:headings', '1:fixed:250:50:bare')
    """
    path = "headings" if chunking.heading_prefix else "bare"
    return f"{CHUNKER_VERSION}:{chunking.strategy}:{chunking.tokens}:{chunking.overlap}:{path}"


def chunking_key(chunking: Chunking) -> str:
    """What chunk ids depend on: for the default the version alone, so that its ids outlive options that came later."""
    return CHUNKER_VERSION if chunking == DEFAULT else chunking_name(chunking)


def read_chunking_name(name: str) -> Chunking:
    """The chunking of that name, whatever its version; the default for a name from before there was a choice.

    >>> read_chunking_name("1:sentences:220:40:headings")
    Chunking(strategy='sentences', tokens=220, overlap=40, heading_prefix=True)
    >>> read_chunking_name("1") == DEFAULT
    True
    """
    match name.split(":"):
        case [_, strategy, tokens, overlap, path] if tokens.isdecimal() and overlap.isdecimal():
            size = None if strategy == "section" else int(tokens)
            try:
                return create_chunking(ChunkingOptions(strategy, size, int(overlap), path != "bare"))
            except BadSetting:
                return DEFAULT
    return DEFAULT


def chunked_before(folder: Path) -> Chunking:
    """What the serving generation below a corpus folder was cut with, whatever its format; the default where none is read."""
    try:
        current = gen.current_folder(folder)
        if current is None:
            return DEFAULT
        return read_chunking_name(json.loads((current / gen.MANIFEST).read_text("utf-8"))["chunker"])
    except (IndexCorrupt, OSError, ValueError, KeyError, TypeError, AttributeError):
        return DEFAULT
