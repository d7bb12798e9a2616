"""PSI against the page's example, its own code, and the properties that its formula has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.psi import noise, psi_terms, shares
from mlplaybook.server.artefacts.calculators.registry import calculate

QUINTILES = {"reference": [200] * 5, "current": [100, 150, 200, 250, 300]}
RNG = np.random.default_rng(7)
REFERENCE, CURRENT = RNG.normal(50, 10, 2000), RNG.normal(54, 10, 1500)


def test_the_worked_example_of_the_page() -> None:
    """0.0693 + 0.0144 + 0 + 0.0112 + 0.0405 = 0.1354: a warning."""
    made = calculate("psi", {**QUINTILES, "smoothing": "none"})
    assert made.table is not None
    assert [row[-1] for row in made.table.rows] == ["0.0693", "0.0144", "0.0000", "0.0112", "0.0405", "0.1354"]
    assert (made.result.value, made.verdict) == (pytest.approx(0.135403, abs=1e-6), "watch")


def test_half_a_row_is_added_as_the_page_does() -> None:
    assert round(calculate("psi", QUINTILES).result.value, 3) == 0.135


def psi_of_the_page(reference: Any, current: Any) -> float:
    ref, cur = np.asarray(reference, float), np.asarray(current, float)
    seen = ref + cur > 0
    ref, cur = ref[seen] + 0.5, cur[seen] + 0.5
    p, q = ref / ref.sum(), cur / cur.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def test_columns_are_cut_and_counted_as_the_page_does() -> None:
    reference, current = REFERENCE.copy(), CURRENT.copy()
    reference[:20] = current[:90] = np.nan
    edges = np.unique(np.nanquantile(reference, np.arange(1, 10) / 10))

    def counts(values: Any) -> Any:
        missing = np.isnan(values)
        index = np.searchsorted(edges, values[~missing], side="left")
        return np.append(np.bincount(index, minlength=len(edges) + 1), missing.sum())

    made = calculate("psi", {"reference_values": reference.tolist(), "current_values": current.tolist()})
    assert made.result.value == pytest.approx(psi_of_the_page(counts(reference), counts(current)))
    assert made.table is not None
    assert made.table.rows[-2][:3] == ("missing", "20", "90")


def test_values_outside_of_the_reference_are_counted() -> None:
    """The page's correction: 30% far above the reference maximum must be seen."""
    current = np.concatenate([RNG.normal(50, 10, 700), np.full(300, 1000.0)])
    for binning in ("quantile", "fixed"):
        made = calculate(
            "psi", {"reference_values": REFERENCE.tolist(), "current_values": current.tolist(), "binning": binning}
        )
        assert made.result.value > 0.2


def test_edges_of_ones_own_are_used() -> None:
    made = calculate("psi", {"reference_values": [*range(40)], "current_values": [*range(20, 60)], "edges": "20,10,30"})
    assert made.table is not None
    assert [row[:3] for row in made.table.rows[:-1]] == [
        ("up to 10", "11", "0"), ("10 to 20", "10", "1"), ("20 to 30", "10", "10"), ("above 30", "9", "29")
    ]  # fmt: skip


def test_words_and_few_values_are_categories() -> None:
    made = calculate("psi", {"reference_values": ["a"] * 30 + ["b"] * 10, "current_values": ["a", "b", "c", None] * 10})
    assert made.table is not None
    assert [row[:3] for row in made.table.rows[:-1]] == [
        ("a", "30", "10"), ("b", "10", "10"), ("c", "0", "10"), ("missing", "0", "10")
    ]  # fmt: skip
    assert "one bin for each value, since value 1 is 'a', no number" in made.assumptions
    few = calculate("psi", {"reference_values": [0, 1] * 10, "current_values": [1] * 20})
    assert few.table is not None
    assert [row[0] for row in few.table.rows] == ["0", "1", "sum"]


def test_a_constant_reference_and_many_new_numbers_are_not_categories() -> None:
    made = calculate("psi", {"reference_values": [0] * 100, "current_values": [n / 7 for n in range(100)]})
    assert made.table is not None
    assert [row[0] for row in made.table.rows] == ["up to 0", "above 0", "sum"]


