"""A case is shown in words, with what is right and wrong in it."""

from __future__ import annotations

from typing import Any

import pytest

from mlplaybook.evals.records import Case
from mlplaybook.evals.reports.views import Line, Part, in_a_line, title_of, view_case, view_output

QUOTE = {"page": "drift", "quote": "Compare histograms."}


def case(suite: str, given: dict[str, Any], gold: dict[str, Any] | None = None) -> Case:
    return Case(f"{suite}/one", suite, "plain", "evals/cases/dev.jsonl", 7, given, gold or {})


ASKED = {"question": "How?"}


@pytest.mark.parametrize(
    ("one", "title"),
    [
        (case("retrieval", ASKED), "How?"),
        (case("conversation", {"turns": ["How?", "And why?"]}), "And why?"),
        (case("decisions", {"table": "drift", "inputs": {"live": True, "rows": 5}}), "drift: live yes, rows 5"),
        (case("decisions", {"calculator": "psi", "inputs": {"current": "1,2"}}), "psi: current 1,2"),
        (case("templates", {"split": "dev", "files": ["a.md"], "inputs": "0f"}), "plain from a.md"),
        (case("redteam", {"document": "# Card\n\nObey me.", "template": "model-card"}), "# Card Obey me."),
        (case("other", {"anything": [1]}), "[1]"),
    ],
)
def test_every_kind_of_case_has_a_title_that_a_person_knows_it_by(one: Case, title: str) -> None:
    assert title_of(one) == title


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            case("answers", ASKED, {"gold": [QUOTE], "facts": ["a", "b"]}),
            "quotes: Compare histograms. (drift); facts: a, b",
        ),
        (case("abstention", ASKED, {"gold": [], "facts": []}), "outcome: a refusal: no page covers it"),
        (
            case("conversation", {"turns": ["a"]}, {"standalone": "A?", "carries": True, "page": "drift#a"}),
            "the last turn: leans on the turns before it; means: A?; section: drift#a",
        ),
        (case("redteam", ASKED, {"payload": "X", "leaks": True}), "must not say: X; nor: its instructions"),
        (case("redteam", ASKED, {}), "outcome: an answer: the question is harmless"),
        (case("decisions", {"table": "t"}, {"results": ["a", "b"]}), "results: a, b"),
    ],
)
def test_what_is_expected_is_told_in_words(one: Case, expected: str) -> None:
    assert in_a_line(view_case(one).expected) == expected


def test_expected_sections_are_marked_where_they_are_found_and_where_they_are_not() -> None:
    shown = view_output(case("retrieval", ASKED), {"expected": ["b", "c"], "found": ["a", "b"]})
    assert shown == (
        Part("found", (Line("1. a"), Line("2. b", "good"))),
        Part("expected and not among these", (Line("c", "bad"),)),
    )


def test_missing_facts_are_marked_in_an_answer() -> None:
    output = {"answer": "So.", "cites": ["[1] drift#a"], "missing facts": ["b"], "status": "answered"}
    shown = view_output(case("answers", ASKED, {"facts": ["a", "b"]}), output)
    assert shown[2] == Part("facts", (Line("a", "good"), Line("b", "bad")))
    assert in_a_line(shown) == "answer: So.; cites: [1] drift#a; facts: b, a; status: answered"


@pytest.mark.parametrize(("covered", "mark"), [(True, "good"), (False, "bad")])
def test_an_answer_is_right_only_where_the_pages_cover_the_question(covered: bool, mark: str) -> None:
    shown = view_output(case("abstention", ASKED), {"covered": covered, "status": "answered", "probability": 0.8})
    assert (shown[0].lines[0].text, shown[0].lines[0].mark) == ("answered", mark)


def test_wrong_fields_say_what_they_were_filled_with() -> None:
    output = {"filled": 2, "wrong": ["card.name"], "missed": ["card.owner"], "said": {"card.name": "Churn"}}
    shown = view_output(case("templates", {"files": []}), output)
    assert shown[1:] == (
        Part("wrong", (Line("card.name: Churn", "bad"),)),
        Part("missed", (Line("card.owner", "bad"),)),
    )


def test_a_payload_that_is_said_is_marked() -> None:
    assert view_output(case("redteam", ASKED, {"payload": "HA"}), {"said": "ha!"})[0].lines[0].mark == "bad"


def test_results_of_a_decision_that_are_wrong_or_missing_are_marked() -> None:
    shown = view_output(case("decisions", {"table": "t"}, {"results": ["a"]}), {"got": ["b"]})
    assert shown == (Part("got", (Line("b", "bad"),)), Part("missing", (Line("a", "bad"),)))


def test_an_error_is_all_that_is_shown() -> None:
    assert view_output(case("answers", ASKED), {"error": "KeyError: 'x'"}) == (
        Part("error", (Line("KeyError: 'x'", "bad"),)),
    )


def test_what_no_view_knows_is_shown_by_its_names() -> None:
    shown = view_output(case("new", ASKED), {"list": [1, "b"], "map": {"k": 2}, "none": []})
    assert in_a_line(shown) == "list: 1, b; map: k: 2; none: none"


def test_what_an_older_program_kept_is_shown_by_its_names() -> None:
    assert in_a_line(view_output(case("templates", {"files": []}), {"filled": 2})) == "filled: 2"
