"""`evals run`, `compare`, `bless`, `show` and `validate`: whether anything is worse than it was."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from mlplaybook.evals.config import FILE, Plan, find_config, find_suite, read_plan
from mlplaybook.evals.gate import baseline as base
from mlplaybook.evals.gate.gate import NOT_EVALUABLE, Judgement, judge_run
from mlplaybook.evals.golden import Split
from mlplaybook.evals.mutations import CUT_METRICS, CUT_NAME, MUTATED_SUITES, MUTATIONS, cutter
from mlplaybook.evals.records import Case, Result, Run
from mlplaybook.evals.reports.files import judgement_record, read_formats, write_reports
from mlplaybook.evals.reports.github import workflow_commands
from mlplaybook.evals.reports.markdown import to_markdown
from mlplaybook.evals.reports.table import draw_judgement
from mlplaybook.evals.runner import KEPT, Job, execute, measure_case, read_kept, repeated
from mlplaybook.evals.selection import failing, find_case, narrow, read_cases, read_run
from mlplaybook.evals.suites.world import Config, World
from mlplaybook.evals.validate import DROPS, NOISE, find_faults, parts_of, power_table
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.console.screen import create_screen, embedding_progress, print_line, say
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import PLAYBOOK, open_corpus

SUMMARY = "GITHUB_STEP_SUMMARY"
PlanFile = Annotated[Path, typer.Option("--plan", show_default=False, help="Another evals.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


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
    jobs: Annotated[int, typer.Option("-j", min=1, help="Cases at once.")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    held_out: Annotated[bool, typer.Option("--held-out", help="Ask the questions that nothing was tuned on.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the run is written.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="Some of table, junit, md, json, by commas.")
    ] = "table,json,md,junit",
    github: Annotated[
        bool, typer.Option("--github", help="Annotate cases, and write the summary of the CI run.")
    ] = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Measure the playbook and say whether anything is worse: exit 0 no, 1 yes, 2 usage, 3 cannot be said."""
    plan, formats = read_plan(plan_file), read_formats(form)
    known = base.read_baseline(baseline) if baseline else None
    split: Split = "test" if held_out else "dev"
    every = read_cases(find_suite(plan, suite), split)
    cases = narrow(every, only or ())
    cases = failing(cases, read_run(only_failing)) if only_failing else cases
    folder = out or read_settings().index_folder.parent / "evals" / suite
    options = Options(cases, len(cases) == len(every), folder, jobs, resume, repeat)
    codes, first = [], None
    for wanted in read_configs(plan, config or (), prompt or ()):
        with open_world(wanted) as world:
            several = replace(options, folder=folder / wanted.name) if len(config or prompt or ()) > 1 else options
            run = run_all(world, plan, suite, several)
        judgement = judge_run(run, plan, first or known)
        report(run, judgement, several.folder, formats, github=github)
        codes.append(judgement.exit_code if len(run.results) == len(cases) else NOT_EVALUABLE)
        first = first or (base.from_run(run) if len(config or prompt or ()) > 1 else None)
    raise typer.Exit(max(codes))


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


@contextmanager
def open_world(config: Config) -> Iterator[World]:
    """The playbook's index under a configuration."""
    with embedding_progress() as progress:
        index = open_corpus(read_settings(), PLAYBOOK, say, progress)
    yield World(index, config)


def run_all(world: World, plan: Plan, suite: str, options: Options) -> Run:
    """The run, as often as wanted; says which cases differ from time to time."""
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
    if len(run.results) < len(options.cases):
        say(f"stopped after {len(run.results)} of {len(options.cases)} cases; go on with --resume")
    return run


