"""Error budgets against the page's table and the burn rates of its alerts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.registry import calculate


@pytest.mark.parametrize(
    ("target", "text", "failures"),
    [
        ("99%", "7.2 h", 10_000),
        ("99.5%", "3.6 h", 5_000),
        ("99.9%", "43.2 min", 1_000),
        ("99.95%", "21.6 min", 500),
        ("99.99%", "4.32 min", 100),
    ],
)
def test_the_table_of_the_page(target: str, text: str, failures: int) -> None:
    made = calculate("error-budget", {"target": target})
    assert (made.result.text, made.more[1].value) == (text, pytest.approx(failures))


def test_parts_in_series_multiply() -> None:
    made = calculate("error-budget", {"target": "99.9%", "in_series": 3})
    assert made.more[0].value == pytest.approx(1 - 0.999**3)
    assert made.steps[0] == "independent parts in series multiply: 99.9% to the power of 3 = 99.7003%"


def test_downtime_spends_the_budget() -> None:
    made = calculate("error-budget", {"target": "99.9%", "downtime": "10.8 min", "requests": "1M"})
    found = {figure.name: figure.value for figure in made.more}
    assert (found["left of the budget"], found["failed requests in the window"]) == (0.75, pytest.approx(1000))
    spent = calculate("error-budget", {"target": "99.9%", "downtime": "1h"})
    assert (spent.verdict, "freeze risky releases" in spent.meaning) == ("spent", True)


@pytest.mark.parametrize(
    ("failed", "verdict"), [(144, "page"), (60, "page"), (59, "ticket"), (10, "ticket"), (9, "sustainable")]
)
def test_burn_rates_call_for_the_pages_alerts(failed: int, verdict: str) -> None:
    made = calculate("error-budget", {"target": "99.9%", "failed": failed, "of_requests": 10_000})
    assert made.verdict == verdict


def test_1_per_cent_of_errors_spends_a_month_in_three_days() -> None:
    made = calculate("error-budget", {"target": "99.9%", "failed": 1, "of_requests": 100})
    found = {figure.name: figure.text for figure in made.more}
    assert (found["burn rate"], found["budget lasts at this rate"]) == ("10 times", "3 days")


def test_no_failure_burns_nothing() -> None:
    made = calculate("error-budget", {"target": "99.9%", "failed": 0, "of_requests": 100})
    assert (made.verdict, made.more[-1].value) == ("sustainable", 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "error-budget needs target"),
        ({"target": "100%"}, "target=100% is not below 1 (100%)"),
        ({"target": "0%"}, "target=0% is not above 0"),
        ({"target": 99.9}, "did you mean 99.9%?"),
        ({"target": "99%", "failed": 1}, "failed and of_requests go together"),
        ({"target": "99%", "failed": 2, "of_requests": 1}, "2 failed of 1 requests"),
        ({"target": "99%", "window": "0 days"}, "window=0 days is not above 0"),
    ],
)
def test_what_has_no_budget_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("error-budget", values)


@given(st.floats(0.5, 0.99999), st.integers(1, 365))
def test_the_budget_is_linear_in_the_window(target: float, days: int) -> None:
    once = calculate("error-budget", {"target": target, "window": f"{days} days"}).result.value
    assert once == pytest.approx((1 - target) * days * 86400)
