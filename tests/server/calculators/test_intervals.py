"""Intervals against the page's tables, scipy, statsmodels and a count over all pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.auc import delong, hanley_mcneil, midranks
from mlplaybook.server.artefacts.calculators.interval_methods import STATISTICS, bootstrap, group_bootstrap, wilson
from mlplaybook.server.artefacts.calculators.registry import calculate

RNG = np.random.default_rng(0)


def limits(**values: Any) -> tuple[float, float]:
    made = calculate("confidence-interval", values)
    return made.more[0].value, made.more[1].value


@pytest.mark.parametrize(
    ("rows", "low", "high"), [(100, 0.83, 0.94), (500, 0.87, 0.92), (1000, 0.88, 0.92), (10_000, 0.894, 0.906)]
)
def test_the_table_of_the_page(rows: int, low: float, high: float) -> None:
    digits = 3 if rows == 10_000 else 2
    assert tuple(round(limit, digits) for limit in limits(rate="90%", rows=rows)) == (low, high)


@pytest.mark.parametrize(("successes", "rows"), [(0, 300), (300, 300), (1, 2), (90, 100), (7, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_proportions_agree_with_statsmodels(successes: int, rows: int, confidence: float) -> None:
    given = {"successes": successes, "rows": rows, "confidence": confidence}
    for ours, theirs in (("wilson", "wilson"), ("exact", "beta")):
        expected = proportion_confint(successes, rows, 1 - confidence, theirs)
        assert limits(**given, method=ours) == pytest.approx(expected, abs=1e-9)


def test_no_failure_in_300_rows_allows_1_per_cent() -> None:
    made = calculate("confidence-interval", {"successes": 0, "rows": 300})
    assert "one-sided 95% limit is about 3 / n = 1% above 0" in made.meaning
    assert made.more[0].value == 0


def test_a_column_of_0_and_1_is_a_proportion() -> None:
    made = calculate("confidence-interval", {"values": [1] * 90 + [0] * 10 + [None] * 5})
    assert (made.result.value, made.more[0].value) == (0.9, pytest.approx(wilson(90, 100, 0.95).low))
    assert "5 rows without a value were left out" in made.assumptions


def test_a_mean_has_students_interval() -> None:
    """4.2 ± 2.0096 × 1.3 / √50 = 4.2 ± 0.3695."""
    assert limits(mean=4.2, sd=1.3, rows=50) == pytest.approx((3.8305, 4.5695), abs=1e-4)
    values = RNG.normal(4, 2, 40)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert limits(values=values.tolist()) == pytest.approx((expected.low, expected.high))


def test_an_auc_of_which_only_the_counts_are_known() -> None:
    """problem-framing: at 0.55 with 50 positives and 950 negatives the margin is about 0.08."""
    made = calculate("confidence-interval", {"auc": 0.55, "positives": 50, "negatives": 950})
    assert made.more[1].value - 0.55 == pytest.approx(0.084, abs=0.001)
    assert "no better than chance is not ruled out" in made.meaning


def test_a_worked_example_of_hanley_and_mcneil() -> None:
    """A = 0.8, 10 and 10: Q1 = 2/3, Q2 = 0.7111; (0.16 + 9 × 0.02667 + 9 × 0.07111) / 100 = 0.0104; root 0.1020."""
    assert hanley_mcneil(0.8, 10, 10) == pytest.approx(0.1020, abs=1e-4)


def by_pairs(positives: Any, negatives: Any) -> tuple[float, float]:
    """DeLong's estimate by its definition: every positive against every negative."""
    wins = np.array([[(p > n) + 0.5 * (p == n) for n in negatives] for p in positives], float)
    variance = wins.mean(1).var(ddof=1) / len(positives) + wins.mean(0).var(ddof=1) / len(negatives)
    return float(wins.mean()), float(variance**0.5)


SCORES = st.lists(st.integers(0, 6).map(lambda n: n / 6) | st.floats(0, 1), min_size=2, max_size=15).map(np.array)


@given(SCORES, SCORES)
def test_delong_counts_pairs(positives: Any, negatives: Any) -> None:
    assert delong(positives, negatives) == pytest.approx(by_pairs(positives, negatives), abs=1e-7)
    area = stats.mannwhitneyu(positives, negatives).statistic / len(positives) / len(negatives)
    assert delong(positives, negatives)[0] == pytest.approx(area)


@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30).map(np.array))
def test_midranks_are_scipys(values: Any) -> None:
    assert midranks(values).tolist() == stats.rankdata(values).tolist()


def test_scores_and_labels_have_delongs_interval() -> None:
    scores, labels = [0.9, 0.8, 0.4, 0.7, 0.3, 0.2, 0.1, None], ["yes"] * 3 + ["no"] * 4 + ["no"]
    made = calculate("confidence-interval", {"scores": scores, "labels": labels, "positive": "yes"})
    area, error = by_pairs(scores[:3], scores[3:7])
    assert (made.result.value, made.more[0].value) == (pytest.approx(area), pytest.approx(area - 1.959964 * error))
    assert made.more[1].value == 1.0
    assert "1 rows without score or label were left out" in made.assumptions
    assert made.chart is not None
    assert [series.name for series in made.chart.series] == ["DeLong", "Hanley-McNeil"]


