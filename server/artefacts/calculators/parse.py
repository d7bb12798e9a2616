"""One value as a person or a program writes it, to the number, list or word that a formula takes."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.calculators.records import Cell, Kind, Parameter
from mlplaybook.server.artefacts.quantities import CURRENCIES, NUMBER, UNITS, Quantity, convert, parse_quantity

# What is written behind a count of parameters, tokens or rows; a byte is never meant there.
SCALES: Mapping[str, float] = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "tn": 1e12, "trillion": 1e12,
}  # fmt: skip
SCALED = re.compile(rf"({NUMBER})\s?([a-z]*)", re.IGNORECASE)
SHARE = re.compile(
    rf"({NUMBER})\s?(%|percent|per cent|pct|percentage points|points?|pp|ratio|share|probability)?", re.IGNORECASE
)
BARE = re.compile(NUMBER)
ALREADY_SHARES = {"", "ratio", "share", "probability"}
# A price is for something; other words for the same thing.
PER: Mapping[str, tuple[str, ...]] = {
    "hour": ("h", "hr", "hour", "gpu-hour", "gpu hour", "gpuh", "replica-hour"),
    "million tokens": ("m", "1m", "mtok", "m tokens", "1m tokens", "million", "million tokens"),
    "query": ("query", "request", "call", "answer", "prediction"),
    "month": ("month", "mo", "30 days"),
}
SAME: Mapping[str, tuple[str, ...]] = {"points": ("percentage points", "point", "pp", "%"), "TFLOPS": ("TFLOP/s",)}
SWITCH = {"true": "yes", "on": "yes", "y": "yes", "false": "no", "off": "no", "n": "no"}
# Nothing that people plan is larger, or as small as 1 / LARGEST, and products of such numbers stay finite.
LARGEST = 1e30
MISSING = {"", "na", "n/a", "nan", "null", "none"}
GROUP = re.compile(rf"(.+?)\s*[:=]\s*({NUMBER})\s*/\s*({NUMBER})")


class Unreadable(ValueError):
    """A value that is not of the kind an input takes; the message says what would be."""


def parse(parameter: Parameter, raw: object) -> Any:  # noqa: ANN401 (as many types as kinds)
    """The value in the parameter's unit; raises Unreadable saying what is wanted."""
    if raw is None or (isinstance(raw, float) and not math.isfinite(raw)):
        raise Unreadable(f"is no {parameter.kind}")
    value = READERS[parameter.kind](parameter, raw)
    for one in value if parameter.kind == "numbers" else (value,):
        if parameter.kind not in {"choice", "column", "groups", "text"}:
            amount = one.amount if isinstance(one, Quantity) else one
            check_bounds(parameter, amount)
            if abs(amount) > LARGEST or 0 < abs(amount) < 1 / LARGEST:
                raise Unreadable(
                    f"is beyond {LARGEST:g}" if abs(amount) > 1 else f"is nearer to 0 than {1 / LARGEST:g}"
                )
    return value


def check_bounds(parameter: Parameter, value: float) -> None:
    """Raises Unreadable when the value lies outside of what the formula can take."""
    percents = parameter.kind == "share"
    bounds = (
        ("below", parameter.minimum, operator.lt),
        ("above", parameter.maximum, operator.gt),
        ("not above", parameter.above, operator.le),
        ("not below", parameter.below, operator.ge),
    )
    for words, limit, broken in bounds:
        if limit is not None and broken(value, limit):
            shown = f"{limit:g} ({limit:.0%})" if percents and 0 < abs(limit) <= 1 else f"{limit:g}"
            raise Unreadable(f"is {words} {shown}")


def to_text(raw: object) -> str:
    """Words of a scalar; raises Unreadable for a list, a mapping or a switch."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise Unreadable("is no single value")
    return repr(raw) if isinstance(raw, float) else str(raw).strip()


def parse_scaled(parameter: Parameter, raw: object) -> float:
    """A number with thousands, millions or billions behind it, and with the input's own unit at most."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    text = to_text(raw)
    for unit in (parameter.unit, *SAME.get(parameter.unit, ())):
        if unit and text.lower().endswith(unit.lower()):
            text = text[: -len(unit)].strip()
    match = SCALED.fullmatch(text)
    if not match or match[2].lower() not in SCALES:
        raise Unreadable(f"is no number{f' of {parameter.unit}' if parameter.unit else ''}")
    return to_number(match[1]) * SCALES[match[2].lower()]


def parse_count(parameter: Parameter, raw: object) -> int:
    """A whole number; 7B is 7,000,000,000."""
    value = parse_scaled(parameter, raw)
    if not math.isfinite(value) or abs(value - round(value)) > 1e-9 * max(1.0, abs(value)):
        raise Unreadable("is no whole number")
    return round(value)


def parse_share(parameter: Parameter, raw: object) -> float:
    """A share: 5% and 0.05 are the same, a bare number above 1 is most likely meant in per cent and refused."""
    match = SHARE.fullmatch(to_text(raw))
    if not match:
        raise Unreadable("is no share")
    value = to_number(match[1])
    if (match[2] or "").lower() not in ALREADY_SHARES:
        return value / 100
    if abs(value) > 1:
        raise Unreadable(f"is no share between 0 and 1; did you mean {match[1]}%?")
    return value


def parse_money(parameter: Parameter, raw: object) -> Quantity:
    """An amount, with its currency where one is written; `per hour` behind it must be what the price is for."""
    text, _, per = re.sub(r"\s+per\s+", "/", to_text(raw)).partition("/")
    if per and per.strip().lower() not in PER.get(parameter.unit, ()):
        raise Unreadable(f"is not per {parameter.unit}" if parameter.unit else "is a price, not an amount")
    quantity = parse_quantity(text)
    if quantity is None or quantity.dimension not in {"", "money"}:
        raise Unreadable("is no amount of money")
    return quantity


