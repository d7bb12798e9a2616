"""What was given for a calculation, by name, against what its formula asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.parse import Unreadable, known_units, parse
from mlplaybook.server.artefacts.calculators.records import Calculator, Given, Origin, Parameter, Values
from mlplaybook.server.artefacts.calculators.show import duration, money, number, percent, size
from mlplaybook.server.artefacts.nearest import nearest
from mlplaybook.server.artefacts.quantities import UNITS, Quantity

# A longer list is counted, not repeated.
MOST_SHOWN = 12
LONGEST_SHOWN = 60


def read_inputs(calculator: Calculator, given: Mapping[str, Any]) -> tuple[Values, tuple[Given, ...]]:
    """Every input as its formula takes it, and the same as people read it; `currency` is that of the money given.

    :raises BadDocument: a name is unknown, a value cannot be used, or a required input is not there; each is named.
    """
    named = {known_name(calculator, name): raw for name, raw in given.items()}
    values: dict[str, Any] = {}
    origins: dict[str, bool] = {}
    for parameter in calculator.inputs:
        origins[parameter.name] = parameter.name in named
        raw = named.get(parameter.name, parameter.default)
        values[parameter.name] = None if raw is None else read_one(calculator, parameter, raw)
    ask_for(calculator, [p for p in calculator.inputs if p.required and values[p.name] is None])
    values["currency"] = one_currency(calculator, values)
    values = {name: value.amount if isinstance(value, Quantity) else value for name, value in values.items()}
    shown = tuple(
        describe(parameter, values[parameter.name], values["currency"], given=origins[parameter.name])
        for parameter in calculator.inputs
        if values[parameter.name] is not None
    )
    return values, shown


def known_name(calculator: Calculator, name: str) -> str:
    """The input that a name stands for; hyphens, spaces and case do not matter."""
    known = [parameter.name for parameter in calculator.inputs]
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted in known:
        return wanted
    near = nearest(wanted, known)
    offer = f"Did you mean {' or '.join(near)}? " if near else ""
    raise BadDocument(f"{calculator.id} has no input '{name}'.", f"{offer}Its inputs: {', '.join(known)}.")


def read_one(calculator: Calculator, parameter: Parameter, raw: object) -> Any:  # noqa: ANN401 (as parse)
    """One value; raises BadDocument with the input, the value, and what would be understood."""
    try:
        return parse(parameter, raw)
    except Unreadable as error:
        words = str(raw) if len(str(raw)) <= LONGEST_SHOWN else f"{str(raw)[:LONGEST_SHOWN]}..."
        hint = known_units(parameter.kind, parameter.unit)
        example = parameter.example if parameter.kind == "column" else f"{parameter.name}={parameter.example}"
        remedy = f"Write {f'{hint}, ' if hint else ''}for example {example}."
        end = "" if str(error).endswith("?") else "."
        raise BadDocument(f"{calculator.id}: {parameter.name}={words} {error}{end}", remedy) from error


def ask_for(calculator: Calculator, missing: list[Parameter]) -> None:
    """Raises BadDocument that asks for what is missing, each with its meaning and an example."""
    if missing:
        asked = "; ".join(f"{p.name} ({p.meaning}, such as {p.name}={p.example})" for p in missing)
        raise BadDocument(f"{calculator.id} needs {asked}.", f"Or see them all: mlplaybook calculate {calculator.id}")


def one_currency(calculator: Calculator, values: Mapping[str, Any]) -> str:
    """The currency of all amounts, empty when none names one; raises BadDocument when they name two."""
    found = {value.unit: name for name, value in values.items() if isinstance(value, Quantity) and value.unit}
    if len(found) > 1:
        named = " and ".join(f"{name} in {unit}" for unit, name in found.items())
        raise BadDocument(f"{calculator.id}: {named} cannot be added.", "Give every price in one currency.")
    return next(iter(found), "")


def describe(parameter: Parameter, value: Any, currency: str, *, given: bool) -> Given:  # noqa: ANN401 (as parse)
    """An input as people read it."""
    origin: Origin = "given" if given else "default"
    if parameter.kind == "column":
        return Given(parameter.name, len(value), "rows", f"{len(value):,} rows", origin)
    if parameter.kind == "money":
        text = money(value, currency) + (f" per {parameter.unit}" if parameter.unit else "")
        return Given(parameter.name, value, currency, text, origin)
    return Given(parameter.name, value, parameter.unit, words_of(parameter, value), origin)


def words_of(parameter: Parameter, value: Any) -> str:  # noqa: ANN401 (as parse)
    """The text of a value that is no money and no column."""
    if parameter.kind == "share":
        return percent(value)
    if parameter.kind == "time":
        return duration(value * UNITS[parameter.unit.lower()][1])
    if parameter.kind == "storage":
        return size(value * UNITS[parameter.unit.lower()][1])
    if parameter.kind == "numbers":
        more = f" and {len(value) - MOST_SHOWN} more" if len(value) > MOST_SHOWN else ""
        return ", ".join(number(one) for one in value[:MOST_SHOWN]) + more
    if parameter.kind == "groups":
        return ", ".join(f"{name} {k:,} of {n:,}" for name, (k, n) in value.items())
    if parameter.kind in {"count", "number"}:
        return f"{number(value)} {parameter.unit}".strip()
    return str(value)


def need(calculator_id: str, why: str, **values: Any) -> None:  # noqa: ANN401 (as parse)
    """Raises BadDocument naming what a chosen way of calculating still needs.

    >>> need("mde", "for a mean", sd=None, users=100)
    Traceback (most recent call last):
    mlplaybook.ingest.errors.BadDocument: mde needs sd for a mean. See the inputs: mlplaybook calculate mde
    """
    missing = [name for name, value in values.items() if value is None]
    if missing:
        remedy = f"See the inputs: mlplaybook calculate {calculator_id}"
        raise BadDocument(f"{calculator_id} needs {' and '.join(missing)} {why}.", remedy)


def refuse(calculator_id: str, cause: str, remedy: str) -> BadDocument:
    """The error for values that are readable each, and cannot be used together."""
    return BadDocument(f"{calculator_id}: {cause}.", remedy)
