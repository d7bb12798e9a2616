"""Settings as pieces: a key is a label and the keys above it are headings, so that settings are routed as lines of notes are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlplaybook.server.artefacts.filling.extract import ELSEWHERE, is_epoch, key_words
from mlplaybook.server.artefacts.filling.records import Leaf, Piece

# A settings file of a project has dozens of values; metrics of every step and class are no settings.
MOST = 240
NUMBERS = frozenset({"run", "epochs", "report", "test", "columns"})


def pieces_of_leaves(leaves: Iterable[Leaf], texts: Mapping[str, str], first_block: int) -> Iterator[tuple[Piece, Any]]:
    """Each setting as a row piece with its value; blocks are the keys above, counted from `first_block`."""
    blocks: dict[tuple[str, tuple[str, ...]], int] = {}
    kept = [leaf for leaf in leaves if leaf.path[0] not in NUMBERS and not is_epoch(leaf) and leaf.value is not None]
    for number, leaf in enumerate(kept[:MOST]):
        words = key_words(leaf)
        if ELSEWHERE.search(words):
            continue
        *above, label = words.split(" / ")
        block = blocks.setdefault((leaf.source, leaf.path[:-1]), first_block + len(blocks))
        text = texts[leaf.source][leaf.key_start : leaf.char_end]
        yield (
            Piece(
                leaf.source, text, leaf.key_start, leaf.char_end, "row", block, label or words, leaf.char_start,
                tuple(above), "", False, first_block + number,
            ),
            leaf.value,
        )  # fmt: skip