def test_the_bootstrap_is_scipys_and_repeats() -> None:
    values = RNG.exponential(2, 60)
    expected = stats.bootstrap(
        (values,), np.median, n_resamples=999, method="BCa", rng=np.random.default_rng(3), vectorized=True
    ).confidence_interval
    given = {"values": values.tolist(), "statistic": "median", "draws": 999, "seed": 3}
    assert limits(**given) == pytest.approx((expected.low, expected.high))
    assert limits(**given) == limits(**given)


@pytest.mark.parametrize("statistic", sorted(STATISTICS))
def test_every_statistic_lies_in_its_interval(statistic: str) -> None:
    found = bootstrap(RNG.normal(3, 1, 80), statistic, 500, 0.95, 0)
    assert found.low <= found.estimate <= found.high


def test_statistics_are_what_their_names_say() -> None:
    values = np.array([3.0, -4.0])
    assert [float(STATISTICS[name](values)) for name in ("mean", "median", "rmse", "mae")] == [
        -0.5, -0.5, pytest.approx(12.5**0.5), 3.5
    ]  # fmt: skip


def test_many_rows_have_percentiles_and_too_many_are_refused() -> None:
    made = calculate("confidence-interval", {"values": [*range(6000)], "of": "bootstrap", "draws": 200})
    assert made.steps[1].startswith("percentile bootstrap, 200 draws")
    with pytest.raises(BadDocument, match=re.escape("are more than 500,000,000 numbers. Say draws=5000")):
        calculate("confidence-interval", {"values": [*range(100_000)], "of": "bootstrap"})


def test_resamples_that_are_alike_fall_back_to_percentiles() -> None:
    assert limits(values=[0] * 50 + [1], statistic="median", draws=100) == (0, 0)


def test_equal_rows_have_an_interval_without_width() -> None:
    assert limits(values=[2.5] * 40, of="bootstrap") == (2.5, 2.5)


def test_related_rows_have_a_wider_interval() -> None:
    """statistics-for-comparison: rows of one user resemble each other, so users are drawn."""
    effect = np.repeat(RNG.normal(0, 1, 50), 10)
    values, user = effect + RNG.normal(0, 0.2, 500), tuple(np.repeat(np.arange(50), 10).tolist())
    by_row, by_user = bootstrap(values, "mean", 500, 0.95, 0), group_bootstrap(values, user, "mean", 500, 0.95, 0)
    assert by_user.high - by_user.low > 2.5 * (by_row.high - by_row.low)
    made = calculate("confidence-interval", {"values": values.tolist(), "groups": list(user), "draws": 500})
    assert (made.more[0].value, made.steps[1][:26]) == (by_user.low, "bootstrap over 50 groups, ")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"confidence": "90%"}, "it needs successes and rows, mean and sd and rows"),
        ({"successes": 5}, "needs rows for a proportion"),
        ({"successes": 5, "rows": 0}, "rows=0 is below 1"),
        ({"successes": 5, "rows": 4}, "5 successes are more than 4 rows"),
        ({"successes": -1, "rows": 4}, "successes=-1 is below 0"),
        ({"of": "proportion", "values": [1, 2]}, "values are not all 0 or 1"),
        ({"mean": 3, "sd": 1}, "needs rows for a mean"),
        ({"mean": 3, "sd": 1, "rows": 1}, "one row has no spread"),
        ({"values": [2.5]}, "one row has no spread"),
        ({"values": [2.5, "high"]}, "values holds 'high' as value 2, which is no number"),
        ({"values": []}, "values=[] holds no values"),
        ({"auc": 0.7}, "needs positives and negatives for an AUC, or columns scores and labels"),
        ({"auc": 1.2, "positives": 3, "negatives": 3}, "auc=1.2 is above 1"),
        ({"scores": [0.1, 0.2]}, "needs labels beside scores"),
        ({"scores": [0.1, 0.2], "labels": [1]}, "2 scores and 1 labels"),
        ({"scores": [0.1, 0.2], "labels": [1, 1]}, "labels has 1, and positive=1"),
        ({"scores": [0.1, 0.2, 0.3], "labels": ["a", "b", "c"]}, "labels has a, b, c, and positive=1"),
        ({"scores": [0.1, 0.2, 0.3], "labels": [0, 0, 1]}, "one class has a single row"),
        ({"scores": [0.1, "x"], "labels": [0, 1]}, "scores holds 'x' as value 2"),
        ({"values": [1, 2], "groups": ["a"]}, "2 values and 1 groups"),
        ({"statistic": "p95"}, "needs values for a bootstrap"),
        ({"values": [3], "statistic": "p95"}, "one row has no spread"),
    ],
)
def test_what_has_no_interval_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("confidence-interval", values)


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.5, 0.999))
def test_a_wilson_interval_stays_between_0_and_1_and_holds_its_estimate(rows: int, share: float, level: float) -> None:
    found = wilson(round(share * rows), rows, level)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
