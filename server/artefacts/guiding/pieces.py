"""A page to the pieces that a guide may take of it: the points of its summary, then its sections as deep as is wanted."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.blocks import Block
from mlplaybook.ingest.chunks import leads_in
from mlplaybook.ingest.documents import Document, Section
from mlplaybook.ingest.plain import CODE_SPAN, LINK, without_source_marks
from mlplaybook.ingest.sentences import sentence_spans
from mlplaybook.server.authoring.pages import Page, read_page
from mlplaybook.server.retrieval.search import SUMMARY_ANCHOR

# What a guide takes of a page at each depth.
DEPTHS = {
    1: "one line a page",
    2: "the summary of each page",
    3: "summaries, and what each section says first",
    4: "summaries, and the first paragraph of each section with its list, table or code",
    5: "summaries and whole sections",
}
LINE, SUMMARY, FIRST, BEGINNING, WHOLE = DEPTHS
# A link to another page of the playbook.
PAGE_LINK = re.compile(r"(?:[^\s)#]*/)?([a-z][\w-]*)\.md(#[\w-]+)?")


@dataclass(frozen=True, slots=True)
class Part:
    """A section as far as a depth goes: `units` are taken in order, `whole` says whether they are all of it."""

    section: Section
    title: str
    units: tuple[str, ...]
    whole: bool


@functools.lru_cache(maxsize=512)
def read_parts(document: Document, depth: int) -> tuple[Part, ...]:
    """The parts of a page at a depth, in reading order; the summary comes first where the page has one.

    A page without a summary is all sections, at least with what each says first.
    """
    page = read_page(document)
    bodies = [section for section in page.sections if blocks_of(page, section)]
    summary = [section for section in bodies if section.anchor == SUMMARY_ANCHOR]
    if summary and depth == SUMMARY:
        return (create_part(page, summary[0], depth),)
    # Above the summary stands what the page is about, which its description says in less.
    others = [s for s in bodies if s not in summary and (s.level > 1 or not summary)]
    return tuple(create_part(page, section, max(depth, FIRST)) for section in [*summary, *others])


def create_part(page: Page, section: Section, depth: int) -> Part:
    """One section at a depth; of a summary every point is a unit."""
    text = page.document.text
    inside = blocks_of(page, section)
    title = section.heading_path[-1] if section.heading_path else page.document.title
    if section.anchor == SUMMARY_ANCHOR:
        return Part(section, title, tuple(points(text, inside)), whole=True)
    runs = list(tied(text, inside))
    if depth == WHOLE:
        return Part(section, title, tuple(joined(text, run) for run in runs), whole=True)
    if depth == BEGINNING:
        return Part(section, title, (joined(text, runs[0]),), whole=len(runs) == 1)
    first = first_words(text, runs[0])
    return Part(section, title, (first,), whole=len(runs) == 1 and first == joined(text, runs[0]))


def blocks_of(page: Page, section: Section) -> list[Block]:
    """What stands under the heading of a section, up to the next heading."""
    return [b for b in page.blocks if b.kind != "heading" and section.body_start <= b.start < section.char_end]


def points(text: str, blocks: Sequence[Block]) -> Iterator[str]:
    """The items of lists, and other blocks as they are."""
    for block in blocks:
        if block.kind == "list" and block.parts:
            yield from (tidy(text[part.start : part.end]) for part in block.parts)
        else:
            yield joined(text, [block])


def tied(text: str, blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks in runs that belong together: a paragraph that ends in a colon, and what it announces."""
    run: list[Block] = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        run.append(block)
        if not leads_in(text, block, following):
            yield run
            run = []


def joined(text: str, blocks: Sequence[Block]) -> str:
    """Blocks as a guide prints them: code as it is, all else tidied."""
    parts = (text[block.start : block.end] for block in blocks)
    return "\n\n".join(part if b.kind == "code" else tidy(part) for b, part in zip(blocks, parts, strict=True))


def first_words(text: str, run: Sequence[Block]) -> str:
    """The first paragraph without the sentence that only announces what follows; all of a run that begins otherwise."""
    block = run[0]
    if block.kind != "paragraph":
        return joined(text, run[:1])
    sentences = [text[span.start : span.end] for span in sentence_spans(text, block.start, block.end)]
    said = sentences[:-1] if len(run) > 1 else sentences
    return tidy(" ".join(said)) if said else joined(text, run)


def tidy(markdown: str) -> str:
    """Without source marks; a link to a page becomes the name to read it by, another link its text.

    >>> tidy("See [slices](../05-evaluation/slices.md#which) and [Breck](https://a.b/c).[^breck-2017]")
    'See slices (`slices#which`) and Breck.'
    """
    parts = CODE_SPAN.split(without_source_marks(markdown))
    return "".join(part if number % 2 else LINK.sub(link_text, part) for number, part in enumerate(parts))


def link_text(match: re.Match[str]) -> str:
    """What a link becomes."""
    target = match[0][match[0].rindex("](") + 2 : -1].split(' "')[0]
    page = PAGE_LINK.fullmatch(target)
    return f"{match[1]} (`{page[1]}{page[2] or ''}`)" if page else match[1]
