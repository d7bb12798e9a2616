"""Which rows can still fire and which inputs still matter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings

from mlplaybook.server.artefacts.decide import decide
from mlplaybook.server.artefacts.deciding.diagram import NO_ROW, Outcome, cells_of, find_outcome
from mlplaybook.server.artefacts.records import Decision
from tests.server.deciding.tables import asked_tables, number, option, row, table, yes_no

# As many combinations of unknown inputs as are tried one by one.
TRIED = 3000
LADDER = table(
    (number("psi"), yes_no("rule")),
    row("rule", rule="true", psi="> 0.1"),
    row("critical", psi="> 0.25"),
    row("warning", psi="> 0.1"),
    row("stable", psi="<= 0.1"),
)


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({"psi": 0.3, "rule": False}, Outcome((1,))),
        ({"psi": 0.25, "rule": False}, Outcome((2,))),
        ({"psi": 0.1}, Outcome((3,))),
        ({"psi": 0.3}, Outcome((), (0, 1), frozenset({"rule"}))),
        ({"rule": True}, Outcome((), (0, 3, NO_ROW), frozenset({"psi"}))),
        ({"psi": None}, Outcome(())),
    ],
    ids=["both", "on a cut", "one is enough", "the other decides", "a cut hides rows", "does not apply"],
)
def test_an_input_is_asked_for_only_where_it_can_change_the_row(known: dict[str, Any], outcome: Outcome) -> None:
    assert find_outcome(LADDER, known) == outcome


def test_a_row_that_needs_two_contradictory_values_of_a_number_is_not_possible() -> None:
    """With psi above .25 excluded by the first row, the second is left only between the cuts."""
    toy = table((number("x"), yes_no("a")), row("high", x="> 5"), row("middle", x="> 3", a="true"), row("rest"))
    assert find_outcome(toy, {"x": 6}) == Outcome((0,))
    assert find_outcome(toy, {"x": 4}) == Outcome((), (1, 2), frozenset({"a"}))
    assert find_outcome(toy, {"a": False}) == Outcome((), (0, 2), frozenset({"x"}))


def test_an_input_whose_every_value_leads_to_the_same_row_is_not_asked_for() -> None:
    toy = table((yes_no("a"), yes_no("b")), row("same", a="true", b="true"), row("other", b="true"), row("rest"))
    assert find_outcome(toy, {"b": False}) == Outcome((2,))


def test_in_a_table_whose_rows_all_count_each_row_waits_for_its_own_inputs() -> None:
    toy = table(
        (option("kind", "x", "y"), yes_no("a")), row("r1", kind="= x"), row("r2", kind="= x", a="true"), hit="all"
    )
    assert find_outcome(toy, {"kind": "x"}) == Outcome((0,), (1,), frozenset({"a"}))
    assert find_outcome(toy, {"kind": "y"}) == Outcome(())


def test_the_cells_of_a_number_are_below_at_between_and_above_its_thresholds() -> None:
    toy = table((number("x"),), row("low", x="< 10"), row("high", x=">= 20"))
    assert cells_of(toy, toy.inputs[0]) == (9.0, 10.0, 15.0, 20.0, 21.0, None)


@settings(deadline=None, max_examples=300)
@given(asked_tables())
def test_a_table_told_everything_gives_the_rows_that_the_plain_reading_gives(
    asked: tuple[Decision, dict[str, Any], set[str]],
) -> None:
    decision, whole, _ = asked
    rows = [{"when": row.when, "n": n} for n, row in enumerate(decision.rows)]
    told = {name: value for name, value in whole.items() if value is not None}
    plain = tuple(row["n"] for row in decide({"rows": rows, "hit": decision.hit}, told))
    assert find_outcome(decision, whole) == Outcome(plain)


@settings(deadline=None, max_examples=150)
@given(asked_tables())
def test_what_is_possible_and_what_is_asked_are_exactly_what_trying_every_value_shows(
    asked: tuple[Decision, dict[str, Any], set[str]],
) -> None:
    decision, whole, told = asked
    known = {name: whole[name] for name in told}
    cells = {entry.name: cells_of(decision, entry) for entry in decision.inputs if entry.name not in known}
    size = 1
    for values in cells.values():
        size *= len(values)
    if size > TRIED:
        return
    ends = {
        values: find_outcome(decision, {**known, **dict(zip(cells, values, strict=True))}).certain
        for values in itertools.product(*cells.values())
    }
    outcome = find_outcome(decision, known)
    assert outcome.asks == {name for place, name in enumerate(cells) if changes(ends, place)}
    fired = {row for rows in ends.values() for row in rows or ((NO_ROW,) if decision.hit == "first" else ())}
    assert set(outcome.certain) | set(outcome.possible) == (fired - {NO_ROW} if not outcome.asks else fired)
    assert all(set(outcome.certain) <= set(rows) for rows in ends.values())


def changes(ends: dict[tuple[Any, ...], tuple[int, ...]], place: int) -> bool:
    """Whether two combinations that differ only in one place end differently."""
    groups: dict[tuple[Any, ...], set[tuple[int, ...]]] = {}
    for values, rows in ends.items():
        # True and 1.0 are equal keys; the type tells them apart.
        rest = tuple((type(v), v) for n, v in enumerate(values) if n != place)
        groups.setdefault(rest, set()).add(rows)
    return any(len(found) > 1 for found in groups.values())
