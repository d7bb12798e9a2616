"""Size, power and detectable effect against the page, against statsmodels, and against each other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.experiments import (
    Design,
    comparison_level,
    power_reached,
    smallest_effect,
    users_needed,
)
from mlplaybook.server.artefacts.calculators.registry import calculate

RATE = Design(base=0.04, sd=0, alpha=0.05, sides=2, ratio=1, power=0.8, t_test=False)
MEAN = Design(base=None, sd=12, alpha=0.05, sides=2, ratio=1, power=0.8, t_test=False)


def size(**values: Any) -> Any:
    return calculate("ab-sample-size", values)


@pytest.mark.parametrize(
    ("base", "lift", "users"),
    [
        ("1%", "2%", 3_923_648), ("1%", "5%", 637_008), ("1%", "10%", 163_092),
        ("4%", "2%", 950_884), ("4%", "5%", 154_302), ("4%", "10%", 39_473),
        ("10%", "2%", 356_332), ("10%", "5%", 57_760), ("10%", "10%", 14_749),
        ("20%", "2%", 158_148), ("20%", "5%", 25_580), ("20%", "10%", 6_507),
    ],
)  # fmt: skip
def test_the_table_of_the_page(base: str, lift: str, users: int) -> None:
    assert size(baseline=base, lift=lift).result.value == users


def test_means_and_cuped_as_on_the_page() -> None:
    assert size(sd=12, difference=0.06).result.value == 627_911
    assert size(sd=12, difference=0.06, rho=0.6).result.value == 401_863


def test_a_lift_and_its_points_are_the_same() -> None:
    assert size(baseline="4%", points=0.2).result.value == size(baseline="4%", lift=0.05).result.value == 154_302


def test_the_runtime_is_in_whole_weeks_of_at_least_two() -> None:
    """308,604 users at 30,000 a day take 11 days, rounded up to 14."""
    made = size(baseline="4%", lift="5%", daily_users=30_000)
    assert (made.more[-1].value, made.verdict) == (14 * 86400, "ok")
    assert made.meaning == "11 days of 30,000 users, run 14 days: whole weeks, 14 days by default."
    slow = size(baseline="4%", lift="5%", daily_users=8_000)
    assert (slow.more[-1].value, slow.verdict) == (42 * 86400, "too-long")


def test_90_to_10_needs_2_8_times_the_users() -> None:
    even, uneven = size(sd=1, difference=0.01), size(sd=1, difference=0.01, ratio=1 / 9)
    assert uneven.more[1].value / even.more[1].value == pytest.approx(2.78, abs=0.01)


def test_several_treatments_share_the_level() -> None:
    """Two comparisons at 2.5% each: (2.241 + 0.842)² = 9.505, so 9.505 / 7.849 = 1.211 times the users."""
    made = size(baseline="4%", lift="5%", variants=2)
    assert (made.result.value, made.more[1].value) == (186_860, 3 * 186_860)
    assert size(baseline="4%", lift="5%", variants=2, correction="none").result.value == 154_302


def test_sidak_is_a_little_kinder_than_bonferroni() -> None:
    assert 1 - (1 - comparison_level(0.05, 4, "sidak")) ** 4 == pytest.approx(0.05)
    assert comparison_level(0.05, 4, "bonferroni") < comparison_level(0.05, 4, "sidak") < 0.05


def test_a_quarter_of_the_users_has_29_per_cent_power() -> None:
    made = calculate("ab-power", {"users": 154_302 // 4, "baseline": "4%", "lift": "5%"})
    assert (round(made.result.value, 2), made.verdict) == (0.29, "too-few")
    assert made.more[0].value == 154_302


def test_the_detectable_effect_of_the_planned_users_is_the_planned_effect() -> None:
    made = calculate("mde", {"users": 154_302, "baseline": "4%"})
    assert made.result.value == pytest.approx(0.002, rel=1e-5)
    assert [figure.text for figure in made.more] == ["4.2%", "5%"]
    assert calculate("mde", {"users": 627_911, "sd": 12}).result.value == pytest.approx(0.06, rel=1e-5)


def test_an_effect_downwards_is_smaller_in_variance() -> None:
    """(1000 + 7.849) d² − 7.849 × 0.8 d − 7.849 × 0.18 = 0 has the roots 0.04069 and −0.03445."""
    down = calculate("mde", {"users": 1000, "baseline": "10%", "direction": "down"}).result.value
    up = calculate("mde", {"users": 1000, "baseline": "10%"}).result.value
    assert (round(up, 5), round(down, 5)) == (0.04069, -0.03445)


@pytest.mark.parametrize("base", [0.01, 0.04, 0.2, 0.5])
@pytest.mark.parametrize("lift", [0.05, 0.2, -0.1])
def test_rates_agree_with_statsmodels(base: float, lift: float) -> None:
    users = users_needed(dataclasses.replace(RATE, base=base), base * lift)
    theirs = power_proportions_2indep(base * lift, base, users, ratio=1, alpha=0.05, return_results=False)
    assert power_reached(dataclasses.replace(RATE, base=base), base * lift, users) == pytest.approx(theirs, abs=0.003)
    if lift > 0:
        one = dataclasses.replace(RATE, base=base, sides=1)
        assert users_needed(one, base * lift) == pytest.approx(
            samplesize_proportions_2indep_onetail(base * lift, base, 0.8, alpha=0.05, alternative="larger"), rel=0.02
        )  # fmt: skip


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_means_agree_with_statsmodels(sides: int, ratio: float) -> None:
    design = dataclasses.replace(MEAN, sd=2.0, sides=sides, ratio=ratio)
    alternative = {1: "larger", 2: "two-sided"}[sides]
    theirs = NormalIndPower().solve_power(0.25, alpha=0.05, power=0.8, ratio=ratio, alternative=alternative)
    assert users_needed(design, 0.5) == pytest.approx(theirs, abs=1)
    t_design = dataclasses.replace(design, t_test=True)
    t_theirs = TTestIndPower().solve_power(0.25, alpha=0.05, power=0.8, ratio=ratio, alternative=alternative)
    assert 0 <= users_needed(t_design, 0.5) - t_theirs < 1
    assert power_reached(t_design, 0.5, users_needed(t_design, 0.5)) >= 0.8
    assert smallest_effect(t_design, t_theirs, up=True) == pytest.approx(0.5, rel=1e-4)


def test_the_t_test_of_a_small_sample_needs_more() -> None:
    """Cohen: 64 in each group detect half a standard deviation, where the normal formula says 63."""
    assert size(sd=1, difference=0.5, test="t").result.value == 64
    assert size(sd=1, difference=0.5).result.value == 63


def test_a_curve_of_power_goes_with_the_plan() -> None:
    chart = size(baseline="4%", lift="5%").chart
    assert (chart.kind, chart.marks) == ("lines", ((154302.0, pytest.approx(80, abs=0.001), "154,302 users: 80%"),))
    assert list(chart.series[0].y) == sorted(chart.series[0].y)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("ab-sample-size", {"lift": "5%"}, "needs baseline (a rate such as 4%), or sd for a mean."),
        ("ab-sample-size", {"baseline": "0%", "lift": "5%"}, "baseline=0% leaves no variance"),
        ("ab-sample-size", {"baseline": "100%", "lift": "-5%"}, "baseline=100% leaves no variance"),
        ("ab-sample-size", {"baseline": "4%"}, "give one of lift (relative) and points (absolute)."),
        ("ab-sample-size", {"baseline": "4%", "lift": "5%", "points": 1}, "not lift and points"),
        ("ab-sample-size", {"baseline": "4%", "difference": 1}, "not difference"),
        ("ab-sample-size", {"sd": 2, "lift": "5%"}, "needs baseline to turn a lift into a difference."),
        ("ab-sample-size", {"baseline": "4%", "lift": "0%"}, "an effect of 0 needs infinitely many users"),
        ("ab-sample-size", {"sd": 1, "difference": 1e-12}, "an effect of 1e-12 is too small for any number of users"),
        ("ab-sample-size", {"sd": 1, "difference": 500, "test": "t"}, "test=t finds no solution for such values"),
        ("ab-sample-size", {"baseline": "60%", "lift": "80%"}, "60% and 48 points give 108%, which is no rate"),
        ("ab-sample-size", {"baseline": "4%", "lift": "5%", "rho": 0.5}, "test=t and rho are for means"),
        ("ab-sample-size", {"baseline": "4%", "lift": "5%", "power": "100%"}, "is above 0.9999"),
        ("ab-sample-size", {"baseline": "4%", "lift": "5%", "alpha": "0%"}, "is below 1e-09"),
        ("ab-sample-size", {"baseline": "-4%", "lift": "5%"}, "baseline=-4% leaves no variance"),
        ("ab-sample-size", {"sd": -1, "difference": 1}, "sd=-1 is below 1e-12"),
        ("ab-power", {"users": 0, "baseline": "4%", "lift": "5%"}, "users=0 is below 2"),
        ("mde", {"users": 2, "baseline": "90%"}, "even a change from 90% to 100% is not detected"),
        ("mde", {"baseline": "90%"}, "mde needs users"),
    ],
)
def test_what_cannot_be_planned_is_said(name: str, values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate(name, values)


BASES, EFFECTS = st.floats(0.001, 0.999), st.floats(0.001, 0.5)
DESIGNS = st.builds(
    Design, base=BASES | st.none(), sd=st.floats(0.01, 100), alpha=st.floats(0.001, 0.2), sides=st.sampled_from([1, 2]),
    ratio=st.floats(0.1, 10), power=st.floats(0.3, 0.99), t_test=st.just(False),
)  # fmt: skip


@given(DESIGNS, EFFECTS)
def test_the_users_needed_reach_the_power(design: Design, effect: float) -> None:
    assume(design.base is None or design.base + effect < 1)
    users = users_needed(design, effect)
    assert power_reached(design, effect, users) >= design.power - 1e-6
    if users > 10:
        assert power_reached(design, effect, users * 0.8) < design.power


@given(DESIGNS, EFFECTS, st.floats(0.1, 0.9))
def test_a_smaller_effect_of_a_mean_needs_more_users(design: Design, effect: float, part: float) -> None:
    mean = dataclasses.replace(design, base=None)
    assert users_needed(mean, effect * part) >= users_needed(mean, effect)


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.4), st.floats(0.1, 0.9))
def test_a_smaller_rise_of_a_rate_needs_more_users(base: float, effect: float, part: float) -> None:
    design = dataclasses.replace(RATE, base=base)
    assert users_needed(design, effect * part) >= users_needed(design, effect)


@given(DESIGNS, st.integers(50, 10**7), st.booleans())
def test_the_detectable_effect_needs_just_those_users(design: Design, users: int, up: bool) -> None:
    effect = smallest_effect(design, users, up=up)
    assume(effect is not None)
    assert effect is not None
    assert (effect > 0) is up
    assert users_needed(design, effect) == pytest.approx(users, rel=1e-6, abs=1.5)