def parse_measure(parameter: Parameter, raw: object) -> float:
    """A time or a storage size in the parameter's unit."""
    text = to_text(raw)
    quantity = parse_quantity(text)
    found = convert(quantity, parameter.unit) if quantity else None
    # '5m' reads as five million of nothing: it may be minutes, months or metres.
    if quantity is None or found is None or (not quantity.dimension and not BARE.fullmatch(text)):
        raise Unreadable(f"is no {'time' if parameter.kind == 'time' else 'storage size'}")
    return found


def parse_choice(parameter: Parameter, raw: object) -> str:
    """One of the allowed words, in any case; yes and no also as a switch."""
    text = ("yes" if raw else "no") if isinstance(raw, bool) else to_text(raw).lower().replace("_", "-")
    text = SWITCH.get(text, text) if "yes" in parameter.allowed else text
    if text in parameter.allowed:
        return text
    near = difflib.get_close_matches(text, parameter.allowed, 1, 0.5)
    offer = f"; did you mean {near[0]}?" if near else ""
    raise Unreadable(f"is none of {', '.join(parameter.allowed)}{offer}")


def parse_numbers(parameter: Parameter, raw: object) -> tuple[float, ...]:
    """A list of numbers, separated by commas, semicolons or spaces."""
    found = []
    for part in to_list(raw):
        text = to_text(part)
        if not BARE.fullmatch(text):
            raise Unreadable(f"holds '{text}', which is no number")
        found.append(to_number(text))
    if not found:
        raise Unreadable("holds no numbers")
    return tuple(found)


def parse_column(parameter: Parameter, raw: object) -> tuple[Cell, ...]:
    """Values of rows: numbers as numbers, other words as they are, None where a value is missing."""
    if not isinstance(raw, Sequence):
        raise Unreadable("is no list of values")
    cells = tuple(to_cell(part) for part in (raw.split(",") if isinstance(raw, str) else raw))
    if all(cell is None for cell in cells):
        raise Unreadable("holds no values")
    return cells


def to_cell(raw: object) -> Cell:
    """One value of a row; a number beyond LARGEST is refused, since its square is not finite."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return None
    if isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, str | int | float):
        raise Unreadable(f"holds {raw!r}, which is no value of a row")
    text = str(raw).strip()
    if text.lower() in MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        return text
    if abs(value) > LARGEST:
        raise Unreadable(f"holds '{text}', which is beyond {LARGEST:g}")
    return value


def parse_groups(parameter: Parameter, raw: object) -> dict[str, tuple[int, int]]:
    """Counts by group: `A:1460/2000,B:574/1000`, or a mapping of two numbers each."""
    if isinstance(raw, Mapping):
        parts = [
            f"{name}:{pair if isinstance(pair, str) else '/'.join(map(str, to_list(pair)))}"
            for name, pair in raw.items()
        ]
    else:
        parts = [part.strip() for part in re.split(r"[;,](?=\s*\S+?\s*[:=])", to_text(raw))]
    found: dict[str, tuple[int, int]] = {}
    for part in parts:
        match = GROUP.fullmatch(part)
        if not match or not all(to_number(text).is_integer() for text in match.groups()[1:]):
            raise Unreadable(f"holds '{part}', which is not NAME:FAVOURABLE/TOTAL")
        if match[1] in found:
            raise Unreadable(f"names the group {match[1]} twice")
        found[match[1]] = (int(to_number(match[2])), int(to_number(match[3])))
    return found


def parse_text(parameter: Parameter, raw: object) -> str:
    """Words as they are."""
    return to_text(raw)


def to_list(raw: object) -> Sequence[object]:
    """The members of a list, or the parts of a text that writes one."""
    if isinstance(raw, str):
        return [part for part in re.split(r"[\s,;]+", raw.strip().strip("[]()")) if part]
    if isinstance(raw, Sequence):
        return raw
    return [raw]


def to_number(text: str) -> float:
    """A number that NUMBER has matched, without the separators of its thousands."""
    return float(re.sub(r"[,\s]", "", text))


def known_units(kind: Kind, unit: str) -> str:
    """Which units a kind of input can be written in."""
    if kind in {"time", "storage"}:
        short = [name for name, (dimension, _) in UNITS.items() if dimension == kind and len(name) <= 3]
        return f"a {kind} with one of {', '.join(short)}; without a unit it is in {unit}"
    if kind == "money":
        return f"an amount with one of {' '.join(CURRENCIES)} or a code such as USD" + (f", per {unit}" if unit else "")
    return {
        "count": f"a whole number{f' of {unit}' if unit else ''}; k, M, B and T may follow",
        "number": f"a number{f' of {unit}' if unit else ''}",
        "share": "a share such as 0.05 or 5%",
        "numbers": "numbers separated by commas",
        "column": "a column of a CSV file, or values separated by commas",
        "groups": "NAME:FAVOURABLE/TOTAL for each group, separated by commas",
    }.get(kind, "")


READERS: Mapping[Kind, Callable[[Parameter, object], Any]] = {
    "count": parse_count,
    "number": parse_scaled,
    "share": parse_share,
    "money": parse_money,
    "time": parse_measure,
    "storage": parse_measure,
    "choice": parse_choice,
    "numbers": parse_numbers,
    "column": parse_column,
    "groups": parse_groups,
    "text": parse_text,
}
