"""A document's headings to sections: the unit of reading and of citation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mlplaybook.ingest.blocks import Block
from mlplaybook.ingest.documents import Document, Section
from mlplaybook.ingest.plain import plain, slug

# What stands before the first heading, and all of a text that has none.
TOP_ANCHOR = "top"
# Page furniture: these headings order a page and say nothing about its subject.
STRUCTURAL = frozenset({"Deep Guidance"})


def split_sections(document: Document, blocks: Sequence[Block]) -> tuple[Section, ...]:
    """Sections in reading order; together they cover the body without gap or overlap."""
    headings = [block for block in blocks if block.kind == "heading"]
    return tuple(read_sections(document, headings))


def read_sections(document: Document, headings: Sequence[Block]) -> Iterator[Section]:
    """One section before the first heading if anything stands there, then one a heading."""
    text, seen = document.text, Counter[str]()
    first = headings[0].start if headings else len(text)
    ordinal = 0
    if text[document.body_start : first].strip():
        yield Section(document.id, TOP_ANCHOR, (), 0, 0, document.body_start, document.body_start, first)
        seen[TOP_ANCHOR], ordinal = 1, 1
    path: list[tuple[int, str]] = []
    for number, (heading, following) in enumerate(zip_longest(headings, headings[1:]), start=ordinal):
        end = following.start if following else len(text)
        title = heading_text(text[heading.start : heading.end])
        path = [*(above for above in path if above[0] < heading.level), (heading.level, title)]
        anchor = unique_anchor(slug(title) or "section", seen)
        names = tuple(name for _, name in path)
        yield Section(document.id, anchor, names, heading.level, number, heading.start, heading.end, end)


def heading_text(source: str) -> str:
    """The words of an ATX (`## x ##`) or setext (underlined) heading."""
    first = source.split("\n", 1)[0].strip()
    words = first.strip("#").strip() if first.startswith("#") else first
    return plain(words)


def unique_anchor(anchor: str, seen: Counter[str]) -> str:
    """GitHub's rule for repeated headings: `x`, `x-1`, `x-2`."""
    count = seen[anchor]
    seen[anchor] += 1
    return f"{anchor}-{count}" if count else anchor


def reading_path(title: str, heading_path: Sequence[str]) -> tuple[str, ...]:
    """The headings as a person would say them: page title first, furniture and the title's own repetition left out."""
    rest = tuple(name for name in heading_path if name not in STRUCTURAL and name != title)
    return (title, *rest) if title else rest
