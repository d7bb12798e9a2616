from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.llm.scan import (
    DEEPEST,
    LONGEST_STRING,
    MOST_MEMBERS,
    Scanner,
    is_whole,
    read_object,
)

# Text as models write it: brackets, quotes and escapes far more often than elsewhere.
NEARLY = st.text(st.sampled_from("{}[]:,\"'“”\\ntu0aé\n #-[]1") | st.characters(), max_size=200)


def scan(text: str) -> list[object]:
    return [one.value for one in Scanner().feed(text, final=True)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, true, null, "b"]}', {"a": [1, True, None, "b"]}),
        ("{'a': 'it''s', 'b': 'it's'}", {"a": "it''s", "b": "it's"}),
        ('{"a": [1, 2,], "b": NaN,}', {"a": [1, 2], "b": None}),
        ('{"a": "He said "no", then left", "b": 1}', {"a": 'He said "no", then left', "b": 1}),
        ('{"a": "x" "b": "y"}', {"a": "x", "b": "y"}),
        ("{a: some words, b: True}", {"a": "some words", "b": True}),
        ("{“a”: “x”}", {"a": "x"}),
        (r'{"a": "\u00e9\ud83d\ude00\ud83d \n \" \( \x"}', {"a": 'é😀\ufffd \n " \\( \\x'}),
        ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
        ('{"a": [1], "a": [2]}', {"a": [1, 2]}),
        ('{"a": {"b": [{"c": 1}', None),
        ('{"a": [{"b": 1}}', {"a": [{"b": 1}]}),
        ('[{"a": 1]', [{"a": 1}]),
        ("no brackets", None),
    ],
)
def test_nearly_json_is_read(text: str, value: object) -> None:
    whole = [one.value for one in Scanner().feed(text, final=True) if one.depth == 0]
    assert (whole[0] if whole else None) == value


def test_an_object_is_given_as_soon_as_its_bracket_closes() -> None:
    scanner = Scanner()
    assert scanner.feed('Sure: {"statements": [{"text": "a') == []
    closed = scanner.feed('"}')
    assert [(one.value, one.keys, one.depth) for one in closed] == [({"text": "a"}, ("statements",), 2)]
    assert [one.value for one in scanner.feed("]} done")] == [
        [{"text": "a"}],
        {"statements": [{"text": "a"}]},
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.booleans())
@settings(max_examples=300, deadline=None)
def test_json_is_read_as_json(value: dict[str, Any], escaped: bool) -> None:
    assert read_object(f"Here it is:\n```json\n{json.dumps(value, ensure_ascii=escaped)}\n```") == value


@given(NEARLY, st.lists(st.integers(0, 200), max_size=5))
@settings(max_examples=500, deadline=None)
def test_it_does_not_matter_how_a_stream_is_cut(text: str, cuts: list[int]) -> None:
    scanner, closed = Scanner(), []
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(text)], strict=True):
        closed += scanner.feed(text[start:end])
    assert closed + scanner.feed("", final=True) == Scanner().feed(text, final=True)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    scan(data.decode("utf-8", "surrogateescape"))
    scan(data.decode("latin-1"))


def test_what_is_too_long_too_deep_or_too_many_is_left_out() -> None:
    assert scan(json.dumps({"a": "x" * (LONGEST_STRING + 1), "b": 1})) == [{"a": None, "b": 1}]
    deep = "[" * 10_000 + "]" * 10_000
    assert len(scan(deep)) == DEEPEST
    many = scan(json.dumps([0] * 10_000))
    assert isinstance(many[0], list)
    assert len(many[0]) == MOST_MEMBERS


@pytest.mark.parametrize(
    "piece", ["{", "[", '"', "a", " ", "\\", '"a', '{"a":', "“", ",", ":", '" ', "'\\u"], ids=lambda piece: repr(piece)
)
def test_floods_take_time_in_proportion(piece: str) -> None:
    scanner = Scanner()
    scanner.feed('{"a": ["x')
    for _ in range(20_000):
        scanner.feed(piece)
    scanner.feed("", final=True)


@pytest.mark.parametrize(
    ("text", "whole"),
    [('{"a": 1}', True), ('x {"a": 1} y', True), ('{"a": 1', False), ("prose", False), ('{"a": 1} {"b"', False)],
)
def test_a_reply_is_whole_when_it_ends_outside_of_every_bracket(text: str, whole: bool) -> None:
    assert is_whole(text) is whole
