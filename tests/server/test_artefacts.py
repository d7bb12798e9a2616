"""Tables and rubrics run as their words say."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.decide import BadCondition, decide, holds
from mlplaybook.server.artefacts.score import band, total

TABLE = {
    "hit": "first",
    "rows": [
        {"when": {"psi": "> 0.25"}, "result": "critical"},
        {"when": {"psi": ">= 0.1", "kind": "in feature, label"}, "result": "warning"},
        {"when": {}, "result": "record"},
    ],
}


@pytest.mark.parametrize(
    ("inputs", "result"),
    [
        ({"psi": 0.3, "kind": "feature"}, "critical"),
        ({"psi": 0.25, "kind": "label"}, "warning"),
        ({"psi": 0.2, "kind": "other"}, "record"),
        ({"psi": 0.2}, "record"),
        ({}, "record"),
    ],
)
def test_the_first_row_whose_conditions_hold_decides(inputs: dict[str, object], result: str) -> None:
    assert [row["result"] for row in decide(TABLE, inputs)] == [result]


def test_a_table_of_all_hits_reports_every_row() -> None:
    found = decide({**TABLE, "hit": "all"}, {"psi": 0.3, "kind": "label"})
    assert [row["result"] for row in found] == ["critical", "warning", "record"]


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("<= 5", 5, True),
        ("< 5", 5, False),
        ("= yes please", "yes please", True),
        ("not a, b", "c", True),
        ("false", False, True),
        ("true", 1, False),
        ("> 1e-3", "0.01", True),
    ],
)
def test_conditions_mean_what_they_say(condition: str, value: object, expected: bool) -> None:
    assert holds(condition, value) is expected


@pytest.mark.parametrize(("condition", "value"), [("about 5", 5), ("< five", 5), ("< 5", "many"), ("< 5", True)])
def test_a_condition_that_cannot_be_asked_is_an_error(condition: str, value: object) -> None:
    with pytest.raises(BadCondition):
        holds(condition, value)


def test_a_worked_example_of_each_way_to_add_up() -> None:
    dimensions = [
        {"name": "a", "weight": 3, "group": "x"},
        {"name": "b", "weight": 1, "group": "x"},
        {"name": "c", "weight": 1, "group": "y"},
    ]
    rubric = {"scale": {"maximum": 5}, "dimensions": dimensions}
    scores = {"a": 5, "b": 1, "c": 2}
    assert total({**rubric, "aggregate": "sum"}, scores) == 8
    # (3 x 5 + 1 x 1 + 1 x 2) / (5 x 5) = 72 %
    assert total({**rubric, "aggregate": "weighted-percent"}, scores) == pytest.approx(72)
    # x: 5 + 1, y: 2
    assert total({**rubric, "aggregate": "minimum-of-group-sums"}, scores) == 2


@pytest.mark.parametrize(("points", "label"), [(18, "go"), (17.9, "wait"), (0, "wait"), (-1, "wait"), (30, "go")])
def test_the_band_is_the_highest_that_the_points_reach(points: float, label: str) -> None:
    bands = [{"from": 0, "label": "wait"}, {"from": 18, "label": "go"}]
    assert band({"bands": bands}, points)["label"] == label
