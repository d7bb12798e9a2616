"""What a document says beside a value: whether it was found, where, and what is still to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mlplaybook.server.artefacts.documents.tree import one_line, shortened
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled

# Longer quotes are cut: the whole one stands in the JSON record and in the input.
QUOTE_LENGTH = 90
SOURCES_SHOWN = 3
SURE = 0.9
STATUSES = ("filled", "assumed", "missing", "invalid")


def remark(field: Field, filled: Filled, texts: Mapping[str, str]) -> str:
    """One line about a value: status, place and words of its evidence, or the question with the page that explains it.

    `texts` are the inputs by source; without one the place is its name alone. The quote is left out where the value is
    the quote word for word.
    """
    if filled.status == "filled":
        return f"filled · {where(filled, texts)}{said(filled)}{unsure(filled)}"
    asked = f"{one_line(filled.question or field.question)} ({filled.guidance or field.section})"
    if filled.status == "assumed":
        origin = "the template's default" if filled.value == field.default else "a guess, without evidence"
        return f"assumed · {origin}; to confirm: {asked}"
    if filled.status == "invalid":
        return f"invalid: {one_line(filled.problem)} {asked}"
    optional = "" if field.required else " (optional)"
    problem = f"{one_line(filled.problem)} " if filled.problem else ""
    return f"missing{optional}: {problem}{asked}"


def where(filled: Filled, texts: Mapping[str, str]) -> str:
    """The places of the evidence: `notes.md:12, metrics.json:3`."""
    places = list(dict.fromkeys(place(evidence, texts) for evidence in filled.evidence))
    more = f" and {len(places) - SOURCES_SHOWN} more" if len(places) > SOURCES_SHOWN else ""
    return ", ".join(places[:SOURCES_SHOWN]) + more or "no source"


def place(evidence: Evidence, texts: Mapping[str, str]) -> str:
    """Source and line of a piece of evidence."""
    text = texts.get(evidence.source)
    line = "" if text is None else f":{text.count(chr(10), 0, evidence.char_start) + 1}"
    return f"{one_line(evidence.source)}{line}"


def said(filled: Filled) -> str:
    """The quoted words, where they are not the value itself."""
    value = one_line(filled.value) if isinstance(filled.value, str) else None
    quotes = [one_line(evidence.quote) for evidence in filled.evidence]
    if not quotes or quotes[0] == value or quotes[0] == str(filled.value):
        return ""
    if isinstance(filled.value, list | tuple) and [one_line(str(part)) for part in filled.value] == quotes:
        return ""
    return f' "{shortened(quotes[0], QUOTE_LENGTH)}"'


def unsure(filled: Filled) -> str:
    """The confidence, where it is not high."""
    return f" · confidence {filled.confidence:.2f}" if 0 < filled.confidence < SURE else ""


def counts(fill: Fill) -> str:
    """`7 filled, 1 assumed, 3 missing`: how many fields have which status."""
    found = Counter(filled.status for filled in fill.fields.values())
    return ", ".join(f"{found[status]} {status}" for status in STATUSES if found[status])
