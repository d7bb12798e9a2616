"""Numbers as people read them, the same in every calculator."""

from __future__ import annotations

import re
from math import floor, log10

from mlplaybook.server.artefacts.calculators.records import Figure

# Below it four significant digits hide in zeros.
SMALLEST = 1e-4
LARGEST = 1e15
SIZES = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
HOUR, DAY = 3600.0, 86400.0


def number(value: float) -> str:
    """Four significant digits; whole numbers and thousands in full.

    >>> number(0.13537), number(154302), number(4129.38), number(0.000012), number(-2.5), number(999.9999999999999)
    ('0.1354', '154,302', '4,129', '1.2e-5', '-2.5', '1,000')
    """
    value = float(f"{value:.12g}")
    if value == round(value) and abs(value) < LARGEST:
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < LARGEST else scientific(value)
    return f"{value:.4g}" if abs(value) >= SMALLEST else scientific(value)


def scientific(value: float) -> str:
    """Three significant digits and the power of ten.

    >>> scientific(5.88e21), scientific(1.3e-61)
    ('5.88e21', '1.3e-61')
    """
    return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{value:.3g}")


def scaled(value: float) -> str:
    """A large count in words, as model sizes are given.

    >>> scaled(7e9), scaled(8.03e9), scaled(40150000), scaled(12)
    ('7 billion', '8.03 billion', '40.15 million', '12')
    """
    for factor, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= factor:
            return f"{number(value / factor)} {word}"
    return number(value)


def digits(value: float) -> str:
    """Four significant digits without a power of ten, whatever zeros it takes.

    >>> digits(0.0000066667), digits(0.1999991), digits(0)
    ('0.000006667', '0.2', '0')
    """
    places = 3 - floor(log10(abs(value))) if value else 0
    return f"{value:.{min(max(places, 0), 15)}f}".rstrip("0").rstrip(".") if places > 0 else f"{value:,.0f}"


def percent(share: float) -> str:
    """A share in per cent: two decimals, and more where it is near 0 or 100.

    >>> percent(0.042), percent(0.288029), percent(0.99995), percent(1.0), percent(1e-7)
    ('4.2%', '28.8%', '99.995%', '100%', '0.00001%')
    """
    value = 100 * share
    if abs(value) < 1:
        return f"{digits(value)}%"
    near = 100 - abs(value)
    places = 2 if not 0 < near < 1 else min(max(3 - floor(log10(near)), 2), 12)
    return f"{value:,.{places}f}".rstrip("0").rstrip(".") + "%"


def points(share: float) -> str:
    """A difference of two shares in percentage points.

    >>> points(0.002), points(-0.05)
    ('0.2 points', '-5 points')
    """
    return percent(share).removesuffix("%") + " points"


def money(amount: float, currency: str) -> str:
    """An amount with its currency; cents from 1 up, four significant digits below.

    >>> money(12387.5, "USD"), money(0.0000066667, "EUR"), money(7, "")
    ('12,387.50 USD', '0.000006667 EUR', '7.00')
    """
    text = f"{amount:,.2f}" if abs(amount) >= 1 or amount == 0 else digits(amount)
    return f"{text} {currency}".strip()


def size(amount: float) -> str:
    """Bytes by thousands (1 GB is 1,000,000,000 bytes).

    >>> size(131072), size(25_165_824_000), size(12)
    ('131 kB', '25.2 GB', '12 bytes')
    """
    for factor, unit in SIZES:
        if abs(amount) >= factor:
            scaled = amount / factor
            return f"{scaled:,.{0 if scaled >= 100 else 1 if scaled >= 10 else 2}f} {unit}"
    return f"{amount:,.0f} bytes"


def duration(seconds: float) -> str:
    """A time in the unit that reads best.

    >>> duration(2592), duration(1857600), duration(0.25), duration(18000)
    ('43.2 min', '21.5 days', '250 ms', '5 h')
    """
    for factor, unit in ((2 * DAY, "days"), (HOUR, "h"), (60.0, "min"), (1.0, "s")):
        if abs(seconds) >= factor:
            return f"{number(round(seconds / (DAY if unit == 'days' else factor), 2))} {unit}"
    return f"{number(seconds * 1000)} ms"


def amount_of(name: str, amount: float, currency: str) -> Figure:
    """A figure of money."""
    return Figure(name, amount, currency, money(amount, currency))


def share_of(name: str, share: float) -> Figure:
    """A figure that is a share."""
    return Figure(name, share, "ratio", percent(share))


def count_of(name: str, count: float, unit: str) -> Figure:
    """A figure that counts something."""
    return Figure(name, count, unit, f"{number(count)} {unit}".strip())


def bytes_of(name: str, amount: float) -> Figure:
    """A figure of storage."""
    return Figure(name, amount, "bytes", size(amount))


def time_of(name: str, seconds: float) -> Figure:
    """A figure of time."""
    return Figure(name, seconds, "s", duration(seconds))
