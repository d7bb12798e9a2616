"""Three-way merge of lines: what was written last, the file as a person left it, and what would be written now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.server.artefacts.documents.trailer import line_marks, split
from mlplaybook.server.artefacts.documents.tree import shortened

SHOWN = 160


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, and for each conflict what the inputs now give where the person's lines were kept."""

    text: str
    conflicts: tuple[str, ...]
    edited: bool


def merge_lines(base: Sequence[str], mine: str, theirs: str) -> Merged:
    """A person's lines win over what was written last; untouched lines become the new ones.

    `base` has the fingerprints (`line_marks`) of the lines that were written last, `mine` is the file, `theirs` the new text.
    """
    ours, news = split(mine), split(theirs)
    base, left, right = list(base), line_marks(mine), line_marks(theirs)
    lines: list[str] = []
    conflicts: list[str] = []
    for b, m, t in regions(base, left, right):
        unchanged, same = base[slice(*b)] == left[slice(*m)], left[slice(*m)] == right[slice(*t)]
        if unchanged or same:
            lines += news[slice(*t)]
            continue
        if base[slice(*b)] != right[slice(*t)]:
            now = " / ".join(line.strip() for line in news[slice(*t)] if line.strip()) or "nothing"
            conflicts.append(f"line {len(lines) + 1}: yours is kept; the inputs now give: {shortened(now, SHOWN)}")
        lines += ours[slice(*m)]
    return Merged("\n".join(lines) + "\n", tuple(conflicts), base != left)


Span = tuple[int, int]


def regions(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[Span, Span, Span]]:
    """Spans of the three that belong together: alternately lines that all have, and lines that one has changed."""
    in_mine, in_theirs = matches(base, mine), matches(base, theirs)
    b = m = t = 0
    for n in range(len(base) + 1):
        last = n == len(base)
        if not last and (n not in in_mine or n not in in_theirs):
            continue
        to_mine, to_theirs = (len(mine), len(theirs)) if last else (in_mine[n], in_theirs[n])
        if (b, m, t) != (n, to_mine, to_theirs):
            yield (b, n), (m, to_mine), (t, to_theirs)
        if not last:
            yield (n, n + 1), (to_mine, to_mine + 1), (to_theirs, to_theirs + 1)
            b, m, t = n + 1, to_mine + 1, to_theirs + 1


def matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Which line of `other` each line of `base` is, in order; lines that have gone are not in it."""
    blocks = difflib.SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}
