"""Worked examples of the rules that compute: each figure can be checked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from mlplaybook.server.artefacts.checking.check import check
from mlplaybook.server.artefacts.checking.dates import find_periods, has_date, read_seconds
from mlplaybook.server.artefacts.checking.metrics import read_metric
from mlplaybook.server.artefacts.checking.rarity import shares
from tests.server.checking.documents import write


def problem(rule: str, template: str, values: dict[str, object]) -> str:
    """The problem that a rule finds, "" for none."""
    return next((finding.problem for finding in check(write(values), template) if finding.rule == rule), "")


def test_users_are_held_against_the_formula_of_the_page() -> None:
    # 7.849 x (0.04 x 0.96 + 0.042 x 0.958) / 0.002^2 = 154,312 with the page's rounding of 7.849
    values = {"ab_test.hypothesis": "Raises conversion from 4.0% to 4.2%", "ab_test.minimum_sample_size": 100_000}
    assert "100,000 planned, 154,3" in problem("too-few-users", "ab-test-plan", values)
    assert problem("too-few-users", "ab-test-plan", {**values, "ab_test.minimum_sample_size": 124_000}) == ""


def test_the_parts_of_a_query_and_the_bill_must_add_up() -> None:
    start = "ml_costs.inference."
    parts = {
        f"{start}cost_per_query_breakdown.{name}": 0.002
        for name in ("compute", "model_api_calls", "vector_db", "data_transfer")
    }
    values = {**parts, f"{start}cost_per_1k_predictions": 10, f"{start}daily_volume": 1000, f"{start}monthly_cost": 500}
    assert "1,000 x the four parts = 8, not 10" in problem("parts-miss-the-cost", "cost-sheet", values)
    assert "30 days x 1,000 x 10 / 1,000 = 300, not 500" in problem("bill-misses-the-volume", "cost-sheet", values)
    # Within a tenth: 8 against 8.8.
    assert problem("parts-miss-the-cost", "cost-sheet", {**values, f"{start}cost_per_1k_predictions": 8.8}) == ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("warning below 0.32, critical below 0.30", False),
        ("warning below 0.30, critical below 0.32", True),
        ("warning above 0.2, critical above 0.1 (PSI)", True),
        ("PSI > 0.2 on a feature (warning at 0.1)", False),
        ("PSI > 0.1 on a feature (warning at 0.2)", True),
        ("warning at 150 ms, page at 200 ms (P99 latency)", False),
    ],
)
def test_a_warning_comes_before_what_it_warns_of(text: str, wrong: bool) -> None:
    found = problem(
        "levels-out-of-order", "model-requirements", {"model_requirements.monitoring_slas.drift_alert": text}
    )
    assert bool(found) is wrong


def test_neighbouring_keys_are_held_against_each_other() -> None:
    text = "monitoring: {data_drift: {psi: {warning: 0.25, critical: 0.1}, recall: {warning: 0.5, critical: 0.4}}}"
    found = [finding for finding in check(text) if finding.rule == "levels-out-of-order"]
    assert [(f.field, f.line, f.problem) for f in found] == [
        (
            "monitoring.data_drift.psi.warning",
            1,
            "The warning comes no earlier than what it warns of (warning 0.25, critical 0.1).",
        )
    ]


@pytest.mark.parametrize(
    ("latency", "wrong"),
    [
        ("real-time (<100ms): P99 90 ms", False),
        ("real-time (<100ms): P99 4 s", True),
        ("real-time (<100ms): P99 90 ms, fallback after a timeout of 2 s", False),
        ("near-real-time (<1s): 800 ms at the 95th percentile", False),
        ("batch (minutes-hours): list ready by 17:00", False),
        ("batch (minutes-hours): 50 ms per request", True),
    ],
)
def test_a_latency_class_and_its_figure_must_agree(latency: str, wrong: bool) -> None:
    assert (
        bool(problem("slower-than-its-class", "problem-brief", {"problem_brief.latency_requirement": latency})) is wrong
    )


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (["set-q2: random 20% holdout"], True),
        (["set-q2: rows were split at random"], True),
        (["Test set (20% split)"], True),
        (["set-q2: random audit of 40,000 new listings, 2026-07-01 to 2026-08-15"], False),
        (["set-q2: split by date instead of a random split"], False),
        (["set-q2: 5,200 rows of July, drawn by lot"], False),
    ],
)
def test_a_random_split_is_told_from_a_random_sample(data: list[str], wrong: bool) -> None:
    values = {"model_card.training_data.date_range": "2024-01-01 to 2026-03-31", "model_card.evaluation.datasets": data}
    assert bool(problem("random-split-of-later-events", "model-card", values)) is wrong


def test_a_grouped_test_set_may_share_the_period_of_training() -> None:
    values: dict[str, object] = {
        "model_card.training_data.date_range": "2024-01-01 to 2025-12-31",
        "model_card.evaluation.datasets": ["films of other patients, by patient, 2025-01-01 to 2025-12-31"],
    }
    assert problem("training-meets-evaluation", "model-card", values) == ""
    values["model_card.evaluation.datasets"] = ["films of 2025-07-01 to 2025-12-31"]
    assert "training to 2025-12-31, evaluation from 2025-07-01" in problem(
        "training-meets-evaluation", "model-card", values
    )


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("9 million payments, 0.2% fraud", 0.002),
        ("400,000 payments, 800 fraudulent", 0.002),
        ("a fault in 1 in 500 parts is a defect", 0.002),
        ("churn falls from 2.9% to 2.5%", None),
        ("3.4% near-duplicates", None),
    ],
)
def test_the_share_of_positives_is_read_from_words(text: str, share: float | None) -> None:
    found = next(shares(text, alone=False), None)
    assert (found[0] if found else None) == share


def test_metrics_are_read_in_the_forms_that_people_write() -> None:
    forms = (
        {"value": 0.48, "ci95": [0.45, 0.51]},
        "0.48 [0.45, 0.51]",
        "0.48 (95% CI 0.45 to 0.51)",
        "48% (45% to 51%)",
    )
    for form in forms:
        metric = read_metric("f", (), "recall", form)
        assert (metric.value, metric.low, metric.high) == pytest.approx((0.48, 0.45, 0.51))


def test_dates_periods_and_durations() -> None:
    assert list(find_periods("March to May 2025")) == [(date(2025, 3, 1), date(2025, 5, 31))]
    assert list(find_periods("2025-01-01 to 2026-06-30, labels to 2026-07-14")) == [
        (date(2025, 1, 1), date(2026, 6, 30))
    ]
    assert [has_date(text) for text in ("by 31 March", "in Q3", "within two quarters", "by half", "may fall")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert [read_seconds(text) for text in ("4 h", "0m", "PT4H", "1:30", "5 working days")] == [
        14400,
        0,
        0,
        5400,
        432000,
    ]


def test_the_history_of_a_version_must_lead_to_its_state() -> None:
    history = [
        {"date": "2026-07-09", "from": "registered", "to": "validated", "by": "a", "reason": "b", "evidence": "c"},
        {"date": "2026-07-03", "from": "validated", "to": "serving", "by": "a", "reason": "b", "evidence": "c"},
    ]
    values = {"registry_record.promotion_history": history, "registry_record.state": "serving"}
    assert "2026-07-03 stands after 2026-07-09" in problem("history-broken", "registry-record", values)


def test_a_canary_in_any_key_wants_a_way_back() -> None:
    canary = "serving_config: {rollout: {canary_percent: 5}}"
    assert [f.line for f in check(canary) if f.rule == "canary-without-rollback"] == [1]
    back = "serving_config: {rollout: {canary_percent: 5, rollback_if: errors above 2x}}"
    assert [f for f in check(back) if f.rule == "canary-without-rollback"] == []


def test_a_timeout_is_held_against_any_latency_of_the_document() -> None:
    text = "serving_config: {api: {timeout_ms: 100}, slo: {p99_latency_ms: 180}, training: {timeout_s: 0.01}}"
    found = [finding for finding in check(text) if finding.rule == "timeout-below-latency"]
    assert [(f.field, f.problem) for f in found] == [
        (
            "serving_config.api.timeout_ms",
            "The timeout is shorter than the latency that the document allows (100 ms against 180 ms), "
            "so good answers are thrown away.",
        )
    ]
