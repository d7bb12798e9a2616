"""What a model writes where a citation belongs, in any of the forms seen, to section and quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlplaybook.server.llm.scan import Scanner

SECTION_KEYS = "section section_id id source source_id reference ref page document doc passage chunk number n".split()
QUOTE_KEYS = "quote cited_text excerpt text span snippet quotes".split()
MOST_REFERENCES = 20
# [1], [^1], [drift#cut-offs], 【1†source】; a Markdown link is none.
MARKER = re.compile(r"\s*(?:\[\^?([^\[\]\n]{1,200})\](?!\()|【([^【】\n]{1,200})】)")
# The form of a section's id, where it is not known which there are.
LIKE_AN_ID = re.compile(r"[\w./-]+#[\w-]+")
WRAPPED = re.compile(r"^[\s\[\]()【】`\"'“”^#]+|[\s\[\]()【】`\"'“”]+$")
HEAD = re.compile(r"\s*(\S[^:\n]{0,199}?)\s*:\s+(\S.*)", re.DOTALL)
AROUND_QUOTE = {'"': '"', "'": "'", "“": "”", "«": "»", "‘": "’"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A section and words that are said to stand in it; either may be empty where the model left it out."""

    section: str
    quote: str


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections a model was given: `numbers` as they were counted, empty where they were not."""

    numbers: Mapping[int, str]

    def find(self, name: str) -> str:
        """The section that is meant, empty where there is none: by number, by id, or by what looks like one."""
        name = WRAPPED.sub("", name.partition("†")[0])
        if name.isdecimal() and len(name) < 6:
            return self.numbers.get(int(name), "")
        folded = name.casefold()
        for section in self.numbers.values():
            if section.casefold() == folded:
                return section
        return name if not self.numbers and LIKE_AN_ID.fullmatch(name) else ""


def references_of(raw: object, sections: Sections) -> tuple[Reference, ...]:
    """The citations in whatever stands under `citations`, each once, at most 20."""
    found: dict[Reference, None] = {}
    for reference in read_any(raw, sections, 0):
        found[reference] = None
        if len(found) == MOST_REFERENCES:
            break
    return tuple(found)


def read_any(raw: object, sections: Sections, depth: int) -> Iterator[Reference]:
    """A list, an object, a number, or a string that may be a list in quotes."""
    if depth > 4:
        return
    if isinstance(raw, list):
        for one in raw:
            yield from read_any(one, sections, depth + 1)
    elif isinstance(raw, dict):
        yield from read_object(raw, sections)
    elif isinstance(raw, str) and raw.strip():
        inner = inside(raw)
        if inner is None:
            yield from read_string(raw, sections)
        else:
            yield from read_any(inner, sections, depth + 1)
    elif isinstance(raw, int) and sections.find(str(raw)):
        yield Reference(sections.find(str(raw)), "")


def inside(text: str) -> object:
    """What a string holds that is itself a list or object in JSON, and not a mark like [1] or [drift#cut-offs]."""
    text = text.strip()
    closed = Scanner().feed(text, final=True) if text[0] in "[{" and text[-1] in "]}" else []
    whole = next((one.value for one in closed if one.depth == 0), None)
    return whole if isinstance(whole, dict) or text[1:].lstrip()[:1] in {'"', "'", "{"} else None


def read_object(raw: Mapping[str, object], sections: Sections) -> Iterator[Reference]:
    """{section, quote} under any of their usual names, or {SECTION: QUOTE, ...}."""
    lower = {key.strip().lower(): value for key, value in raw.items()}
    section = next((lower[key] for key in SECTION_KEYS if isinstance(lower.get(key), str | int)), None)
    quote = next((lower[key] for key in QUOTE_KEYS if isinstance(lower.get(key), str | list)), None)
    if section is None and quote is None:
        for key, value in raw.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str):
                    yield Reference(named(key, sections), unquoted(one))
        return
    for one in quote if isinstance(quote, list) else [quote or ""]:
        if isinstance(one, str):
            yield Reference(named(str(section or ""), sections), unquoted(one))


def read_string(raw: str, sections: Sections) -> Iterator[Reference]:
    """`[1]`, `[1, 2] quote`, `drift#cut-offs`, `drift#cut-offs: quote`, or a quote alone."""
    marked, rest = leading_marks(raw, sections)
    if marked:
        yield from (Reference(section, unquoted(rest)) for section in marked)
        return
    if sections.find(raw):
        yield Reference(sections.find(raw), "")
        return
    head = HEAD.match(raw)
    section = (sections.find(head[1]) or (head[1] if LIKE_AN_ID.fullmatch(head[1]) else "")) if head else ""
    yield Reference(section, unquoted(head[2] if head and section else raw))


def leading_marks(raw: str, sections: Sections) -> tuple[list[str], str]:
    """The sections of the marks a string begins with, and what follows them."""
    marked: list[str] = []
    at = 0
    while (mark := MARKER.match(raw, at)) and (found := marked_sections(mark, sections)):
        marked += found
        at = mark.end()
    return marked, raw[at:].lstrip(" :–—-\n\t")


def marked_sections(mark: re.Match[str], sections: Sections) -> list[str]:
    """The sections a mark names, none if it names anything else."""
    names = [sections.find(name) for name in re.split(r"[,;]", mark[1] or mark[2])]
    return names if all(names) else []


def take_marks(text: str, sections: Sections) -> tuple[str, tuple[Reference, ...]]:
    """A statement without the marks in it, and what they refer to, without a quote.

    >>> take_marks("Above 0.2 raises an alert [1].", Sections({1: "drift#cut-offs"}))
    ('Above 0.2 raises an alert.', (Reference(section='drift#cut-offs', quote=''),))
    """
    found: dict[Reference, None] = {}

    def take(mark: re.Match[str]) -> str:
        named = marked_sections(mark, sections)
        found.update((Reference(section, ""), None) for section in named)
        return "" if named else mark[0]

    return MARKER.sub(take, text).strip(), tuple(found)


def named(name: str, sections: Sections) -> str:
    """The section that is meant; the name as it stands where no section is."""
    return sections.find(name) or WRAPPED.sub("", name)


def unquoted(text: str) -> str:
    """A quote without the quotation marks around it."""
    text = text.strip()
    closing = AROUND_QUOTE.get(text[:1])
    return text[1:-1].strip() if closing and len(text) > 1 and text.endswith(closing) else text
