"""Replies within a number of tokens: texts are cut at the end of a block, and what is left out is said."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlplaybook.server.artefacts.guiding.fit import fair_shares
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.usage.tokens import VOCABULARY, Counter, create_counter

CountTokens = Callable[[str], int]
# Words of a sentence are counted as words; of everything else (keys, ids, URIs, numbers) so many characters are taken for a
# token. Replies to ten searches had 3.4 to 4.2 characters an o200k token there, and 1.9 to 2.9 word pieces.
MACHINE_CHARACTERS = 3.3
PROSE_WORDS = 8
# Blocks that fill less than this of the room are followed by the lines of the next one that fit.
FULL_ENOUGH = 0.7
# Of about a kilobyte each.
REMEMBERED = 2_048
WORD = re.compile(r"\S+\s*")
FENCE = re.compile(r"[ \t]*(```+|~~~+)")


def counter_of(index: Index) -> Counter:
    """What counts tokens beside an index; made once for each encoder, since it looks for files."""
    return counter_with(index.encoder.count_tokens if index.encoder else None)


@functools.lru_cache(maxsize=4)
def counter_with(pieces: CountTokens | None) -> Counter:
    """A counter on the encoder's word pieces where tiktoken is not at hand; it remembers texts, which are tried in many cuts."""
    counter = create_counter(pieces)
    return replace(counter, count=functools.lru_cache(REMEMBERED)(counter.count))


def count_record(counter: Counter, record: Mapping[str, Any]) -> int:
    """Tokens of a record as JSON: exactly where the vocabulary is here, else from above."""
    return count_mixed(counter, json.dumps(record, ensure_ascii=False), tuple(prose_of(record)))


def count_mixed(counter: Counter, text: str, prose: Sequence[str]) -> int:
    """Tokens of a text that holds this prose between what a program wrote."""
    if counter.name == VOCABULARY:
        return counter.count(text)
    rest = len(text) - sum(map(len, prose))
    return sum(map(counter.count, prose)) + math.ceil(max(0, rest) / MACHINE_CHARACTERS)


def prose_of(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON holds anything)
    """The strings in a record that are sentences."""
    if isinstance(value, str):
        if value.count(" ") + value.count("\n") >= PROSE_WORDS:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from prose_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from prose_of(inner)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as far as it fits; `end` is where it was cut."""

    text: str
    end: int
    whole: bool


def blocks(text: str, start: int, stop: int) -> Iterator[int]:
    """Where blocks end: at blank lines, never within a fence; the last one at the end."""
    fence, at = "", start
    while at < stop:
        line_end = text.find("\n", at, stop)
        line_end = stop if line_end < 0 else line_end + 1
        line = text[at:line_end]
        found = FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        if not fence and not line.strip():
            yield line_end
        at = line_end
    yield stop


def lines(text: str, start: int, end: int) -> Iterator[int]:
    """Where lines end; a line that is very long ends at its words."""
    at = start
    while at < end:
        found = text.find("\n", at, end)
        at = end if found < 0 else found + 1
        yield at


def words(text: str, start: int, end: int) -> Iterator[int]:
    """Where words end."""
    for found in WORD.finditer(text, start, end):
        yield found.end()


def cut(text: str, start: int, end: int, most: int, count: CountTokens) -> int:
    r"""Where to stop so that no more than `most` tokens are read, but at least a word: after a block, a line, else a word.

    >>> text = "One two.\n\nThree four five.\n\nSix."
    >>> cut(text, 0, len(text), 5, lambda t: len(t.split())), cut(text, 10, len(text), 2, lambda t: len(t.split()))
    (28, 21)
    """
    # The parts of a text have a few tokens more than the whole.
    if count(text[start:end]) <= most:
        return end
    stop, used = stop_at(blocks, text, start, end, most, count)
    if used < most * FULL_ENOUGH and not FENCE.match(text, stop):
        stop, _ = stop_at(lines, text, stop, end, most - used, count, least=0 if used else 1)
    if stop == start:
        stop, _ = stop_at(words, text, start, end, most, count)
    return stop if stop > start else next(words(text, start, end), end)


def stop_at(
    ends: Callable[[str, int, int], Iterator[int]], text: str, start: int, end: int, most: int, count: CountTokens, least: int = 1
) -> tuple[int, int]:  # fmt: skip
    """The last of these ends within so many tokens, and the tokens up to it; `start` where not even the first one is.

    What introduces a list that is not shown belongs to the list, unless fewer than `least` parts were left.
    """
    stops, used = [(start, 0)], 0
    for following in ends(text, start, end):
        used += count(text[stops[-1][0] : following])
        if used > most:
            break
        stops.append((following, used))
    while len(stops) > 1 + least and stops[-1][0] < end and text[start : stops[-1][0]].rstrip().endswith(":"):
        stops.pop()
    return stops[-1]


def cut_text(text: str, most: int, count: CountTokens) -> Cut:
    """The beginning of a text within so many tokens."""
    end = cut(text, 0, len(text), most, count)
    return Cut(text[:end].rstrip(), end, end >= len(text.rstrip()))


def cut_fairly(
    texts: Sequence[str], most: int, count: CountTokens, weights: Sequence[int] = ()
) -> tuple[Cut, ...]:  # fmt: skip
    """Each text within its fair share, by weight, of so many tokens; what short ones leave goes to the others."""
    shares = fair_shares([count(text) for text in texts], most, weights)
    return tuple(cut_text(text, share, count) for text, share in zip(texts, shares, strict=True))
