"""Where on a page the words stand that a model quotes, whatever it did to white space, quotation marks and dashes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from mlplaybook.ingest.plain import SOURCE_MARK
from mlplaybook.prompts.fence import as_written
from mlplaybook.server.answers.verify import TYPOGRAPHY

# A model leaves these out or puts them in: they say how words look.
LOOKS = frozenset("*`\u00ad\u200b\u200c\u200d\u2060\ufeff")
# Begins a line and is no word of it.
LINE_SIGN = re.compile(r"^[ \t]*(?:[-+]|\d{1,3}[.)]|#{1,6}|>)[ \t]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Folded:
    """Text as it is compared, and for each of its characters the place it came from."""

    text: str
    places: tuple[int, ...]


def fold(text: str) -> Folded:
    r"""Compatibility forms, typographic variants, emphasis, source marks, list signs and runs of white space made one.

    >>> fold("“PSI”  above\n0.2").text
    '"PSI" above 0.2'
    """
    skipped = {at for mark in (*SOURCE_MARK.finditer(text), *LINE_SIGN.finditer(text)) for at in range(*mark.span())}
    characters: list[str] = []
    places: list[int] = []
    for place, original in enumerate(text):
        if place in skipped or original in LOOKS:
            continue
        for character in unicodedata.normalize("NFKC", original.translate(TYPOGRAPHY)):
            if character.isspace():
                if not characters or characters[-1] == " ":
                    continue
                character = " "
            characters.append(character)
            places.append(place)
    return Folded("".join(characters), tuple(places))


def locate(page: Folded, quote: str) -> tuple[int, int] | None:
    """The range on the page of the words quoted, or None when they do not stand there; both ends lie on a word's end.

    >>> page = fold("An index above **0.2** raises an alert.")
    >>> locate(page, "above 0.2 raises"), locate(page, "above 0.3 raises"), locate(page, "bove 0.2")
    ((9, 29), None, None)
    """
    wanted = fold(as_written(quote)).text.strip()
    start = page.text.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if not splits_word(page.text, start) and not splits_word(page.text, end):
            return page.places[start], page.places[end - 1] + 1
        start = page.text.find(wanted, start + 1)
    return None


def splits_word(text: str, at: int) -> bool:
    """Whether a place lies within a word or number."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
