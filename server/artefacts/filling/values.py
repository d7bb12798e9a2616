"""Typed values out of words: what a field of each type takes, and why other words are not of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlplaybook.server.artefacts.quantities import (
    QUANTITY,
    Quantity,
    convert,
    create_quantity,
    find_quantities,
    parse_quantity,
)
from mlplaybook.server.artefacts.records import Field

MONTHS: Mapping[str, int] = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}  # fmt: skip
NUMBER_WORDS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "half": 0}  # fmt: skip
ISO = re.compile(r"\b(20\d\d)[-/](\d\d)[-/](\d\d)\b")
NUMERIC = re.compile(r"\b(\d{1,2})([./])(\d{1,2})\2(20\d\d)\b")
DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]+(?:of\s+)?([A-Za-z]{3,9})\.?,?[\s/-]+(20\d\d)\b")
MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(20\d\d)\b")
CLOCK = re.compile(r"^\d{1,3}:\d\d:\d\d$")
# Words of a duration's unit to the sign it is written with.
SIGNS: Mapping[str, str] = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
DAYS: Mapping[str, float] = {
    **dict.fromkeys(("wk", "week", "weeks"), 7), **dict.fromkeys(("mo", "month", "months"), 30),
    **dict.fromkeys(("y", "yr", "year", "years"), 365),
}  # fmt: skip
YES = {"true", "yes", "y", "on", "enabled", "active", "required", "1"}
NO = {"false", "no", "n", "off", "disabled", "never", "none", "0"}
NOTHING = re.compile(
    r"^\W*(?:tb[dca]|t\.b\.d\.?|n/?a|none|unknown|not known\b.*|not decided\b.*|open|todo|xx+|\?+|-+|_+|…|\.\.\.|null|nil|later"
    r"|above|below|see (?:above|below)|as above|same|idem"
    r"|ask me later|to be (?:decided|defined|done)\b.*|tbd\b.*)?\W*(?:\([^)]*\)\W*)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value of the field's type, or what was wrong with the words."""

    value: Any = None
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether there is a value."""
        return not self.problem


def says_nothing(words: str) -> bool:
    """Whether words stand where an answer should be, without being one: "tbd", "n/a", "?", an empty box.

    >>> says_nothing("TBD with Ann"), says_nothing("_____ (Noor to decide)"), says_nothing("none missing")
    (True, True, False)
    """
    return bool(NOTHING.match(words.strip()))


def parse_value(wanted: Field, given: Any) -> Parsed:  # noqa: ANN401 (YAML holds anything)
    """What a person or a file gave for a field, as the field's type.

    >>> field = Field("canary", "percentage", True, "", "", 5, 5, "", unit="%")
    >>> parse_value(field, "10 %").value, parse_value(field, "a few").problem
    (10, "'a few' is no percentage in %")
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return Parsed(problem="nothing was given")
    if wanted.type == "list":
        return parse_list(wanted, given)
    if wanted.type == "mapping":
        return Parsed(dict(given)) if isinstance(given, Mapping) else Parsed(problem=f"{given!r} is no mapping")
    if isinstance(given, list | tuple | Mapping):
        return Parsed(problem=f"{given!r} is no {wanted.type}")
    parsed = parse_scalar(wanted, given)
    return check_range(wanted, parsed) if parsed.good else parsed


def parse_scalar(wanted: Field, given: Any) -> Parsed:  # noqa: ANN401
    """One value of a scalar type."""
    words = str(given).strip()
    if wanted.type in {"number", "integer", "percentage", "money"}:
        number = given if isinstance(given, int | float) and not isinstance(given, bool) else read_number(wanted, words)
        if number is None or not math.isfinite(number) or (wanted.type == "integer" and number != int(number)):
            return Parsed(problem=f"{given!r} is no {wanted.type}" + (f" in {wanted.unit}" if wanted.unit else ""))
        return Parsed(tidy(number))
    if wanted.type == "boolean":
        if isinstance(given, bool):
            return Parsed(given)
        known = words.lower() in YES or (None if words.lower() not in NO else False)
        return Parsed(known) if known is not None else Parsed(problem=f"{given!r} is neither yes nor no")
    if wanted.type == "date":
        found = read_date(words)
        return Parsed(found) if found else Parsed(problem=f"{given!r} is no date; write YYYY-MM-DD")
    if wanted.type == "duration":
        found = read_duration(words)
        return Parsed(found) if found else Parsed(problem=f"{given!r} is no duration; write for example 90 s or 30 d")
    if wanted.type == "enum":
        return parse_enum(wanted, given)
    return Parsed(given if isinstance(given, int | float) and not isinstance(given, bool) else words)


def parse_enum(wanted: Field, given: Any) -> Parsed:  # noqa: ANN401
    """One of the allowed values, whatever its case and its signs."""
    options = {plain(str(option)): option for option in wanted.allowed}
    found = options.get(plain(str(given)))
    if found is None and isinstance(given, bool):
        found = options.get("off" if given is False else "on")
    if found is None:
        return Parsed(problem=f"{given!r} is none of {', '.join(str(option) for option in wanted.allowed)}")
    return Parsed(found)


def parse_list(wanted: Field, given: Any) -> Parsed:  # noqa: ANN401
    """A list of the field's member type; words are cut at semicolons, lines, or commas."""
    if isinstance(given, Mapping):
        return Parsed(problem=f"{given!r} is no list")
    entries = list(given) if isinstance(given, list | tuple) else split_list(str(given))
    if not wanted.items or wanted.items == "mapping":
        return Parsed(entries)
    member = Field(wanted.name, wanted.items, True, "", "", None, None, "", unit=wanted.unit, allowed=wanted.allowed)
    parsed = [
        parse_scalar(member, entry) if not isinstance(entry, Mapping) else Parsed(problem=f"{entry!r}")
        for entry in entries
    ]
    wrong = next((p.problem for p in parsed if not p.good), "")
    return Parsed(problem=wrong) if wrong else Parsed([p.value for p in parsed])


