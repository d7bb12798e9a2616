"""`evals validate`: whether the cases are sound, and what they can and cannot show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mlplaybook.evals.config import FILE, Plan, find_suite, read_plan
from mlplaybook.evals.gate import baseline as base
from mlplaybook.evals.gate.alarms import FLIPS, Alarms, false_alarms
from mlplaybook.evals.gate.gate import NOT_EVALUABLE
from mlplaybook.evals.opening import open_world
from mlplaybook.evals.records import Case
from mlplaybook.evals.selection import read_cases
from mlplaybook.evals.suites.world import World
from mlplaybook.evals.validate import DROPS, NOISE, find_faults, idle_patterns, parts_of, power_table
from mlplaybook.server.console.screen import create_screen, print_line, say

PlanFile = Annotated[Path, typer.Option("--plan", show_default=False, help="Another evals.yaml.")]
# What is simulated besides nothing: lost cases of every metric.
LOST = (0.0, 0.02, 0.05)


def validate_command(
    suite: Annotated[str, typer.Option(help="smoke, core, full or redteam.")] = "core",
    held_out: Annotated[bool, typer.Option("--held-out", help="The questions that nothing was tuned on.")] = False,
    power: Annotated[bool, typer.Option("--power", help="Measure how small a drop the cases can show.")] = False,
    alarms: Annotated[
        bool,
        typer.Option("--alarms", help="Simulate 200 reruns: how often the gate fails for nothing, and for a loss."),
    ] = False,
    plan_file: PlanFile = FILE,
) -> None:
    """Find cases that are not sound: quotes that no page has any more, ids that stand twice, patterns that meet no case.

    Exit 3 when there are any.
    """
    plan = read_plan(plan_file)
    cases = read_cases(find_suite(plan, suite), "test" if held_out else "dev")
    with open_world(plan.configs["default"]) as world:
        faults = list(find_faults(world, cases, plan))
        for fault in faults:
            print_line(f"{fault.case.file}:{fault.case.line}: {fault.case.id}: {fault.what}")
        if power:
            create_screen().print(draw_power(world, cases, plan))
    idle = idle_patterns(cases, plan) if suite in ("core", "full") else []
    for pattern in idle:
        print_line(f"{plan_file}: must_pass: '{pattern}' meets no case")
    if alarms:
        create_screen().print(draw_alarms(plan, base.read_baseline(base.FOLDER / "core.json")))
    print_line(
        f"{len(cases)} cases ({', '.join(f'{n} {c}' for n, c in parts_of(cases).items())}), {len(faults) + len(idle)} faults"
    )
    raise typer.Exit(NOT_EVALUABLE if faults or idle else 0)


def draw_power(world: World, cases: Sequence[Case], plan: Plan) -> Table:
    """How often a drop is found, by metric, without noise and with it."""
    title = f"share of true drops that are found, without noise and with {NOISE:.0%} of cases flipping either way"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("metric", "cases", "least", *(f"{drop:.0%}" for drop in DROPS)):
        table.add_column(name, justify="left" if name == "metric" else "right", no_wrap=True)
    for row in power_table(world, cases, plan):
        shown = (f"{plain:.0%} {noisy:.0%}" for plain, noisy in zip(row.found, row.noisy, strict=True))
        table.add_row(row.metric, str(row.cases), f"{row.smallest:.1%}", *shown)
    return table


def draw_alarms(plan: Plan, baseline: base.Baseline) -> Table:
    """How often reruns of the baseline fail when nothing is worse, and when some cases of every metric are lost."""
    title = f"reruns that fail, with {FLIPS:.0%} of the verdicts of every metric turned by chance on both sides"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("cases lost", "reruns", "failed", "metrics that said so"):
        table.add_column(name, justify="left" if name.startswith("metrics") else "right")
    for lost in LOST:
        say(f"simulating with {lost:.0%} of the cases lost")
        made = false_alarms(baseline, plan, drop=lost)
        table.add_row(f"{lost:.0%}", str(made.reruns), f"{made.share:.1%}", named(made))
    return table


def named(alarms: Alarms, most: int = 3) -> str:
    """The metrics that failed most often."""
    ordered = sorted(alarms.by_metric.items(), key=lambda entry: -entry[1])
    rest = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(f"{name} {count}" for name, count in ordered[:most]) + rest
