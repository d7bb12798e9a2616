"""Whatever is given, a calculator answers with a finite record or says what is wrong."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.artefacts.calculators.records import Calculator, Kind, Parameter
from mlplaybook.server.artefacts.calculators.registry import CALCULATORS, calculate

NUMBERS = st.sampled_from(
    ["0", "1", "2", "3", "0.5", "12", "50", "1000", "1e-9", "1e9", "1e30", "1e300", "-1", "-0.5", "x", "", "nan"]
)
CELLS: st.SearchStrategy[Any] = st.lists(
    st.sampled_from([None, 0, 1, 2.5, -3, "a", "b", "nan", 1e300, "1e999"]) | st.floats(), max_size=12
)
GROUPS = st.dictionaries(st.sampled_from("ABC"), st.tuples(st.integers(-1, 400), st.integers(-1, 400)), max_size=3)
STRATEGIES: dict[Kind, st.SearchStrategy[Any]] = {
    "count": st.integers(-1, 10**7) | NUMBERS,
    "number": st.floats() | NUMBERS,
    "share": st.floats(-1.2, 1.2) | st.sampled_from(["5%", "100%", "0%", "99.999999%", "1e-9%", "half"]),
    "money": st.floats(-1, 1e9) | st.sampled_from(["3USD", "2 EUR", "0", "1e300", "1e-30"]),
    "time": st.floats(-1, 1e9) | st.sampled_from(["1ns", "9 years", "5m", "0h"]),
    "storage": st.floats(-1, 1e9) | st.sampled_from(["1B", "9 PB", "80GB"]),
    "numbers": st.lists(st.floats(-1, 1e9) | st.integers(0, 50), max_size=8),
    "column": CELLS,
    "groups": GROUPS,
    "text": st.text(max_size=3),
}


def values_of(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.name == "draws":
        return st.just(100)
    return st.sampled_from(parameter.allowed) if parameter.kind == "choice" else STRATEGIES[parameter.kind]


def inputs_of(calculator: Calculator) -> st.SearchStrategy[dict[str, Any]]:
    """Required inputs always, so that more than the first question is met; the others now and then."""
    needed = {p.name: values_of(p) for p in calculator.inputs if p.required}
    others = {p.name: values_of(p) for p in calculator.inputs if not p.required}
    return st.fixed_dictionaries(needed, optional=others)


@pytest.mark.parametrize("calculator", CALCULATORS, ids=lambda c: c.id)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_input_has_an_answer_or_an_error_of_ours(calculator: Calculator, data: st.DataObject) -> None:
    given = data.draw(inputs_of(calculator))
    try:
        made = calculate(calculator.id, given)
    except PlaybookError:
        return
    json.dumps(dataclasses.asdict(made), allow_nan=False)


@pytest.mark.parametrize("calculator", CALCULATORS, ids=lambda c: c.id)
def test_the_fewest_inputs_are_asked_for_by_name(calculator: Calculator) -> None:
    with pytest.raises(PlaybookError, match=f"{calculator.id}"):
        calculate(calculator.id, {})
