"""Small tables for tests, and values that a table can be asked with."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mlplaybook.server.artefacts.deciding.diagram import cells_of
from mlplaybook.server.artefacts.library import load_decision, names
from mlplaybook.server.artefacts.records import Decision, Input, Row

NAMES = names("decisions")


def yes_no(name: str) -> Input:
    return Input(name, "boolean", f"Is it {name}?", "As it says.")


def number(name: str, unit: str = "") -> Input:
    return Input(name, "number", f"How much {name}?", "As measured.", unit)


def option(name: str, *allowed: str) -> Input:
    return Input(name, "enum", f"Which {name}?", "One of them.", "", allowed)


def row(result: str, **when: str) -> Row:
    return Row(when, result, "Because.", "page#heading")


def table(inputs: tuple[Input, ...], *rows: Row, hit: str = "first") -> Decision:
    return Decision("toy", "Toy", "A toy table.", "page", inputs, hit, rows)  # type: ignore[arg-type]


def assignments(decision: Decision) -> st.SearchStrategy[dict[str, Any]]:
    """A value for every input of a table: a cell, a threshold's neighbour, or None where it does not apply."""
    return st.fixed_dictionaries({e.name: st.sampled_from(cells_of(decision, e)) for e in decision.inputs})


@st.composite
def asked_tables(draw: st.DrawFn) -> tuple[Decision, dict[str, Any], set[str]]:
    """One of the playbook's tables, a value for every input, and the inputs that are told."""
    decision = load_decision(draw(st.sampled_from(NAMES)))
    whole = draw(assignments(decision))
    return decision, whole, draw(st.sets(st.sampled_from(sorted(whole))))
