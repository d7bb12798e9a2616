"""Training memory against the tables of three pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.registry import calculate
from mlplaybook.server.artefacts.calculators.training import METHODS, OPTIMISERS, PRECISIONS, state_terms


def states_gb(**values: Any) -> float:
    made = calculate("training-memory", values)
    return {figure.name: figure.value for figure in made.more}["states before sharding"] / 1e9


@pytest.mark.parametrize(
    ("method", "small", "large"), [("full", 112, 1120), ("lora", 14.56, 145.6), ("qlora", 4.06, 40.6)]
)
def test_the_table_of_jobs(method: str, small: float, large: float) -> None:
    """gpu-selection-and-memory, with 0.5% trainable parameters: 14.6, 146, 4.1 and 41 GB when rounded."""
    assert states_gb(parameters="7B", method=method) == pytest.approx(small)
    assert states_gb(parameters="70B", method=method) == pytest.approx(large)


@pytest.mark.parametrize(
    ("optimizer", "state"),
    [("adamw", 64.2), ("adamw-bf16", 32.1), ("sgd-momentum", 32.1), ("lion", 32.1), ("adamw-8bit", 16.1)],
)
def test_the_table_of_optimisers(optimizer: str, state: float) -> None:
    """fine-tuning, for 8.03 billion parameters; weights, gradients and the float32 copy take 8 bytes beside it."""
    assert states_gb(parameters="8.03B", optimizer=optimizer) - 8 * 8.03 == pytest.approx(state, abs=0.05)


@pytest.mark.parametrize(("sharding", "gb"), [("none", 112), ("zero1", 38.5), ("zero2", 26.25), ("zero3", 14)])
def test_the_table_of_zero_stages(sharding: str, gb: float) -> None:
    """distributed-training: 7 billion parameters on 8 GPUs."""
    made = calculate("training-memory", {"parameters": "7B", "gpus": 8, "sharding": sharding, "overhead": 0})
    assert made.result.value / 1e9 == pytest.approx(gb)


@pytest.mark.parametrize(("gpus", "gb", "verdict"), [(16, 92, "too-large"), (24, 68.7, "fits"), (32, 57, "fits")])
def test_70b_fits_on_24_cards_and_not_on_16(gpus: int, gb: float, verdict: str) -> None:
    made = calculate(
        "training-memory",
        {"parameters": "70B", "sharding": "zero3", "gpus": gpus, "activations": "20GB", "gpu_memory": "80GB"},
    )
    assert (round(made.result.value / 1e9, 1), made.verdict) == (gb, verdict)
    assert made.meaning.endswith("23 GPUs are the fewest, 24 in whole nodes of 8.")


@pytest.mark.parametrize(
    ("sequence", "checkpointing", "gib"),
    [(4096, "yes", 4.8), (32_768, "yes", 38.5), (4096, "no", 31), (32_768, "no", 247)],
)
def test_the_table_of_activations(sequence: int, checkpointing: str, gib: float) -> None:
    shape = {"sequence": sequence, "hidden": 4096, "layers": 32, "vocabulary": 128_256, "checkpointing": checkpointing}
    made = calculate("training-memory", {"parameters": "8.03B", "overhead": 0, **shape})
    assert (made.result.value - 16 * 8.03e9) / 2**30 == pytest.approx(gib, rel=0.006)


def test_bfloat16_without_a_copy_and_plain_sgd() -> None:
    """2 + 2 + 0 bytes, against 4 + 4 + 8 in float32."""
    assert states_gb(parameters="1B", precision="bf16", optimizer="sgd") == 4
    assert states_gb(parameters="1B", precision="fp32") == 16


def test_what_is_not_shared_may_fit_on_no_number_of_cards() -> None:
    made = calculate("training-memory", {"parameters": "70B", "sharding": "zero1", "gpus": 64, "gpu_memory": "80GB"})
    assert "with any number of GPUs" in made.meaning


def test_activations_that_are_not_counted_are_said() -> None:
    made = calculate("training-memory", {"parameters": "7B"})
    assert any("activations are not counted" in note for note in made.assumptions)
    assert made.meaning == "Plan a card of 127 GB or more: 10% of it stays free."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "training-memory needs parameters"),
        ({"parameters": 0}, "parameters=0 is below 1"),
        ({"parameters": "7B", "sharding": "zero3"}, "one GPU has nobody to share with"),
        ({"parameters": "7B", "hidden": 4096}, "needs sequence and layers to estimate activations"),
        ({"parameters": "7B", "optimizer": "adamv"}, "did you mean adamw?"),
        ({"parameters": "7B", "trainable": "200%"}, "is above 1 (100%)"),
    ],
)
def test_what_has_no_memory_is_said(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        calculate("training-memory", values)


@given(
    st.integers(1, 10**12), st.sampled_from(sorted(METHODS)), st.sampled_from(sorted(PRECISIONS)),
    st.sampled_from(sorted(OPTIMISERS)), st.integers(1, 1024),
)  # fmt: skip
def test_each_stage_of_sharding_takes_no_more(
    parameters: int, method: str, precision: str, optimiser: str, gpus: int
) -> None:
    sums = [
        sum(t.on_each(gpus) for t in state_terms(parameters, method, 0.01, precision, optimiser, stage))
        for stage in ("none", "zero1", "zero2", "zero3")
    ]
    assert all(a >= b * (1 - 1e-12) for a, b in pairwise(sums))
    assert sums[3] == pytest.approx(sums[0] / gpus)
