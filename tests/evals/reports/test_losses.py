"""What got worse is found by case, by question and by slice, and what it has in common is said."""

from __future__ import annotations

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.records import ok
from mlplaybook.evals.reports.losses import (
    SliceChange,
    explain_losses,
    find_losses,
    group_losses,
    lead,
    slice_changes,
    worse_by,
    worst_slices,
)
from mlplaybook.evals.reports.sides import before_from, metric_of
from tests.evals.reports.worlds import GOOD, LOST, report, run_with

PLAN = read_plan()
SIDE, BEFORE = report().last, before_from(GOOD)
LOSSES = find_losses(SIDE, BEFORE, PLAN)


def test_every_score_that_got_worse_is_a_loss_but_not_those_of_all_cases_together() -> None:
    metrics = {loss.metric for loss in LOSSES}
    assert len(LOSSES) == LOST * 6 + 1
    assert "abstention/auroc" not in metrics
    assert [loss.case for loss in LOSSES if loss.must] == ["redteam/one"]


def test_a_run_has_no_losses_against_itself() -> None:
    assert find_losses(report(GOOD).last, BEFORE, PLAN) == ()


def test_a_question_is_one_group_over_its_suites_with_what_must_pass_first() -> None:
    groups = group_losses(SIDE, LOSSES)
    assert len(groups) == LOST + 1
    assert (groups[0].result.case.id, groups[0].must) == ("redteam/one", True)
    assert groups[1].result.case.id == "answers/drift-000"
    assert [loss.metric for loss in groups[1].losses[:2]] == ["abstention/answers-covered", "retrieval/success@5"]


def test_where_less_is_better_more_is_worse() -> None:
    noise = metric_of(PLAN, "judge/noise-sensitivity")
    assert noise.lower
    assert worse_by(noise, ok(0.1), ok(0.4)) > 0 > worse_by(metric_of(PLAN, "answers/facts"), ok(0.1), ok(0.4))


def test_slices_say_where_a_drop_comes_from() -> None:
    changes = slice_changes(SIDE, BEFORE, "retrieval/success@5")
    assert changes == (SliceChange("plain", 48, 1.0, 1.0), SliceChange("typo", LOST, 1.0, 0.0))
    assert worst_slices(changes, metric_of(PLAN, "retrieval/success@5")) == changes[1:]


def test_losses_of_answers_name_the_retrieval_that_they_rest_on() -> None:
    assert explain_losses(LOSSES, "answers/facts") == "12 of the 12 questions that lost it lost retrieval too"
    assert explain_losses(LOSSES, "retrieval/success@5") == ""
    assert lead(group_losses(SIDE, LOSSES)).startswith("Begin with retrieval: 12 of the 12 questions")


def test_losses_elsewhere_do_not_blame_retrieval() -> None:
    later = [loss for loss in LOSSES if loss.case.startswith("answers/")]
    assert (explain_losses(later, "answers/facts"), lead(group_losses(SIDE, later))) == ("", "")


def test_a_case_that_only_one_side_has_is_no_loss() -> None:
    assert find_losses(SIDE, before_from(run_with(LOST, held=False)), PLAN) == ()
