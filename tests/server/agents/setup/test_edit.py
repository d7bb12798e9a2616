from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.agents.setup.edit import remove_value, set_value
from mlplaybook.server.agents.setup.jsonc import BadJson, read_jsonc

PATH = ("mcpServers", "mlplaybook")
ENTRY = {"command": "uvx", "args": ["a"]}
SETTINGS = """// my settings
{
    // servers
    "mcpServers": {
        "a": { "command": "x" }, // the a
        /* b */ "b": {"command": "y"} // keep
    },
    "theme": "dark", // end
}
"""


def test_an_entry_goes_behind_the_others_and_every_comment_stays() -> None:
    assert set_value(SETTINGS, PATH, ENTRY) == SETTINGS.replace(
        '{"command": "y"} // keep\n',
        '{"command": "y"}, // keep\n'
        '        "mlplaybook": {\n            "command": "uvx",\n'
        '            "args": [\n                "a"\n            ]\n        }\n',
    )


def test_taking_it_out_gives_back_the_same_bytes() -> None:
    assert remove_value(set_value(SETTINGS, PATH, ENTRY), PATH) == SETTINGS


def test_another_value_is_replaced_where_it_stands() -> None:
    assert set_value('{\n  "a": 1, // one\n  "b": 2\n}', ("a",), 3) == '{\n  "a": 3, // one\n  "b": 2\n}'


def test_the_same_value_changes_nothing() -> None:
    text = '{"mcpServers":{"mlplaybook":{"args":["a"],"command":"uvx"}}}'
    assert set_value(text, PATH, ENTRY) == text


@pytest.mark.parametrize("text", ["", "{}", "{}\n", "{\n}\n", '{\n  "mcpServers": {}\n}\n'])
def test_an_empty_file_becomes_one_that_is_easy_to_read(text: str) -> None:
    expected = json.dumps({"mcpServers": {"mlplaybook": ENTRY}}, indent=2)
    assert set_value(text, PATH, ENTRY).strip() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}', '{"a":1, "s": {"n": 2}}'),
        ('{"s":{}}', '{"s":{"n": 2}}'),
        ('{ "s": { "z": 1, } }', '{ "s": { "z": 1, "n": 2 } }'),
        ('{\r\n\t"a": 1\r\n}\r\n', '{\r\n\t"a": 1,\r\n\t"s": {\r\n\t\t"n": 2\r\n\t}\r\n}\r\n'),
        ("{\n  // none yet\n}", '{\n  // none yet\n  "s": {\n    "n": 2\n  }\n}'),
        ('{\n  "a": 1, // one\n  // two\n}', '{\n  "a": 1, // one\n  "s": {\n    "n": 2\n  }\n  // two\n}'),
    ],
)
def test_the_form_of_the_file_goes_on(text: str, expected: str) -> None:
    assert set_value(text, ("s", "n"), 2) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", '{\n  "b": 2, // two\n  "c": 3\n}'),
        ("b", '{\n  "a": 1,\n  // two\n  "c": 3\n}'),
        ("c", '{\n  "a": 1,\n  "b": 2 // two\n}'),
        ("d", '{\n  "a": 1,\n  "b": 2, // two\n  "c": 3\n}'),
    ],
)
def test_a_member_goes_with_its_line_and_its_comma(name: str, expected: str) -> None:
    assert remove_value('{\n  "a": 1,\n  "b": 2, // two\n  "c": 3\n}', (name,)) == expected


@pytest.mark.parametrize("text", ['{"mcpServers": []}', "[]", "[1]", '{"mcpServers": "x"}'])
def test_what_is_no_object_is_left_alone(text: str) -> None:
    with pytest.raises(BadJson):
        set_value(text, PATH, ENTRY)


def test_a_name_that_stands_twice_is_not_half_removed() -> None:
    with pytest.raises(BadJson, match="cannot be changed safely"):
        remove_value('{"a": 1, "a": 2}', ("a",))


NAMES = st.sampled_from(["a", "b", "mcpServers", "mlplaybook", "x y", "ä"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.lists(st.integers(0, 3), max_size=3),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An object as JSON with white space, comments and trailing commas where they may stand."""
    blank = st.sampled_from(["", " ", "\n", "\n  ", " // note, with a comma\n", " /* {x} */ ", "\r\n\t"])

    def write(value: Any) -> str:
        if not isinstance(value, dict) or not value:
            return json.dumps(value)
        inner = [
            f"{draw(blank)}{json.dumps(k)}{draw(blank)}:{draw(blank)}{write(v)}{draw(blank)}" for k, v in value.items()
        ]
        return "{" + ",".join(inner) + draw(st.sampled_from(["", ","])) + draw(blank) + "}"

    value = draw(st.dictionaries(NAMES, TREES, max_size=4))
    return draw(blank) + write(value) + draw(blank), value


@given(texts(), st.lists(NAMES, min_size=1, max_size=3))
def test_whatever_the_form_the_result_is_what_was_meant_or_nothing_is_done(
    made: tuple[str, dict[str, Any]], path: list[str]
) -> None:
    text, value = made
    assert read_jsonc(text).value == value
    try:
        after = set_value(text, path, ENTRY)
    except BadJson:
        holders = [value := value.get(name, {}) if isinstance(value, dict) else None for name in path[:-1]]
        assert not all(isinstance(holder, dict) for holder in holders)
        return
    assert set_value(after, path, ENTRY) == after
    if path[0] not in value:
        assert [note for note in ("// note", "/* {x} */") if after.count(note) < text.count(note)] == []
    again = read_jsonc(remove_value(after, path)).value
    for name in path[:-1]:
        again = again[name]
    assert path[-1] not in again
