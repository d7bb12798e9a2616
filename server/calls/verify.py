"""Whether words that somebody quotes stand in the corpus, and where."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.errors import BadQuestion, PageMissing, PlaybookError
from mlplaybook.prompts.fence import as_written
from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.locate import LINE_SIGN, LOOKS, fold, locate
from mlplaybook.server.audit.quotes import section_at
from mlplaybook.server.calls.read import known_name, page_name
from mlplaybook.server.pages import read_page
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Service

State = Literal["holds", "moved", "altered", "missing"]
MOST_QUOTES = 50
LONGEST_QUOTE = 4_000
# Below this share of equal characters two sentences say different things in different words.
ALIKE = 0.6
SEARCHED = 3
# So many of its longest words say which pages a quote can be from.
TELLING = 6
# A word that is folded to itself, and not to a part of another one.
PLAIN_WORD = re.compile(r"(?<![^\x00-\x7f])[A-Za-z0-9]{3,}(?![^\x00-\x7f])")
UNSEEN = dict.fromkeys(map(ord, LOOKS))


@dataclass(frozen=True, slots=True)
class QuoteAsked:
    """A quote and the section it is said to stand in, page#heading, a page, or nothing."""

    quote: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class QuoteFound:
    """What became of a quote.

    `holds`: the words stand in the section named, or in `section` where none was named; `moved`: they stand in `section` instead;
    `altered`: the nearest words, `nearest`, are others; `missing`: nothing like it was found. Without a quote the section alone
    was looked up. `note` says what is wrong with the section that was named.
    """

    quote: str
    state: State
    section: str = ""
    char_start: int = 0
    char_end: int = 0
    nearest: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A document, and its text without what `fold` leaves out within words."""

    document: Document
    plain: str


def verify_quotes(service: Service, asked: Sequence[QuoteAsked]) -> tuple[QuoteFound, ...]:
    """Look every quote up; white space and typographic signs do not count, everything else does.

    :raises BadQuestion: there is none, there are too many, or one is too long.
    """
    if not asked or len(asked) > MOST_QUOTES:
        raise BadQuestion(f"{len(asked)} quotes cannot be verified at once.", f"Give 1 to {MOST_QUOTES}.")
    for one in asked:
        if not (one.quote.strip() or one.section.strip()) or len(one.quote) > LONGEST_QUOTE:
            raise BadQuestion(
                f"A quote has {len(one.quote)} characters.", f"Give 1 to {LONGEST_QUOTE:,}: a sentence, a row, a block."
            )
    pages = functools.cache(lambda: tuple(plain_pages(service.index)))
    return tuple(verify_one(service.index, one, pages) for one in asked)


def verify_one(index: Index, asked: QuoteAsked, pages: Callable[[], Sequence[PlainPage]]) -> QuoteFound:
    """A quote, or a section that is named without one; a section that does not exist is noted."""
    asked = replace(asked, section=known_name(index, page_name(asked.section)))
    try:
        place = read_page(index, asked.section) if asked.section else None
    except PageMissing as error:
        found = verify_quote(index, asked, pages) if asked.quote.strip() else QuoteFound("", "missing")
        return replace(found, note=str(error))
    if asked.quote.strip():
        return verify_quote(index, asked, pages)
    assert place is not None
    section = place.section.id if place.section else place.document.id
    return QuoteFound("", "holds", section, place.char_start, place.char_end)


def verify_quote(index: Index, asked: QuoteAsked, pages: Callable[[], Sequence[PlainPage]]) -> QuoteFound:
    """One quote: where it is said to stand, then anywhere, then what is most like it."""
    page, _, anchor = asked.section.partition("#")
    document = read_document(index.catalog, page) if page else None
    if document is not None:
        found = place_in(index, document, anchor, asked.quote)
        if found is not None:
            return found
    for other in pages_with(pages(), asked.quote):
        place = locate(fold(other.text), asked.quote)
        if place is not None:
            return QuoteFound(asked.quote, "moved" if page else "holds", section_at(index, other.id, place[0]), *place)
    return nearest(index, asked, document)


def place_in(index: Index, document: Document, anchor: str, quote: str) -> QuoteFound | None:
    """The quote in its section; elsewhere on the page it has moved."""
    section = next((one for one in read_sections(index.catalog, document.id) if one.anchor == anchor), None)
    start, end = (section.char_start, section.char_end) if section else (0, len(document.text))
    place = locate(fold(document.text[start:end]), quote)
    if place is not None:
        at = start + place[0]
        return QuoteFound(quote, "holds", section_at(index, document.id, at), at, start + place[1])
    place = locate(fold(document.text), quote)
    return QuoteFound(quote, "moved", section_at(index, document.id, place[0]), *place) if place else None


def plain_pages(index: Index) -> Iterator[PlainPage]:
    """Every document with its text as words can be looked for in it."""
    names = index.catalog.connection.execute("SELECT id FROM documents ORDER BY position").fetchall()
    for (name,) in names:
        document = read_document(index.catalog, name)
        if document is not None:
            yield PlainPage(document, unicodedata.normalize("NFKC", document.text).translate(UNSEEN))


def pages_with(pages: Sequence[PlainPage], quote: str) -> Iterator[Document]:
    """The documents in which a quote can stand: those that have its longest words.

    To fold a page, which tells for sure, takes a hundred times as long as to look for a word in it.
    """
    wanted = sorted(set(PLAIN_WORD.findall(fold(as_written(quote)).text)), key=len)[-TELLING:]
    return (page.document for page in pages if all(word in page.plain for word in wanted))


def nearest(index: Index, asked: QuoteAsked, document: Document | None) -> QuoteFound:
    """The words most like a quote that stands nowhere: on the page that was named, else where a search leads."""
    ranges = [(document, 0, len(document.text))] if document else list(searched(index, asked.quote))
    best, like = None, ALIKE
    for one, start, end in ranges:
        for line_start, line_end in lines_of(one.text, start, end):
            line = one.text[line_start:line_end]
            ratio = difflib.SequenceMatcher(None, asked.quote, line, autojunk=False)
            if ratio.real_quick_ratio() > like and ratio.quick_ratio() > like and ratio.ratio() > like:
                best, like = (one.id, line_start, line_end, line), ratio.ratio()
    if best is None:
        return QuoteFound(asked.quote, "missing")
    page, start, end, line = best
    return QuoteFound(asked.quote, "altered", section_at(index, page, start), start, end, line)


def searched(index: Index, quote: str) -> Iterator[tuple[Document, int, int]]:
    """Sections that a search for the quote finds."""
    try:
        hits = find(index, quote[:1000], SEARCHED).hits
    except PlaybookError:
        return
    for hit in hits:
        yield hit.document, hit.char_start, hit.char_end


def lines_of(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of a range, roughly: up to a full stop with a space behind it, or the end of a line; without its sign."""
    at = start
    while at < end:
        stops = [place for place in (text.find(". ", at, end), text.find("\n", at, end)) if place >= 0]
        stop = min(stops) + 1 if stops else end
        if text[at:stop].strip():
            sign = LINE_SIGN.match(text[at:stop].lstrip("\n"))
            begin = at + len(text[at:stop]) - len(text[at:stop].lstrip())
            yield begin + (len(sign[0].lstrip()) if sign else 0), at + len(text[at:stop].rstrip())
        at = stop
