"""How long an answer should be: what was said in words, else what a reader takes in at a glance."""

from __future__ import annotations

import re

# About ten lines of a terminal.
WORDS = 180
LONG, SHORT = 2 * WORDS, WORDS // 3
SHORTEST, LONGEST = 20, 2_000
ASKS_FOR_MORE = re.compile(
    r"\b(?:in (?:full )?detail|in depth|detailed|thorough(?:ly)?|comprehensive(?:ly)?|exhaustive(?:ly)?|at length"
    r"|(?:everything|all (?:there is|you know)) (?:about|on)|long answer|full (?:list|checklist|answer|explanation))\b"
)
ASKS_FOR_LESS = re.compile(
    r"\b(?:briefly|in brief|short answer|tl;?dr|in (?:one|a) (?:sentence|nutshell)|in one (?:line|word)"
    r"|just the (?:number|answer))\b"
    # "In short windows" asks for nothing.
    r"|\bin short\b(?=\s*(?:[,:;.?!]|$))"
)


def wanted_words(question: str, asked: int | None = None) -> int:
    """The most words that an answer should have: as asked, else as the question says, else `WORDS`.

    >>> wanted_words("Explain PSI in detail."), wanted_words("What is PSI, in one sentence?"), wanted_words("What is PSI?", 90)
    (360, 60, 90)
    """
    if asked is not None:
        return max(SHORTEST, min(asked, LONGEST))
    said = question.casefold()
    if ASKS_FOR_LESS.search(said):
        return SHORT
    return LONG if ASKS_FOR_MORE.search(said) else WORDS
