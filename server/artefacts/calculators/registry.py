"""Every calculator by name, and the one call that console, REST and MCP make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.artefacts.calculators import (
    ab,
    availability,
    costs,
    hours,
    impact,
    intervals,
    ks,
    memory,
    psi,
    training,
)
from mlplaybook.server.artefacts.calculators.inputs import read_inputs
from mlplaybook.server.artefacts.calculators.records import Calculation, Calculator, Parameter
from mlplaybook.server.artefacts.nearest import nearest

CALCULATORS: tuple[Calculator, ...] = (
    psi.CALCULATOR, ks.CALCULATOR, ab.SIZE, ab.POWER, ab.MDE, intervals.CALCULATOR, impact.CALCULATOR,
    memory.KV_CACHE, training.MEMORY, hours.GPU_HOURS, hours.GPU_COST, costs.PREDICTION, costs.QUERY, costs.BREAK_EVEN,
    memory.EMBEDDINGS, availability.CALCULATOR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """A calculator without its code, as programs list it."""

    id: str
    title: str
    formula: str
    section: str
    inputs: tuple[Parameter, ...]
    examples: tuple[str, ...]
    aliases: tuple[str, ...]


def descriptions() -> tuple[Description, ...]:
    """Every calculator with its inputs, in the order of the list."""
    return tuple(describe(calculator) for calculator in CALCULATORS)


def describe(calculator: Calculator) -> Description:
    """What a person or a program must know to call it."""
    c = calculator
    return Description(c.id, c.title, c.formula, c.section, c.inputs, c.examples, c.aliases)


def find_calculator(name: str) -> Calculator:
    """A calculator by id or alias; raises BadName offering the nearest.

    >>> find_calculator("Sample size").id
    'ab-sample-size'
    """
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    known = {alias: c for c in CALCULATORS for alias in (c.id, *c.aliases)}
    if wanted in known:
        return known[wanted]
    near = nearest(wanted, tuple(known))
    offers = " or ".join(dict.fromkeys(known[alias].id for alias in near))
    offer = f"Did you mean {offers}? All" if near else "All"
    raise BadName(f"There is no calculator '{name}'.", f"{offer}: {', '.join(c.id for c in CALCULATORS)}.")


def calculate(name: str, given: Mapping[str, Any]) -> Calculation:
    """One calculation; values are texts with units (`80GB`, `5%`), numbers, or lists for columns.

    :raises BadName: there is no such calculator.
    :raises BadDocument: an input is unknown, missing or cannot be used.
    :raises BadSetting: the formula needs a package of the extra `[calculate]`.
    """
    calculator = find_calculator(name)
    values, inputs = read_inputs(calculator, given)
    worked = calculator.run(values)
    inputs = tuple(entry for entry in inputs if entry.origin == "given" or entry.name not in worked.unused)
    return Calculation(
        calculator.id, calculator.title, worked.formula or calculator.formula, inputs, worked.steps, worked.result, worked.more,
        worked.verdict, worked.meaning, calculator.section, worked.assumptions, worked.table, worked.chart,
    )  # fmt: skip
