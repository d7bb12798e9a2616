from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.artefacts.filling.values import parse_value, read_date, read_duration, says_nothing, split_list
from mlplaybook.server.artefacts.records import Field, FieldType


def create_field(kind: FieldType, **more: Any) -> Field:
    return Field("x", kind, True, "", "", None, None, "", **more)


@pytest.mark.parametrize(
    ("kind", "more", "words", "value"),
    [
        ("integer", {"unit": "ms"}, "two seconds", 2000),
        ("integer", {"unit": "ms"}, "150 ms", 150),
        ("integer", {"unit": "days"}, "8 weeks", 56),
        ("integer", {"unit": "months"}, "two years", 24.333333333),
        ("number", {"unit": "ratio"}, "0.2 %", 0.002),
        ("number", {"unit": "percentage points"}, "4 percentage points", 4),
        ("percentage", {}, "8.1 %", 8.1),
        ("percentage", {}, "12", 12),
        ("money", {}, "£31,000", 31000),
        ("money", {}, "120 / month", 120),
        ("date", {}, "went live on 14 October 2026", "2026-10-14"),
        ("duration", {}, "41 minutes", "41 min"),
        ("boolean", {}, "yes", True),
        ("boolean", {}, "disabled", False),
        ("enum", {"allowed": ("same_as_production", "tuned")}, "Same as production", "same_as_production"),
        ("list", {"items": "integer"}, "11,12, 13", [11, 12, 13]),
        ("list", {"items": "text"}, ["a", "b"], ["a", "b"]),
        ("text", {}, " words ", "words"),
    ],
)
def test_words_become_values_of_the_fields_type(kind: FieldType, more: dict[str, Any], words: Any, value: Any) -> None:
    parsed = parse_value(create_field(kind, **more), words)
    if kind == "integer" and isinstance(value, float):
        assert parsed.problem
    else:
        assert (parsed.value, parsed.problem) == (value, "")


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("integer", {}, "a few"),
        ("integer", {}, "between 3 and 5"),
        ("number", {"unit": "ms"}, "3 GB"),
        ("percentage", {"maximum": 100}, "140 %"),
        ("date", {}, "summer 2026"),
        ("date", {}, "31 February 2026"),
        ("duration", {}, "soon"),
        ("boolean", {}, "perhaps"),
        ("enum", {"allowed": ("a", "b")}, "c"),
        ("mapping", {}, "words"),
        ("text", {}, {"a": 1}),
        ("text", {}, ""),
    ],
)
def test_other_words_are_refused_with_the_reason(kind: FieldType, more: dict[str, Any], words: Any) -> None:
    parsed = parse_value(create_field(kind, **more), words)
    assert parsed.value is None
    assert parsed.problem


def test_a_date_that_could_be_two_days_is_none() -> None:
    assert (read_date("03/04/2026"), read_date("3.4.2026"), read_date("30/10/2026")) == ("", "2026-04-03", "2026-10-30")


def test_durations_keep_their_unit_up_to_days() -> None:
    assert [read_duration(w) for w in ("90 s", "two weeks", "three days", "4 h", "1 h 30 min")] == [
        "90 s", "14 d", "3 d", "4 h", "",
    ]  # fmt: skip


def test_an_enumeration_is_cut_at_its_strongest_mark() -> None:
    assert split_list("a, b; c") == ["a, b", "c"]
    assert split_list("recall") == ["recall"]


@pytest.mark.parametrize("words", ["tbd", "n/a", "?", "", "ask me later", "TBD with Ann", "___ (Noor to decide)"])
def test_an_open_answer_says_nothing(words: str) -> None:
    assert says_nothing(words)


@given(
    st.sampled_from(
        ["integer", "number", "percentage", "money", "date", "duration", "boolean", "enum", "list", "text"]
    ),
    st.text(),
)
def test_no_words_crash_the_parser(kind: FieldType, words: str) -> None:
    parsed = parse_value(create_field(kind, allowed=("a",), items="integer"), words)
    assert (parsed.value is None) or not parsed.problem
