"""An answer that is typed piece by piece is the answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.answers.records import Citation, Statement
from mlplaybook.server.answers.render import render
from mlplaybook.server.rest.typist import Typist, typed


def statement(text: str, kind: Any = "sentence", n: int = 1, header: str = "| a | b |") -> Statement:
    quote = header if kind == "row" else text
    return Statement(text, (Citation(n, "page", "page#top", ("Page",), 0, len(quote), quote, ""),), kind)


TEXTS = {
    "sentence": st.sampled_from(["One.", "Ends in a pipe |", "With `code`."]),
    "item": st.sampled_from(["first", "second\n  - inner"]),
    "row": st.sampled_from(["| 1 | 2 |", "| 3 |  |", "| \\| | x |"]),
    "code": st.sampled_from(["```python\nx = 1\n```", "~~~\ny\n~~~"]),
    "quote": st.sampled_from(["> said"]),
}
STATEMENTS = st.lists(
    st.sampled_from(sorted(TEXTS)).flatmap(
        lambda kind: st.builds(statement, TEXTS[kind], st.just(kind), st.integers(1, 3))
    ),
    min_size=1,
    max_size=12,
)


@given(STATEMENTS)
def test_the_pieces_are_what_the_whole_answer_is(statements: list[Statement]) -> None:
    assert "".join(typed(statements)) == render(statements)


def test_a_sentence_is_shown_at_once_and_a_table_when_its_last_row_is_there() -> None:
    typist = Typist()
    assert typist.add(statement("One.")) == "One."
    assert typist.add(statement("Two.")) == " Two."
    assert typist.add(statement("| 1 | 2 |", "row", 2)) == " [1]\n\n"
    assert typist.add(statement("| 3 | 4 |", "row", 2)) == ""
    assert typist.finish() == "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n[2]"


@pytest.mark.parametrize("begun", [False, True])
def test_whether_anything_was_shown_is_known(begun: bool) -> None:
    typist = Typist()
    if begun:
        typist.add(statement("One."))
    assert typist.begun is begun
