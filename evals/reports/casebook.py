"""Every case of a report as data for its browser: views, scores of each column, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlplaybook.evals.config import Plan
from mlplaybook.evals.records import Result, Score
from mlplaybook.evals.reports.losses import LEAST, kin_key, worse_by
from mlplaybook.evals.reports.reasons import why_score
from mlplaybook.evals.reports.sides import Before, Outputs, Report, Scores, metric_of
from mlplaybook.evals.reports.views import Part, view_case, view_output


class Shelf:
    """What is said several times, kept once: `place` gives where a thing is, and puts it there when it is new."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self.places: dict[str, int] = {}

    def place(self, thing: Any) -> int:  # noqa: ANN401
        """The place of a JSON value."""
        key = json.dumps(thing, ensure_ascii=False)
        if key not in self.places:
            self.places[key] = len(self.things)
            self.things.append(thing)
        return self.places[key]


@dataclass(frozen=True, slots=True)
class Column:
    """A side of the report as it stands beside the others."""

    name: str
    scores: Scores
    outputs: Outputs


def columns_of(report: Report) -> tuple[Column, ...]:
    """What cases are shown beside, that which others are compared with first."""
    sides = tuple(Column(side.run.config, side.scores, side.outputs) for side in report.sides)
    if len(sides) > 1 or report.before is None:
        return sides
    return (Column("baseline", report.before.scores, report.before.outputs), Column("now", *rest_of(sides[0])))


def rest_of(column: Column) -> tuple[Scores, Outputs]:
    """A column without its name."""
    return column.scores, column.outputs


def casebook(report: Report) -> dict[str, Any]:
    """The record that the page reads: `base` is the column that others are compared with, None where there is none."""
    columns = columns_of(report)
    results = report.last.run.results
    metrics = metrics_of(results)
    names = sorted({name for own in metrics.values() for name in own})
    parted, worded = Shelf(), Shelf()
    cases = [case_record(one, columns, metrics[one.case.suite], report, parted, worded) for one in results]
    return {
        "columns": [column.name for column in columns],
        "base": 0 if len(columns) > 1 else None,
        "metrics": metrics,
        "whole": [name for name in names if metric_of(report.plan, name).aggregate != "mean"],
        "texts": parted.things,
        "whys": worded.things,
        "cases": cases,
    }


def metrics_of(results: Sequence[Result]) -> dict[str, list[str]]:
    """The metrics that the cases of each suite have."""
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(result.case.suite, set()).update(result.scores)
    return {suite: sorted(names) for suite, names in sorted(found.items())}


def case_record(
    result: Result, columns: Sequence[Column], own: Sequence[str], report: Report, parted: Shelf, worded: Shelf
) -> dict[str, Any]:
    """One case. Letters keep the file small: page/browser.js says what they stand for."""
    case, view = result.case, view_case(result.case)
    shown: list[dict[str, Any]] = []
    for column in columns:
        output, scores = column.outputs.get(case.id), column.scores.get(case.id, {})
        one: dict[str, Any] = {"v": [plain(scores.get(name)) for name in own], "o": None}
        if output is not None:
            one["o"] = parted.place(parts(view_output(case, output)))
            one["w"] = [worded.place(why) for why in reasons(result, output, scores, own)]
        shown.append(one)
    return {
        "i": case.id,
        "s": case.suite,
        "l": case.slice,
        "k": kin_key(case),
        "f": case.file,
        "n": case.line,
        "t": view.title,
        "a": parted.place(parts(view.asked)),
        "e": parted.place(parts(view.expected)),
        "c": shown,
        "ms": round(round(result.seconds, 4) * 1000, 1),
        **became(result, report.base, report.plan),
    }


def reasons(result: Result, output: Mapping[str, Any], scores: Mapping[str, Score], names: Sequence[str]) -> list[str]:
    """Why each metric is what it is."""
    return [why_score(result.case, output, name, scores[name]) if name in scores else "" for name in names]


def became(result: Result, base: Before | None, plan: Plan) -> dict[str, Any]:
    """`st`: worse, flip, must, better, failing or error; `d`: all that the case lost, negative where it only gained."""
    states, lost_all, won_all = set(), 0.0, 0.0
    was = base.scores.get(result.case.id, {}) if base else {}
    for name, score in result.scores.items():
        metric = metric_of(plan, name)
        if score.status == "error":
            states.add("error")
        if metric.aggregate != "mean":
            continue
        lost = worse_by(metric, was.get(name), score)
        lost_all, won_all = lost_all + max(lost, 0.0), won_all + min(lost, 0.0)
        if lost > LEAST and metric.test == "mcnemar":
            states |= {"flip", "must"} if plan.must(result.case.id) else {"flip"}
        if score.value == (1.0 if metric.lower else 0.0):
            states.add("failing")
    states |= {"worse"} if lost_all > LEAST else {"better"} if won_all < -LEAST else set()
    return {"st": sorted(states), "d": round(lost_all if lost_all > LEAST else won_all, 4)}


def plain(score: Score | None) -> float | str | None:
    """A value, a state, or None where a side does not have the score."""
    return None if score is None else score.value if score.status == "ok" else score.status


def parts(shown: Sequence[Part]) -> list[Any]:
    """Parts as lists: a line is its text, or text and mark."""
    return [[one.name, [line.text if not line.mark else [line.text, line.mark] for line in one.lines]] for one in shown]
