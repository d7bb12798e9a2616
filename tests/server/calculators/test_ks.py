"""The KS test against scipy, and the two conditions of an alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.ks import largest_gap
from mlplaybook.server.artefacts.calculators.registry import calculate


def ks(reference: Any, current: Any, **more: Any) -> Any:
    return calculate("ks-test", {"reference_values": list(reference), "current_values": list(current), **more})


def test_the_example_of_the_page() -> None:
    """Normal values around 50 and 52: D 0.084, p 1.3e-61; real and small."""
    rng = np.random.default_rng(7)
    reference, current = rng.normal(50, 10, 20_000), rng.normal(52, 10, 20_000)
    made = ks(reference, current)
    assert (round(made.result.value, 3), made.more[0].text, made.verdict) == (0.084, "1.3e-61", "quiet")
    assert "as any difference is with this many rows" in made.meaning


@pytest.mark.parametrize(
    ("shift", "rows", "verdict"),
    [(0.0, 1000, "quiet"), (0.5, 1000, "alarm"), (0.1, 20_000, "quiet"), (0.45, 20, "unclear")],
)
def test_an_alarm_needs_a_small_p_and_a_large_distance(shift: float, rows: int, verdict: str) -> None:
    quantiles = stats.norm.ppf((np.arange(rows) + 0.5) / rows)
    assert ks(quantiles, quantiles + shift).verdict == verdict


@pytest.mark.parametrize(("rows", "shift"), [(30, 0.4), (200, 0.0), (5000, 0.05)])
def test_distance_and_p_are_scipys(rows: int, shift: float) -> None:
    rng = np.random.default_rng(rows)
    reference, current = rng.normal(0, 1, rows), rng.normal(shift, 1, rows)
    theirs, made = stats.ks_2samp(reference, current), ks(reference, current)
    assert (made.result.value, made.more[0].value) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))


def test_p_is_multiplied_by_the_number_of_tests() -> None:
    rng = np.random.default_rng(7)
    reference, current = rng.normal(0, 1, 300), rng.normal(0.3, 1, 300)
    once, often = ks(reference, current), ks(reference, current, tests=10)
    assert often.more[0].value == pytest.approx(min(1, 10 * once.more[0].value))


def test_missing_values_are_left_out_and_counted() -> None:
    made = ks([1, None, 2, "nan", 3], [1, 2, 3, 4])
    assert "2 rows without a value were left out" in made.assumptions
    assert made.result.value == pytest.approx(0.25)


def test_words_are_refused() -> None:
    with pytest.raises(
        BadDocument, match=r"current_values holds 'b' as value 2, which is no number\. KS compares numbers"
    ):
        ks([1, 2], [1, "b"])


NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=1, max_size=40)


@given(NUMBERS, NUMBERS)
def test_the_distance_is_the_largest_gap_over_all_values(reference: list[float], current: list[float]) -> None:
    found = largest_gap(np.array(reference), np.array(current))
    gaps = [abs(np.mean(np.array(reference) <= x) - np.mean(np.array(current) <= x)) for x in (*reference, *current)]
    assert found[0] == pytest.approx(max(gaps))
    assert found[0] == pytest.approx(abs(found[2] - found[3]))
