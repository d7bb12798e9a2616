"""GPU hours and their price against the worked examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.artefacts.calculators.hours import PEAKS, gpu_hours
from mlplaybook.server.artefacts.calculators.registry import calculate

RUN = {"parameters": "7B", "tokens": "140B", "gpu": "h100", "gpus": 8}


def test_7b_on_140_billion_tokens() -> None:
    """6 × 7e9 × 140e9 / (989e12 × 0.4 × 3,600) = 4,129 hours, or 21.5 days on 8 GPUs; budget 1.5 times."""
    made = calculate("gpu-hours", RUN)
    assert (made.result.text, made.more[0].text, made.more[1].text) == (
        "4,129 GPU-hours",
        "21.5 days",
        "6,193 GPU-hours",
    )


def test_low_utilisation_asks_for_its_cause() -> None:
    assert calculate("gpu-hours", {**RUN, "mfu": "29%"}).verdict == "bottleneck"
    assert calculate("gpu-hours", {**RUN, "mfu": "30%"}).verdict == "ok"


def test_a_peak_of_ones_own_and_the_factor_of_lora() -> None:
    own = {**{k: v for k, v in RUN.items() if k != "gpu"}, "peak": "989 TFLOPS", "factor": 4}
    assert calculate("gpu-hours", own).result.value == pytest.approx(4128.75 * 4 / 6, rel=1e-6)


def test_the_peaks_are_the_pages() -> None:
    page = (pages_folder() / "10-cost" / "gpu-selection-and-memory.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\w+)(?: SXM)? \|.*TB/s \| ([\d,]+)", page, re.MULTILINE))
    assert {name.lower(): float(peak.replace(",", "")) for name, peak in rows.items()} == PEAKS


def test_the_price_of_those_hours() -> None:
    """gpu-selection-and-memory: 4,129 GPU-hours are about 12,400 dollars at 3 dollars an hour."""
    made = calculate("gpu-cost", {"gpu_hours": 4129, "price": "$3/h"})
    assert (made.result.text, made.more[0].text) == ("12,387.00 USD", "18,580.50 USD")


def test_hours_of_several_gpus() -> None:
    assert calculate("gpu-cost", {"gpus": 8, "time": "2 days", "price": "3 EUR"}).result.text == "1,152.00 EUR"


def test_spot_capacity_as_on_the_page() -> None:
    """60% discount, interrupted every 4 hours, 15 minutes lost and 10 to restart: 0.40 / (1 − 25/240) = 45%."""
    made = calculate("gpu-cost", {"gpu_hours": 100, "price": 3, "discount": "60%"})
    assert round(made.more[1].value, 2) == 0.45
    assert made.more[2].value == pytest.approx(450 * 0.4 / (1 - 25 / 240))


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("gpu-hours", {"parameters": "7B", "tokens": "1B"}, "give either gpu or peak"),
        ("gpu-hours", {**RUN, "peak": 989}, "give either gpu or peak"),
        ("gpu-hours", {**RUN, "mfu": "140%"}, "is above 1 (100%)"),
        ("gpu-hours", {**RUN, "mfu": 0}, "mfu=0 is not above 0"),
        ("gpu-hours", {**RUN, "gpu": "h1000"}, "did you mean h100?"),
        ("gpu-cost", {"price": 3}, "gpu-cost needs time (or gpu_hours)."),
        ("gpu-cost", {"price": -3, "gpu_hours": 1}, "price=-3 is below 0"),
        ("gpu-cost", {"price": 3, "gpu_hours": 1, "discount": "60%", "lost": "4h"}, "interruptions cost more time"),
    ],
)
def test_what_has_no_price_is_said(name: str, values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate(name, values)


@given(st.floats(1, 1e13), st.floats(1, 1e14), st.floats(1, 1e4), st.floats(0.01, 0.5))
def test_hours_are_linear_in_size_and_inverse_in_speed(
    parameters: float, tokens: float, peak: float, mfu: float
) -> None:
    once = gpu_hours(parameters, tokens, peak, mfu)
    assert gpu_hours(2 * parameters, tokens, peak, mfu) == pytest.approx(2 * once)
    assert gpu_hours(parameters, 2 * tokens, 2 * peak, mfu) == pytest.approx(once)
    assert gpu_hours(parameters, tokens, peak, 2 * mfu) == pytest.approx(once / 2)
