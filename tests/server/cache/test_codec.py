from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.answers.records import Answer, Citation, Stamp, Statement
from mlplaybook.server.cache.codec import decode_answer, encode_answer, read_record
from tests.server.cache.worlds import an_answer

TEXT = st.text(max_size=30)
NUMBER = st.integers(0, 10**12)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
CITATION = st.builds(Citation, NUMBER, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple), NUMBER, NUMBER, TEXT, TEXT)
STATEMENT = st.builds(
    Statement,
    TEXT,
    st.lists(CITATION, max_size=3).map(tuple),
    st.sampled_from(["sentence", "item", "row", "code", "quote"]),
)
STAMP = st.builds(
    Stamp, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER, FLOAT, st.booleans(),
    st.dictionaries(TEXT, FLOAT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=3), st.booleans(), TEXT,
)  # fmt: skip
ANSWER = st.builds(
    Answer, TEXT, st.sampled_from(["answered", "partial", "abstained"]), FLOAT, TEXT,
    st.lists(STATEMENT, max_size=3).map(tuple), st.lists(TEXT, max_size=3).map(tuple),
    st.sampled_from(["extractive", "llm"]), st.lists(TEXT, max_size=2).map(tuple), STAMP, NUMBER,
    st.dictionaries(TEXT, TEXT, max_size=2),
)  # fmt: skip


def test_a_whole_answer_comes_back_as_it_was() -> None:
    assert decode_answer(encode_answer(an_answer())) == an_answer()


def test_the_bytes_are_the_json_record_that_tools_print() -> None:
    assert json.loads(encode_answer(an_answer())) == json.loads(json.dumps(dataclasses.asdict(an_answer())))


@given(ANSWER)
def test_any_answer_comes_back_as_it_was(answer: Answer) -> None:
    again = decode_answer(encode_answer(answer))
    assert again == answer
    assert encode_answer(again) == encode_answer(answer)


def test_a_lone_surrogate_comes_back_too() -> None:
    answer = an_answer(text="broken \ud800 text")
    assert decode_answer(encode_answer(answer)).text == "broken \ud800 text"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("status",), "perhaps", "Answer.status"),
        (("removed",), "2", "Answer.removed"),
        (("removed",), True, "Answer.removed"),
        (("statements", 0, "citations"), {}, "Statement.citations"),
        (("statements", 0, "citations", 0, "char_start"), 1.5, "Citation.char_start"),
        (("stamp", "timings_ms"), {"search": "fast"}, "Stamp.timings_ms[search]"),
        (("stamp", "unheard_of"), 1, "Stamp has no field unheard_of"),
    ],
)
def test_a_record_of_another_form_is_refused_by_name(path: tuple[Any, ...], value: object, named: str) -> None:
    record = json.loads(encode_answer(an_answer()))
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=named.replace("[", r"\[").replace("]", r"\]")):
        decode_answer(json.dumps(record).encode())


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"[]", b"null", b'{"question": "x"}', b"{" * 100_000, b"[" * 100_000]
)
def test_bytes_that_are_no_answer_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_answer(content)


@dataclass(frozen=True, slots=True)
class Inner:
    place: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner | None = None
    words: int | None = None
    kind: Literal["a", "b"] = "a"
    numbers: dict[str, float] = field(default_factory=dict)


def test_fields_that_a_record_may_get_later_are_read_too() -> None:
    outer = Outer(Inner(("x", 1)), 180, "b", {"temperature": 0})
    assert read_record(Outer, json.loads(json.dumps(dataclasses.asdict(outer)))) == outer
    assert read_record(Outer, {}) == Outer()


def test_a_lenient_reader_passes_over_what_it_does_not_know() -> None:
    record = {"inner": {"place": ["x", 1], "new": 1}, "newer": 2}
    assert read_record(Outer, record, lenient=True) == Outer(Inner(("x", 1)))
    with pytest.raises(ValueError, match="Outer has no field newer"):
        read_record(Outer, record)
