"""Dates, periods and durations as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
# Day may be left out: then a period begins on the first and ends on the last of the month.
DATE = re.compile(
    rf"(?<![\w-])(?:(?P<iso>\d{{4}}-\d{{2}}(?:-\d{{2}})?)(?![\w-])"
    rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?P<month>{MONTH})\.?(?:\s+(?P<day2>\d{{1,2}})(?:st|nd|"
    rf"rd|th)?,?)?\s+(?P<year>\d{{4}}))(?!\w)",
    re.IGNORECASE,
)
# A date without a year, a quarter, a half year or a delay also says by when.
POINT = re.compile(
    rf"(?<!\w)(?:\d{{4}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH}\b|{MONTH}\s+\d{{1,2}}\b|(?:by|in|"
    rf"before|until|till|end of|since|from)\s+(?:the end of\s+|end of\s+|mid-?\s?|early\s+|"
    rf"late\s+)?{MONTH}\b|{MONTH}\s+\d{{4}}|"
    r"[qh][1-4](?!\w)|\d{1,2}[./]\d{1,2}[./]\d{2,4}|(?:by|until|before|in|end of|"
    r"during)\s+(?:the end of\s+)?(?:20\d{2}|(?:this|next)\s+(?:year|quarter|month|summer|winter|spring|"
    r"autumn|fall)|(?:fy\s?\d{2,4})|christmas)|"
    r"within\s+(?:\w+\s+){0,3}(?:day|week|month|quarter|year)s?|(?:after|in|over)\s+(?:\d+|two|three|"
    r"four|six|eight|nine|twelve)\s+(?:weeks|months|quarters)|\d+\s+(?:weeks?|months?|"
    r"quarters?)\s+(?:after|from|of|post)|(?:year|quarter|month)[- ]end|"
    r"(?:first|second|third|fourth|last|[1-4](?:st|nd|rd|th)) (?:quarter|half)|end of (?:the )?(?:year|quarter|"
    r"season))",
    re.IGNORECASE,
)
TO = re.compile(r"\s*(?:to|until|till|through|–|—|-|and)\s*$", re.IGNORECASE)
DURATION = re.compile(
    r"(?P<clock>\d{1,4}:[0-5]\d(?::[0-5]\d)?)(?![\d:])"
    r"|(?P<iso>P(?=\w)(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?)(?!\w)"
    r"|(?:(?:about|around|approx\.?|~|≈|up to|at least|at most|under|over|"
    r"[<>≤≥]=?)\s*)?(?P<count>\d+(?:[.,]\d+)?)(?:\s*(?:-|–|to)\s*\d+(?:[.,]\d+)?)?\s*-?"
    r"(?P<unit>ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|"
    r"weeks?|mo|months?|y|yrs?|years?|(?:working|business|calendar)\s+days?)(?![^\W\d_])",
    re.IGNORECASE,
)
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "mo": 2592000.0, "y": 31536000.0}


def has_date(text: str) -> bool:
    """Whether a text says when: a date, a month, a quarter or a delay.

    >>> has_date("by 31 March"), has_date("within two quarters"), has_date("from 8% to 6%")
    (True, True, False)
    """
    return bool(POINT.search(text) or DATE.search(text))


def find_dates(text: str) -> Iterator[tuple[date, date, int, int]]:
    """First and last day that each written date can mean, with its place.

    >>> [(str(a), str(b)) for a, b, _, _ in find_dates("2026-02 to 3 May 2026")]
    [('2026-02-01', '2026-02-28'), ('2026-05-03', '2026-05-03')]
    """
    for match in DATE.finditer(text):
        if match["iso"]:
            parts = [int(part) for part in match["iso"].split("-")]
            year, month, day = parts[0], parts[1], parts[2] if len(parts) > 2 else 0
        else:
            year, month = int(match["year"]), MONTHS.index(match["month"][:3].lower()) + 1
            day = int(match["day"] or match["day2"] or 0)
        first, last = day_of(year, month, day or 1), day_of(year, month, day or 31)
        if first and last:
            yield first, last, match.start(), match.end()


def day_of(year: int, month: int, day: int) -> date | None:
    """A day; the last of the month for one that is too late by up to three days, None for what is no day."""
    for sooner in range(4 if day == 31 else 1):
        try:
            return date(year, month, day - sooner)
        except ValueError:
            continue
    return None


def find_periods(text: str) -> Iterator[tuple[date, date]]:
    """First and last day of each `A to B` of a text; a first date without a year takes that of the second.

    >>> [(str(a), str(b)) for a, b in find_periods("rows of 2025-01-01 to 2026-06-30, scored 2026-10-12")]
    [('2025-01-01', '2026-06-30')]
    """
    dates = list(find_dates(yearless(text)))
    spread = yearless(text)
    for (first, _, _, end), (_, last, start, _) in pairwise(dates):
        if TO.fullmatch(spread[end:start]) and first <= last:
            yield first, last


def yearless(text: str) -> str:
    """`March to May 2025` as `March 2025 to May 2025`."""
    pattern = rf"\b((?:\d{{1,2}}\s+)?{MONTH})(\s*(?:to|until|through|–|-|and)\s*(?:\d{{1,2}}\s+)?{MONTH}\s+(\d{{4}}))"
    return re.sub(pattern, r"\1 \3\2", text, flags=re.IGNORECASE)


def read_seconds(text: str) -> float | None:
    """The duration that a text begins with, in seconds; None for anything else. `m` is minutes.

    >>> read_seconds("24h"), read_seconds("00:14:20"), read_seconds("45 days, measured"), read_seconds("soon")
    (86400.0, 860.0, 3888000.0, None)
    """
    match = DURATION.match(text.strip())
    if match is None:
        return None
    if match["clock"]:
        parts = [int(part) for part in match["clock"].split(":")]
        hours, minutes, seconds = [*parts, 0] if len(parts) == 2 else parts
        return float(hours * 3600 + minutes * 60 + seconds)
    if match["iso"]:
        return 0.0
    return float(match["count"].replace(",", ".")) * SECONDS[unit_of(match["unit"])]


def unit_of(word: str) -> str:
    """The short sign of a unit of time."""
    unit = word.lower().split()[-1]
    for sign, start in (("ms", ("ms", "milli")), ("mo", ("mo",)), ("m", ("m",)), ("s", ("s",)), ("h", ("h",))):
        if unit.startswith(start):
            return sign
    return unit[0]
