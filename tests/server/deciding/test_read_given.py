"""Inputs as people write them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument, BadName
from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.deciding.read_given import read_given, read_value
from mlplaybook.server.artefacts.library import load_decision
from tests.server.deciding.tables import NAMES, number, option, row, table, yes_no


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        ("ms", "80ms", 80),
        ("ms", "0.08 s", 80),
        ("ms", "80", 80),
        ("MB", "2GB", 2000),
        ("MB", "1 GiB", 1073.741824),
        ("h", "90 min", 1.5),
        ("months", "90 days", 3),
        ("%", "8.1 %", 8.1),
        ("% of traffic", "25% of traffic", 25),
        ("% relative", "5%", 5),
        ("ratio", "80 %", 0.8),
        ("percentage points", "5 pp", 5),
        ("percentage points", "5 percentage points", 5),
        ("rows", "10k rows", 10_000),
        ("rows", "1,250", 1250),
        ("queries a month", "1.2 million", 1_200_000),
        ("frames/s", "30 fps", 30),
        ("PSI", "0.27", 0.27),
        ("", "-3", -3),
        ("billion parameters", "7", 7),
        ("billion parameters", "7B", 7),
        ("billion parameters", "350M", 0.35),
        ("billion parameters", "7 billion parameters", 7),
        ("billion parameters", "7000000000", 7),
    ],
)
def test_a_number_comes_in_the_unit_of_its_input(unit: str, text: str, value: float) -> None:
    assert read_value(number("x", unit), text).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("unit", "raw"),
    [
        ("ms", "2GB"), ("ms", "fast"), ("ms", "5m"), ("MB", "2 s"), ("rows", "80ms"), ("rows", "12 apples"), ("rows", "7B"),
        ("ms", ""), ("ms", "80 ms or so"), ("ms", True), ("ms", [80]), ("ms", float("nan")), ("ms", float("inf")),
        ("ms", "9" * 400), ("%", "5 GBP"),
    ],
)  # fmt: skip
def test_a_value_that_is_no_such_number_is_refused_with_what_is_wanted(unit: str, raw: object) -> None:
    with pytest.raises(BadDocument, match=r"^x=.* cannot be used\. It takes a number in"):
        read_value(number("x", unit), raw)


def test_a_small_share_is_taken_as_per_cent_and_said() -> None:
    assert read_value(number("share", "%"), "0.02").note == "share=0.02 was read as 0.02 %, not as a share of 1"
    assert read_value(number("share", "%"), "0.02 %").note == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("Y", True), ("true", True), (True, True), ("no", False), ("0", False), (0, False)],
)
def test_yes_and_no_have_many_spellings(text: object, value: bool) -> None:
    assert read_value(yes_no("x"), text).value is value


def test_maybe_is_neither_yes_nor_no() -> None:
    with pytest.raises(BadDocument, match=r"x=maybe cannot be used\. It takes yes or no\."):
        read_value(yes_no("x"), "maybe")


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("user-at-screen", "user-at-screen", False),
        ("User at screen", "user-at-screen", False),
        ("user", "user-at-screen", True),
        ("nobdy", "nobody", True),
        ("4bit", "4-bit", False),
    ],
)
def test_an_option_is_found_by_its_nearest_spelling_and_a_guess_is_said(text: str, value: str, said: bool) -> None:
    read = read_value(option("x", "user-at-screen", "nobody", "4-bit", "8-bit"), text)
    assert (read.value, read.note) == (value, f"x={text} was read as {value}" if said else "")


@pytest.mark.parametrize("text", ["2-bit", "bit", "someone", ""])
def test_an_option_that_may_be_another_is_refused(text: str) -> None:
    with pytest.raises(BadDocument, match="It takes one of: user-at-screen, nobody, 4-bit, 8-bit"):
        read_value(option("x", "user-at-screen", "nobody", "4-bit", "8-bit"), text)


@pytest.mark.parametrize("text", ["-", "n/a", "none", "unknown", None])
def test_an_input_may_not_apply(text: object) -> None:
    assert [read_value(entry, text).value for entry in (yes_no("x"), number("x"), option("x", "a", "b"))] == [None] * 3


def test_none_is_an_option_where_the_table_has_it() -> None:
    assert read_value(option("done", "none", "commit"), "none").value == "none"


TOY = table((number("latency_limit", "ms"), number("model_size", "MB"), yes_no("model_known")), row("r"), row("s"))


def test_a_part_of_a_name_is_enough_where_it_is_the_only_one() -> None:
    assert list(read_given(TOY, {"latency": "80ms", "size": "2GB", "model-known": "no"})) == [
        "latency_limit", "model_size", "model_known",
    ]  # fmt: skip
    assert judge(TOY, {"latency": "80ms"}).notes == ("latency was taken for latency_limit",)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model", "'model' can be model_size or model_known of the decision toy. Write the whole name."),
        ("latncy_limit", "The decision toy has no input 'latncy_limit'. Did you mean latency_limit?"),
        ("colour", "The decision toy has no input 'colour'. All: latency_limit, model_size, model_known."),
        ("", "The decision toy has no input ''."),
    ],
)
def test_an_unknown_input_is_an_error_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(BadName) as caught:
        read_given(TOY, {name: "1"})
    assert str(caught.value).startswith(message)


def test_one_input_under_two_names_is_an_error() -> None:
    with pytest.raises(BadDocument, match="latency_limit is given twice, as latency and as latency_limit"):
        read_given(TOY, {"latency": "80ms", "latency_limit": "90ms"})


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.lists(st.integers(), max_size=2),
    st.sampled_from(["80ms", "2GB", "7B", "yes", "-", "1e999", "½", "٣", "5 %", "none", "\x00"]),
)  # fmt: skip


@given(st.sampled_from(NAMES), st.dictionaries(st.text(max_size=20), VALUES, max_size=3), st.data())
def test_whatever_is_given_either_counts_or_is_refused(name: str, strange: dict[str, Any], data: st.DataObject) -> None:
    decision = load_decision(name)
    known = data.draw(st.dictionaries(st.sampled_from([e.name for e in decision.inputs]), VALUES, max_size=4))
    with contextlib.suppress(BadName, BadDocument):
        assert judge(decision, {**strange, **known}).status in {"decided", "open", "none"}
