"""The commands end as a program that calls them can tell by the status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mlplaybook.evals.__main__ import app
from mlplaybook.evals.gate.baseline import bless
from mlplaybook.evals.records import Run, run_record
from mlplaybook.ingest.errors import BadName, BadSetting, BadSource
from tests.evals.runs import run_of

NAME = "retrieval/success@5"
GOOD, WORSE = run_of({NAME: [1.0] * 60}), run_of({NAME: [0.0] * 8 + [1.0] * 52})


def evals(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def written(folder: Path, run: Run) -> Path:
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(run_record(run)), "utf-8")
    return folder


def test_comparing_says_by_its_status_whether_the_second_is_worse(tmp_path: Path) -> None:
    good, worse = written(tmp_path / "a", GOOD), written(tmp_path / "b", WORSE)
    assert [evals("compare", one, other).exit_code for one, other in ((good, good), (good, worse))] == [0, 1]
    judged = json.loads(evals("compare", "--json", good, worse).stdout)
    assert (judged["exit_code"], judged["flips"][0]["case"]) == (1, "retrieval/0000")


def test_a_baseline_can_be_compared_with_too(tmp_path: Path) -> None:
    bless(GOOD, tmp_path / "core.json")
    assert evals("compare", tmp_path / "core.json", written(tmp_path / "b", WORSE)).exit_code == 1


def test_a_whole_run_is_blessed(tmp_path: Path) -> None:
    assert evals("bless", written(tmp_path / "a", GOOD), "--to", tmp_path / "core.json").exit_code == 0
    assert (tmp_path / "core.json").is_file()


def test_a_run_below_a_floor_is_not_blessed(tmp_path: Path) -> None:
    low = written(tmp_path / "a", run_of({NAME: [0.0] * 30 + [1.0] * 30}))
    assert isinstance(evals("bless", low, "--to", tmp_path / "core.json").exception, BadSetting)
    assert not (tmp_path / "core.json").exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("run", "--suite", "nothing"), BadSetting),
        (("run", "--slice", "colour=red"), BadSetting),
        (("run", "--slice", "slice=nowhere"), BadSetting),
        (("run", "--format", "pdf"), BadSetting),
        (("run", "--baseline", "nowhere.json"), BadSource),
        (("run", "--config", "nothing"), BadSetting),
        (("run", "--plan", "nowhere.yaml"), BadSetting),
        (("show", "nothing-of-that-name"), BadName),
        (("compare", "nowhere", "nowhere"), BadSource),
    ],
)
def test_usage_is_told_before_anything_is_measured(arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(evals(*arguments).exception, error)
