"""Words that say a sentence is no fact about this project: wishes, other people's figures, open points, plans, examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.server.artefacts.filling.cues import Patterns, compile_all
from mlplaybook.server.artefacts.filling.records import Piece

DOUBTS = ("wish", "hope", "other", "open", "plan", "old", "example", "ignore")
DOUBTS_FILE = "doubts.yaml"
OPEN_HEADING = re.compile(
    r"\b(?:parked|open (?:points?|questions?|issues?)|not decided|undecided|to ?do|next time|ideas?|wish ?list|later|plans?|"
    r"roadmap|aob|actions?|action items|open|"
    r"any other business|to be clarified|backlog|future work|outlook|nice to have)\b",
    re.IGNORECASE,
)


@cache
def compiled() -> Mapping[str, Patterns]:
    """The patterns of `doubts.yaml` by kind."""
    path = resources.files("mlplaybook.server.artefacts.filling") / DOUBTS_FILE
    return {kind: compile_all(patterns) for kind, patterns in quick_yaml(path.read_text("utf-8")).items()}


def doubts_of(piece: Piece) -> frozenset[str]:
    """The kinds of doubt in a piece's words; `open` also where its heading or introduction says so.

    >>> sorted(doubts_of(Piece("n", "We hope to beat the vendor's 95%.", 0, 33, "sentence", 1)))
    ['other', 'wish']
    """
    return doubts_about(piece, piece.text)


def doubts_about(piece: Piece, words: str) -> frozenset[str]:
    """The kinds of doubt in some words of a piece, and above the piece."""
    found = {kind for kind, patterns in compiled().items() if any(p.search(words) for p in patterns)}
    above = (*piece.headings[-1:], piece.lead)
    if any(OPEN_HEADING.search(text) and len(text.split()) <= 8 for text in above if text):
        found.add("open")
    return frozenset(found)


CLAUSE = re.compile(r"(?<=[a-z)\]%`\"'])[.;]\s+|\s[\[(](?=\w)|[\])](?=\s)|\s[-–—]\s|\s\|\s?")


def clause_at(piece: Piece, start: int, end: int) -> str:
    """The clause of a piece that holds `text[start:end]`; offsets are the piece's own.

    >>> clause_at(Piece("n", "Release 2 is live. [old: 1]", 0, 27, "sentence", 1), 8, 9)
    'Release 2 is live'
    """
    cuts = [match.span() for match in CLAUSE.finditer(piece.text)]
    left = max((stop for _, stop in cuts if stop <= start), default=0)
    right = min((begin for begin, _ in cuts if begin >= end), default=len(piece.text))
    return piece.text[left:right]
