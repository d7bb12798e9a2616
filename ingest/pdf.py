"""PDF to Markdown, a section a page: the text that the file holds, in PDFium's reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pypdfium2 import PdfDocument, PdfiumError
from pypdfium2.raw import FPDF_ERR_PASSWORD

from mlplaybook.ingest.decode import NotText
from mlplaybook.ingest.markdown import Converted, literal, readable

# A file of so many pages is an archive, and one that only claims to have them would be looked at for hours.
MOST_PAGES = 10_000
# A line below this share of what most lines of its page reach ends a paragraph or is a heading; PDF marks neither.
SHORT_LINE = 0.6
# What lines reach: their length at this rank, so that one wide title over two columns does not make all lines short.
REACHED = 0.75
# A first or last line that stands, but for the page's number, on so many pages is a running head or foot.
RUNNING = 3
BULLET = re.compile(r"^[•◦▪‣●∙]\s*")
# What programs write into the title when nobody gave one.
NO_TITLE = re.compile(r"(microsoft (word|powerpoint|excel)\b.*|untitled.*|.*\.\w{2,5})", re.IGNORECASE)
# PDFium's mark where a word was divided at the end of a line.
DIVIDED = "\x02"
# Where a page's number stands in such a line; other numbers are left, since rows of a table differ by nothing else.
PAGE_NUMBER = re.compile(r"\bpage \d+(?: of \d+)?|^\d+(?:\s+|$)|\s+\d+$", re.IGNORECASE)


def convert_pdf(data: bytes) -> Converted:
    """`## Page N` and the text of every page that has some, N counted from 1; raises NotText when none has."""
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            msg = "it is protected by a password; save a copy without one"
            raise NotText(msg) from error
        raise
    with document:
        count = len(document)
        if count > MOST_PAGES:
            msg = f"it has {count} pages, more than {MOST_PAGES}; split it"
            raise NotText(msg)
        pages = without_running_lines([read_lines(str(text)) for text in read_pages(document)])
        parts = [f"## Page {number}\n\n{paragraphs(lines)}" for number, lines in enumerate(pages, start=1) if lines]
        if not parts:
            msg = f"no text on its {count} pages, so they are probably scanned; put it through OCR first"
            raise NotText(msg)
        title = str(document.get_metadata_value("Title")).strip()
    return Converted("" if NO_TITLE.fullmatch(title) else title, "\n\n".join(parts))


def read_pages(document: PdfDocument) -> Iterator[str]:
    """The text of every page, empty for a picture."""
    for page in document:
        text = page.get_textpage()
        yield text.get_text_bounded()
        text.close()
        page.close()


def read_lines(raw: str) -> list[str]:
    """The lines that have text; a word divided at a line's end is whole again."""
    return [line for line in map(str.strip, readable(raw.replace(DIVIDED, "")).split("\n")) if line]


def without_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages without the head and foot that they share; the first page that has one keeps it, unless it is a number."""
    ends = [{0, len(lines) - 1} if lines else set() for lines in pages]
    marks = [
        {place: PAGE_NUMBER.sub("", lines[place]).strip() for place in own}
        for lines, own in zip(pages, ends, strict=True)
    ]
    counts = Counter(mark for own in marks for mark in set(own.values()))
    seen = {""}
    kept: list[list[str]] = []
    for lines, own in zip(pages, marks, strict=True):
        again = {place for place, mark in own.items() if counts[mark] >= RUNNING and mark in seen}
        kept.append([line for place, line in enumerate(lines) if place not in again])
        seen.update(own.values())
    return kept


def paragraphs(lines: Sequence[str]) -> str:
    r"""Lines to paragraphs, and bullets to list items.

    >>> print(paragraphs(["Drift", "A change of the data that a model reads", "• daily"]))
    Drift
    <BLANKLINE>
    A change of the data that a model reads
    - daily
    """
    lengths = sorted(map(len, lines))
    short = SHORT_LINE * lengths[int(REACHED * len(lengths))]
    return "\n".join(marked(line, short) for line in lines).strip()


def marked(line: str, short: float) -> str:
    """A line in Markdown: an item where it has a bullet, the end of a paragraph where it is short."""
    if BULLET.match(line):
        return BULLET.sub("- ", line)
    return f"{literal(line)}\n" if len(line) < short else literal(line)
