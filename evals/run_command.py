"""`evals run` and `evals bless`: whether anything is worse than it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mlplaybook.evals.config import FILE, Plan, find_config, find_suite, read_plan
from mlplaybook.evals.gate import baseline as base
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.golden import Split
from mlplaybook.evals.judge.library import missing_line, refuse_unmeasured
from mlplaybook.evals.judge.options import JudgeMode, JudgeModel, JudgeUrl, MaxUsd, Yes, create_consent, read_limit
from mlplaybook.evals.judge.seating import Choice, create_wanted, judge_cases, seated
from mlplaybook.evals.judge.weigh import weigh
from mlplaybook.evals.mutations_command import mutations_command
from mlplaybook.evals.opening import open_world
from mlplaybook.evals.publish import publish_last, publish_together
from mlplaybook.evals.records import Case, Result, Run
from mlplaybook.evals.report_command import Formats, compare_command, report_command, show_command
from mlplaybook.evals.reports.files import read_formats
from mlplaybook.evals.reports.kept import keep_outputs, read_before
from mlplaybook.evals.reports.sides import Report, Side
from mlplaybook.evals.runner import KEPT, Job, execute, read_kept, repeated
from mlplaybook.evals.selection import failing, narrow, read_cases, read_run
from mlplaybook.evals.suites.world import Config, World
from mlplaybook.evals.validate_command import validate_command
from mlplaybook.evals.watch_command import watch_command
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.console.screen import create_screen, say
from mlplaybook.server.settings import read_settings

PlanFile = Annotated[Path, typer.Option("--plan", show_default=False, help="Another evals.yaml.")]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was asked for, beside its suite."""

    cases: tuple[Case, ...]
    whole: bool
    folder: Path
    jobs: int
    resume: bool
    repeat: int


def run_command(
    context: typer.Context,
    suite: Annotated[str, typer.Option(help="smoke, core, full or redteam; evals.yaml says what is in them.")] = "core",
    only: Annotated[list[str] | None, typer.Option("--slice", help="KEY=VALUE: suite, slice or id.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this file, such as evals/baselines/core.json.")
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option(help="A configuration of evals.yaml; several stand side by side.")
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option(help="NAME@VERSION to answer by; several stand side by side.")
    ] = None,
    only_failing: Annotated[Path | None, typer.Option(help="Only the cases that failed in this run.")] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Run so many times; a case that differs is named.")] = 1,
    jobs: Annotated[int, typer.Option("-j", min=1, help="Cases at once, and calls of a judge.")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    held_out: Annotated[bool, typer.Option("--held-out", help="Ask the questions that nothing was tuned on.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the run is written.")] = None,
    form: Formats = "table,json,md,junit,html",
    again: Annotated[bool, typer.Option("--watch", help="Run again whatever a saved file can have touched.")] = False,
    github: Annotated[
        bool, typer.Option("--github", help="Annotate cases, and write the summary of the CI run.")
    ] = False,
    judge: JudgeMode = "off",
    judge_model: JudgeModel = "",
    judge_url: JudgeUrl = "",
    max_usd: MaxUsd = "",
    yes: Yes = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Measure the playbook and say whether anything is worse: exit 0 no, 1 yes, 2 usage, 3 cannot be said."""
    plan, formats = read_plan(plan_file), read_formats(form)
    known = base.read_baseline(baseline) if baseline else None
    split: Split = "test" if held_out else "dev"
    settings = read_settings()
    choice = Choice(judge, judge_model, judge_url, read_limit(max_usd), yes)
    bench = create_wanted(choice, jobs, settings, os.environ, create_consent(choice))
    every = read_cases(find_suite(plan, suite), split) + judge_cases(plan, suite, split, bench)
    cases = narrow(every, only or ())
    cases = failing(cases, read_run(only_failing), plan) if only_failing else cases
    if again:
        raise typer.Exit(watch_command(context, plan_file, cases, baseline))
    folder = out or settings.index_folder.parent / "evals" / suite
    options = Options(cases, len(cases) == len(every), folder, jobs, resume, repeat)
    sides, before = list[Side](), read_before(baseline) if baseline else None
    together = len(config or prompt or ()) > 1
    for wanted in read_configs(plan, config or (), prompt or ()):
        against = base.from_run(sides[0].run) if sides else known
        several = replace(options, folder=folder / wanted.name) if together else options
        with (
            open_world(wanted) as plain,
            seated(plain, plan, cases, bench, against) as world,
        ):
            run = run_all(world, plan, suite, several)
        sides.append(Side(run, weigh(run, plan, against, gate=judge == "gate")))
        publish_last(Report(plan, tuple(sides), before), several.folder, formats, github=github)
    publish_together(Report(plan, tuple(sides), before), folder, formats)
    raise typer.Exit(max(side.judgement.exit_code for side in sides))


def read_configs(plan: Plan, names: Sequence[str], prompts: Sequence[str]) -> Iterator[Config]:
    """The configurations to run in order, under each prompt; raises BadSetting."""
    if names and len(prompts) > 1:
        raise BadSetting(
            "Several --config and several --prompt are too many to compare.", "Give several of one of them."
        )
    for name in names or ("default",):
        config = find_config(plan, name)
        if not prompts:
            yield config
        for prompt in prompts:
            yield replace(config, name=prompt if len(prompts) > 1 else config.name, prompt=prompt)


def run_all(world: World, plan: Plan, suite: str, options: Options) -> Run:
    """The run, as often as wanted; says which cases differ from time to time."""
    if line := missing_line(options.cases):
        say(line)
    runs = []
    for _ in range(options.repeat):
        kept = options.folder / KEPT
        done = read_kept(kept, options.cases) if options.resume else {}
        job = Job(suite, options.cases, options.whole, kept, options.jobs, done)
        fresh = replace(world, found={}, answers={})
        with progress_bar(len(options.cases), len(done)) as show:
            runs.append(execute(fresh, plan, job, show))
    run, flaky = repeated(runs)
    for case in flaky:
        say(f"{case} differs from time to time")
    return run


@contextmanager
def progress_bar(total: int, done: int) -> Iterator[Callable[[Result, int], None]]:
    """A bar on stderr that advances with every result; nothing where no terminal is."""
    console = create_screen(errors=True)
    columns = (TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("cases", total=total, completed=done)
        yield lambda result, most: bar.advance(task)


def bless_command(
    run: Annotated[Path, typer.Argument(help="The folder of a whole run.")],
    to: Annotated[
        Path | None, typer.Option(help="The baseline's file; evals/baselines/SUITE.json when not given.")
    ] = None,
    plan_file: PlanFile = FILE,
) -> None:
    """Make a whole run the baseline that later ones are compared with; one that is below a floor is refused."""
    made = read_run(run)
    refuse_unmeasured(made)
    judgement = judge_run(made, read_plan(plan_file))
    if judgement.exit_code:
        failing_ones = [f"{v.metric} {v.why}" for v in judgement.verdicts if v.outcome == "fail"]
        raise BadSetting(
            f"The run is no baseline: {'; '.join([*judgement.problems, *failing_ones])}.", "Mend it first."
        )
    path = to or base.FOLDER / f"{made.suite}.json"
    base.bless(made, path)
    keep_outputs(made, path)
    say(f"{len(made.results)} cases are now the baseline {path}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = (("run", run_command), ("report", report_command), ("compare", compare_command))
    more = (("bless", bless_command), ("show", show_command), ("validate", validate_command))
    for name, command in (*commands, *more, ("mutations", mutations_command)):
        app.command(name)(command)
