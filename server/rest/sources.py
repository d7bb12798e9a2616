"""What an answer rests on, as Markdown for clients that show nothing but text, and as records for all others."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.server.answers.records import Answer, Citation

HEADING = "**Sources**"
NEAREST = "**Nearest sections**"
PARTIAL = "*Only a part of this is covered.*"
BETWEEN = " > "
MARK = re.compile(r"\[(\d+)\]")
SOURCE_LINE = re.compile(r"^- \[\d+\] \[((?:[^\]\\]|\\.)*)\]\(", re.MULTILINE)
SPECIAL = re.compile(r"([\\\[\]])")


@dataclass(frozen=True, slots=True)
class Cited:
    """A section that an answer cites as `[n]`; `url` opens it with the first quote marked."""

    n: int
    section: str
    heading_path: tuple[str, ...]
    url: str
    quotes: tuple[str, ...]

    @property
    def title(self) -> str:
        """Page title and headings."""
        return BETWEEN.join(self.heading_path)


def cited_sections(made: Answer, base: str) -> tuple[Cited, ...]:
    """The sections of an answer by their number."""
    found: dict[int, list[Citation]] = {}
    for statement in made.statements:
        for citation in statement.citations:
            found.setdefault(citation.n, []).append(citation)
    return tuple(
        Cited(
            n,
            many[0].section,
            many[0].heading_path,
            place_url(base, many[0]),
            tuple(dict.fromkeys(one.quote for one in many)),
        )
        for n, many in sorted(found.items())
    )


def place_url(base: str, citation: Citation) -> str:
    """Where the page shows a quote in its section."""
    return f"{section_url(base, citation.section)}?chars={citation.char_start}-{citation.char_end}"


def section_url(base: str, section: str) -> str:
    """Where the page shows a section, page#heading.

    >>> section_url("http://127.0.0.1:8000", "data/leakage#when-to-split")
    'http://127.0.0.1:8000/#/read/data%2Fleakage/when-to-split'
    """
    return f"{base}/#/read/" + "/".join(urllib.parse.quote(part, safe="") for part in section.split("#", 1))


def write_tail(made: Answer, base: str) -> str:
    """What stands below an answer: a note where it is not a whole one, and links to what it rests on or to what is near."""
    parts = [PARTIAL] if made.status == "partial" else []
    sources = [f"- [{one.n}] {link(one.title, one.url)}" for one in cited_sections(made, base)]
    near = [f"- {link(section, section_url(base, section))}" for section in made.suggestions]
    if sources:
        parts.append(f"{HEADING}\n\n" + "\n".join(sources))
    elif near:
        parts.append(f"{NEAREST}\n\n" + "\n".join(near))
    return "".join(f"\n\n{part}" for part in parts)


def link(label: str, url: str) -> str:
    """A Markdown link; what a label says is no Markdown."""
    plain = SPECIAL.sub(r"\\\1", label)
    return f"[{plain}]({url})"


def read_tail(text: str) -> tuple[str, tuple[str, ...]]:
    """An earlier answer without what `write_tail` put below it, and the headings of its first source."""
    for mark in (HEADING, NEAREST):
        body, found, tail = text.rpartition(f"\n\n{mark}\n\n")
        if found:
            first = SOURCE_LINE.search(tail)
            title = re.sub(r"\\(.)", r"\1", first[1]) if first else ""
            return body.removesuffix(f"\n\n{PARTIAL}"), tuple(title.split(BETWEEN)) if title else ()
    return text, ()


def marks_of(text: str, sources: Sequence[Cited]) -> Iterator[tuple[int, int, Cited]]:
    """Where a text cites which section: start and end of each mark."""
    known = {one.n: one for one in sources}
    for match in MARK.finditer(text):
        if int(match[1]) in known:
            yield match.start(), match.end(), known[int(match[1])]
