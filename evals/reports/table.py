"""A judgement for a terminal: flipped cases first, then every metric."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from mlplaybook.evals.gate.gate import Judgement, Verdict
from mlplaybook.evals.records import Run
from mlplaybook.evals.reports.words import describe_case, headline, number, p_text, signed

COLOURS = {"pass": "green", "warn": "yellow", "fail": "red"}
MOST_FLIPS = 10


def draw_judgement(run: Run, judgement: Judgement) -> Group:
    """All of it."""
    lines: list[Text | Table] = [Text(f"not evaluable: {problem}", "red") for problem in judgement.problems]
    lines += [Text(note, "dim") for note in judgement.notes]
    results = {result.case.id: result for result in run.results}
    for flip in judgement.flips[:MOST_FLIPS]:
        must = " (must pass)" if flip.must else ""
        lines.append(Text(f"{flip.case}{must}: {flip.metric} {flip.before:g} -> {flip.after:g}", "bold"))
        lines.append(Text(f"  {describe_case(results[flip.case])}"))
    if len(judgement.flips) > MOST_FLIPS:
        lines.append(Text(f"and {len(judgement.flips) - MOST_FLIPS} more cases that flipped"))
    lines += [draw_metrics(judgement), *reasons(judgement), Text(headline(run, judgement), "bold"), latency(run)]
    return Group(*lines)


def draw_metrics(judgement: Judgement) -> Table:
    """A row for every metric; `cases` are those measured of all, the others do not apply or are errors."""
    compared = any(verdict.before is not None for verdict in judgement.verdicts)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    columns = ("metric", "value", "cases", *(("change", "95 % interval", "p") if compared else ()), "verdict")
    for name in columns:
        table.add_column(name, justify="left" if name in {"metric", "verdict"} else "right", no_wrap=True)
    for v in judgement.verdicts:
        between = "" if v.low is None else f"{signed(v.low)} {signed(v.high)}"
        paired = (signed(v.delta), between, p_text(v.p)) if compared else ()
        table.add_row(v.metric, number(v.value), cases_of(v), *paired, Text(v.outcome, COLOURS[v.outcome]))
    return table


def cases_of(verdict: Verdict) -> str:
    """How many cases a value is of, and of how many; errors where there are any."""
    every = verdict.ok + verdict.errors + verdict.na
    return f"{verdict.ok}/{every}" + (f" {verdict.errors} err" if verdict.errors else "")


def reasons(judgement: Judgement) -> list[Text]:
    """Why metrics warn or fail."""
    told = [verdict for verdict in judgement.verdicts if verdict.outcome != "pass"]
    return [Text(f"{verdict.outcome}: {verdict.metric}: {verdict.why}", COLOURS[verdict.outcome]) for verdict in told]


def latency(run: Run) -> Text:
    """How long cases took by suite, and what models cost."""
    told = []
    for suite in sorted({result.case.suite for result in run.results}):
        times = sorted(result.seconds * 1000 for result in run.results if result.case.suite == suite)
        told.append(f"{suite} {times[len(times) // 2]:.0f}/{times[int(0.95 * (len(times) - 1))]:.0f}")
    cost = f"{run.usage.calls} calls of models, {run.usage.tokens} tokens, {run.seconds:.1f} s"
    return Text(f"ms a case, median/95th percentile: {', '.join(told)}; {cost}", "dim")
