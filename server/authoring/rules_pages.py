"""Rules for the form of a page: front matter, sources, headings, section sizes, links, age."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

from mlplaybook.ingest.frontmatter import VOLATILITIES, BadFrontMatter, read_applies_to
from mlplaybook.ingest.options import read_options
from mlplaybook.ingest.plain import SOURCE_MARK, plain
from mlplaybook.server.authoring.findings import Finding
from mlplaybook.server.authoring.pages import Page, Playbook

REQUIRED = (
    "id", "name", "title", "description", "topics", "volatility", "last-reviewed", "applies_to", "features",
    "templates", "sources",
)  # fmt: skip
LONGEST_DESCRIPTION = 200
SHORTEST_SECTION, LONGEST_SECTION = 40, 450
SHORTEST_PAGE, LONGEST_PAGE = 900, 2_000
# A glossary is looked up, not read.
LONG_PAGES = {"faq-and-glossary": 4_000}
# A fast-moving page that nobody looked at for half a year is no longer trusted.
FAST_MOVING_DAYS = 180
HEADINGS = ("Summary", "Deep Guidance")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
WORD = re.compile(r"\w[\w'.%-]*")


def front_matter_is_complete(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Every field is there and has a value of its kind; the id is the file's name."""
    for source in playbook.unreadable:
        yield Finding("front-matter", source.split(":")[0], source)
    for page in playbook.pages:
        values = page.values
        missing = [name for name in REQUIRED if name not in values]
        if missing:
            yield Finding("front-matter", page.id, f"add {', '.join(missing)}")
        if values.get("id") != PurePosixPath(page.document.source).stem or values.get("name") != values.get("id"):
            yield Finding("front-matter", page.id, "id and name must be the file's name")
        if len(str(values.get("description", ""))) > LONGEST_DESCRIPTION:
            yield Finding("front-matter", page.id, f"cut the description to {LONGEST_DESCRIPTION} characters")
        if values.get("volatility") not in VOLATILITIES:
            yield Finding("front-matter", page.id, f"volatility is one of {', '.join(VOLATILITIES)}")
        try:
            read_applies_to(values.get("applies_to"), read_options().allowed)
        except BadFrontMatter as error:
            yield Finding("front-matter", page.id, str(error))


def sources_are_named_and_used(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A page has sources with licence and date, each marked in the text, and no mark without a source."""
    for page in playbook.pages:
        sources = [entry for entry in page.values.get("sources") or [] if isinstance(entry, dict)]
        if not sources:
            yield Finding("sources", page.id, "name at least one source")
        for entry in sources:
            lacking = [name for name in ("key", "title", "licence", "as-of") if not entry.get(name)]
            if lacking:
                yield Finding("sources", page.id, f"source {entry.get('key', '?')}: add {', '.join(lacking)}")
        keys = {str(entry.get("key")) for entry in sources}
        body = prose(page, page.document.body_start, len(page.document.text))
        used = {mark[2:-1] for mark in SOURCE_MARK.findall(body)}
        for key in sorted(used - keys):
            yield Finding("sources", page.id, f"[^{key}] names no source of the page")
        for key in sorted(keys - used):
            yield Finding("sources", page.id, f"source {key} is used nowhere; mark what it says or remove it")


def pages_are_reviewed_in_time(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A page has a review date that is a day of the past; a fast-moving one a recent day."""
    for page in playbook.pages:
        try:
            reviewed = date.fromisoformat(page.document.reviewed)
        except ValueError:
            yield Finding("review", page.id, "last-reviewed is no date; write YYYY-MM-DD")
            continue
        age = (today - reviewed).days
        if age < 0:
            yield Finding("review", page.id, f"last-reviewed {reviewed} is in the future")
        if page.values.get("volatility") == "fast-moving" and age > FAST_MOVING_DAYS:
            yield Finding("review", page.id, f"fast-moving and last reviewed {age} days ago; review it")


def headings_have_their_order(playbook: Playbook, today: date) -> Iterator[Finding]:
    """The title, a lead, Summary, Deep Guidance, then sections one level below."""
    for page in playbook.pages:
        levels = [(section.level, section.heading_path[-1]) for section in page.sections if section.heading_path]
        if levels[:1] != [(1, page.document.title)]:
            yield Finding("headings", page.id, f"begin the body with '# {page.document.title}'")
        if tuple(name for level, name in levels if level == 2) != HEADINGS:
            yield Finding("headings", page.id, "the second-level headings are Summary and Deep Guidance")
        for level, name in levels:
            if level > 3:
                yield Finding("headings", page.id, f"'{name}' is at level {level}; three are enough")


def sections_have_a_size_one_can_quote(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A section has 40 to 450 words, code not counted."""
    for page in playbook.pages:
        for section in page.sections:
            if section.level < 2 or section.heading_path[-1] == "Deep Guidance":
                continue
            words = len(WORD.findall(prose(page, section.body_start, section.char_end)))
            if words < SHORTEST_SECTION:
                yield Finding(
                    "size", section.id, f"{words} words are too few to answer anything; at least {SHORTEST_SECTION}"
                )
            if words > LONGEST_SECTION:
                yield Finding("size", section.id, f"{words} words are too many to quote; split it at {LONGEST_SECTION}")


def pages_have_a_size_one_can_read(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A page has 900 to 2,000 words, code, marks and link targets not counted; the glossary may be longer."""
    for page in playbook.pages:
        words = len(WORD.findall(plain_prose(page, page.document.body_start, len(page.document.text))))
        if words < SHORTEST_PAGE:
            yield Finding("size", page.id, f"{words} words are too few for a page; at least {SHORTEST_PAGE}")
        if words > LONG_PAGES.get(page.id, LONGEST_PAGE):
            yield Finding(
                "size", page.id, f"{words} words are too many for a page; cut to {LONGEST_PAGE} or make two of it"
            )


def links_lead_somewhere(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Relative links reach a page and, where they name one, a heading."""
    pages = {page.document.source: page for page in playbook.pages}
    for page in playbook.pages:
        here = PurePosixPath(page.document.source).parent
        for section in page.sections:
            for target in LINK.findall(prose(page, section.body_start, section.char_end)):
                if "://" in target:
                    continue
                path, _, anchor = target.partition("#")
                found = page if not path else pages.get(resolve(here, path))
                if found is None:
                    yield Finding("links", section.id, f"{target} leads to no page")
                elif anchor and anchor not in found.anchors:
                    yield Finding("links", section.id, f"{found.id} has no heading {anchor}")


def resolve(here: PurePosixPath, path: str) -> str:
    """A relative path as a path below the knowledge folder."""
    parts: list[str] = list(here.parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def prose(page: Page, start: int, end: int) -> str:
    """The text between two offsets without its code blocks."""
    blocks = [block for block in page.blocks if start <= block.start < end and block.kind not in {"code", "heading"}]
    return "\n\n".join(page.document.text[block.start : block.end] for block in blocks)


def plain_prose(page: Page, start: int, end: int) -> str:
    """`prose` in the words that a reader sees."""
    return plain(prose(page, start, end))
