"""The metrics of a run by slice; told, never gated: a slice has too few cases."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mlplaybook.evals.records import Result, Run

# Suites whose slices are many and all alike are left out.
SLICED = ("retrieval", "answers", "abstention", "conversation", "redteam", "templates", "judge")
# What only all cases together have.
WHOLE_ONLY = ("abstention/auroc", "abstention/aurc", "abstention/f1")


def slice_tables(run: Run) -> list[str]:
    """A Markdown table for every suite of the run that has slices."""
    found = []
    for suite in SLICED:
        results = [result for result in run.results if result.case.suite == suite]
        metrics = sorted({name for result in results for name in result.scores if name not in WHOLE_ONLY})
        if results:
            found.append(table(suite, metrics, results))
    return found


def table(suite: str, metrics: Sequence[str], results: Sequence[Result]) -> str:
    """One suite: a row for every slice, with the mean and how many cases it is of where that is not all."""
    names = [name.partition("/")[2] for name in metrics]
    lines = [f"| {suite} | cases | {' | '.join(names)} |", f"|---|---:|{'---:|' * len(names)}"]
    for part in sorted({result.case.slice for result in results}):
        inside = [result for result in results if result.case.slice == part]
        lines.append(f"| {part} | {len(inside)} | {' | '.join(mean_of(inside, name) for name in metrics)} |")
    return "\n".join(lines)


def mean_of(results: Sequence[Result], metric: str) -> str:
    """The mean over the cases that have a value."""
    values = [score.value for result in results if (score := result.scores.get(metric)) and score.value is not None]
    return f"{fmean(values):.3f}" if values else ""
