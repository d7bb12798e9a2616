"""Reports are made again from what a run left, and a case can be looked at without measuring it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mlplaybook.evals.__main__ import app
from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import bless, read_baseline
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.publish import publish
from mlplaybook.evals.records import Run, run_record
from mlplaybook.evals.reports.files import read_formats, write_run
from mlplaybook.evals.reports.kept import keep_outputs, read_before
from mlplaybook.evals.reports.sides import Report, Side
from mlplaybook.ingest.errors import BadName, BadSetting, BadSource
from tests.evals.reports.worlds import GOOD, LOST, WORSE, run_with

EVERYTHING = "table,json,md,junit,html"
FILES = {"report.html", "run.json", "summary.md", "junit.xml", "verdicts.json"}


def evals(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "core.json"
    bless(GOOD, path)
    keep_outputs(GOOD, path)
    return path


@pytest.fixture
def folder(tmp_path: Path, baseline: Path) -> Path:
    """What a run against the baseline leaves."""
    plan, path = read_plan(), tmp_path / "run"
    side = Side(WORSE, judge_run(WORSE, plan, read_baseline(baseline)))
    write_run(WORSE, path)
    publish(Report(plan, (side,), read_before(baseline)), path, read_formats(EVERYTHING))
    return path


def written(path: Path, run: Run) -> Path:
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(run_record(run)), "utf-8")
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_leaves_every_format_and_all_are_made_again_with_the_same_bytes(folder: Path) -> None:
    before = bytes_of(folder)
    assert set(before) == FILES
    for name in FILES - {"run.json", "verdicts.json"}:
        (folder / name).unlink()
    assert evals("report", folder, "--format", EVERYTHING).exit_code == 1
    assert bytes_of(folder) == before


def test_reports_can_be_made_elsewhere_and_against_another_run(folder: Path, tmp_path: Path) -> None:
    other, out = written(tmp_path / "other", WORSE), tmp_path / "made"
    assert evals("report", folder, "--baseline", other, "--out", out, "--format", "html,md").exit_code == 1
    assert {path.name for path in out.iterdir()} == {"report.html", "summary.md"}
    assert "redteam/held" in (out / "summary.md").read_text("utf-8")
    assert "Cases that flipped" not in (out / "summary.md").read_text("utf-8")


def test_runs_in_one_folder_are_made_one_page_in_the_order_in_which_they_ran(tmp_path: Path) -> None:
    written(tmp_path / "both" / "a", run_with(0, "a"))
    written(tmp_path / "both" / "b", run_with(LOST, "b"))
    assert evals("report", tmp_path / "both").exit_code == 1
    page = (tmp_path / "both" / "report.html").read_text("utf-8")
    assert '"columns":["a","b"]' in page
    assert (tmp_path / "both" / "b" / "report.html").is_file()


def test_a_comparison_is_written_beside_the_second_run(folder: Path, tmp_path: Path) -> None:
    good = written(tmp_path / "good", GOOD)
    assert evals("compare", good, folder, "--format", "table,html").exit_code == 1
    assert "Got before" in (folder / "compare" / "report.html").read_text("utf-8")
    assert evals("compare", good, folder, "--format", "html", "--out", tmp_path / "here").exit_code == 1
    assert (tmp_path / "here" / "report.html").is_file()


def test_a_case_is_shown_as_it_came_in_a_run_beside_the_baseline(folder: Path, baseline: Path) -> None:
    shown = evals("show", "answers/drift-003", "--run", folder, "--baseline", baseline)
    assert shown.exit_code == 0
    assert "missing: histograms of kind 3" in shown.stdout
    assert f"Got in {baseline}"[:40] in shown.stdout
    assert "abstention/drift-003, retrieval/drift-003" in " ".join(shown.stdout.split())


def test_a_case_is_a_record_for_programs(folder: Path) -> None:
    record = json.loads(evals("show", "drift-003", "--run", folder, "--json").stdout)
    assert record["case"]["id"] == "abstention/drift-003"
    assert record["scores"]["abstention/answers-covered"] == {"value": 0.0, "status": "ok", "why": ""}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("report", "nowhere"), BadSource),
        (("report", ".", "--format", "pdf"), BadSetting),
        (("compare", "nowhere", "nowhere", "--format", "pdf"), BadSetting),
        (("show", "answers/drift-003", "--run", "nowhere"), BadSource),
    ],
)
def test_usage_is_told(arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(evals(*arguments).exception, error)


def test_a_case_that_the_run_does_not_have_offers_those_that_are_near(folder: Path) -> None:
    found = evals("show", "answers/drift-9", "--run", folder).exception
    assert isinstance(found, BadName)
