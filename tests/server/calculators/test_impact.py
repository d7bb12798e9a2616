"""Disparate impact against the page's loan example and statsmodels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.impact import impacts, ratio_interval
from mlplaybook.server.artefacts.calculators.registry import calculate


def impact(groups: Any, **more: Any) -> Any:
    return calculate("disparate-impact", {"groups": groups, **more})


def test_the_loan_example_of_the_page() -> None:
    """57.4% / 73.0% = 0.786, with a 95% interval of 0.741 to 0.835: investigate."""
    made = impact("A:1460/2000,B:574/1000")
    assert made.result.text == "0.786 (95% interval 0.741 to 0.835)"
    assert (made.result.name, made.verdict) == ("lowest ratio: B", "investigate")
    assert made.steps[0] == "B: 574/1,000 = 57.4%; A: 1,460/2,000 = 73%; ratio 57.4% / 73% = 0.786"


@pytest.mark.parametrize(("k", "n", "best", "best_n"), [(574, 1000, 1460, 2000), (30, 100, 40, 100), (1, 50, 10, 60)])
def test_the_interval_is_statsmodels_log_interval(k: int, n: int, best: int, best_n: int) -> None:
    theirs = confint_proportions_2indep(k, n, best, best_n, compare="ratio", method="log")
    assert ratio_interval(k, n, best, best_n, 0.95) == pytest.approx(theirs)


def test_columns_are_counted_by_group() -> None:
    sex = ["m"] * 2000 + ["f"] * 1000 + [None] * 3
    approved = ["yes"] * 1460 + ["no"] * 540 + ["yes"] * 574 + ["no"] * 426 + ["yes", "no", None]
    made = calculate("disparate-impact", {"outcome": approved, "group": sex, "favourable": "yes"})
    assert made.result.text == "0.786 (95% interval 0.741 to 0.835)"
    assert made.table.rows[0][:3] == ("missing", "1", "2")
    assert made.assumptions[-2:] == (
        "not measured, with fewer than 50 rows: missing", "1 rows without an outcome were left out"
    )  # fmt: skip


def test_a_group_without_favourable_outcomes_has_ratio_0_and_an_upper_limit() -> None:
    made = impact("A:500/1000,B:0/300")
    assert (made.result.value, made.more[0].value, round(made.more[1].value, 3)) == (0, 0, 0.053)


def test_the_share_refused_is_compared_too() -> None:
    """Approving 97% against 99% is 0.98; refusing 3% against 1% is a ratio of 3."""
    rows = impact("A:990/1000,B:970/1000").table.rows
    assert [(row[0], row[4], row[6]) for row in rows] == [("B", "0.980", "3.00"), ("A", "1.000", "1.00")]
    assert impact("A:1000/1000,B:970/1000").table.rows[0][6] == ""


@pytest.mark.parametrize(
    ("groups", "verdict", "reading"),
    [
        ("A:800/1000,B:640/1000", "passes", "not below 0.8, proves nothing (interval reaches below)"),
        ("A:800/1000,B:639/1000", "investigate", "investigate (interval reaches above 0.8)"),
        ("A:800/1000,B:400/1000", "investigate", "investigate"),
        ("A:800/1000,B:790/1000", "passes", "not below 0.8, proves nothing"),
        ("A:800/1000,B:30/150", "unclear", "read the interval only (under 200 rows)"),
        ("A:800/1000,B:3/40", "unclear", "not measured (under 50 rows)"),
        ("A:80/100,B:300/1000", "unclear", "investigate"),
    ],
)
def test_the_reading_knows_its_limits(groups: str, verdict: str, reading: str) -> None:
    made = impact(groups)
    assert (made.verdict, made.table.rows[0][-1]) == (verdict, reading)


def test_a_tiny_group_is_not_what_others_are_measured_by() -> None:
    made = impact("tiny:5/5,A:800/1000,B:700/1000")
    assert made.result.name == "lowest ratio: B"
    assert made.result.value == pytest.approx(0.875)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"groups": "A:5/10"}, "1 group has nothing to be compared with"),
        ({"groups": "A:5/3,B:1/2"}, "A has 5 favourable outcomes of 3"),
        ({"groups": "A:0/0,B:1/2"}, "A has 0 favourable outcomes of 0"),
        ({"groups": "A:0/100,B:0/100"}, "no group that is large enough has a favourable outcome"),
        ({"outcome": [1, 0]}, "needs group beside the other column"),
        ({"outcome": [1, 0], "group": ["a"]}, "2 outcomes and 1 groups"),
        ({"outcome": ["yes", "no"], "group": ["a", "b"]}, "outcome never is '1', but no, yes"),
        ({}, "needs groups (NAME:FAVOURABLE/TOTAL each)"),
    ],
)
def test_what_has_no_ratio_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("disparate-impact", values)


GROUP = st.integers(50, 5000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@given(st.dictionaries(st.sampled_from("ABCDEF"), GROUP, min_size=2))
def test_ratios_lie_in_their_intervals_and_are_at_most_1(groups: dict[str, tuple[int, int]]) -> None:
    for found in impacts(groups, 0.95):
        assert 0 < found.low <= found.ratio <= found.high
        assert found.ratio <= 1
