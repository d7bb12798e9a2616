"""What can be taken from a passage, and with what."""

from __future__ import annotations

import pytest

from mlplaybook.server.answers.company import Piece, pieces_of, stands_alone
from mlplaybook.server.answers.kinds import Kind
from tests.server.answering import passage_of


def taken(text: str, kind: Kind = "plain") -> dict[str, list[str]]:
    """For each unit that can be wanted, the beginnings of what comes with it."""
    passage = passage_of(text)
    pieces = pieces_of(0, passage, kind)
    return {passage.texts[piece.wanted][:9]: [passage.texts[n][:9] for n in piece.units] for piece in pieces}


def test_a_sentence_that_points_back_brings_what_it_points_to() -> None:
    assert taken("One holds. This follows. These too. Four.") == {
        "One holds": ["One holds"],
        "This foll": ["One holds", "This foll"],
        "These too": ["One holds", "This foll", "These too"],
        "Four.": ["Four."],
    }


def test_a_sentence_that_points_at_nothing_is_not_taken() -> None:
    assert taken("It depends. Two.") == {"Two.": ["Two."]}
    assert list(taken("- One item here.\n\nIt depends.\n")) == ["One item "]


def test_a_label_comes_with_the_sentence_behind_it() -> None:
    assert taken("**Correction.** Older guides err. New ones do not.") == {
        "Older gui": ["Correctio", "Older gui"],
        "New ones ": ["New ones "],
    }


def test_a_sentence_that_only_sends_the_reader_away_is_not_taken() -> None:
    assert list(taken("Cut it. See [drift](drift.md#psi). Sizes are on [limits](l.md).")) == ["Cut it."]


def test_an_item_brings_its_lead_in_and_the_lead_in_its_list() -> None:
    assert taken("Some checks:\n\n- One more.\n- Two more.\n") == {
        "Some chec": ["Some chec", "One more.", "Two more."],
        "One more.": ["Some chec", "One more."],
        "Two more.": ["Some chec", "Two more."],
    }


def test_a_long_list_is_not_taken_for_its_lead_in_alone() -> None:
    items = "\n".join(f"- Item {n} {'word ' * 30}." for n in range(5))
    assert [piece.wanted for piece in pieces_of(0, passage_of(f"Some checks:\n\n{items}\n"), "plain")] == [
        1,
        2,
        3,
        4,
        5,
    ]


@pytest.mark.parametrize("kind", ["list", "steps"])
def test_where_several_things_are_asked_for_an_item_brings_its_whole_list(kind: Kind) -> None:
    """Also a sentence that only counts what follows announces it."""
    whole = ["Run three", "a", "b", "c"]
    assert taken("Run three tests in order.\n\n1. a\n2. b\n3. c\n", kind)["b"] == whole
    assert taken("Run three tests in order.\n\n1. a\n2. b\n3. c\n", kind)["Run three"] == whole
    assert taken("Run three tests in order.\n\n1. a\n2. b\n3. c\n")["Run three"] == ["Run three"]


def test_code_comes_with_its_words_and_only_where_it_is_asked_for() -> None:
    text = "The index sums. Bins are cut.\n\n```python\nx = 1\n```\n"
    assert taken(text, "code")["```python"] == ["The index", "Bins are ", "```python"]
    assert "```python" not in taken(text)
    assert "```python" not in taken(f"One.\n\n```\n{'x' * 3}\n" + "y\n" * 50 + "```\n", "code")


def test_steps_may_be_code() -> None:
    text = "Call it once:\n\n```python\nseed(1)\n```\n"
    assert taken(text, "steps") == {"Call it o": ["Call it o", "```python"]}
    assert taken(text) == {}


def test_a_row_brings_what_announces_its_table() -> None:
    text = "Cuts in use:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"
    assert taken(text)["| 3 | 4 |"] == ["Cuts in u", "| 3 | 4 |"]
    assert taken(text)["Cuts in u"] == ["Cuts in u", "| 1 | 2 |", "| 3 | 4 |"]


def test_a_definition_needs_no_lead_in() -> None:
    text = "Terms from A to B:\n\n- A canary is a small release to few users.\n- a fragment\n"
    assert taken(text, "definition")["A canary "] == ["A canary "]
    assert taken(text, "definition")["a fragmen"] == ["Terms fro", "a fragmen"]


def test_an_item_stands_alone_when_it_is_a_sentence() -> None:
    passage = passage_of(
        "- the lineage: data version;\n- Compare the row counts of both windows.\n- These come first of all here.\n"
    )
    assert [stands_alone(passage, n) for n in range(3)] == [False, True, False]


def test_pieces_know_their_passage() -> None:
    assert list(pieces_of(3, passage_of("One."), "plain")) == [Piece(3, 0, (0,))]