@pytest.mark.parametrize(
    ("psi", "cuts", "verdict"),
    [
        ([500, 500], "default", "stable"),
        ([360, 640], "default", "stable"),
        ([340, 660], "default", "watch"),
        ([280, 720], "default", "act"),
        ([280, 720], "credit", "watch"),
        ([200, 800], "credit", "act"),
    ],
)
def test_the_cuts_of_the_page_decide(psi: list[int], cuts: str, verdict: str) -> None:
    assert calculate("psi", {"reference": [500, 500], "current": psi, "cuts": cuts}).verdict == verdict


def test_a_large_psi_has_the_shorter_deadline() -> None:
    assert "within 48 hours" in calculate("psi", {"reference": [500, 500], "current": [280, 720]}).meaning
    assert "within 24 hours" in calculate("psi", {"reference": [500, 500], "current": [200, 800]}).meaning


def test_a_small_window_leaves_doubt() -> None:
    made = calculate("psi", {"reference": [1000] * 10, "current": [3, 16, 8, 14, 12, 6, 15, 6, 11, 9]})
    assert (made.verdict, made.result.value > 0.1) == ("unclear", True)
    assert "lengthen the window first" in made.meaning


@pytest.mark.parametrize(
    ("rows", "expected", "limit"), [(100, 0.090, 0.217), (500, 0.018, 0.043), (10_000, 0.0009, 0.0022)]
)
def test_the_noise_is_the_pages_table(rows: int, expected: float, limit: float) -> None:
    assert noise(10, 1e12, rows) == (pytest.approx(expected, rel=0.01), pytest.approx(limit, rel=0.02))


@pytest.mark.parametrize("bins", [3, 5, 10, 20, 101])
def test_the_limit_of_the_noise_is_nearly_chi_square(bins: int) -> None:
    exact = stats.chi2.ppf(0.99, bins - 1) * (1 / 500 + 1 / 700)
    assert noise(bins, 500, 700)[1] == pytest.approx(exact, rel=0.015 if bins == 3 else 0.01)


@pytest.mark.parametrize(("epsilon", "cost"), [("1e-6", "1.15"), ("1e-4", "0.69")])
def test_an_epsilon_says_what_an_empty_decile_costs(epsilon: str, cost: str) -> None:
    made = calculate("psi", {**QUINTILES, "smoothing": "epsilon", "epsilon": epsilon})
    assert any(f"then adds {cost}" in note for note in made.assumptions)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reference": [1, 2]}, "psi needs current (counts by bin), or two columns of a CSV."),
        ({"reference": [1, 2], "current": [1]}, "reference has 2 bins and current 1"),
        ({"reference": [0, 0], "current": [0, 0]}, "every bin is empty on both sides"),
        ({"reference": [0, 0], "current": [1, 2]}, "reference has no rows"),
        ({"reference": [5, 0], "current": [1, 2], "smoothing": "none"}, "'bin 2' is empty on one side"),
        ({"reference": [0.4, 0.6], "current": [0.5, 0.5]}, "reference adds up to 1: these are shares"),
        ({"reference": [1, -1], "current": [1, 1]}, "is below 0"),
        ({"reference_values": [1, 2]}, "psi needs current_values beside the other column."),
        ({"reference_values": [None], "current_values": [1]}, "reference_values=[None] holds no values"),
        (
            {"reference_values": [1, 2], "current_values": [1, "x"], "edges": [1]},
            "value 2 is 'x', which no edges can sort",
        ),
        ({"reference_values": [f"user{n}" for n in range(200)], "current_values": ["a"]}, "201 different texts"),
    ],
)
def test_what_has_no_psi_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("psi", values)


COUNTS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 10**6), min_size=n, max_size=n) for _ in range(2)])
)


@given(COUNTS)
def test_psi_is_never_negative_and_symmetric(counts: tuple[list[int], list[int]]) -> None:
    p, q = (shares(side, "half-row", 0) for side in counts)
    there, back = psi_terms(p, q), psi_terms(q, p)
    assert min(there) >= 0
    assert sum(there) == pytest.approx(sum(back))
    assert sum(there) == pytest.approx(
        sum(b * log(b / a) + a * log(a / b) for a, b in zip(p, q, strict=True)), abs=1e-9
    )


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=12))
def test_equal_samples_have_no_drift(counts: list[int]) -> None:
    assert calculate("psi", {"reference": counts, "current": counts}).result.value == 0
