"""A baseline is whole, readable in a diff, and comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.evals.gate.baseline import FOLDER, bless, from_run, read_baseline
from mlplaybook.evals.records import failed, not_applicable
from mlplaybook.ingest.errors import BadSource
from tests.evals.runs import run_of

NAME = "retrieval/success@5"


def test_a_blessed_run_comes_back(tmp_path: Path) -> None:
    run = run_of({NAME: [1.0, 0.0, not_applicable("")]})
    bless(run, tmp_path / "core.json")
    assert read_baseline(tmp_path / "core.json") == from_run(run)
    assert (
        '  "retrieval/0001": {"retrieval/success@5": 0.0},' in (tmp_path / "core.json").read_text("utf-8").splitlines()
    )


@pytest.mark.parametrize(("complete", "last"), [(False, 1.0), (True, failed("timeout"))])
def test_a_run_that_is_not_whole_is_refused_and_leaves_nothing(tmp_path: Path, complete: bool, last: float) -> None:
    with pytest.raises(BadSource, match="is no baseline"):
        bless(run_of({NAME: [1.0, last]}, complete=complete), tmp_path / "core.json")
    assert list(tmp_path.iterdir()) == []


def test_the_committed_baseline_has_two_hundred_golden_questions() -> None:
    kept = read_baseline(FOLDER / "core.json")
    assert sum(case.startswith("abstention/") for case in kept.scores) >= 200
    assert sum(case.startswith("redteam/") for case in kept.scores) >= 200


def test_what_is_no_baseline_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "core.json").write_text("{}", "utf-8")
    with pytest.raises(BadSource, match="evals bless"):
        read_baseline(tmp_path / "core.json")
