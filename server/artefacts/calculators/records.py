"""What a calculator asks for and what it gives back; `dataclasses.asdict` of a Calculation is its JSON record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "count", "number", "share", "money", "time", "storage", "choice", "numbers", "column", "groups", "text"
]  # fmt: skip
Origin = Literal["given", "default"]
Cell = str | float | None
# Parsed inputs by name: defaults are in it, what is optional and not given is None; `currency` is that of the money.
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a calculator.

    A number without a unit is taken to be in `unit`, which for money is what the price is for (`hour`, `query`).
    `minimum` and `maximum` may be reached, `above` and `below` may not. Without a default and not `required`, it may be
    left out; `example` is a value as a person writes it.
    """

    name: str
    kind: Kind
    meaning: str
    example: str
    unit: str = ""
    required: bool = False
    default: Any = None
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An input as it was understood; of a column `value` is the number of its rows."""

    name: str
    value: Any
    unit: str
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and unit; `text` is how people read it."""

    name: str
    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of what was added up, as people read them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Points of a picture; with `low` and `high` each is an interval around its y."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as data: `limits` are labelled lines across it, `marks` labelled points (x, y)."""

    kind: Literal["bars", "lines", "intervals"]
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    limits: tuple[tuple[float, str], ...] = ()
    marks: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """What a formula made of its inputs; `verdict` is one word for programs where the playbook has a threshold.

    `unused` names the inputs that this way of calculating does not look at; their defaults are not shown.
    `formula` is the one that was used, where the calculator has several.
    """

    result: Figure
    steps: tuple[str, ...]
    meaning: str = ""
    verdict: str = ""
    more: tuple[Figure, ...] = ()
    assumptions: tuple[str, ...] = ()
    table: Table | None = None
    chart: Chart | None = None
    unused: frozenset[str] = frozenset()
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """A finished calculation; `section` is the page#heading that formula, limits and meaning are from."""

    calculator: str
    title: str
    formula: str
    inputs: tuple[Given, ...]
    steps: tuple[str, ...]
    result: Figure
    more: tuple[Figure, ...]
    verdict: str
    meaning: str
    section: str
    assumptions: tuple[str, ...]
    table: Table | None = None
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Calculator:
    """One formula; `column` is the input that a CSV column fills, `reference` the one that a second file's column fills."""

    id: str
    title: str
    formula: str
    section: str
    inputs: tuple[Parameter, ...]
    run: Callable[[Values], Worked]
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    column: str = ""
    reference: str = ""
