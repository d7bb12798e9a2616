from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.agents.setup.jsonc import BadJson, read_jsonc

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 2, "\t"]))
def test_what_json_writes_is_read_as_json_reads_it(value: object, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent)
    assert read_jsonc(text).value == json.loads(text)


def test_comments_and_trailing_commas_are_passed_over() -> None:
    text = '\ufeff// top\n{ /* a */ "url": "http://x", // not a comment: //\n "list": [1, /* two */ 2,], }\n// end'
    assert read_jsonc(text).value == {"url": "http://x", "list": [1, 2]}


def test_a_member_knows_where_it_stands() -> None:
    text = '{"a": [1], "a": 2}'
    member = read_jsonc(text).member("a")
    assert member is not None
    assert (text[member.node.start : member.node.end], member.start, member.comma) == ("2", 11, -1)


@pytest.mark.parametrize("text", ["", "  \n", "// only a comment"])
def test_nothing_reads_as_an_empty_object(text: str) -> None:
    node = read_jsonc(text)
    assert (node.value, node.start, node.end) == ({}, len(text), len(text))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", 'line 1, column 2: a name in "quotes" was expected, not the end'),
        ('{"a" 1}', "line 1, column 6: a colon was expected, not '1'"),
        ('{\n  "a": 1\n  "b": 2}', "line 3, column 3: a comma or } was expected"),
        ("{'a': 1}", 'line 1, column 2: a name in "quotes" was expected'),
        ("[1 2]", "line 1, column 4: a comma or ] was expected"),
        ("{} {}", "line 1, column 4: the end of the text was expected"),
        ('{"a": nope}', "line 1, column 7: a value was expected"),
        ('{"a": "x', "line 1, column 7: a string that ends was expected"),
        ("[" * 20_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(text: str, where: str) -> None:
    with pytest.raises(BadJson) as caught:
        read_jsonc(text)
    assert where in str(caught.value)
