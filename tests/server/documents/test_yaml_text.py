"""What is written as YAML is read as the same values, by YAML 1.1 and by 1.2."""

from __future__ import annotations

import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.artefacts.documents.yaml_text import to_yaml_text

WORDS = st.text(st.characters(codec="utf-8"), max_size=160)
TRAPS = st.sampled_from(
    ["yes", "no", "null", "~", "1e5", "0o17", "1_000", "2.10", "2026-08-31", "12:30", "a: b", "x # y", "- a", "=", "<<",
     "{{ x }}", "---", "...", "%YAML", "@a", "`b`", "|", ">", "'", '"', " lead", "trail ", "a\n b\n\nc", "\u2028", "\x85"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | TRAPS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TRAPS, inner, max_size=4)
)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.sampled_from([1, 2, 6]))
def test_any_value_is_read_back(value: object, indent: int) -> None:
    assert yaml.safe_load("outer:\n" + to_yaml_text({"field": value}, indent)) == {"outer": {"field": value}}


def test_what_yaml_1_2_takes_for_a_number_is_quoted() -> None:
    lines = [to_yaml_text(word).strip() for word in ("1e5", "0o17", "1_000", "08", ".5", "2.10", "12:30")]
    assert all(re.fullmatch(r"'.*'", line) for line in lines), lines


def test_long_texts_are_folded_and_short_collections_stay_on_their_line() -> None:
    made = to_yaml_text(
        {
            "long": "word " * 30 + "end",
            "metrics": {"recall": {"value": 0.8, "ci95": [0.7, 0.9]}},
            "items": ["one two", "b"],
        }
    )
    assert made.startswith("long: >-\n  word word")
    assert max(map(len, made.splitlines())) <= 112
    assert made.endswith("metrics:\n  recall: {value: 0.8, ci95: [0.7, 0.9]}\nitems:\n  - one two\n  - b\n")
