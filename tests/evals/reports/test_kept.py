"""A baseline keeps what came of its cases, and never shows that of another one."""

from __future__ import annotations

from pathlib import Path

from mlplaybook.evals.gate.baseline import bless
from mlplaybook.evals.reports.kept import keep_outputs, outputs_file, read_before, read_outputs
from tests.evals.reports.worlds import GOOD, WORSE


def blessed(folder: Path) -> Path:
    path = folder / "core.json"
    bless(GOOD, path)
    keep_outputs(GOOD, path)
    return path


def test_outputs_are_read_as_they_were_kept(tmp_path: Path) -> None:
    before = read_before(blessed(tmp_path))
    assert before.outputs == {result.case.id: result.output for result in GOOD.results}
    assert (before.name, before.scores["redteam/one"]["redteam/held"].value) == (str(tmp_path / "core.json"), 1.0)


def test_outputs_of_another_baseline_are_not_shown(tmp_path: Path) -> None:
    path = blessed(tmp_path)
    bless(WORSE, path)
    assert read_outputs(path) == {}


def test_a_baseline_without_outputs_has_its_scores(tmp_path: Path) -> None:
    path = blessed(tmp_path)
    outputs_file(path).unlink()
    assert (read_outputs(path), len(read_before(path).scores)) == ({}, len(GOOD.results))


def test_a_case_is_a_line_so_that_a_change_can_be_read_in_a_diff(tmp_path: Path) -> None:
    lines = outputs_file(blessed(tmp_path)).read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(GOOD.results)
    assert lines[1].startswith('["abstention/drift-000", {"covered": true,')


def test_half_written_outputs_are_no_outputs(tmp_path: Path) -> None:
    path = blessed(tmp_path)
    outputs_file(path).write_text(outputs_file(path).read_text("utf-8")[:-9], "utf-8")
    assert read_outputs(path) == {}
