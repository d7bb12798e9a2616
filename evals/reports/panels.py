"""What the page shows of one side before its cases: the verdict, what got worse and where, metrics, slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from mlplaybook.evals.gate.gate import NOT_EVALUABLE, PASSED, Judgement, Verdict
from mlplaybook.evals.records import Result, Run
from mlplaybook.evals.reports.losses import (
    LEAST,
    Group,
    Loss,
    explain_losses,
    find_losses,
    group_losses,
    lead,
    means,
    slice_changes,
    worst_slices,
)
from mlplaybook.evals.reports.plots import draw_interval
from mlplaybook.evals.reports.sides import Before, Report, Scores, Side, by_suite, metric_of
from mlplaybook.evals.reports.slices import SLICED
from mlplaybook.evals.reports.views import cut, view_case, view_output
from mlplaybook.evals.reports.words import number, p_text, signed

# The browser below has all of them.
MOST_GROUPS = 8
# Changes from which a cell of the heat table is a step stronger.
STEPS = (LEAST, 0.05, 0.1, 0.2, 0.35)
WORDS = {PASSED: "Passed", NOT_EVALUABLE: "Not evaluable"}


def panel(side: Side, base: Before | None, report: Report) -> dict[str, Any]:
    """Everything of one side."""
    judgement = side.judgement
    losses = find_losses(side, base, report.plan) if base else ()
    groups = group_losses(side, losses)
    return {
        "name": side.run.config,
        "word": WORDS.get(judgement.exit_code, "Worse"),
        "tone": {PASSED: "good", NOT_EVALUABLE: "warn"}.get(judgement.exit_code, "bad"),
        "facts": facts(side, base, groups),
        "lead": lead(groups),
        "problems": judgement.problems,
        "notes": judgement.notes,
        "told": [told(verdict, side, base, losses, report) for verdict in ordered(judgement)],
        "groups": [group_record(group, report) for group in chosen(groups)],
        "lost": len(groups),
        "heat": heat_tables(side.run, base, report),
        "more": link(status="worse"),
    }


def facts(side: Side, base: Before | None, groups: Sequence[Group]) -> list[str]:
    """The verdict in numbers."""
    verdicts, run = side.judgement.verdicts, side.run
    failed, warned = (sum(v.outcome == outcome for v in verdicts) for outcome in ("fail", "warn"))
    errors = sum(any(s.status == "error" for s in result.scores.values()) for result in run.results)
    against = [f"compared with {base.name}"] if base else ["compared with nothing: only floors count"]
    lost = [f"{len(groups)} questions or cases lost something"] if groups else []
    return [
        f"{failed} of {len(verdicts)} metrics failed" + (f", {warned} warn" if warned else ""),
        *lost,
        *([f"{errors} cases could not be measured"] if errors else []),
        f"{len(run.results):,} cases of {run.suite}",
        *against,
    ]


def ordered(judgement: Judgement) -> list[Verdict]:
    """The metrics that fail, the largest change first, then those that warn."""
    spoken = [verdict for verdict in judgement.verdicts if verdict.outcome != "pass"]
    return sorted(spoken, key=lambda v: (v.outcome != "fail", -abs(v.delta or 0.0), v.metric))


def told(verdict: Verdict, side: Side, base: Before | None, losses: Sequence[Loss], report: Report) -> dict[str, Any]:
    """A metric that fails or warns: by how much, why that counts, and in which slices it is."""
    metric = metric_of(report.plan, verdict.metric)
    changes = slice_changes(side, base, verdict.metric) if base and metric.aggregate == "mean" else ()
    suite, _, name = verdict.metric.partition("/")
    slices = [
        {
            "name": one.slice,
            "change": signed(one.after - one.before),
            "cases": one.cases,
            "href": link(suite=suite, slice=one.slice, status="worse"),
        }
        for one in worst_slices(changes, metric)
        if suite in SLICED
    ]
    return {
        **row(verdict, report, reach_of(side.judgement, report)),
        "name": name,
        "suite": suite,
        "slices": slices,
        "hint": explain_losses(losses, verdict.metric),
        "href": link(suite=suite, status="worse", metric=verdict.metric),
    }


def row(verdict: Verdict, report: Report, reach: float) -> dict[str, Any]:
    """A metric as it stands in a table."""
    metric = metric_of(report.plan, verdict.metric)
    allowed = -metric.max_drop if metric.lower else metric.max_drop
    lost = verdict.delta is not None and (verdict.delta if metric.lower else -verdict.delta) > LEAST
    won = verdict.delta is not None and (verdict.delta if metric.lower else -verdict.delta) < -LEAST
    return {
        "metric": verdict.metric,
        "value": number(verdict.value),
        "before": number(verdict.before),
        "delta": signed(verdict.delta),
        "tone": "lost" if lost else "won" if won else "",
        "between": "" if verdict.low is None else f"{signed(verdict.low)} to {signed(verdict.high)}",
        "p": p_text(verdict.p),
        "spark": draw_interval(verdict, reach, allowed),
        "outcome": verdict.outcome,
        "why": verdict.why,
        "cases": f"{verdict.ok:,}" + (f", {verdict.errors} errors" if verdict.errors else ""),
        "floor": f"{'at most' if metric.lower else 'at least'} {metric.floor:g}",
        "gate": metric.gate,
        "lower": metric.lower,
    }


def reach_of(judgement: Judgement, report: Report) -> float:
    """The largest change that intervals are drawn to, the same for all metrics."""
    ends = [abs(end) for v in judgement.verdicts for end in (v.low, v.high) if end is not None and end == end]
    return max([*ends, *(metric.max_drop for metric in report.plan.metrics.values()), 0.05])


def metric_tables(report: Report, panels: Sequence[Side]) -> list[dict[str, Any]]:
    """Metrics by suite, each with a row for what the judged sides say of it."""
    rows = {id(side): {v.metric: v for v in side.judgement.verdicts} for side in panels}
    names = sorted({name for found in rows.values() for name in found})
    reach = max(reach_of(side.judgement, report) for side in panels)
    return [
        {
            "suite": suite,
            "href": link(suite=suite),
            "rows": [
                {
                    "name": name.partition("/")[2],
                    "href": link(suite=suite, metric=name),
                    "sides": [row(rows[id(side)][name], report, reach) for side in panels if name in rows[id(side)]],
                }
                for name in metrics
            ],
        }
        for suite, metrics in by_suite(names).items()
    ]


def chosen(groups: Sequence[Group]) -> list[Group]:
    """The groups that are shown: what must pass first, but half of the room for others where there are any."""
    must = [group for group in groups if group.must]
    others = [group for group in groups if not group.must]
    room = MOST_GROUPS - min(len(others), MOST_GROUPS // 2)
    return [*must[:room], *others[: MOST_GROUPS - min(len(must), room)]]


def group_record(group: Group, report: Report) -> dict[str, Any]:
    """A question that lost something: expected against got, and what it had got before where that is known."""
    case, output = group.result.case, group.result.output
    before = report.base.outputs.get(case.id) if report.base else None
    changed = before is not None and before != output
    return {
        "title": cut(view_case(case).title, 200),
        "id": case.id,
        "slice": case.slice,
        "must": group.must,
        "href": f"#case={case.id}",
        "losses": [
            {"metric": one.metric, "before": f"{one.before:.3g}", "after": f"{one.after:.3g}", "flip": one.flip}
            for one in group.losses
        ],
        "expected": view_case(case).expected,
        "got": view_output(case, output),
        "before": view_output(case, before) if changed and before is not None else (),
    }


def heat_tables(run: Run, base: Before | None, report: Report) -> list[dict[str, Any]]:
    """Suites by slice: means, coloured by their change, or by themselves where there is nothing to compare with."""
    tables = []
    for suite in SLICED:
        inside = [result for result in run.results if result.case.suite == suite]
        names = sorted({name for result in inside for name in result.scores})
        names = [name for name in names if metric_of(report.plan, name).aggregate == "mean"]
        parts = sorted({result.case.slice for result in inside})
        if inside and names:
            rows = [
                {
                    "name": part,
                    "href": link(suite=suite, slice=part),
                    "cases": sum(result.case.slice == part for result in inside),
                    "cells": [cell([r for r in inside if r.case.slice == part], name, base, report) for name in names],
                }
                for part in parts
            ]
            tables.append({"suite": suite, "metrics": [name.partition("/")[2] for name in names], "rows": rows})
    return tables


def cell(results: Sequence[Result], name: str, base: Before | None, report: Report) -> dict[str, Any]:
    """One mean with its change; `level` is the strength of its colour."""
    scores = {result.case.id: result.scores for result in results}
    value = means(results, scores, name)[0]
    if value is None:
        return {"value": "", "change": "", "level": "", "href": ""}
    first = results[0].case
    href = link(suite=first.suite, slice=first.slice, metric=name)
    metric = metric_of(report.plan, name)
    if base is None:
        good = 1 - value if metric.lower else value
        return {"value": f"{value:.3f}", "change": "", "level": f"v{min(int((1 - good) * 6), 5)}", "href": href}
    delta = change_of(results, name, scores, base)
    lost = delta if metric.lower else -delta
    strength = sum(abs(delta) > step for step in STEPS)
    level = f"{'w' if lost > 0 else 'g'}{strength}" if strength else ""
    return {"value": f"{value:.3f}", "change": signed(delta) if strength else "", "level": level, "href": href}


def change_of(results: Sequence[Result], name: str, scores: Scores, base: Before) -> float:
    """A mean after minus before, over the cases that both sides have; 0 where there are none."""
    both = [r for r in results if (old := base.scores.get(r.case.id, {}).get(name)) and old.value is not None]
    now, before = means(both, scores, name)[0], means(both, base.scores, name)[0]
    return now - before if now is not None and before is not None else 0.0


def link(**wanted: str) -> str:
    """An address within the page that sets the browser's filters."""
    return f"#cases?{urlencode(wanted)}"
