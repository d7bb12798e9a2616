"""Inline markdown to the words a person reads."""

from __future__ import annotations

import re

# A key as pages write it; a character class in code, such as `[^<>]`, is none.
SOURCE_MARK = re.compile(r"\[\^[A-Za-z0-9][\w.:-]*\]")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\w*])", re.DOTALL)
CODE_SPAN = re.compile(r"(`+[^`]*`+)")
NOT_SLUG = re.compile(r"[^\w\- ]")


def without_source_marks(markdown: str) -> str:
    """The text without its `[^source]` marks, which name where a claim comes from and say nothing about the question."""
    return SOURCE_MARK.sub("", markdown)


def plain(markdown: str) -> str:
    """Links as their text, no emphasis and no source marks; code spans stay as they are written.

    >>> plain("**PSI** above 0.2 is [drift](x.md#y) in `a_b_c`.[^siddiqi-2006]")
    'PSI above 0.2 is drift in `a_b_c`.'
    """
    parts = CODE_SPAN.split(without_source_marks(markdown))
    return "".join(part if index % 2 else plain_words(part) for index, part in enumerate(parts))


def plain_words(markdown: str) -> str:
    """`plain` for text between code spans."""
    return EMPHASIS.sub(r"\2", STRONG.sub(r"\2", LINK.sub(r"\1", markdown)))


def slug(heading: str) -> str:
    """A heading's anchor by GitHub's rule: lower case, punctuation dropped, spaces to hyphens.

    >>> slug("Which cut-offs (PSI) raise an alert?")
    'which-cut-offs-psi-raise-an-alert'
    """
    return NOT_SLUG.sub("", plain(heading).replace("`", "").strip().lower()).replace(" ", "-")
