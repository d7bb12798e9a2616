"""Costs against the worked examples of cost-tracking, llm-cost and llm-model-choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.registry import calculate

REPLICAS = {"replicas": 12, "price": "1.20USD", "rate": 600, "sustained": 400}
PRICES = {"input_price": "$2", "output_price": "$10"}
QUERY = {"prefix_tokens": 2000, "input_tokens": 2000, "output_tokens": 400, **PRICES}


def figures(name: str, values: Mapping[str, Any]) -> dict[str, float]:
    made = calculate(name, values)
    return {figure.name: figure.value for figure in (made.result, *made.more)}


def test_the_replicas_of_the_page() -> None:
    """12 × 1.20 × 720 = 10,368 for 1.555 billion: 0.0067 per 1,000, eight times the 0.00083 at full use."""
    found = figures("cost-per-prediction", REPLICAS)
    assert found["monthly bill"] == pytest.approx(10_368)
    assert found["cost per 1,000 predictions"] == pytest.approx(0.0067, abs=5e-5)
    assert found["per 1,000 at full use"] == pytest.approx(0.00083, abs=5e-6)
    assert found["gap to full use"] == pytest.approx(8)


def test_the_cost_sheet_of_the_page() -> None:
    """4,200 for 20,000 a day over 30 days is 7.00 per 1,000."""
    assert figures("cost-per-prediction", {"monthly_cost": 4200, "daily_volume": "20k"})["per prediction"] == 0.007


@pytest.mark.parametrize(("target", "verdict"), [("0.007", "within"), ("0.006", "watch"), ("0.005", "plan")])
def test_a_target_that_is_missed_by_a_fifth_calls_for_a_plan(target: str, verdict: str) -> None:
    values = {"monthly_cost": 4200, "daily_volume": 20_000, "target": target}
    assert calculate("cost-per-prediction", values).verdict == verdict


def test_one_query_and_a_month_of_them() -> None:
    found = figures("llm-query-cost", {**QUERY, "daily_queries": 100_000})
    assert (found["cost per query"], found["in 30 days"]) == (pytest.approx(0.012), pytest.approx(36_000))


def test_a_cached_prefix_as_on_the_page() -> None:
    """2,000 × (0.95 × 0.20 + 0.05 × 2.50) / 1,000,000 = 0.00063: 28% off the query."""
    cached = {**QUERY, "cache_hits": "95%", "cached_price": "$0.20", "write_price": "$2.50"}
    assert figures("llm-query-cost", cached)["cost per query"] == pytest.approx(0.00063 + 0.008)


@pytest.mark.parametrize(("price", "success", "task"), [(0.004, "60%", 0.804), (0.012, "75%", 0.512)])
def test_people_for_failures_decide(price: float, success: str, task: float) -> None:
    query = {"input_tokens": 1_000_000, "output_tokens": 0, "input_price": price, "output_price": 0}
    found = figures("llm-query-cost", {**query, "success": success, "failure_cost": 2})
    assert found["per task, with people for failures"] == pytest.approx(task)


HOSTING = {"gpus": 2, "gpu_price": "$4", "upkeep": "$1500", "hosted": "$0.006"}


def test_the_break_even_of_the_page() -> None:
    """(2 × 4 × 720 + 1,500) / 0.0060 = 1.21 million a month, 40,333 a day; at 20,000 the hosted model is cheaper."""
    made = calculate("break-even", {**HOSTING, "daily_queries": 20_000})
    assert (made.result.value, made.verdict) == (pytest.approx(1.21e6), "hosted")
    assert round(made.more[0].value) == 40_333
    assert calculate("break-even", {**HOSTING, "daily_queries": 41_000}).verdict == "self-hosted"


def test_break_even_in_tokens() -> None:
    """llm-model-choice: 3,600 and 3,000 a month against 0.50 per million tokens are 13.2 billion tokens."""
    values = {"gpus": 2, "gpu_price": 2.5, "upkeep": 3000, "hosted_per_million": 0.5, "tokens": 1000}
    assert calculate("break-even", values).result.value * 1000 == pytest.approx(13.2e9)


def test_utilisation_at_break_even() -> None:
    """llm-cost: 3 dollars an hour and 3.6 requests a second against 0.0006 hosted: above 39%."""
    values = {"gpus": 1, "gpu_price": 3, "hosted": 0.0006, "capacity": 3.6}
    assert figures("break-even", values)["utilisation at break-even"] == pytest.approx(0.386, abs=0.001)
    crowded = calculate("break-even", {**values, "capacity": 1})
    assert (crowded.verdict, crowded.meaning[:45]) == ("hosted", "These GPUs cannot serve the break-even volume")


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("cost-per-prediction", {"monthly_cost": 5}, "give either daily_volume or rate"),
        ("cost-per-prediction", {"daily_volume": 5}, "needs replicas and price (or monthly_cost)."),
        ("cost-per-prediction", {"monthly_cost": 5, "daily_volume": 0}, "daily_volume=0 is below 1"),
        ("cost-per-prediction", {"monthly_cost": 5, "rate": 1, "sustained": 3}, "needs price to compare with full use"),
        ("llm-query-cost", PRICES, "needs input_tokens (tokens that change with each query, such as"),
        ("llm-query-cost", {**QUERY, "cache_hits": "95%"}, "needs cached_price beside cache_hits"),
        ("llm-query-cost", {**QUERY, "output_price": "10 EUR"}, "cannot be added"),
        ("break-even", {"gpus": 1, "gpu_price": 3}, "needs hosted (or tokens and hosted_per_million)"),
        ("break-even", {"gpus": 1, "gpu_price": 3, "hosted_per_million": 1}, "needs tokens beside hosted_per_million"),
        ("break-even", {**HOSTING, "own_price": "$0.01"}, "so it never pays"),
    ],
)
def test_what_has_no_cost_is_said(name: str, values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate(name, values)


@given(st.integers(1, 64), st.floats(0.1, 20), st.integers(0, 10**5), st.floats(1e-5, 1))
def test_at_break_even_both_cost_the_same(gpus: int, price: float, upkeep: int, hosted: float) -> None:
    volume = calculate(
        "break-even", {"gpus": gpus, "gpu_price": price, "upkeep": upkeep, "hosted": hosted}
    ).result.value
    assert volume * hosted == pytest.approx(gpus * price * 720 + upkeep)
