"""What would change a decision."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.deciding.records import Change
from mlplaybook.server.artefacts.records import Decision
from tests.server.deciding.tables import asked_tables, number, option, row, table, yes_no

# Far less than any distance between two thresholds of one input.
LITTLE = 1e-6
LADDER = table(
    (number("psi", "PSI"),), row("critical", psi="> 0.25"), row("warning", psi=">= 0.1"), row("stable", psi="< 0.1")
)


@pytest.mark.parametrize(
    ("psi", "to"),
    [
        (0.05, {"0.1 PSI or more": "warning"}),
        (0.1, {"below 0.1 PSI": "stable", "above 0.25 PSI": "critical"}),
        (0.25, {"below 0.1 PSI": "stable", "above 0.25 PSI": "critical"}),
        (0.3, {"0.25 PSI or less": "warning"}),
    ],
)
def test_a_number_names_the_nearest_threshold_on_either_side(psi: float, to: dict[str, str]) -> None:
    assert {change.to: change.adds[0] for change in judge(LADDER, {"psi": psi}).changes} == to


def test_a_single_value_between_two_ranges_is_named_as_such() -> None:
    toy = table((number("x"),), row("low", x="< 5"), row("high", x="> 5"), row("five"))
    assert [change.to for change in judge(toy, {"x": 4}).changes] == ["5"]
    assert [change.to for change in judge(toy, {"x": 5}).changes] == ["below 5", "above 5"]


def test_another_value_that_leaves_something_open_names_what_it_asks() -> None:
    toy = table(
        (option("job", "serve", "train"), yes_no("big")),
        row("one", job="= serve"),
        row("two", big="true"),
        row("three"),
    )
    assert judge(toy, {"job": "serve"}).changes == (Change("job", "train", (), ("one",), ("big",)),)


@settings(deadline=None, max_examples=200)
@given(asked_tables())
def test_every_change_comes_true_when_it_is_made(asked: tuple[Decision, dict[str, Any], set[str]]) -> None:
    decision, whole, told = asked
    known = {name: whole[name] for name in told}
    now = judge(decision, known)
    before = {answer.result for answer in now.answers}
    for change in now.changes:
        then = judge(decision, {**known, change.input: changed(change.to)})
        after = {answer.result for answer in then.answers}
        assert (set(change.adds), set(change.drops)) == (after - before, before - after) or twins(decision, change)
        if decision.hit == "first":
            assert {ask.input for ask in then.asks} == set(change.asks)


def twins(decision: Decision, change: Change) -> bool:
    """Whether two rows give the same result, so that results cannot tell them apart."""
    results = [row.result for row in decision.rows]
    return any(results.count(result) > 1 for result in (*change.adds, *change.drops))


def changed(words: str) -> object:
    """A value that the words of a change describe."""
    figures = re.search(r"-?[\d,]+(\.\d+)?(e-?\d+)?", words)
    if words.startswith(("below ", "above ")) and figures:
        return float(figures[0].replace(",", "")) + (LITTLE if words.startswith("above") else -LITTLE)
    if words.endswith((" or more", " or less")) and figures:
        return float(figures[0].replace(",", ""))
    return words
