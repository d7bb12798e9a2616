"""Values that only hold a field open: marks, empty words, and the template's own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlplaybook.server.artefacts.checking.typed import Trouble
from mlplaybook.server.artefacts.records import Field

# Marks that nobody writes into a finished text; words in capitals, since "todo" is a word of other texts.
MARK = re.compile(
    r"\b(?:TBD|TBC|TBA|TODO|FIXME|XXX+|LOREM IPSUM|CHANGEME|CHANGE_ME)\b|(?<![\w$])XX(?!\w)|(?<!\w)X{1,2} ?%|\?{3,}"
    r"|\b[Ll]orem ipsum\b|^(?:to be (?:decided|determined|defined|confirmed|filled|added|written)|fill (?:me )?in)\b"
)
WHOLE = re.compile(
    r"^(?:<[^<>]{2,60}>|\{\{.*\}\}|\[(?:your|insert|name|add|enter|fill)\b[^\]]*\]|\.{3,}|…|\?+|_+|-{2,}|"
    r"x+|tb[dca]|todo)$",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"^(?:n/?a\.?|not applicable|none|unknown|nil|null|-|–|—|same|see above|ditto|various|"
    r"misc(?:ellaneous)?|yes|no)\.?$",
    re.IGNORECASE,
)
PATTERN = re.compile(r"YYYY-MM-DD|\bNNN\b|\bYYYYMMDD\b")
# An example of fewer words is a name, a path or a number that other projects share.
EXAMPLE_WORDS = 5
# A bad example of fewer words can be right in another document.
WORDS_ENOUGH = 3
SHORT = 50


def find_marks(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """Marks of what is still to be written, and words that say nothing."""
    if same(value, field.good):
        return
    remedy = f"Answer: {field.question}"
    for text in texts(value):
        found = WHOLE.match(text) or MARK.search(text) or PATTERN.search(text)
        if found:
            # Within a longer text it may be an honest open point.
            severity = "error" if len(text) <= SHORT or found[0] == text else "warning"
            yield severity, f"'{found[0][:60]}' only keeps the place of a value", remedy
            return
    if isinstance(value, str) and field.type == "text" and EMPTY.match(value.strip()) and not allows(field, value):
        severity = "error" if same(value, field.bad) else "warning"
        reason = f" ({field.why_bad.rstrip('.')})" if severity == "error" and field.why_bad else ""
        yield severity, f"'{value.strip()}' says neither what nor why{reason}", f"Write the reason with it. {remedy}"


def allows(field: Field, value: str) -> bool:
    """Whether a bare word is an answer here: it is the default, the good example or one of those asked for."""
    return any(same(value, known) for known in (field.default, field.good, *field.allowed))


def find_copies(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """The template's own bad example, or its good one unchanged."""
    if isinstance(value, str) and EMPTY.match(value.strip()):
        return
    if same(value, field.bad) and not same(value, field.default):
        yield from bad_copy(value, field)
    elif (
        same(value, field.good)
        and not same(value, field.default)
        and not field.allowed
        and longest(value) >= EXAMPLE_WORDS
    ):
        yield "warning", "it is the template's own example, unchanged", f"Write your own. {field.question}"


def bad_copy(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A bad example as the template has it: wrong if it is a sentence, worth a look if it is a number or a word."""
    why = f": {field.why_bad}" if field.why_bad else "."
    if isinstance(value, bool) or field.type == "enum":
        return
    if field.type in {"number", "integer", "percentage", "money", "duration", "date"}:
        yield "note", f"the template shows this very value as a bad one{why}", f"Check it. {field.question}"
    elif sum(len(text.split()) for text in texts(value)) >= WORDS_ENOUGH:
        yield "error", f"it is the template's example of a bad answer{why}", f"Answer: {field.question}"
    elif value not in ({}, []):
        yield "warning", f"the template shows it as a bad answer{why}", f"Answer: {field.question}"


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Every text within a value."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def same(value: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two values are alike but for capitals and spaces."""
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(same(a, b) for a, b in zip(value, other, strict=True))
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, str) or isinstance(other, str):
        return isinstance(other, str | int | float) and squeezed(value) == squeezed(other)
    return bool(value == other) and other is not None


def squeezed(value: Any) -> str:  # noqa: ANN401
    """A scalar as one line of small letters."""
    return " ".join(str(value).lower().split())


def longest(value: Any) -> int:  # noqa: ANN401
    """Words of the longest text within a value."""
    return max((len(text.split()) for text in texts(value)), default=0)
