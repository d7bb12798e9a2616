"""`evals mutations`: whether the gate sees what is broken on purpose."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlplaybook.evals.config import FILE, read_plan
from mlplaybook.evals.gate import baseline as base
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.mutations import CUT_METRICS, CUT_NAME, MUTATED_SUITES, MUTATIONS, cutter
from mlplaybook.evals.opening import open_world
from mlplaybook.evals.runner import KEPT, Job, execute
from mlplaybook.evals.selection import read_cases
from mlplaybook.server.console.screen import print_line, say
from mlplaybook.server.settings import read_settings

PlanFile = Annotated[Path, typer.Option("--plan", show_default=False, help="Another evals.yaml.")]


def mutations_command(
    baseline: Annotated[
        Path, typer.Option(show_default=False, help="What every mutation is compared with.")
    ] = base.FOLDER / "core.json",
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this one.")] = None,
    plan_file: PlanFile = FILE,
) -> None:
    """Break the playbook on purpose in six ways: exit 1 unless the gate catches each by the right metric."""
    plan, known, missed = read_plan(plan_file), base.read_baseline(baseline), False
    cases = read_cases(dict.fromkeys(MUTATED_SUITES), "dev")
    with (
        open_world(plan.configs["default"]) as world,
        tempfile.TemporaryDirectory(prefix="mlplaybook-evals-") as scratch,
    ):
        changes = {**MUTATIONS, CUT_NAME: (cutter(read_settings(), Path(scratch), say), CUT_METRICS)}
        for name in only or changes:
            change, wanted = changes[name]
            changed = change(replace(world, found={}, answers={}))
            run = execute(changed, plan, Job(name, cases, False, Path(scratch) / KEPT, 2), lambda result, total: None)
            judged = judge_run(run, plan, known)
            failed = [verdict.metric for verdict in judged.verdicts if verdict.outcome == "fail"]
            caught = judged.exit_code == 1 and bool(set(wanted) & set(failed))
            missed = missed or not caught
            reason = "; ".join(judged.problems) or ", ".join(failed) or "nothing"
            print_line(f"{name}: {'caught' if caught else 'MISSED'} (exit {judged.exit_code}): {reason}")
    raise typer.Exit(int(missed))