@contextmanager
def progress_bar(total: int, done: int) -> Iterator[Callable[[Result, int], None]]:
    """A bar on stderr that advances with every result; nothing where no terminal is."""
    console = create_screen(errors=True)
    columns = (TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("cases", total=total, completed=done)
        yield lambda result, most: bar.advance(task)


def report(run: Run, judgement: Judgement, folder: Path, formats: Sequence[str], *, github: bool) -> None:
    """Files, the table, and what a CI run shows."""
    write_reports(run, judgement, folder, formats)
    if "table" in formats:
        create_screen().print(draw_judgement(run, judgement))
    if github:
        for line in workflow_commands(run, judgement):
            print_line(line)
        if os.environ.get(SUMMARY):
            with Path(os.environ[SUMMARY]).open("a", encoding="utf-8") as file:
                file.write(to_markdown(run, judgement))
    say(f"written to {folder}")


def compare_command(
    before: Annotated[Path, typer.Argument(help="A run's folder, or a baseline.")],
    after: Annotated[Path, typer.Argument(help="A run's folder.")],
    as_json: AsJson = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Compare two runs case by case: exit 1 when the second is worse."""
    is_run = before.is_dir() or before.name == "run.json"
    run = read_run(after)
    judgement = judge_run(
        run, read_plan(plan_file), base.from_run(read_run(before)) if is_run else base.read_baseline(before)
    )
    if as_json:
        print_line(json.dumps(judgement_record(judgement), ensure_ascii=False))
    else:
        create_screen().print(draw_judgement(run, judgement))
    raise typer.Exit(judgement.exit_code)


def bless_command(
    run: Annotated[Path, typer.Argument(help="The folder of a whole run.")],
    to: Annotated[
        Path | None, typer.Option(help="The baseline's file; evals/baselines/SUITE.json when not given.")
    ] = None,
    plan_file: PlanFile = FILE,
) -> None:
    """Make a whole run the baseline that later ones are compared with; one that is below a floor is refused."""
    made = read_run(run)
    judgement = judge_run(made, read_plan(plan_file))
    if judgement.exit_code:
        failing_ones = [f"{v.metric} {v.why}" for v in judgement.verdicts if v.outcome == "fail"]
        raise BadSetting(
            f"The run is no baseline: {'; '.join([*judgement.problems, *failing_ones])}.", "Mend it first."
        )
    path = to or base.FOLDER / f"{made.suite}.json"
    base.bless(made, path)
    say(f"{len(made.results)} cases are now the baseline {path}")


def show_command(
    case: Annotated[str, typer.Argument(help="An id such as retrieval/alerting-and-incidents-2.")],
    as_json: AsJson = False,
) -> None:
    """Show a case, where it stands, and what comes of it now."""
    plan = read_plan()
    found = find_case(read_cases(find_suite(plan, "core"), "dev"), case)
    with open_world(plan.configs["default"]) as world:
        result = measure_case(world, found)
    record = {
        "case": asdict(found),
        "scores": {n: asdict(s) for n, s in result.scores.items()},
        "output": result.output,
    }
    if as_json:
        print_line(json.dumps(record, ensure_ascii=False))
        return
    print_line(f"{found.id}  ({found.slice}; {found.file}, line {found.line})")
    for title, values in (("input", found.input), ("gold", found.gold), ("output", result.output)):
        print_line(f"{title}: {json.dumps(dict(values), ensure_ascii=False, indent=2)}")
    for name, score in sorted(result.scores.items()):
        print_line(f"{name}: {score.value if score.status == 'ok' else f'{score.status}: {score.why}'}")


def validate_command(
    suite: Annotated[str, typer.Option(help="smoke, core, full or redteam.")] = "core",
    held_out: Annotated[bool, typer.Option("--held-out", help="The questions that nothing was tuned on.")] = False,
    power: Annotated[bool, typer.Option("--power", help="Measure how small a drop the cases can show.")] = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Find cases that are not sound: quotes that no page has any more, ids that stand twice. Exit 3 when there are any."""
    plan = read_plan(plan_file)
    cases = read_cases(find_suite(plan, suite), "test" if held_out else "dev")
    with open_world(plan.configs["default"]) as world:
        faults = list(find_faults(world, cases, plan))
        for fault in faults:
            print_line(f"{fault.case.file}:{fault.case.line}: {fault.case.id}: {fault.what}")
        if power:
            create_screen().print(draw_power(world, cases, plan))
    print_line(
        f"{len(cases)} cases ({', '.join(f'{n} {c}' for n, c in parts_of(cases).items())}), {len(faults)} faults"
    )
    raise typer.Exit(NOT_EVALUABLE if faults else 0)


def draw_power(world: World, cases: Sequence[Case], plan: Plan) -> Table:
    """How often a drop is found, by metric, without noise and with it."""
    title = f"share of true drops that are found, without noise and with {NOISE:.0%} of cases flipping either way"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("metric", "cases", "least", *(f"{drop:.0%}" for drop in DROPS)):
        table.add_column(name, justify="left" if name == "metric" else "right", no_wrap=True)
    for row in power_table(world, cases, plan):
        shown = (f"{plain:.2f} {noisy:.2f}" for plain, noisy in zip(row.found, row.noisy, strict=True))
        table.add_row(row.metric, str(row.cases), f"{row.smallest:.3f}", *shown)
    return table


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


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = (("run", run_command), ("compare", compare_command), ("bless", bless_command), ("show", show_command))
    for name, command in (*commands, ("validate", validate_command), ("mutations", mutations_command)):
        app.command(name)(command)
