"""The one check that every statement passes before anyone sees it, whoever wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.plain import plain
from mlplaybook.server.answers.records import Citation, Statement, quote_hash

# A number with its decimals; signs and units are left to the words.
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
TYPOGRAPHY = str.maketrans("‘’“”–—−\u00a0", "''\"\"--- ")


def verify(statements: Sequence[Statement], documents: Mapping[str, Document]) -> tuple[tuple[Statement, ...], int]:
    """Statements with only their true citations; those left without one, or with a number of their own, are removed.

    Returns (what is kept, how many were removed). `documents` are those that were retrieved: an id outside them is no source.
    """
    kept = []
    for statement in statements:
        true = tuple(citation for citation in statement.citations if is_true(citation, documents))
        if true and not invented_numbers(statement.text, true):
            kept.append(Statement(statement.text, true, statement.kind))
    return tuple(kept), len(statements) - len(kept)


def is_true(citation: Citation, documents: Mapping[str, Document]) -> bool:
    """Whether the page has exactly the quoted words at the offsets given."""
    document = documents.get(citation.document)
    if document is None or not citation.quote.strip():
        return False
    in_range = 0 <= citation.char_start < citation.char_end <= len(document.text)
    quoted = document.text[citation.char_start : citation.char_end]
    return in_range and quoted == citation.quote and quote_hash(quoted) == citation.sha256


def invented_numbers(text: str, citations: Sequence[Citation]) -> list[str]:
    """Numbers of a statement that stand in none of its quotes."""
    quoted = {number for citation in citations for number in NUMBER.findall(normalise(citation.quote))}
    return [number for number in NUMBER.findall(normalise(text)) if number not in quoted]


def normalise(text: str) -> str:
    """Words as they compare: markup, typographic variants and white space do not count."""
    folded = unicodedata.normalize("NFKC", plain(text).translate(TYPOGRAPHY))
    return " ".join(folded.split())
