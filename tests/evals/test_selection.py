"""Which cases of a run are run again."""

from __future__ import annotations

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.records import failed
from mlplaybook.evals.selection import failing
from tests.evals.runs import case, run_of


def test_the_worst_scores_fail_which_is_one_where_less_is_better() -> None:
    run = run_of({"retrieval/success@5": [0.0, 1.0, 0.5], "judge/noise-sensitivity": [0.0, 1.0, 0.0]})
    cases = [case(number) for number in range(3)]
    assert [one.id for one in failing(cases, run, read_plan())] == ["retrieval/0000", "retrieval/0001"]


def test_a_case_that_could_not_be_measured_fails() -> None:
    run = run_of({"retrieval/success@5": [1.0, failed("no index")]})
    assert [one.id for one in failing([case(0), case(1)], run, read_plan())] == ["retrieval/0001"]
