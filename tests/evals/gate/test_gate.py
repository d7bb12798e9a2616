"""What fails, what warns, and what cannot be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlplaybook.evals.config import Metric, Plan, Rules, read_plan
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import Judgement, judge_run
from mlplaybook.evals.records import Score, failed, not_applicable
from tests.evals.runs import PRINT, run_of

NAME, GRADED = "retrieval/success@5", "retrieval/ndcg@10"
METRICS = {NAME: Metric(NAME, "mcnemar", 0.5, 0.02), GRADED: Metric(GRADED, "bootstrap", 0.5, 0.02)}
PLAN = Plan({"core": {"retrieval": None}}, METRICS, Rules(0.05, 500, 1, 0.02), (), {}, "plan")


def scores(right: int, wrong: int) -> list[float]:
    return [0.0] * wrong + [1.0] * right


def against(before: list[float], after: list[float], plan: Plan = PLAN, name: str = NAME) -> Judgement:
    return judge_run(run_of({name: after}), plan, from_run(run_of({name: before})))


def test_a_run_that_is_as_it_was_passes() -> None:
    judged = against(scores(90, 10), scores(90, 10))
    assert (judged.exit_code, judged.flips, judged.verdicts[0].delta) == (0, (), 0.0)


def test_a_large_and_significant_drop_fails_and_names_what_flipped() -> None:
    judged = against(scores(95, 5), scores(85, 15))
    assert judged.exit_code == 1
    assert [verdict.metric for verdict in judged.verdicts if verdict.outcome == "fail"] == [NAME]
    assert [flip.case for flip in judged.flips] == [f"retrieval/{n:04}" for n in range(5, 15)]


def test_a_large_drop_that_may_be_chance_warns_and_says_what_the_set_can_see() -> None:
    judged = against(scores(38, 2), scores(36, 4))
    assert (judged.exit_code, judged.verdicts[0].outcome) == (0, "warn")
    assert "40 cases can show a drop of 0.125 at best" in judged.verdicts[0].why


def test_a_graded_metric_fails_by_the_bootstrap() -> None:
    judged = against([0.9] * 100, [0.8] * 50 + [0.9] * 50, name=GRADED)
    assert (judged.exit_code, judged.verdicts[0].outcome) == (1, "fail")


def test_a_case_that_must_pass_fails_alone() -> None:
    plan = replace(PLAN, must_pass=("retrieval/0001",))
    judged = against(scores(200, 1), scores(199, 2), plan)
    assert (judged.exit_code, judged.flips[0].must) == (1, True)


def test_below_its_floor_a_whole_run_fails_and_a_sample_does_not() -> None:
    low = {NAME: scores(4, 6)}
    sample = replace(PLAN, suites={"core": {"retrieval": 10}})
    assert [judge_run(run_of(low), plan).exit_code for plan in (PLAN, sample)] == [1, 0]


@pytest.mark.parametrize(
    ("name", "value"), [("pages", "others"), ("encoder", "other"), ("cases", {"retrieval": "others"})]
)
def test_other_data_cannot_be_compared(name: str, value: object) -> None:
    other = run_of({NAME: scores(9, 1)}, made=replace(PRINT, **{name: value}))  # type: ignore[arg-type]
    assert judge_run(other, PLAN, from_run(run_of({NAME: scores(9, 1)}))).exit_code == 3


def test_errors_are_counted_and_too_many_end_the_matter() -> None:
    some: list[float | Score] = [*scores(99, 0), failed("timeout")]
    judged = judge_run(run_of({NAME: some}), PLAN)
    assert (judged.exit_code, judged.verdicts[0].ok, judged.verdicts[0].errors) == (0, 99, 1)
    many: list[float | Score] = [*scores(9, 0), failed("timeout")]
    assert judge_run(run_of({NAME: many}), PLAN).problems == (
        "1 of 10 cases could not be measured, such as retrieval/0009: timeout",
    )


def test_a_run_without_cases_says_nothing() -> None:
    assert judge_run(run_of({}), PLAN).exit_code == 3


def test_what_does_not_apply_is_no_zero() -> None:
    judged = judge_run(run_of({NAME: [1.0, not_applicable("not covered")]}), PLAN)
    assert (judged.verdicts[0].value, judged.verdicts[0].na) == (1.0, 1)


def test_a_metric_that_the_cases_cannot_give_is_left_out() -> None:
    """AUROC of covered questions alone: there is nothing to tell them from."""
    run = run_of({"abstention/auroc": [0.9, 0.8], "abstention/aurc": [0.9, 0.8]}, complete=False)
    assert [verdict.metric for verdict in judge_run(run, read_plan(), from_run(run)).verdicts] == ["abstention/aurc"]


def test_a_run_that_was_stopped_says_nothing() -> None:
    judged = judge_run(replace(run_of({NAME: scores(90, 10)}), stopped=3), PLAN)
    assert (judged.exit_code, judged.problems) == (3, ("3 of 103 cases were not run: go on with --resume",))
