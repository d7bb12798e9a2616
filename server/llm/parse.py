"""A model's reply to statements with citations, each as soon as it is complete, however loosely the reply keeps to its form.

The form asked for is {"statements": [{"text": ..., "citations": [{"section": ..., "quote": ...}]}]}. What is given here is
only what the model says: whether a quote stands on the page is for the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlplaybook.server.llm.cite import (
    QUOTE_KEYS,
    SECTION_KEYS,
    Reference,
    Sections,
    references_of,
    take_marks,
)
from mlplaybook.server.llm.scan import LONGEST_STRING, Closed, Scanner, mended

MOST_STATEMENTS = 200
STATEMENTS_KEYS = frozenset({"statements", "claims", "sentences", "answers"})
TEXT_KEYS = "text statement sentence claim content answer".split()
CITATIONS_KEYS = "citations citation cites references refs sources evidence support".split()
# Objects below these keys belong to a citation and are no statements.
BELOW_A_STATEMENT = frozenset({*CITATIONS_KEYS, *SECTION_KEYS, *QUOTE_KEYS})
# A statement of its own begins after a sentence's end, but never with a mark.
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?![\[【])|(?<=[\]】])\s+(?=[A-Z])|\n+")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Where an object that looks like ours begins, for a second look behind something that was no JSON.
LOOKS_LIKE_OURS = re.compile(r"[{\[]\s*(?:\{\s*)?[\"'“]?(?:statements|text)[\"'”]?\s*:")
MOST_SECOND_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model states and what it says it rests on. A citation's section or quote is empty where it gave none."""

    text: str
    citations: tuple[Reference, ...] = ()


class Parser:
    """Feed it the parts of a reply; `feed` and, at the end, `finish` return the statements that are new.

    `numbers` are the sections as the passages were counted for the model.
    """

    def __init__(self, numbers: Mapping[int, str] | None = None) -> None:
        self._sections = Sections(numbers or {})
        self._scanner = Scanner()
        self._seen: set[Claim] = set()
        self._text = ""

    def feed(self, text: str) -> list[Claim]:
        """The statements that this part completes."""
        text = mended(text)
        self._text += text[: LONGEST_STRING - len(self._text)]
        return self._new(self._scanner.feed(text))

    def finish(self) -> list[Claim]:
        """What can still be made of the reply; a statement that is cut short is dropped."""
        claims = self._new(self._scanner.feed("", final=True))
        if self._seen:
            return claims
        for start in list(LOOKS_LIKE_OURS.finditer(self._text))[:MOST_SECOND_LOOKS]:
            claims += self._new(Scanner().feed(self._text[start.start() :], final=True))
        return claims if claims or "{" in self._text else self._keep(prose(self._text, self._sections))

    def _new(self, closed: list[Closed]) -> list[Claim]:
        return self._keep(claim for one in closed for claim in claims_of(one, self._sections))

    def _keep(self, claims: Iterator[Claim]) -> list[Claim]:
        """Those that have not been given before, as long as there are not too many."""
        kept = []
        for claim in claims:
            if len(self._seen) < MOST_STATEMENTS and claim not in self._seen:
                self._seen.add(claim)
                kept.append(claim)
        return kept


def claims_of(closed: Closed, sections: Sections, depth: int = 0) -> Iterator[Claim]:
    """The statements that a closed bracket completes: its own, those that it holds as strings, or as JSON in a string."""
    keys = [key.strip().lower() for key in closed.keys]
    if any(key in BELOW_A_STATEMENT for key in keys):
        return
    if isinstance(closed.value, list):
        if keys and keys[-1] in STATEMENTS_KEYS:
            yield from (
                claim for one in closed.value if isinstance(one, str) for claim in claim_of(one, None, sections)
            )
        return
    members = {key.strip().lower(): value for key, value in closed.value.items()}
    text = next((members[key] for key in TEXT_KEYS if isinstance(members.get(key), str)), "")
    if text and not STATEMENTS_KEYS & members.keys():
        yield from claim_of(text, cited(members), sections)
        return
    for value in members.values():
        if depth < 2 and isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            for inner in Scanner().feed(value, final=True):
                yield from claims_of(inner, sections, depth + 1)


def cited(members: Mapping[str, object]) -> object:
    """What stands for the citations of a statement: a list, or section and quote beside the text."""
    for key in CITATIONS_KEYS:
        if members.get(key):
            return members[key]
    beside = {key: members[key] for key in (*SECTION_KEYS, *QUOTE_KEYS) if key in members and key != "text"}
    return next((value for value in beside.values() if holds_objects(value)), beside or None)


def holds_objects(value: object) -> bool:
    """Whether it is an object or has one in it."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def claim_of(text: str, raw: object, sections: Sections) -> Iterator[Claim]:
    """A statement of a text and its citations; the marks in the text count where there is nothing else."""
    told = references_of(raw, sections)
    stripped, marked = take_marks(CONTROL.sub("", text), sections)
    if stripped:
        yield Claim(stripped, told or marked)


def prose(text: str, sections: Sections) -> Iterator[Claim]:
    """The sentences of a reply without JSON, as far as they have marks."""
    for sentence in SENTENCE_END.split(text):
        for claim in claim_of(BULLET.sub("", sentence), None, sections):
            if claim.citations:
                yield claim
