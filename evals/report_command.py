"""`evals report`, `compare` and `show`: what runs say, made again from what they left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mlplaybook.evals.config import FILE, find_suite, read_plan
from mlplaybook.evals.gate import baseline as base
from mlplaybook.evals.judge.weigh import weigh
from mlplaybook.evals.opening import open_world
from mlplaybook.evals.publish import one_side, publish, publish_together
from mlplaybook.evals.records import Case, Result
from mlplaybook.evals.reports.files import VERDICTS, judgement_record, read_formats
from mlplaybook.evals.reports.kept import read_before
from mlplaybook.evals.reports.losses import kin_key
from mlplaybook.evals.reports.show import draw_case
from mlplaybook.evals.reports.sides import Before, Report, Side
from mlplaybook.evals.runner import measure_case
from mlplaybook.evals.selection import RUN_FILE, find_case, read_cases, read_run
from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.console.screen import create_screen, print_line

PlanFile = Annotated[Path, typer.Option("--plan", show_default=False, help="Another evals.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Formats = Annotated[str, typer.Option("--format", help="Some of table, junit, md, html, json, by commas.")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="Another folder for the files.")]


def report_command(
    run: Annotated[Path, typer.Argument(help="The folder of a run, or of several that stand side by side.")],
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this baseline or run; that of before when not given.")
    ] = None,
    form: Formats = "table,html",
    out: OutFolder = None,
    plan_file: PlanFile = FILE,
) -> None:
    """Make the reports of a run again from its run.json: exit as the run did."""
    formats, folders = read_formats(form), run_folders(run)
    against = baseline or judged_against(folders[0])
    report = read_report(folders, against, plan_file)
    for place, folder in enumerate(folders):
        single = len(folders) == 1
        publish(one_side(report, place), out or folder if single else (out or run) / folder.name, formats)
    publish_together(report, out or run, formats)
    raise typer.Exit(max(side.judgement.exit_code for side in report.sides))


def run_folders(path: Path) -> list[Path]:
    """The folder of a run, or those of several in the order in which they ran; raises BadSource where there is none."""
    if path.is_file() or (path / RUN_FILE).is_file():
        return [path if path.is_dir() else path.parent]
    found = [(read_run(file).started, file.parent) for file in sorted(path.glob(f"*/{RUN_FILE}"))]
    if not found:
        raise BadSource(f"{path} holds no run.", "Name the folder that `evals run` wrote.")
    return [folder for _, folder in sorted(found)]


def judged_against(folder: Path) -> Path | None:
    """What a run was compared with when it was made, if that is still there."""
    try:
        named = json.loads((folder / VERDICTS).read_text("utf-8")).get("against")
    except (OSError, ValueError, AttributeError):
        return None
    return Path(named) if named and Path(named).exists() else None


def read_report(folders: Sequence[Path], against: Path | None, plan_file: Path) -> Report:
    """The runs of these folders, judged anew: the first against what is named, the others against the first."""
    plan, before = read_plan(plan_file), read_before(against) if against else None
    runs = [read_run(folder) for folder in folders]
    first = base.from_run(runs[0])
    known = read_scores(against) if against else None
    sides = [Side(one, weigh(one, plan, first if place else known)) for place, one in enumerate(runs)]
    return Report(plan, tuple(sides), before)


def read_scores(path: Path) -> base.Baseline:
    """The scores of a run or of a baseline."""
    is_run = path.is_dir() or path.name == RUN_FILE
    return base.from_run(read_run(path)) if is_run else base.read_baseline(path)


def compare_command(
    before: Annotated[Path, typer.Argument(help="A run's folder, or a baseline.")],
    after: Annotated[Path, typer.Argument(help="A run's folder.")],
    as_json: AsJson = False,
    form: Formats = "table",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where files are written; `compare` in the second run's folder else.")
    ] = None,
    plan_file: PlanFile = FILE,
) -> None:
    """Compare two runs case by case: exit 1 when the second is worse."""
    formats = read_formats(form)
    report = read_report([after.parent if after.is_file() else after], before, plan_file)
    judgement = report.last.judgement
    if as_json:
        print_line(json.dumps(judgement_record(judgement), ensure_ascii=False))
    else:
        publish(report, out or (after.parent if after.is_file() else after) / "compare", formats)
    raise typer.Exit(judgement.exit_code)


def show_command(
    case: Annotated[str, typer.Argument(help="An id such as retrieval/alerting-and-incidents-2.")],
    run: Annotated[
        Path | None, typer.Option("--run", help="Show it as it came in this run instead of measuring it now.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="What to show beside it; evals/baselines/core.json when not given.")
    ] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="A question that nothing was tuned on.")] = False,
    as_json: AsJson = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Show a case: what was asked, what was expected, what comes of it now, and why it has each score."""
    plan, known = read_plan(plan_file), baseline or base.FOLDER / "core.json"
    if run is None:
        cases = read_cases(find_suite(plan, "core"), "test" if held_out else "dev")
        found = find_case(cases, case)
        with open_world(plan.configs["default"]) as world:
            result = measure_case(world, found)
    else:
        results = {one.case.id: one for one in read_run(run).results}
        cases = tuple(one.case for one in results.values())
        result = results[find_case(cases, case).id]
    if as_json:
        print_line(json.dumps(case_record(result), ensure_ascii=False))
        return
    before: Before | None = read_before(known) if known.exists() else None
    create_screen().print(draw_case(result, plan, before, kin_of(cases, result.case)))


def case_record(result: Result) -> dict[str, object]:
    """A case with its scores and what came of it."""
    scores = {name: asdict(score) for name, score in result.scores.items()}
    return {"case": asdict(result.case), "scores": scores, "output": result.output}


def kin_of(cases: Sequence[Case], case: Case) -> list[str]:
    """The other cases of the same question."""
    return [one.id for one in cases if one.id != case.id and kin_key(one) == kin_key(case)]
