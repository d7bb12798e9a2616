"""Whether a value is of its field's type, unit and range, and one of those allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from mlplaybook.server.artefacts.checking.dates import read_seconds
from mlplaybook.server.artefacts.quantities import convert, parse_quantity
from mlplaybook.server.artefacts.records import Field

# Severity, what is wrong, what to do.
Trouble = tuple[str, str, str]
# A field may be answered by "none" or "unknown" and the reason, which templates ask for; the bare word is a placeholder.
REASONED = re.compile(
    r"^(?:none|unknown|not (?:applicable|measured|known|needed|yet)|n/?a)\b\W*\s*\S{3,}", re.IGNORECASE
)
YES = frozenset({"true", "yes", "on"})
NO = frozenset({"false", "no", "off"})
NUMBERS = frozenset({"number", "integer", "percentage", "money"})
# The unit after the amount, for units that are times, shares or storage.
UNIT_WORD = re.compile(r"^(?P<unit>%|ms|s|MB|GB|days|months|ratio)\b|^%")


def read_number(value: Any, field: Field) -> float | None:  # noqa: ANN401 (a document holds anything)
    """The number of a value in the field's unit; None where it is none.

    >>> from mlplaybook.server.artefacts.library import load_template
    >>> latency = next(f for f in load_template("monitoring-config").fields if f.name == "monitoring.latency.p99_ms")
    >>> read_number("0.2 s", latency), read_number(150, latency), read_number("fast", latency)
    (200.0, 150.0, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    quantity = parse_quantity(without_unit(value.strip().rstrip("."), field))
    if quantity is None or not math.isfinite(quantity.amount):
        return None
    unit = unit_sign(field)
    if quantity.dimension == "share" and not unit:
        return convert(quantity, "ratio")
    if not unit or not quantity.dimension or quantity.dimension == "money":
        return quantity.amount
    return convert(quantity, unit)


def without_unit(text: str, field: Field) -> str:
    """A number without the words of the field's unit behind it: 268,800 instances."""
    found = re.match(r"^(\S*\d)\s+([A-Za-z][\w ,-]*)$", text)
    return found[1] if found and field.unit and set(found[2].split()) <= set(field.unit.split()) else text


def unit_sign(field: Field) -> str:
    """A field's unit as the quantities know it, "" where it is a count or a compound."""
    if field.type == "percentage" or field.unit.startswith("percentage"):
        return "%"
    found = UNIT_WORD.match(field.unit)
    return found[0] if found and found[0] == field.unit.strip() else ""


def check_type(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401 (a document holds anything)
    """What is wrong with a value that is given; nothing for one that fits."""
    if isinstance(value, str) and field.type not in {"text", "list", "mapping"} and REASONED.match(value.strip()):
        return
    yield from CHECKS[field.type](value, field)


def check_text(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A text, or a scalar that reads as one; with allowed words it begins with one of them."""
    if isinstance(value, list) and value and all(isinstance(item, str | int | float) for item in value):
        yield "warning", "a text is asked for, not a list", "Write one text; semicolons may separate its parts."
    elif isinstance(value, dict | list):
        yield "error", f"a text is asked for, not a {kind(value)}", f"Write one text: {field.question}"
    elif field.allowed and isinstance(value, str) and not mentions(value, field.allowed):
        yield (
            "note",
            f"it names none of {listed(field.allowed)}",
            f"Begin with one of {listed(field.allowed)}, then say the rest.",
        )


def mentions(value: str, allowed: tuple[Any, ...]) -> bool:
    """Whether a text has one of the allowed words, with or without what they have in brackets."""
    text = value.lower()
    words = [re.sub(r"\s*\(.*?\)", "", str(word)).lower() for word in allowed]
    return any(re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", text) for word in words)


def check_number(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A number in the field's unit, within its range."""
    number = read_number(value, field)
    unit = f" in {field.unit}" if field.unit else ""
    if number is None:
        yield "error", f"a number{unit} is asked for, not {shown(value)}", f"Write the number{unit}."
        return
    if field.type == "integer" and number != int(number):
        yield "error", f"a whole number{unit} is asked for", "Round it, or say in which unit it was counted."
    if field.minimum is not None and number < field.minimum:
        yield (
            "error",
            f"{number:g} is below the least possible {field.minimum:g}{unit}",
            "Correct the value or its unit.",
        )
    if field.maximum is not None and number > field.maximum:
        yield (
            "error",
            f"{number:g} is above the most possible {field.maximum:g}{unit}",
            "Correct the value or its unit.",
        )
    small = isinstance(field.good, int | float) and field.good < 1
    if field.type == "percentage" and 0 < number < 1 and not small and not isinstance(value, str):
        yield "warning", f"{number:g} means {number:g} per cent here", f"Write {number * 100:g} if a share was meant."


def check_date(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A day of the calendar as YYYY-MM-DD."""
    try:
        date.fromisoformat(str(value).strip())
    except ValueError:
        yield "error", f"{shown(value)} is no date", "Write the day as YYYY-MM-DD."


def check_duration(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """An amount of time with its unit."""
    if isinstance(value, bool | int | float):
        if value != 0:
            yield (
                "error",
                f"{shown(value)} has no unit of time",
                "Write the unit, for example 45 days, 24h or 00:14:20.",
            )
    elif not isinstance(value, str) or read_seconds(value) is None:
        yield (
            "error",
            f"{shown(value)} is no duration",
            "Write a number and a unit, for example 45 days, 24h or 00:14:20.",
        )


def check_enum(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """One of the allowed values as they are spelled."""
    if value in field.allowed:
        return
    text = str(value).strip()
    same = next((word for word in field.allowed if plain(str(word)) == plain(text)), None)
    begins = next(
        (word for word in field.allowed if re.match(rf"{re.escape(str(word))}(?!\w)", text, re.IGNORECASE)), None
    )
    if same is not None or begins is not None:
        word = same if same is not None else begins
        yield "warning", f"{shown(value)} is not spelled as programs expect it", f"Write {word} alone."
    else:
        yield "error", f"{shown(value)} is none of {listed(field.allowed)}", f"Choose one of {listed(field.allowed)}."


def check_boolean(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """True or false, with or without a remark behind it."""
    if not isinstance(value, bool) and first_word(value) not in YES | NO:
        yield "error", f"{shown(value)} is neither true nor false", "Write true or false."


def first_word(value: Any) -> str:  # noqa: ANN401
    """The first word of a value in lower case."""
    found = re.match(r"\s*([A-Za-z]+)", str(value))
    return found[1].lower() if found else ""


def check_list(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A list with members of one type."""
    if not isinstance(value, list):
        if isinstance(value, dict):
            yield "error", "a list is asked for, not a mapping", "Write one entry a line, each behind a hyphen."
        elif not REASONED.match(str(value)):
            yield "warning", "a list is asked for, not a single text", "Write one entry a line, each behind a hyphen."
        return
    if field.items:
        inner = Field(
            field.name, field.items, True, "", field.question, None, None, field.section, None, field.unit,
            field.allowed, field.minimum, field.maximum,
        )  # fmt: skip
        for number, item in enumerate(value, 1):
            for severity, problem, remedy in () if item is None else CHECKS[field.items](item, inner):
                # A reader understands it, a program does not.
                if field.items == "mapping" and isinstance(item, str):
                    severity = "warning"
                # A text that YAML took for a mapping ("note: more") is meant as text.
                if field.items == "text" and isinstance(item, dict) and len(item) == 1:
                    severity, remedy = "warning", "Put the entry in quotes: it has a colon."
                yield severity, f"entry {number}: {problem}", remedy


def check_mapping(value: Any, field: Field) -> Iterator[Trouble]:  # noqa: ANN401
    """A mapping of names to values."""
    if not isinstance(value, dict) and not REASONED.match(str(value)):
        severity = "warning" if isinstance(value, str) else "error"
        yield severity, f"a mapping of names to values is asked for, not {shown(value)}", "Write name: value lines."


def kind(value: Any) -> str:  # noqa: ANN401
    """What a value is, in a word."""
    names = {dict: "mapping", list: "list", bool: "truth value", int: "number", float: "number", str: "text"}
    return names.get(type(value), "value")


def shown(value: Any) -> str:  # noqa: ANN401
    """A value within a sentence."""
    text = str(value) if isinstance(value, str | int | float) else kind(value)
    return f"'{text if len(text) <= 60 else text[:59] + '…'}'" if isinstance(value, str) else text


def listed(values: tuple[Any, ...]) -> str:
    """Values in a row."""
    return ", ".join(str(value) for value in values)


def plain(text: str) -> str:
    """A name without what people spell differently."""
    return re.sub(r"[\s_-]+", "", text.lower())


CHECKS: Mapping[str, Callable[[Any, Field], Iterator[Trouble]]] = {
    "text": check_text,
    **dict.fromkeys(NUMBERS, check_number),
    "date": check_date,
    "duration": check_duration,
    "enum": check_enum,
    "boolean": check_boolean,
    "list": check_list,
    "mapping": check_mapping,
}
