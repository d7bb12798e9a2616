"""The quotes in a text that somebody wrote, each with the section that the text names for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlplaybook.server.calls.read import page_name
from mlplaybook.server.calls.verify import QuoteAsked

# page#heading or a URI of it; what ends a sentence or a link is no part of it.
NAMED = re.compile(r"playbook://(?:page|section)/[^\s)\]>\"'`,;]+|(?<![\w&#])[\w.][\w./-]*#(?=[\w-]*[a-z])[\w-]+")
QUOTED = re.compile(r"“([^“”]{2,4000}?)”|«([^«»]{2,4000}?)»|(?<![\w\"])\"([^\"]{2,4000}?)\"(?!\w)")
BLOCK = re.compile(r"(?:^[ \t]*>[^\n]*(?:\n|\Z))+", re.MULTILINE)
PARAGRAPH = re.compile(r"\n[ \t]*\n")
# Shorter ones without a section are somebody's scare quotes or names.
FEWEST_WORDS, FEWEST_ALONE = 2, 6


@dataclass(frozen=True, slots=True)
class Found:
    """A quote or a named section, and where it stands."""

    start: int
    end: int
    text: str


def quotes_in(text: str) -> tuple[QuoteAsked, ...]:
    """Every quote with its section, in reading order; sections that are named without a quote have an empty one.

    A quote belongs to the section named behind it in the same paragraph, else to the one before it; a quoted block also to
    the one in the paragraph after it. Quotes without a section count from six words on.

    >>> quotes_in('Alert on it: "An index above 0.2 raises an alert" (drift#cut-offs).')
    (QuoteAsked(quote='An index above 0.2 raises an alert', section='drift#cut-offs'),)
    """
    found: list[tuple[int, QuoteAsked]] = []
    used: set[int] = set()
    closed = 0
    named = [Found(*match.span(), page_name(match[0].rstrip("./:"))) for match in NAMED.finditer(text)]
    quotes = sorted(quoted(text), key=lambda one: one.start)
    for number, quote in enumerate(quotes):
        rest = quotes[number + 1].start if number + 1 < len(quotes) else len(text)
        before = quotes[number - 1].end if number else 0
        # A section behind the quote before closes that one.
        owner = section_of(text, quote, named, max(before, closed), rest)
        words = len(quote.text.split())
        if owner is not None:
            used.add(owner.start)
            closed = owner.end if owner.start >= quote.start else closed
        if words >= (FEWEST_WORDS if owner else FEWEST_ALONE):
            found.append((quote.start, QuoteAsked(quote.text, owner.text if owner else "")))
    told = {asked.section for _, asked in found}
    bare = {one.text: one.start for one in reversed(named) if one.start not in used and one.text not in told}
    found += [(start, QuoteAsked("", section)) for section, start in bare.items()]
    return tuple(asked for _, asked in sorted(found, key=lambda pair: pair[0]))


def quoted(text: str) -> Iterator[Found]:
    """Quoted blocks, and words in quotation marks outside of them that stay within a paragraph."""
    spans = []
    for match in BLOCK.finditer(text):
        spans.append(match.span())
        words = re.sub(r"^[ \t]*>[ \t]?", "", match[0], flags=re.MULTILINE)
        # What names the section, or who is quoted, is no part of the words.
        words = re.sub(r"[\s(\[—–-]*(?:" + NAMED.pattern + r")[)\].\s]*\Z", "", words).strip().strip('“”"')
        if words:
            yield Found(*match.span(), words)
    for match in QUOTED.finditer(text):
        inside = any(start <= match.start() < end for start, end in spans)
        if not inside and not PARAGRAPH.search(match[0]):
            yield Found(*match.span(), next(group for group in match.groups() if group).strip())


def section_of(text: str, quote: Found, named: list[Found], before: int, rest: int) -> Found | None:
    """The section that is named for a quote, None where there is none."""
    behind = next((one for one in named if quote.start <= one.start < rest), None)
    if behind is not None and not PARAGRAPH.search(text[quote.end : behind.start].rstrip(" \t>")):
        return behind
    block = text[quote.start : quote.end].lstrip().startswith(">")
    if behind is not None and block and len(PARAGRAPH.findall(text[quote.end - 1 : behind.start])) <= 1:
        return behind
    ahead = next((one for one in reversed(named) if before <= one.start < quote.start), None)
    if ahead is not None and not PARAGRAPH.search(text[ahead.end : quote.start]):
        return ahead
    return None