def split_list(words: str) -> list[str]:
    """The entries of an enumeration.

    >>> split_list("recall, at most -2 points; latency"), split_list("a, b and c")
    (['recall, at most -2 points', 'latency'], ['a', 'b', 'c'])
    """
    for cut in (r"\s*\n\s*(?:[-*•]\s+)?", r"\s*;\s*", r"\s*,\s*(?:and\s+)?|\s+and\s+"):
        entries = [entry.strip(" .") for entry in re.split(cut, words.strip()) if entry.strip(" .")]
        if len(entries) > 1:
            return entries
    return [words.strip()]


def check_range(wanted: Field, parsed: Parsed) -> Parsed:
    """The value unless it lies outside the field's range."""
    if isinstance(parsed.value, int | float) and not isinstance(parsed.value, bool):
        if wanted.minimum is not None and parsed.value < wanted.minimum:
            return Parsed(problem=f"{parsed.value} is below {wanted.minimum:g}")
        if wanted.maximum is not None and parsed.value > wanted.maximum:
            return Parsed(problem=f"{parsed.value} is above {wanted.maximum:g}")
    return parsed


def read_number(wanted: Field, words: str) -> float | None:
    """The one number that words are, or hold, in the field's unit; None where they hold none or several.

    >>> read_number(Field("x.timeout_ms", "integer", True, "", "", 1, 1, "", unit="ms"), "two seconds")
    2000.0
    """
    text = with_digits(words)
    if re.fullmatch(r"[-+]?\d+(?:\.\d+)?[eE][-+]?\d+", text):
        return float(text)
    whole = parse_quantity(text)
    found = (whole,) if whole else find_quantities(text)
    if len(found) != 1 and not (found and wanted.type == "money"):
        found = tuple(q for q in found if fits(wanted, q) and q.dimension) or found
    if len(found) != 1:
        return None
    return in_unit(wanted, found[0])


def with_digits(words: str) -> str:
    """Small numbers written as words turned into digits."""
    return re.sub(
        r"\b("
        + "|".join(w for w in NUMBER_WORDS if w not in {"a", "an", "half"})
        + r")\b|\ban?\b(?=\s+(?:second|minute|hour|day|week|month|year)\b)",
        lambda m: str(NUMBER_WORDS[m[0].lower()]),
        words.strip(),
        flags=re.IGNORECASE,
    )


def fits(wanted: Field, quantity: Quantity) -> bool:
    """Whether a quantity measures what the field measures."""
    return in_unit(wanted, quantity) is not None


def in_unit(wanted: Field, quantity: Quantity) -> float | None:
    """The amount in the field's unit; None when it measures something else."""
    if wanted.type == "percentage":
        if quantity.dimension == "share":
            return convert(quantity, "%")
        return quantity.amount if not quantity.dimension else None
    if wanted.type == "money":
        return quantity.amount if quantity.dimension in {"money", ""} else None
    unit = wanted.unit.split(" ")[0].lower()
    if unit == "percentage":
        return quantity.amount if quantity.dimension in {"", "share"} else None
    if not quantity.dimension:
        return quantity.amount
    if unit in {"months", "days", "weeks", "hours"} or unit in SIGNS or unit in {"mb", "gb", "kb", "%", "ratio"}:
        return convert(quantity, {"months": "month", "weeks": "week", "hours": "h"}.get(unit, unit))
    return quantity.amount if quantity.dimension == "share" and not unit else None


def tidy(number: float) -> float | int:
    """A whole number as an integer; rounding errors of a conversion are taken away."""
    rounded = round(number, 10)
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def read_date(words: str) -> str:
    """The one date in words as YYYY-MM-DD; "" where there is none, or where day and month could be either.

    >>> read_date("live since 14 October 2026"), read_date("30/10/2026"), read_date("03/04/2026")
    ('2026-10-14', '2026-10-30', '')
    """
    if match := ISO.search(words):
        return valid(int(match[1]), int(match[2]), int(match[3]))
    if match := NUMERIC.search(words):
        first, second = int(match[1]), int(match[3])
        if match[2] == "/" and first <= 12 and second <= 12 and first != second:
            return ""
        day, month = (second, first) if second > 12 else (first, second)
        return valid(int(match[4]), month, day)
    if match := DAY_FIRST.search(words):
        return valid(int(match[3]), MONTHS.get(match[2][:3].lower(), 0), int(match[1]))
    if match := MONTH_FIRST.search(words):
        return valid(int(match[3]), MONTHS.get(match[1][:3].lower(), 0), int(match[2]))
    return ""


def valid(year: int, month: int, day: int) -> str:
    """The date in ISO form, "" when there is no such day."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def read_duration(words: str) -> str:
    """The one duration in words, as "90 s", "41 min", "30 d"; hh:mm:ss stays as it is.

    >>> read_duration("took 41 minutes"), read_duration("two weeks"), read_duration("00:14:20")
    ('41 min', '14 d', '00:14:20')
    """
    text = with_digits(words)
    if CLOCK.match(text):
        return text
    found = [create_quantity(match) for match in QUANTITY.finditer(text)]
    times = [quantity for quantity in found if quantity.dimension == "time"]
    if len(times) != 1:
        return ""
    amount, unit = times[0].amount, times[0].unit
    if unit in DAYS:
        amount, unit = amount * DAYS[unit], "d"
    return f"{tidy(amount)} {SIGNS.get(unit, unit)}"


def plain(words: str) -> str:
    """Letters and digits in lower case."""
    return re.sub(r"[^a-z0-9]+", "", words.lower())
