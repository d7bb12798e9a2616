"""A case for a terminal: what was asked, what was expected, what came, and why it has each score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlplaybook.evals.config import Plan
from mlplaybook.evals.records import Result, Score
from mlplaybook.evals.reports.losses import LEAST, worse_by
from mlplaybook.evals.reports.reasons import why_score
from mlplaybook.evals.reports.sides import Before, metric_of
from mlplaybook.evals.reports.views import Part, view_case, view_output

STYLES = {"good": "green", "bad": "red", "": ""}
SIGNS = {"good": "✓", "bad": "✗", "": "·"}


def draw_case(result: Result, plan: Plan, before: Before | None, kin: Sequence[str] = ()) -> Group:
    """All of it; `kin` are other cases of the same question."""
    case, view = result.case, view_case(result.case)
    shown: list[RenderableType] = [
        Text(view.title, "bold"),
        Text(f"{case.id} · {case.slice} · {case.file}, line {case.line}", "dim"),
    ]
    asked = [part for part in view.asked if len(part.lines) > 1 or part.lines[0].text != view.title]
    shown += section("Asked", asked) if asked else []
    shown += section("Expected", view.expected)
    output = view_output(case, result.output)
    shown += section("Got", output)
    shown += was(result, before)
    shown += [Text("\nScores", "bold"), draw_scores(result, plan, before)]
    if kin:
        shown.append(Text(f"\nThe same question: {', '.join(kin)}", "dim"))
    return Group(*shown)


def was(result: Result, before: Before | None) -> list[RenderableType]:
    """What the baseline got, where that is kept and was something else."""
    old: Mapping[str, Any] | None = before.outputs.get(result.case.id) if before else None
    if before is None or old is None:
        return []
    if old == result.output:
        return [Text(f"as in {before.name}", "dim")]
    return section(f"Got in {before.name}", view_output(result.case, old))


def section(title: str, parts: Sequence[Part]) -> list[RenderableType]:
    """A titled block: one line beside its name, several below it."""
    shown: list[RenderableType] = [Text(f"\n{title}", "bold")]
    for part in parts:
        if len(part.lines) == 1 and "\n" not in part.lines[0].text:
            only = part.lines[0]
            shown.append(
                Padding(Text.assemble((f"{part.name}: ", "dim"), (only.text, STYLES[only.mark])), (0, 0, 0, 2))
            )
            continue
        shown.append(indented(Text(part.name, "dim"), 2))
        for line in part.lines:
            sign = f"{SIGNS[line.mark]} " if len(part.lines) > 1 or line.mark else ""
            shown.append(indented(Text(sign + line.text, STYLES[line.mark]), 4))
    return shown


def indented(text: Text, by: int) -> Padding:
    """Text that stands further in, without blanks behind it."""
    return Padding(text, (0, 0, 0, by), expand=False)


def draw_scores(result: Result, plan: Plan, before: Before | None) -> Table:
    """A row for every score, with what it was and why it is so."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("")
    table.add_column("", justify="right")
    if before:
        table.add_column("baseline", justify="right")
    table.add_column("why", overflow="fold")
    old = before.scores.get(result.case.id, {}) if before else {}
    for name, score in sorted(result.scores.items()):
        lost = worse_by(metric_of(plan, name), old.get(name), score)
        colour = "red" if lost > LEAST or score.status == "error" else "green" if lost < -LEAST else ""
        baseline = (value_text(old.get(name)),) if before else ()
        why = why_score(result.case, result.output, name, score)
        table.add_row(name.partition("/")[2], Text(value_text(score), colour), *baseline, Text(why))
    return table


def value_text(score: Score | None) -> str:
    """A score in a few letters."""
    if score is None:
        return ""
    return f"{score.value:.3g}" if score.value is not None else "n/a" if score.status == "na" else score.status
