"""What is asked of a judge, when it is asked again, and what then counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from mlplaybook.evals.judge.judged import METRICS, measure, named, settle, without_asking
from mlplaybook.evals.judge.records import Panel, Sample
from mlplaybook.evals.records import Case, Score, failed, ok
from mlplaybook.evals.suites.world import World
from mlplaybook.server.retrieval.index import Index

QUOTE = "A population stability index above 0.2 raises an alert."
CASE = Case(
    "judge/alert", "judge", "which", "x", 1, {"question": "Which cut-offs raise an alert?"},
    {"gold": [{"page": "drift", "quote": QUOTE}], "facts": []},
)  # fmt: skip
FAITHFUL = "faithfulness"


class Asked:
    """A judge that says one thing the first time and others later, and remembers what it was asked."""

    def __init__(self, *values: float | None, error: str = "it failed") -> None:
        self.values, self.error = values, error
        self.asks: list[tuple[int, int]] = []
        self.samples: list[Sample] = []

    def __call__(self, sample: Sample, metrics: Sequence[str], ask: int) -> Mapping[str, Score]:
        self.asks.append((ask, len(metrics)))
        self.samples.append(sample)
        value = self.values[ask % len(self.values)]
        given = failed(self.error) if value is None else ok(value)
        return {name: given if name == FAITHFUL else ok(1.0) for name in metrics}


def score(handbook: Index, asked: Asked, before: float | None = None, *, always: bool = False) -> Score:
    known = {CASE.id: {FAITHFUL: before}} if before is not None else {}
    panel = Panel("judge", asked, frozenset({CASE.id}) if always else frozenset(), known)
    return measure(World(handbook, judge=panel), CASE).scores[FAITHFUL]


def test_without_a_judge_nothing_applies(handbook: Index) -> None:
    assert {one.status for one in measure(World(handbook), CASE).scores.values()} == {"na"}


def test_a_judge_sees_the_question_the_answer_its_passages_and_the_quotes(handbook: Index) -> None:
    asked = Asked(1.0)
    score(handbook, asked)
    (sample,) = asked.samples
    assert (sample.question, sample.reference) == ("Which cut-offs raise an alert?", QUOTE)
    assert QUOTE in sample.answer
    assert any(QUOTE in context for context in sample.contexts)


@pytest.mark.parametrize(
    ("values", "before", "expected", "asks"),
    [
        ((0.5,), None, ok(0.5), [(0, 6)]),
        ((0.5,), 0.45, ok(0.5), [(0, 6)]),
        ((0.2, 1.0, 1.0), 1.0, ok(1.0), [(0, 6), (1, 1), (2, 1)]),
        ((0.2, 0.2, 1.0), 1.0, ok(0.2), [(0, 6), (1, 1), (2, 1)]),
        ((1.0, 0.2, 0.2), 0.2, ok(0.2), [(0, 6), (1, 1), (2, 1)]),
        ((0.2, None, 0.4), 1.0, ok(0.3), [(0, 6), (1, 1), (2, 1)]),
    ],
    ids=["no baseline", "hardly moved", "flip outvoted", "drop confirmed", "rise outvoted", "one ask failed"],
)
def test_what_moved_is_asked_for_twice_more_and_the_middle_counts(
    handbook: Index,
    values: tuple[float | None, ...],
    before: float | None,
    expected: Score,
    asks: list[tuple[int, int]],
) -> None:
    asked = Asked(*values)
    assert (score(handbook, asked, before), asked.asks) == (expected, asks)


def test_two_asks_that_fail_leave_no_score(handbook: Index) -> None:
    assert score(handbook, Asked(0.2, None, None), 1.0) == failed("2 of 3 asks failed: it failed")


def test_an_error_is_an_error_and_is_not_asked_again(handbook: Index) -> None:
    asked = Asked(None)
    assert (score(handbook, asked, 1.0), asked.asks) == (failed("it failed"), [(0, 6)])


def test_some_cases_are_always_asked_again_and_all_that_was_said_is_kept(handbook: Index) -> None:
    asked = Asked(1.0, 0.0, 1.0)
    panel = Panel("judge", asked, frozenset({CASE.id}))
    measured = measure(World(handbook, judge=panel), CASE)
    assert measured.scores[FAITHFUL] == ok(1.0)
    assert measured.output["asked again"] == {**{name: [1.0, 1.0, 1.0] for name in METRICS}, FAITHFUL: [1.0, 0.0, 1.0]}


def test_a_refusal_has_no_words_to_judge_and_no_passages_are_worth_nothing() -> None:
    refusal = without_asking(Sample("?", "", ("passage",), "quote"))
    assert {name: one.status for name, one in refusal.items()} == {
        name: "na" for name in METRICS if not name.startswith("context")
    }
    assert without_asking(Sample("?", "", (), "quote"))["context-recall"] == ok(0.0)
    assert without_asking(Sample("?", "answer", ("passage",), "quote")) == {}


def test_scores_of_another_judge_are_of_another_case() -> None:
    assert named(CASE, "a") != named(CASE, "b")
    assert replace(named(CASE, "a"), input=CASE.input) == CASE


def test_one_score_is_settled_as_it_is() -> None:
    assert settle([failed("no")]) == failed("no")
