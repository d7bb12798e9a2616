"""A case in a terminal says what was asked, expected and got, and why it has each score."""

from __future__ import annotations

from rich.console import Console

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.records import Result
from mlplaybook.evals.reports.show import draw_case
from mlplaybook.evals.reports.sides import Before, before_from
from tests.evals.reports.worlds import GOOD, WORSE

BEFORE = before_from(GOOD, "the baseline")


def shown(name: str, before: Before | None = BEFORE) -> str:
    result: Result = next(one for one in WORSE.results if one.case.id == name)
    screen = Console(width=100, no_color=True)
    with screen.capture() as text:
        screen.print(draw_case(result, read_plan(), before, ["retrieval/drift-000"]))
    return text.get()


def test_everything_of_a_case_is_there_in_the_order_in_which_it_is_read() -> None:
    text = shown("answers/drift-000")
    words = (
        "How do I detect drift of kind 0?",
        "evals/cases/dev.jsonl, line 1",
        "Expected",
        "Compare the histograms of kind 0. (drift)",
        "Got",
        "Compare the means of kind 0. [1]",
        "Got in the baseline",
        "Compare the histograms of kind 0. [1]",
        "Scores",
        "missing: histograms of kind 0",
        "The same question: retrieval/drift-000",
    )
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_what_came_as_before_is_not_shown_twice() -> None:
    text = shown("answers/drift-059")
    assert ("as in the baseline" in text, text.count("[1] drift#a")) == (True, 1)


def test_without_a_baseline_there_is_only_what_came() -> None:
    text = shown("answers/drift-000", None)
    assert "baseline" not in text
    assert "Compare the means of kind 0. [1]" in text


def test_words_in_brackets_are_no_markup() -> None:
    assert "[1] drift#a" in shown("answers/drift-000")
