"""Every table of the playbook, row by row and in every combination of inputs."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings

from mlplaybook.server.artefacts import library
from mlplaybook.server.artefacts.decide import decide
from mlplaybook.server.artefacts.deciding.diagram import Outcome, cells_of, find_outcome
from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.library import load_decision
from mlplaybook.server.artefacts.records import Decision
from tests.server.deciding.tables import NAMES, asked_tables

# All combinations are tried of tables with up to so many, which takes a second; the largest has 300 million.
ALL_TRIED = 5000
SMALL = [
    name
    for name in NAMES
    if math.prod(len(cells_of(load_decision(name), e)) for e in load_decision(name).inputs) <= ALL_TRIED
]


def examples(name: str) -> list[dict[str, Any]]:
    """The table's own golden inputs with the results that they must give."""
    found: list[dict[str, Any]] = library.read("decisions", name)["examples"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_golden_input_gives_its_results(name: str) -> None:
    decision = load_decision(name)
    for example in examples(name):
        verdict = judge(decision, example["inputs"], "none")
        assert [answer.result for answer in verdict.answers] == example["results"], example["inputs"]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_golden_input_that_fires_it(name: str) -> None:
    decision = load_decision(name)
    fired = {a.row for e in examples(name) for a in judge(decision, e["inputs"], "none").answers}
    assert fired == set(range(1, len(decision.rows) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_hidden_by_those_before_it(name: str) -> None:
    decision = load_decision(name)
    verdict = judge(decision, {})
    reached = {possible.row for possible in verdict.possible} | {answer.row for answer in verdict.answers}
    assert reached - {0} == set(range(1, len(decision.rows) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_names_an_input_and_an_option_that_exist(name: str) -> None:
    decision = load_decision(name)
    allowed = {entry.name: set(entry.allowed) for entry in decision.inputs}
    for row in decision.rows:
        for key, condition in row.when.items():
            options = {choice.strip() for choice in condition.partition(" ")[2].split(",")}
            assert not allowed[key] or options <= allowed[key], (key, condition)


@pytest.mark.parametrize("name", SMALL)
def test_small_tables_agree_with_the_plain_reading_in_every_combination_there_is(name: str) -> None:
    decision = load_decision(name)
    cells = {entry.name: cells_of(decision, entry) for entry in decision.inputs}
    plain = {"hit": decision.hit, "rows": [{"when": row.when, "n": n} for n, row in enumerate(decision.rows)]}
    for values in itertools.product(*cells.values()):
        whole = dict(zip(cells, values, strict=True))
        rows = decide(plain, {key: value for key, value in whole.items() if value is not None})
        assert find_outcome(decision, whole) == Outcome(tuple(row["n"] for row in rows))


@settings(deadline=None, max_examples=400)
@given(asked_tables())
def test_every_combination_gives_one_answer_or_asks_or_says_what_is_nearest(
    asked: tuple[Decision, dict[str, Any], set[str]],
) -> None:
    decision, whole, told = asked
    verdict = judge(decision, {name: whole[name] for name in told})
    if verdict.status == "decided":
        assert len(verdict.answers) == 1 if decision.hit == "first" else verdict.answers
        assert (verdict.asks, verdict.possible, verdict.nearest) == ((), (), ())
    elif verdict.status == "open":
        assert verdict.asks
        assert {ask.input for ask in verdict.asks}.isdisjoint(told)
        assert len(verdict.possible) > (decision.hit == "first")
        assert not verdict.answers or decision.hit == "all"
    else:
        assert (verdict.answers, verdict.asks) == ((), ())
        assert all(near.failing for near in verdict.nearest)


@settings(deadline=None, max_examples=400)
@given(asked_tables())
def test_an_answer_once_given_stays_whatever_else_is_told(
    asked: tuple[Decision, dict[str, Any], set[str]],
) -> None:
    decision, whole, told = asked
    early = judge(decision, {name: whole[name] for name in told})
    late = judge(decision, whole)
    assert {a.row for a in early.answers} <= {a.row for a in late.answers}
    assert late.status != "open"
    if early.status == "decided":
        assert [a.row for a in early.answers] == [a.row for a in late.answers]
    if early.status == "none":
        assert late.status == "none"
