"""Numbers with units as people write them: 80ms, 2 GB, £31,000, 1.6 million, 8.1 %."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Unit to (dimension, factor to the dimension's base unit); storage by 1,000 unless it says "i" (IEC 80000-13).
UNITS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), ("time", 1e-9)),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), ("time", 1e-6)),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), ("time", 1e-3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("time", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", 60.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("time", 3600.0)),
    **dict.fromkeys(("d", "day", "days"), ("time", 86400.0)),
    **dict.fromkeys(("wk", "week", "weeks"), ("time", 7 * 86400.0)),
    # A month of 30 days and a year of 365: for budgets, not for calendars.
    **dict.fromkeys(("mo", "month", "months"), ("time", 30 * 86400.0)),
    **dict.fromkeys(("y", "yr", "year", "years"), ("time", 365 * 86400.0)),
    **dict.fromkeys(("b", "byte", "bytes"), ("storage", 1.0)),
    **{unit: ("storage", 1000.0**power) for power, unit in enumerate(("kb", "mb", "gb", "tb", "pb"), 1)},
    **{unit: ("storage", 1024.0**power) for power, unit in enumerate(("kib", "mib", "gib", "tib", "pib"), 1)},
    **dict.fromkeys(("%", "percent", "per cent", "pct"), ("share", 0.01)),
    **dict.fromkeys(("ratio", "probability", "share", "fraction"), ("share", 1.0)),
}
MULTIPLES: Mapping[str, float] = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
    "trillion": 1e12,
}  # fmt: skip
CURRENCIES: Mapping[str, str] = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
NUMBER = r"[+-]?(?:\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
MULTIPLE = "|".join(sorted(MULTIPLES, key=len, reverse=True))
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
QUANTITY = re.compile(
    rf"(?<![\w.])(?:(?P<currency>[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR)\b)\s?)?(?P<number>{NUMBER})"
    rf"(?:\s?(?P<multiple>{MULTIPLE})(?![^\W\d_]))?"
    rf"(?:\s?-?(?P<unit>{UNIT})(?![^\W\d_]))?"
    rf"(?:\s?(?P<after>USD|EUR|GBP|CHF|JPY|INR|dollars?|euros?|pounds?|[€£])(?!\w))?",
    re.IGNORECASE,
)
WORDS: Mapping[str, str] = {"dollar": "USD", "euro": "EUR", "pound": "GBP"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in the unit it was written with, and where it stands in its text; `unit` is "" for a bare number.

    `dimension` is time, storage, share, money or "" (a count). Money has its ISO 4217 code as unit.
    """

    amount: float
    unit: str
    dimension: str
    char_start: int = 0
    char_end: int = 0


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of a text with its unit, in order.

    >>> [(q.amount, q.unit, q.dimension) for q in find_quantities("p99 of 80ms for £31,000, 1.6 million rows, 8.1 %")]
    [(80.0, 'ms', 'time'), (31000.0, 'GBP', 'money'), (1600000.0, '', ''), (8.1, '%', 'share')]
    """
    return tuple(create_quantity(match) for match in QUANTITY.finditer(text))


def parse_quantity(text: str) -> Quantity | None:
    """The quantity that a text is as a whole, None when it is anything else.

    >>> parse_quantity("2GB").amount, parse_quantity("about 2 GB")
    (2.0, None)
    """
    match = QUANTITY.fullmatch(text.strip())
    return create_quantity(match) if match else None


def create_quantity(match: re.Match[str]) -> Quantity:
    """A match of QUANTITY as a record."""
    digits = re.sub(r"[,  ](?=\d{3})", "", match["number"])
    amount = float(digits) * MULTIPLES.get((match["multiple"] or "").lower(), 1.0)
    money = match["currency"] or match["after"] or ""
    if money:
        code = CURRENCIES.get(money) or WORDS.get(money.lower().removesuffix("s")) or money.upper()
        return Quantity(amount, code, "money", match.start(), match.end())
    unit = (match["unit"] or "").lower()
    return Quantity(amount, unit, UNITS[unit][0] if unit else "", match.start(), match.end())


def convert(quantity: Quantity, unit: str) -> float | None:
    """The amount in another unit; None when the two measure different things. A bare number is taken to be in that unit.

    >>> convert(parse_quantity("2 min"), "s"), convert(parse_quantity("80"), "ms"), convert(parse_quantity("2 GB"), "s")
    (120.0, 80.0, None)
    """
    if not quantity.dimension:
        return quantity.amount
    wanted = UNITS.get(unit.lower())
    if wanted is None or quantity.dimension != wanted[0]:
        return None
    return round(quantity.amount * UNITS[quantity.unit][1] / wanted[1], 12)
