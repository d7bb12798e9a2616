"""Numbers, amounts, times and dates that a model says: only what its quotes say, in the field's own unit and range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from mlplaybook.server.artefacts.filling.values import (
    MONTHS,
    Parsed,
    check_range,
    in_unit,
    read_duration,
    tidy,
    with_digits,
)
from mlplaybook.server.artefacts.quantities import UNITS, Quantity, convert, find_quantities
from mlplaybook.server.artefacts.records import Field

# What units are called in keys such as `delay_minutes`, `error_pct` and `size_mb`.
KEY_WORD = re.compile(r"[A-Za-zµ%]+")
KEY_UNITS: Mapping[str, str] = {**{unit: unit for unit in UNITS if len(unit) > 1}, "s": "s", "h": "h", "perc": "%"}
KEY = re.compile(r"([\w.%-]+)[\"']?\s*[:=|]\s*[\"']?$")
CLOCK = re.compile(r"\b\d{1,3}:\d\d:\d\d\b")
MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]+{MONTH}[ ,-]+(?P<year>\d{{4}})(?!\d)", re.IGNORECASE
    ),
    re.compile(rf"\b{MONTH}[ -]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ -]+(?P<year>\d{{4}})(?!\d)", re.IGNORECASE),
)
SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)")


class NotSaid(ValueError):
    """Why a value does not hold, in words for people."""


def read_number(field: Field, text: str, quotes: Sequence[str]) -> Any:  # noqa: ANN401 (int or float)
    """A number of any numeric type in the field's unit and range.

    :raises NotSaid: the value has no number or several, no quote has it, or it measures something else.
    """
    wanted, found = said_of(text, quotes)
    for said in found:
        if (number := in_unit(field, said)) is not None:
            break
    else:
        raise NotSaid(f"{wanted.amount:g} {found[0].unit or wanted.unit} is not in {field.unit or 'a bare number'}")
    if field.type == "integer" and number != int(number):
        raise NotSaid(f"{number:g} is no whole number")
    checked = check_range(field, Parsed(tidy(number)))
    if not checked.good:
        raise NotSaid(checked.problem)
    return checked.value


def said_of(text: str, quotes: Sequence[str]) -> tuple[Quantity, list[Quantity]]:
    """The one quantity of a value, and the quotes' quantities that it can be; raises NotSaid."""
    wanted = find_quantities(with_digits(text))
    if len(wanted) != 1:
        raise NotSaid(f"'{shortened(text)}' is {'no number' if not wanted else 'more than one number'}")
    found = [one for quote in quotes for one in quantities_in(quote) if one.amount == wanted[0].amount]
    if not found:
        raise NotSaid(f"its number {shortened(text)} stands in no quote")
    agreed = [one for one in found if agrees(one, wanted[0])]
    if not agreed:
        raise NotSaid(f"its quote gives {wanted[0].amount:g} another unit than '{shortened(text)}'")
    written = {one.unit for one in agreed if one.unit}
    if len(written) > 1 and not wanted[0].unit:
        raise NotSaid(f"its quote has {wanted[0].amount:g} with several units")
    return wanted[0], agreed


def agrees(said: Quantity, wanted: Quantity) -> bool:
    """Whether a quote's quantity has the unit of the value's, where the value has one."""
    if not wanted.unit:
        return True
    if wanted.dimension == "money" or said.dimension == "money":
        return said.unit == wanted.unit
    return bool(said.dimension) and convert(replace(wanted, amount=1.0), said.unit) == 1.0


def quantities_in(text: str) -> Iterator[Quantity]:
    """Every number of a text with its unit; a bare one also with that of the key before it, which comes first."""
    text = with_digits(text)
    for one in find_quantities(text):
        if not one.dimension:
            yield from keyed(one, text)
        yield one


def keyed(one: Quantity, text: str) -> Iterator[Quantity]:
    """A bare number with the unit in its key: `delay_minutes: 30`."""
    match = KEY.search(text[text.rfind("\n", 0, one.char_start) + 1 : one.char_start])
    words = [word.lower() for word in KEY_WORD.findall(match[1].replace("_", " "))] if match else []
    for unit in {KEY_UNITS[word] for word in words[1:] if word in KEY_UNITS}:
        yield replace(one, unit=unit, dimension=UNITS[unit][0])


def read_time(text: str, quotes: Sequence[str]) -> str:
    """A length of time such as `90 s`; raises NotSaid."""
    clock = CLOCK.search(text)
    if clock:
        if any(clock[0] in quote for quote in quotes):
            return clock[0]
        raise NotSaid(f"its time {clock[0]} stands in no quote")
    said = next((one for one in said_of(text, quotes)[1] if one.dimension == "time"), None)
    if said is None:
        raise NotSaid(f"'{shortened(text)}' is no length of time in its quote")
    return read_duration(f"{said.amount:.10g} {said.unit}")


def read_day(text: str, quotes: Sequence[str]) -> str:
    """A day in ISO form that a quote gives, however it is written there; raises NotSaid."""
    wanted = {day for days in days_in(text) for day in days}
    if not wanted:
        raise NotSaid(f"'{shortened(text)}' is no day with month and year")
    found = {day for quote in quotes for days in days_in(quote) for day in days & wanted}
    if not found:
        raise NotSaid(f"its date {shortened(text)} stands in no quote")
    if len(found) > 1:
        raise NotSaid(f"'{shortened(text)}' can be read as {' and '.join(sorted(map(str, found)))}")
    return found.pop().isoformat()


def days_in(text: str) -> Iterator[frozenset[date]]:
    """Each day of a text; `03/04/2026` may be two, of which both are given.

    >>> [sorted(map(str, days)) for days in days_in("from 3 March 2026 to 30/10/2026")]
    [['2026-03-03'], ['2026-10-30']]
    """
    for pattern in DATES:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            month = int(groups["number"]) if "number" in groups else MONTHS[groups["month"][:3].lower()]
            yield valid((int(match["year"]), month, int(match["day"])))
    for match in SLASHED.finditer(text):
        first, _, second, year = match.groups()
        yield valid((int(year), int(second), int(first)), (int(year), int(first), int(second)))


def valid(*readings: tuple[int, int, int]) -> frozenset[date]:
    """Those of the readings (year, month, day) that are in the calendar."""
    found = set()
    for year, month, day in readings:
        try:
            found.add(date(year, month, day))
        except ValueError:
            continue
    return frozenset(found)


def shortened(text: str) -> str:
    """A value as it is shown in a reason."""
    return text if len(text) <= 80 else f"{text[:77]}..."
