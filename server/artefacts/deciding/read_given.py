"""The inputs of a decision out of what people write: units, spellings, yes and no."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.deciding.records import Given
from mlplaybook.server.artefacts.nearest import find_name, nearest, words_of
from mlplaybook.server.artefacts.quantities import QUANTITY, UNITS, Quantity, convert, create_quantity
from mlplaybook.server.artefacts.records import Decision, Input

BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true", "on", "1"), True),
    **dict.fromkeys(("no", "n", "false", "off", "0"), False),
}
# An input that does not apply, or that nobody knows yet: every condition on it fails.
NOT_APPLICABLE = frozenset({"-", "n/a", "na", "none", "null", "unknown", "open"})
# A spelling is corrected when it is this like an option and no other option is nearly as like.
ALIKE, APART = 0.8, 0.1
BILLION = 1e9
# A bare count of parameters from here on cannot be meant in billions.
CERTAINLY_COUNTED = 1e6
# What people write for units of the tables.
UNIT_WORDS: Mapping[str, str] = {"fps": "frames", "pp": "percentage", "hz": "frames"}


def read_given(decision: Decision, given: Mapping[str, Any]) -> dict[str, Given]:
    """Each input by its full name, in the order of the table; raises BadName and BadDocument.

    Values may be texts ("80ms", "yes", "-") or typed already; None is an input that does not apply.
    """
    names = [entry.name for entry in decision.inputs]
    found: dict[str, tuple[str, Any]] = {}
    for typed, value in given.items():
        name = find_name(typed, names, f"the decision {decision.id}", "input")
        if name in found:
            raise BadDocument(f"{name} is given twice, as {found[name][0]} and as {typed}.", "Give it once.")
        found[name] = (typed, value)
    inputs = (entry for entry in decision.inputs if entry.name in found)
    return {entry.name: read_value(entry, found[entry.name][1]) for entry in inputs}


def read_value(entry: Input, raw: object) -> Given:
    """One value as the input's type wants it; raises BadDocument naming input, value and what is wanted."""
    text = raw.strip() if isinstance(raw, str) else raw
    if entry.type == "enum" and str(text) in entry.allowed:
        return Given(str(text), str(text))
    if text is None or (isinstance(text, str) and text.lower() in NOT_APPLICABLE):
        return Given(None, "does not apply")
    if entry.type == "boolean":
        return read_boolean(entry, text)
    return read_number(entry, text) if entry.type == "number" else read_option(entry, str(text))


def read_boolean(entry: Input, raw: object) -> Given:
    """Yes or no."""
    value = raw if isinstance(raw, bool) else BOOLEANS.get(str(raw).lower())
    if value is None:
        raise refused(entry, raw, "yes or no")
    return Given(value, "yes" if value else "no")


def read_option(entry: Input, text: str) -> Given:
    """An option of the list; the only one with these words, or a slip of the pen, is taken and said; others are refused."""
    wanted = words_of(text)
    same_words = [option for option in entry.allowed if words_of(option) == wanted]
    wider = [option for option in entry.allowed if wanted and set(wanted) <= set(words_of(option))]
    option = next(iter(same_words), None) or (wider[0] if len(wider) == 1 else slip(text, entry.allowed))
    if option is None:
        near = nearest(text, entry.allowed)
        hint = f"Did you mean {' or '.join(near)}?" if near else ""
        raise refused(entry, text, f"one of: {', '.join(entry.allowed)}", hint)
    same = "".join(words_of(option)) == "".join(words_of(text))
    return Given(option, option, "" if same else f"{entry.name}={text} was read as {option}")


def slip(text: str, allowed: tuple[str, ...]) -> str | None:
    """The option that a text misspells: nearly the same letters, the same digits, and nothing else as near.

    >>> slip("shedule", ("schedule", "event")), slip("2-bit", ("4-bit", "8-bit")), slip("16bit", ("8-bit", "16-bit"))
    ('schedule', None, '16-bit')
    """
    written = "".join(words_of(text))
    ranked = sorted(((likeness(written, option), option) for option in allowed), reverse=True)
    best, option = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    digits = re.findall(r"\d+", written) == re.findall(r"\d+", option)
    return option if best >= ALIKE and best - second >= APART and digits else None


