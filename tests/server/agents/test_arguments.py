"""What models send, read as it is meant."""

from __future__ import annotations

from typing import Any

import pytest

from mlplaybook.server.agents.arguments import Argument, BadArgument, Kind, read_arguments, schema_of

WANTED = (
    Argument("query", "text", "The question.", ("q",), required=True, example="drift"),
    Argument("limit", "number", "How many.", ("top_k",), default=5, minimum=1, maximum=20, example=5),
    Argument("inputs", "mapping", "Values.", ("values",), takes_rest=True, example={"a": 1}),
)


def one(kind: Kind, value: Any) -> Any:
    argument = Argument("it", kind, "It.", maximum=100, example="x")
    return read_arguments("tool", (argument,), {"it": value}).values["it"]


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("text", "a", "a"), ("text", 7, "7"), ("text", ["a", "b"], "a b"),
        ("number", "1,0", 10), ("number", 3.7, 3), ("number", -5, 0), ("number", "1e9", 100),
        ("list", "a, b;c", ["a", "b", "c"]), ("list", '["a", "b"]', ["a", "b"]), ("list", ["a", 1], ["a", "1"]),
        ("mapping", '{"a": [1]}', {"a": [1]}), ("mapping", "a=1, b=2", {"a": "1", "b": "2"}),
        ("mapping", "a: 1\nb: two words", {"a": "1", "b": "two words"}), ("mapping", ["a=1"], {"a": "1"}),
        ("mapping", [{"dimension": "a", "score": 0}], {"a": 0}), ("mapping", "", {}), ("mapping", [], {}),
        ("mapping", "goal=fewer refunds, and more", {"goal": "fewer refunds, and more"}),
        ("quotes", "words", [{"quote": "words", "section": ""}]),
        ("quotes", {"text": "words", "uri": "u"}, [{"quote": "words", "section": "u"}]),
        ("quotes", ["a", {"quote": "b"}], [{"quote": "a", "section": ""}, {"quote": "b", "section": ""}]),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is_meant(kind: Kind, value: Any, read: Any) -> None:
    assert one(kind, value) == read


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", {}), ("text", True), ("text", [1, {}]), ("number", "many"), ("number", True), ("number", "inf"),
        ("number", "nan"), ("list", 7), ("list", [[1]]), ("mapping", 7), ("mapping", "words"), ("mapping", [7]),
        ("mapping", [{"x": 1}]), ("quotes", 7), ("quotes", [7]), ("quotes", [{"quote": 7}]),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_refused_with_an_example(kind: Kind, value: Any) -> None:
    with pytest.raises(BadArgument, match='tool: "it" cannot be'):
        one(kind, value)


def test_a_value_is_not_repeated_at_length() -> None:
    with pytest.raises(BadArgument) as caught:
        one("list", {"x": "secret " * 10_000})
    assert len(str(caught.value)) < 200


def test_levels_around_the_arguments_are_taken_off() -> None:
    sent = {"arguments": {"input": '{"q": "drift", "topK": 3}'}}
    assert read_arguments("tool", WANTED, sent).values == {"query": "drift", "limit": 3, "inputs": {}}


def test_a_level_that_is_an_argument_stays() -> None:
    wanted = (Argument("input", "text", "It.", example="x"),)
    assert read_arguments("tool", wanted, {"input": "words"}).values == {"input": "words"}


def test_what_is_not_known_goes_into_the_mapping() -> None:
    read = read_arguments("tool", WANTED, {"query": "drift", "values": {"a": 1}, "b": 2})
    assert read.values["inputs"] == {"a": 1, "b": 2}
    assert read.notes == ()


def test_the_right_name_wins_over_another_for_it() -> None:
    assert read_arguments("tool", WANTED, {"q": "other", "query": "this"}).values["query"] == "this"
    assert read_arguments("tool", WANTED, {"query": "this", "q": "other"}).values["query"] == "this"


def test_what_is_missing_is_asked_for_with_an_example() -> None:
    with pytest.raises(BadArgument, match='tool needs "query": The question'):
        read_arguments("tool", WANTED, {"limit": 3})


def test_deep_json_is_no_crash() -> None:
    with pytest.raises(BadArgument):
        one("mapping", "[" * 100_000)


def test_the_schema_is_flat() -> None:
    assert schema_of(WANTED) == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "The question."},
            "limit": {"type": "integer", "description": "How many.", "default": 5},
            "inputs": {"type": "object", "description": "Values."},
        },
        "required": ["query"],
    }
