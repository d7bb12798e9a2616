"""Values as people and programs write them."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.artefacts.calculators.parse import READERS, Unreadable, parse
from mlplaybook.server.artefacts.calculators.records import Kind, Parameter
from mlplaybook.server.artefacts.quantities import Quantity


def parameter(kind: Kind, **more: Any) -> Parameter:
    return Parameter("x", kind, "what it is", "an example", **more)


@pytest.mark.parametrize(
    ("kind", "raw", "value", "more"),
    [
        ("count", "7B", 7_000_000_000, {}),
        ("count", "8.03 billion", 8_030_000_000, {}),
        ("count", "1,000", 1000, {}),
        ("count", "140e9", 140_000_000_000, {}),
        ("count", "3000 tokens", 3000, {"unit": "tokens"}),
        ("count", 12, 12, {}),
        ("count", 12.0, 12, {}),
        ("number", "-2.5", -2.5, {}),
        ("number", "989 TFLOPS", 989.0, {"unit": "TFLOPS"}),
        ("number", "0.2%", 0.2, {"unit": "points"}),
        ("number", "0.2 pp", 0.2, {"unit": "points"}),
        ("share", "5%", 0.05, {}),
        ("share", "0.05", 0.05, {}),
        ("share", 0.05, 0.05, {}),
        ("share", "-3 per cent", -0.03, {}),
        ("share", "250%", 2.5, {}),
        ("money", "$3", Quantity(3, "USD", "money", 0, 2), {"unit": "hour"}),
        ("money", "3 EUR/h", Quantity(3, "EUR", "money", 0, 5), {"unit": "hour"}),
        ("money", "£2.50 per 1M tokens", Quantity(2.5, "GBP", "money", 0, 5), {"unit": "million tokens"}),
        ("money", 4, Quantity(4, "", "", 0, 1), {}),
        ("time", "90 min", 1.5, {"unit": "h"}),
        ("time", "3", 3.0, {"unit": "h"}),
        ("storage", "1 GiB", 1.073741824, {"unit": "GB"}),
        ("storage", "500MB", 0.5, {"unit": "GB"}),
        ("choice", "BF16", "bf16", {"allowed": ("fp32", "bf16")}),
        ("choice", "half_row", "half-row", {"allowed": ("half-row",)}),
        ("choice", True, "yes", {"allowed": ("yes", "no")}),
        ("numbers", "1, 2;3", (1.0, 2.0, 3.0), {}),
        ("numbers", [1, 2.5], (1.0, 2.5), {}),
        ("numbers", "[1, 2]", (1.0, 2.0), {}),
        ("column", ["1", "", "nan", "b", None, 2], (1.0, None, None, "b", None, 2.0), {}),
        ("column", "1,2,x", (1.0, 2.0, "x"), {}),
        ("column", [True, False], (1.0, 0.0), {}),
        ("groups", "A:1460/2000,B:574/1000", {"A": (1460, 2000), "B": (574, 1000)}, {}),
        ("groups", "over 60 = 5/10; rest: 6/10", {"over 60": (5, 10), "rest": (6, 10)}, {}),
        ("groups", {"A": [5, 10], "B": "6/10"}, {"A": (5, 10), "B": (6, 10)}, {}),
        ("text", " yes ", "yes", {}),
    ],
)  # fmt: skip
def test_a_value_is_read(kind: Kind, raw: object, value: object, more: dict[str, Any]) -> None:
    assert parse(parameter(kind, **more), raw) == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("kind", "raw", "problem", "more"),
    [
        ("count", "2.5", "is no whole number", {}),
        ("count", "eighty", "is no number", {}),
        ("count", "80GB", "is no number of tokens", {"unit": "tokens"}),
        ("count", True, "is no single value", {}),
        ("count", math.nan, "is no count", {}),
        ("count", "0", "is below 1", {"minimum": 1}),
        ("number", math.inf, "is no number", {}),
        ("number", "1", "is not below 1", {"below": 1}),
        ("number", "1e40", "is beyond 1e+30", {}),
        ("money", "1e-40", "is nearer to 0 than 1e-30", {}),
        ("number", "1e999", "is above 5", {"maximum": 5}),
        ("share", "5", "is no share between 0 and 1; did you mean 5%?", {}),
        ("share", "half", "is no share", {}),
        ("share", "0%", "is not above 0", {"above": 0}),
        ("share", "60%", "is above 0.5 (50%)", {"maximum": 0.5}),
        ("money", "3 EUR/day", "is not per hour", {"unit": "hour"}),
        ("money", "3 EUR/day", "is a price, not an amount", {}),
        ("money", "80 GB", "is no amount of money", {}),
        ("money", "-3", "is below 0", {"minimum": 0}),
        ("time", "5m", "is no time", {"unit": "h"}),
        ("time", "5 GB", "is no time", {"unit": "h"}),
        ("storage", "80s", "is no storage size", {"unit": "GB"}),
        ("choice", "bf15", "is none of fp32, bf16; did you mean bf16?", {"allowed": ("fp32", "bf16")}),
        ("numbers", "1,x", "holds 'x', which is no number", {}),
        ("numbers", "", "holds no numbers", {}),
        ("numbers", "1,-2", "is below 0", {"minimum": 0}),
        ("column", ["", "NaN", None], "holds no values", {}),
        ("column", ["1", "inf"], "holds 'inf', which is beyond 1e+30", {}),
        ("column", 3, "is no list of values", {}),
        ("column", [[1]], "holds [1], which is no value of a row", {}),
        ("groups", "A:5", "holds 'A:5', which is not NAME:FAVOURABLE/TOTAL", {}),
        ("groups", "A:1.5/2", "holds 'A:1.5/2', which is not NAME:FAVOURABLE/TOTAL", {}),
        ("groups", {"A": 5}, "holds 'A:5', which is not NAME:FAVOURABLE/TOTAL", {}),
        ("groups", "A:1/2,A:1/3", "names the group A twice", {}),
        ("text", ["a"], "is no single value", {}),
        ("text", None, "is no text", {}),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(kind: Kind, raw: object, problem: str, more: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match=re.escape(problem)):
        parse(parameter(kind, **more), raw)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(
    st.sampled_from(sorted(READERS)),
    SCALARS
    | st.lists(SCALARS, max_size=4)
    | st.dictionaries(st.text(max_size=5), SCALARS | st.lists(SCALARS), max_size=3),
)
def test_any_value_is_read_or_refused(kind: Kind, raw: object) -> None:
    with contextlib.suppress(Unreadable):
        parse(parameter(kind, unit={"time": "h", "storage": "GB"}.get(kind, ""), allowed=("yes", "no")), raw)