def likeness(written: str, option: str) -> float:
    """Share of letters that two spellings have in common, 0 to 1."""
    return difflib.SequenceMatcher(None, written, "".join(words_of(option)), autojunk=False).ratio()


def read_number(entry: Input, raw: object) -> Given:
    """A number in the input's unit."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise refused(entry, raw, wanted_number(entry))
    if isinstance(raw, str):
        return read_amount(entry, raw)
    if not math.isfinite(raw):
        raise refused(entry, raw, wanted_number(entry))
    return shown(entry, float(raw), "")


def read_amount(entry: Input, text: str) -> Given:
    """A number as it is written, with the unit of the input or another of its kind, or without."""
    match = QUANTITY.match(text)
    if match is None:
        raise refused(entry, text, wanted_number(entry))
    quantity, rest, unit = create_quantity(match), text[match.end() :].strip(" -"), base_unit(entry.unit)
    if entry.unit.startswith("billion "):
        quantity = in_billions(quantity, match["multiple"])
    amount = amount_in(quantity, unit)
    follows = set(words_of(rest)) <= known_words(entry.unit)
    if amount is None or not math.isfinite(amount) or not follows or mistaken(match["multiple"], unit):
        raise refused(entry, text, wanted_number(entry))
    small = unit == "%" and not quantity.dimension and 0 < abs(amount) < 1
    note = f"{entry.name}={text} was read as {figure(amount)} %, not as a share of 1" if small else ""
    return shown(entry, amount, note)


def in_billions(quantity: Quantity, multiple: str | None) -> Quantity:
    """A count that a table wants in billions: 7, 7B, 7 billion and 7000000000 are the same."""
    if quantity.unit == "b":
        return Quantity(quantity.amount, "", "")
    counted = bool(multiple) or quantity.amount >= CERTAINLY_COUNTED
    return Quantity(quantity.amount / BILLION, "", "") if counted and not quantity.dimension else quantity


def base_unit(unit: str) -> str:
    """What a unit of a table measures in, as quantities know it; "" for a count.

    >>> base_unit("% of traffic"), base_unit("percentage points"), base_unit("ms"), base_unit("rows")
    ('%', '%', 'ms', '')
    """
    first = unit.split(maxsplit=1)[0].lower() if unit else ""
    if first == "percentage":
        return "%"
    return first if first in UNITS else ""


def amount_in(quantity: Quantity, unit: str) -> float | None:
    """The amount in a unit; of a count only a bare number."""
    if unit:
        return convert(quantity, unit)
    return None if quantity.dimension else quantity.amount


def mistaken(multiple: str | None, unit: str) -> bool:
    """Whether a multiple stands where a unit was meant: 5m is no 5 million milliseconds."""
    return bool(multiple) and len(str(multiple)) == 1 and bool(unit) and UNITS[unit][0] in {"time", "storage"}


def known_words(unit: str) -> set[str]:
    """Words that may follow a number of this unit, singular and plural."""
    words = set(words_of(unit))
    words |= {word.removesuffix("s") for word in words} | {f"{word}s" for word in words}
    return words | {short for short, long in UNIT_WORDS.items() if long in words}


def shown(entry: Input, amount: float, note: str) -> Given:
    """A number with the words that it is shown in."""
    return Given(amount, with_unit(figure(amount), entry), note)


def with_unit(words: str, entry: Input) -> str:
    """A figure with its unit; a ratio is a number without one."""
    return words if entry.unit == "ratio" else f"{words} {entry.unit}".strip()


def figure(amount: float) -> str:
    """A number for people.

    >>> figure(1000000.0), figure(0.25)
    ('1,000,000', '0.25')
    """
    return f"{amount:,.10g}"


def wanted_number(entry: Input) -> str:
    """What a number input takes."""
    return f"a number in {entry.unit}" if entry.unit else "a number"


def refused(entry: Input, raw: object, wanted: str, hint: str = "") -> BadDocument:
    """The error of a value that cannot be used."""
    return BadDocument(f"{entry.name}={str(raw)[:60]} cannot be used.", f"It takes {wanted}. {hint}".strip())
