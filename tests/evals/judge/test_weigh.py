"""A judge gates only when it is allowed to, does its work, and agrees with itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import Baseline, from_run
from mlplaybook.evals.gate.gate import NOT_EVALUABLE, PASSED, REGRESSED
from mlplaybook.evals.judge.weigh import Agreement, agreement, weigh
from mlplaybook.evals.records import Result, Run, Score, failed, not_applicable
from tests.evals.runs import PRINT, run_of

PLAN = read_plan()
METRIC, OURS = "judge/faithfulness", "retrieval/success@5"
MADE = replace(PRINT, cases={"judge": "cases by luna", "retrieval": "cases"})
COUNT = 60


def judged(
    values: list[float | Score], asked: list[list[float | None]] | None = None, ours: float | None = None
) -> Run:
    """A run of the judge, what it said when it was asked again by case, and one of ours beside it."""
    run = run_of({METRIC: values}, made=MADE)
    asks = iter(asked or [])
    theirs = tuple(
        Result(one.case, one.scores, {"asked again": {"faithfulness": said} if (said := next(asks, None)) else {}}, 0.0)
        for one in run.results
    )
    plain = run_of({OURS: [ours] * COUNT}).results if ours is not None else ()
    return replace(run, results=theirs + plain)


BEFORE: Baseline = from_run(judged([1.0] * COUNT, ours=1.0))
FELL: list[float | Score] = [0.2] * 20 + [1.0] * 40
AGREED = [[0.2, 0.2, 0.3]] * 20
CONTRADICTED = [[0.2, 0.9, 0.1]] * 20
BROKEN: list[float | Score] = [failed("openai:good did not answer in time")] * 20 + [1.0] * 40


@pytest.mark.parametrize(
    ("run", "gate", "code"),
    [
        (judged([1.0] * COUNT, ours=1.0), True, PASSED),
        (judged(FELL, AGREED, ours=1.0), True, REGRESSED),
        (judged(FELL, AGREED, ours=1.0), False, PASSED),
        (judged(FELL, CONTRADICTED, ours=1.0), True, PASSED),
        (judged(BROKEN, ours=1.0), True, NOT_EVALUABLE),
        (judged(BROKEN, ours=1.0), False, PASSED),
        (judged(BROKEN[:20] + FELL[20:], ours=0.0), True, REGRESSED),
        (judged(BROKEN, ours=0.0), False, REGRESSED),
        (judged([failed("down")] * 30 + [0.0] * 30, ours=1.0), True, NOT_EVALUABLE),
        (judged([*[0.2] * 2, *[1.0] * 58], [[0.2, 0.2, 0.2]] * 2, ours=1.0), True, PASSED),
        (judged(FELL, AGREED), True, REGRESSED),
    ],
    ids=[
        "nothing moved", "fell and agrees", "only advises", "contradicts itself", "times out", "times out and only advises",
        "times out beside a regression", "only advises beside a regression", "fails in half and fell in half",
        "two cases fell", "judge alone",
    ],
)  # fmt: skip
def test_a_judge_fails_a_run_only_by_a_drop_that_it_stands_by(run: Run, gate: bool, code: int) -> None:
    assert weigh(run, PLAN, BEFORE, gate=gate).exit_code == code


def test_a_run_without_a_judge_is_judged_as_ever() -> None:
    run = run_of({OURS: [1.0] * COUNT})
    assert weigh(run, PLAN, BEFORE, gate=True).exit_code == PASSED
    assert [verdict.metric for verdict in weigh(run, PLAN, BEFORE).verdicts] == [OURS]


def test_advice_is_shown_with_its_warning() -> None:
    (verdict,) = weigh(judged(FELL, AGREED), PLAN, BEFORE).verdicts
    assert (verdict.outcome, verdict.why) == ("warn", "worse by 0.267; not gated")


def test_a_judge_that_contradicts_itself_only_warns_and_says_why() -> None:
    (verdict,) = weigh(judged(FELL, CONTRADICTED), PLAN, BEFORE, gate=True).verdicts
    assert verdict.outcome == "warn"
    assert verdict.why.endswith("not gated: the judge gave 20 of 20 scores otherwise when asked again")


def test_what_a_judge_cost_and_how_far_it_agrees_with_itself_is_noted() -> None:
    (note,) = weigh(judged(FELL, [*AGREED[:3], *CONTRADICTED[:1]]), PLAN, BEFORE).notes
    assert note == (
        "judge luna: 0 calls, 0 tokens, 0.0000 USD, 0 replies from the cache; "
        "asked again, it gave 1 of 4 scores otherwise (25%)"
    )


def test_a_baseline_without_a_judge_has_nothing_to_compare_with() -> None:
    judgement = weigh(judged(FELL, ours=1.0), PLAN, from_run(run_of({OURS: [1.0] * COUNT})))
    assert judgement.exit_code == PASSED
    assert judgement.notes[-1] == "judge: the baseline has no scores of a judge to compare with"


def test_another_judge_than_that_of_the_baseline_cannot_be_compared() -> None:
    other = replace(BEFORE, fingerprint=replace(MADE, cases={**MADE.cases, "judge": "cases by sol"}))
    for run in (judged(FELL, ours=1.0), replace(judged(FELL, ours=1.0), complete=False)):
        gating, advising = (weigh(run, PLAN, other, gate=gate) for gate in (True, False))
        assert (gating.exit_code, advising.exit_code) == (NOT_EVALUABLE, PASSED)
        assert gating.problems == ("judge: it is luna, and that of the baseline was sol",)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([[1.0, 1.0, 0.95]], Agreement(1, 0)),
        ([[1.0, 0.0, 1.0]], Agreement(1, 1)),
        ([[1.0, None, None]], Agreement(0, 0)),
        ([[None, 1.0, 0.0]], Agreement(1, 1)),
    ],
)
def test_agreement_counts_scores_that_were_given_twice(asked: list[list[float | None]], expected: Agreement) -> None:
    assert agreement(judged([1.0], asked), 0.1) == expected


def test_metrics_that_were_not_measured_for_want_of_the_extra_are_no_regression() -> None:
    with_it, without = (
        run_of({"ragas/rouge-l": [1.0] * COUNT}),
        run_of({"ragas/rouge-l": [not_applicable("x")] * COUNT}),
    )
    judgement = weigh(without, PLAN, from_run(with_it))
    assert (judgement.exit_code, judgement.verdicts, judgement.flips) == (PASSED, (), ())
