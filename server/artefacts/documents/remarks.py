"""What a document says beside a value: whether it was found, where, and what is still to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mlplaybook.server.artefacts.documents.tree import fingerprint, one_line, shortened
from mlplaybook.server.artefacts.records import Field, Fill, Filled

# Longer quotes are cut: the whole one stands in the JSON record and in the input.
QUOTE_LENGTH = 90
LINES_SHOWN = 5
SURE = 0.9
STATUSES = ("filled", "assumed", "missing", "invalid")


def remark(field: Field, filled: Filled, texts: Mapping[str, str]) -> str:
    """One line about a value: status, place and words of its evidence, or the question with the page that explains it.

    `texts` are the inputs by source; without one the place is its name alone. The quote is left out where the value is
    the quote word for word.
    """
    if filled.status == "filled":
        read = " · read by a model" if filled.by == "llm" else ""
        return f"filled · {where(filled, texts)}{said(filled)}{unsure(filled)}{read}"
    asked = f"{one_line(filled.question or field.question)} ({filled.guidance or field.section})"
    if filled.status == "assumed":
        guess = "a model's guess, not in these words" if filled.by == "llm" else "a guess, without evidence"
        origin = "the template's default" if same(filled.value, field.default) else guess
        return f"assumed · {origin}; to confirm: {asked}"
    if filled.status == "invalid":
        return f"invalid: {sentence(filled.problem)} {asked}"
    optional = "" if field.required else " (optional)"
    problem = f"{sentence(filled.problem)} " if filled.problem else ""
    return f"missing{optional}: {problem}{asked}"


def sentence(words: str) -> str:
    """One line with a full stop at its end."""
    return f"{one_line(words).rstrip('.')}."


def same(value: object, default: object) -> bool:
    """Whether a value is the template's default; the members of lists count, not whether it is a list or a tuple."""
    return fingerprint(value) == fingerprint(default)


def where(filled: Filled, texts: Mapping[str, str]) -> str:
    """The places of the evidence: `notes.md:12, 14, metrics.json:3`."""
    lines: dict[str, list[str]] = {}
    for evidence in filled.evidence:
        text = texts.get(evidence.source)
        line = "" if text is None else str(text.count("\n", 0, evidence.char_start) + 1)
        known = lines.setdefault(one_line(evidence.source), [])
        if line and line not in known:
            known.append(line)
    return (
        ", ".join(f"{source}:{several(found)}" if found else source for source, found in lines.items()) or "no source"
    )


def several(lines: Sequence[str]) -> str:
    """The first few lines."""
    more = f" and {len(lines) - LINES_SHOWN} more" if len(lines) > LINES_SHOWN else ""
    return ", ".join(lines[:LINES_SHOWN]) + more


def said(filled: Filled) -> str:
    """The quoted words, where they are not the value itself."""
    value = one_line(filled.value) if isinstance(filled.value, str) else None
    quotes = [one_line(evidence.quote) for evidence in filled.evidence]
    if not quotes or value in {quotes[0], " ".join(quotes)} or quotes[0] == str(filled.value):
        return ""
    if isinstance(filled.value, list | tuple) and [one_line(str(part)) for part in filled.value] == quotes:
        return ""
    quote = shortened(quotes[0], QUOTE_LENGTH)
    return f" “{quote}”" if '"' in quote else f' "{quote}"'


def unsure(filled: Filled) -> str:
    """The confidence, where it is not high."""
    return f" · confidence {filled.confidence:.2f}" if 0 < filled.confidence < SURE else ""


def counts(fill: Fill) -> str:
    """`7 filled, 1 assumed, 3 missing`: how many fields have which status."""
    found: Counter[str] = Counter(filled.status for filled in fill.fields.values())
    return ", ".join(f"{found[status]} {status}" for status in STATUSES if found[status])
