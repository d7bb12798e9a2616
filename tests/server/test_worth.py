"""What a unit is worth: a sum that can be worked out by hand."""

from __future__ import annotations

import pytest

from mlplaybook.server.answers.units import Unit
from mlplaybook.server.answers.worth import Evidence, Wanted, create_wanted, worth_of

SENTENCE, ROW = Unit("sentence", 0, 9, 0), Unit("row", 0, 9, 0)
CODE = Unit("code", 0, 9, 0)
PLAIN = Wanted("plain")


def test_a_worked_example() -> None:
    """12 x .5 + 7 x .4 + 5.5 x 1 + 7.5 x .2 = 15.8; the first sentence of a section has 1.7 more."""
    evidence = Evidence(late=0.5, overlap=0.4, nearness=1.0, asked=0.2)
    assert worth_of(PLAIN, evidence, SENTENCE, "Words.", 4) == 15.8
    assert worth_of(PLAIN, evidence, SENTENCE, "Words.", 0) == 17.5
    assert worth_of(PLAIN, evidence, ROW, "| a | b |", 1) == 17.8


def test_the_last_bits_of_a_product_do_not_count() -> None:
    first, second = Evidence(0.5, 0.4), Evidence(0.5 + 1e-9, 0.4)
    assert worth_of(PLAIN, first, SENTENCE, "Words.", 0) == worth_of(PLAIN, second, SENTENCE, "Words.", 0)


@pytest.mark.parametrize(
    ("question", "unit", "better", "worse"),
    [
        ("What is a canary?", SENTENCE, "A canary is a small release.", "Watch the canary for a day."),
        ("What is a canary?", ROW, "| Canary | a small release |", "| Shadow | no canary |"),
        ("How many rows?", SENTENCE, "At least 300 rows.", "Enough rows."),
        ("Is one enough?", SENTENCE, "One is never enough.", "One is there."),
    ],
)
def test_the_kind_of_the_question_lifts_what_answers_it(question: str, unit: Unit, better: str, worse: str) -> None:
    wanted, evidence = create_wanted(question), Evidence(0.5, 0.5)
    assert worth_of(wanted, evidence, unit, better, 3) > worth_of(wanted, evidence, unit, worse, 3)


def test_code_is_lifted_only_where_code_is_asked_for() -> None:
    evidence = Evidence(0.5, 0.5)
    plain, asked = (worth_of(create_wanted(q), evidence, CODE, "x", 3) for q in ("the index", "python code for it"))
    assert asked > plain


def test_a_question_is_read_once_for_all_units() -> None:
    assert create_wanted("What is a canary release?") == Wanted("definition", ("canary", "release"))
    assert create_wanted("Canary or shadow?") == Wanted("comparison", (), (("canary",), ("shadow",)))
