"""Chosen units as statements that are read in order and cite what they quote."""

from __future__ import annotations

from mlplaybook.server.answers.choice import Choice
from mlplaybook.server.answers.passages import Passage
from mlplaybook.server.answers.records import Statement
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.answers.woven import weave
from tests.server.answering import passage_of


def woven(
    *passages: tuple[Passage, set[int]], again: dict[tuple[int, int], tuple[int, int]] | None = None
) -> tuple[Statement, ...]:
    """Statements, of which the check keeps all."""
    pages = [passage for passage, _ in passages]
    statements = weave(pages, Choice([taken for _, taken in passages], again=again or {}))
    assert verify(statements, {page.hit.document.id: page.hit.document for page in pages}) == (statements, 0)
    return statements


def shown(statements: tuple[Statement, ...]) -> list[tuple[str, str, list[int]]]:
    return [(s.kind, s.text, [citation.n for citation in s.citations]) for s in statements]


def test_the_best_section_comes_first_and_is_number_one() -> None:
    first, second = passage_of("Alpha. Beta.", [1.0, 2.0], "a"), passage_of("Gamma. Delta.", [3.0, 0.0], "b")
    assert shown(woven((first, {0, 1}), (second, {0}))) == [
        ("sentence", "Gamma.", [1]),
        ("sentence", "Alpha.", [2]),
        ("sentence", "Beta.", [2]),
    ]


def test_the_answer_opens_with_its_best_sentence_and_what_leans_on_it() -> None:
    passage = passage_of("Alpha. Beta. This too. Delta.", [1.0, 4.0, 0.5, 2.0])
    assert [s.text for s in woven((passage, {0, 1, 2, 3}))] == ["Beta.", "This too.", "Alpha.", "Delta."]


def test_reading_order_stays_where_the_first_sentence_is_nearly_as_good() -> None:
    passage = passage_of("Alpha. Beta.", [3.6, 4.0])
    assert [s.text for s in woven((passage, {0, 1}))] == ["Alpha.", "Beta."]


def test_a_sentence_stays_behind_its_label() -> None:
    passage = passage_of("Alpha. **Correction.** Beta.", [1.0, 0.0, 9.0])
    assert [s.text for s in woven((passage, {0, 1, 2}))] == ["Alpha.", "Correction.", "Beta."]


def test_a_lone_item_is_a_sentence_and_two_are_a_list() -> None:
    passage = passage_of("- Compare both windows.\n- Ask the owner.\n", [2.0, 1.0])
    assert [s.kind for s in woven((passage, {0}))] == ["sentence"]
    assert [s.kind for s in woven((passage, {0, 1}))] == ["item", "item"]
    announced = passage_of("Checks:\n\n- Compare both windows.\n- Ask the owner.\n", [0.0, 2.0, 1.0])
    assert [s.kind for s in woven((announced, {0, 1}))] == ["sentence", "item"]


def test_a_row_cites_its_header_first() -> None:
    passage = passage_of("| a | b |\n|---|---|\n| 1 | [x](y.md) |\n", [1.0])
    (statement,) = woven((passage, {0}))
    assert (statement.kind, statement.text) == ("row", "| 1 | x |")
    assert [citation.quote for citation in statement.citations] == ["| a | b |", "| 1 | [x](y.md) |"]


def test_what_two_pages_say_is_said_once_and_cites_both() -> None:
    first, second = passage_of("Lock the holdout.", [3.0], "a"), passage_of("Do lock the holdout.", [2.0], "b")
    (statement,) = woven((first, {0}), (second, set()), again={(1, 0): (0, 0)})
    assert [(c.n, c.document, c.quote) for c in statement.citations] == [
        (1, "a", "Lock the holdout."),
        (2, "b", "Do lock the holdout."),
    ]


def test_nothing_chosen_is_nothing_said() -> None:
    assert woven((passage_of("Alpha.", [1.0]), set())) == ()
