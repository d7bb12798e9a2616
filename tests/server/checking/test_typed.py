"""Types, units, ranges and allowed values, one field at a time."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.checking.typed import check_type, read_number
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Field

FIELDS = {field.name: field for name in names("templates") for field in load_template(name).fields}
LATENCY = FIELDS["monitoring.latency.p99_ms"]


def severities(name: str, value: object) -> list[str]:
    return [severity for severity, _, _ in check_type(value, FIELDS[name])]


@pytest.mark.parametrize(
    ("value", "number"),
    [(150, 150.0), ("0.2 s", 200.0), ("150ms", 150.0), ("1,500", 1500.0), ("2 GB", None), ("fast", None), (True, None),
     (float("nan"), None)],
)  # fmt: skip
def test_a_number_is_read_in_the_fields_unit(value: object, number: float | None) -> None:
    assert read_number(value, LATENCY) == number


def test_a_number_may_have_the_words_of_its_unit_behind_it() -> None:
    assert read_number("268,800 instances", FIELDS["datasheet.composition.count"]) == 268800
    assert read_number("€4,850", FIELDS["ml_costs.inference.monthly_cost"]) == 4850
    assert read_number("5%", FIELDS["retraining.pipeline.deployment.canary_percent"]) == 5
    assert read_number("1%", FIELDS["monitoring.throughput.error_rate_threshold"]) == 0.01


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("monitoring.latency.p99_ms", 200, []),
        ("monitoring.latency.p99_ms", -1, ["error"]),
        ("monitoring.latency.p99_ms", "none, the job ends at 06:00", []),
        ("monitoring.throughput.error_rate_threshold", 1.5, ["error"]),
        ("ab_test.minimum_runtime_days", 3, ["error"]),
        ("ab_test.minimum_runtime_days", 14.5, ["error"]),
        ("ab_test.traffic_split.control", 0.5, ["warning"]),
        ("model_card.date", "2026-08-31", []),
        ("model_card.date", "2026-02-30", ["error"]),
        ("model_card.date", "summer 2026", ["error"]),
        ("monitoring.concept_drift.ground_truth_delay", "45 days", []),
        ("monitoring.concept_drift.ground_truth_delay", "00:14:20 on one A100", []),
        ("monitoring.concept_drift.ground_truth_delay", "soon", ["error"]),
        ("monitoring.concept_drift.ground_truth_delay", 45, ["error"]),
        ("problem_brief.ml_task_type", "regression", []),
        ("problem_brief.ml_task_type", "Regression", ["warning"]),
        ("problem_brief.ml_task_type", "anomaly detection", ["warning"]),
        ("problem_brief.ml_task_type", "deep learning", ["error"]),
        ("serving_config.reliability.graceful_shutdown", "yes, 30 s", []),
        ("serving_config.reliability.graceful_shutdown", "maybe", ["error"]),
        ("problem_brief.kill_criteria", "one text", ["warning"]),
        ("problem_brief.kill_criteria", {"a": 1}, ["error"]),
        ("problem_brief.kill_criteria", [{"a": 1, "b": 2}], ["error"]),
        ("problem_brief.kill_criteria", [{"note": "with a colon"}], ["warning"]),
        ("model_card.evaluation.metrics", "see report", ["warning"]),
        ("model_card.evaluation.metrics", [1], ["error"]),
        ("model_card.owner", {"team": "x"}, ["error"]),
        ("problem_brief.latency_requirement", "as soon as it can be", ["note"]),
    ],
)
def test_a_value_is_held_against_its_field(name: str, value: object, expected: list[str]) -> None:
    assert severities(name, value) == expected


def test_a_trouble_says_what_is_wanted() -> None:
    assert list(check_type("fast", LATENCY)) == [
        ("error", "a number in ms is asked for, not 'fast'", "Write the number in ms.")
    ]


def test_members_of_a_list_are_checked_one_by_one() -> None:
    seeds: Field = FIELDS["seeds"]
    assert [problem for _, problem, _ in check_type([42, "x", 1.5], seeds)] == [
        "entry 2: a number is asked for, not 'x'",
        "entry 3: a whole number is asked for",
    ]
