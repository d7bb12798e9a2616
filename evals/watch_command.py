"""`evals run --watch`: every run in a process of its own, so that changed code counts, and only what moved on the screen."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from mlplaybook.evals.config import Plan, read_plan
from mlplaybook.evals.gate.baseline import read_baseline
from mlplaybook.evals.gate.gate import Judgement
from mlplaybook.evals.judge.weigh import weigh
from mlplaybook.evals.records import Case, Run
from mlplaybook.evals.reports.losses import Loss, find_losses, group_losses
from mlplaybook.evals.reports.sides import Side, before_from
from mlplaybook.evals.reports.table import COLOURS, draw_judgement
from mlplaybook.evals.reports.views import cut, in_a_line, view_case, view_output
from mlplaybook.evals.reports.words import headline
from mlplaybook.evals.selection import RUN_FILE, read_run
from mlplaybook.evals.watch import ROOT, Update, Watching, create_reach, snapshot, watch
from mlplaybook.ingest.errors import BadSetting, PlaybookError
from mlplaybook.server.console.screen import create_screen, say

MOST, WIDEST, SHORT = 6, 80, 120
# Every run of a watch has its own.
OWN = ("again", "out", "form", "github", "resume")
ALONE = ("only_failing", "repeat")


def watch_command(context: typer.Context, plan_file: Path, cases: Sequence[Case], baseline: Path | None) -> int:
    """Watch until Ctrl-C; raises BadSetting for options that say nothing there."""
    refuse(context)
    screen, given = create_screen(), arguments_again(context)

    def show(update: Update) -> None:
        screen.clear()
        screen.print(draw_update(update))

    with tempfile.TemporaryDirectory(prefix="mlplaybook-evals-") as scratch:
        return watch(
            Watching(
                lambda run: judge(run, plan_file, baseline),
                lambda: create_reach(cases),
                snapshot,
                lambda suites: run_again(given, suites, Path(scratch)),
                show,
            )
        )


def judge(run: Run, plan_file: Path, baseline: Path | None) -> tuple[Plan, Judgement]:
    """The judgement by the plan and the baseline as they are now; raises PlaybookError where one cannot be used."""
    plan = read_plan(plan_file)
    return plan, weigh(run, plan, read_baseline(baseline) if baseline else None)


def refuse(context: typer.Context) -> None:
    """Raises BadSetting for options that a watch has no use for."""
    for name in (*ALONE, "config", "prompt"):
        several = name in ALONE or len(context.params.get(name) or ()) > 1
        if several and was_given(context, name):
            option = name.replace("_", "-")
            raise BadSetting(f"--watch does not go with --{option}.", "Watch one plain run, and leave it out.")


def arguments_again(context: typer.Context) -> list[str]:
    """The command line of a run as it was given, without what every run of a watch has of its own."""
    made = []
    for parameter in context.command.params:
        name, value = parameter.name or "", context.params.get(parameter.name or "")
        if name in OWN or not was_given(context, name):
            continue
        option = max(parameter.opts, key=len)
        if value is True:
            made.append(option)
        else:
            for one in value if isinstance(value, list | tuple) else [value]:
                made += [option, str(one)]
    return made


def was_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def run_again(given: Sequence[str], suites: Sequence[str] | None, scratch: Path) -> Run | None:
    """The run of some suites in another process; None where it left nothing, which it has said itself."""
    (scratch / RUN_FILE).unlink(missing_ok=True)
    only = [part for suite in suites or () for part in ("--slice", f"suite={suite}")]
    command = [
        sys.executable,
        "-m",
        "mlplaybook.evals",
        "run",
        *given,
        *only,
        "--out",
        str(scratch),
        "--format",
        "json",
    ]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    try:
        return read_run(scratch)
    except PlaybookError:
        say("the run left nothing; waiting for the next change")
        return None


def draw_update(update: Update) -> Group:
    """What changed and what moved by it; the whole table the first time."""
    at = datetime.now().astimezone().strftime("%H:%M:%S")
    lines: list[RenderableType] = []
    if update.files:
        named = [path.relative_to(ROOT).as_posix() for path in update.files]
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        lines.append(Text(f"{at}  {', '.join(named[:3])}{more} changed", "bold"))
        ran = ", ".join(update.suites) or "nothing to measure"
        lines.append(Text(f"{ran}; {update.seconds:.1f} s", "dim"))
    if update.run is None or update.judgement is None:
        return Group(*lines, Text("It could not be run: see what it said above.", "red"))
    if update.before is None:
        return Group(*lines, draw_judgement(update.run, update.judgement), waiting())
    lines += moved(update.before, update.run, update)
    lines += [Text(f"{one.outcome}: {one.metric}: {one.why}", COLOURS[one.outcome])
              for one in update.judgement.verdicts if one.outcome != "pass"]  # fmt: skip
    lines += [Text(f"not evaluable: {problem}", "red") for problem in update.judgement.problems]
    return Group(*lines, Text(headline(update.run, update.judgement), "bold"), waiting())


def moved(before: Run, run: Run, update: Update) -> list[RenderableType]:
    """The questions and cases whose scores are not what they were in the run before."""
    if update.judgement is None or update.plan is None:
        return []
    now, then = Side(run, update.judgement), Side(before, update.judgement)
    lost, won = find_losses(now, before_from(before), update.plan), find_losses(then, before_from(run), update.plan)
    if not lost and not won:
        return [Text("No score moved.", "green")]
    worse, better = group_losses(now, lost), group_losses(then, won)
    lines: list[RenderableType] = []
    for group in worse[:MOST]:
        lines.append(Text(f"worse   {cut(view_case(group.result.case).title, WIDEST)}", "red"))
        lines.append(below(", ".join(map(change, group.losses))))
        if any(loss.flip for loss in group.losses):
            got = in_a_line(view_output(group.result.case, group.result.output), SHORT)
            lines.append(below(f"expected {in_a_line(view_case(group.result.case).expected, SHORT)}", "dim"))
            lines.append(below(f"got {got}", "dim"))
    for group in better[:MOST]:
        lines.append(Text(f"better  {cut(view_case(group.result.case).title, WIDEST)}", "green"))
        lines.append(below(", ".join(change(one, back=True) for one in group.losses)))
    left = len(worse[MOST:]), len(better[MOST:])
    return [*lines, Text(f"and {left[0]} more that got worse, {left[1]} better", "dim")] if any(left) else lines


def below(text: str, style: str = "") -> Padding:
    """A line that stands in under its question."""
    return Padding(Text(text, style), (0, 0, 0, 8), expand=False)


def change(loss: Loss, *, back: bool = False) -> str:
    """A score before and after; `back` for what was won."""
    before, after = (loss.after, loss.before) if back else (loss.before, loss.after)
    return f"{loss.metric} {before:.3g} -> {after:.3g}"


def waiting() -> Text:
    """What one can do now."""
    return Text("watching pages, prompts, cases, evals.yaml and code; Ctrl-C ends", "dim")
