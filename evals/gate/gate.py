"""A run against floors and a baseline: what fails, what warns, and what cannot be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mlplaybook.evals.config import Metric, Plan, Rules
from mlplaybook.evals.gate.aggregate import AGGREGATES, Values, plain
from mlplaybook.evals.gate.baseline import Baseline
from mlplaybook.evals.gate.paired import bootstrap_p, holm, interval, mcnemar, resample, smallest_drop
from mlplaybook.evals.records import Run, Score, columns

Outcome = Literal["pass", "warn", "fail"]
PASSED, REGRESSED, NOT_EVALUABLE = 0, 1, 3
# A floor that nothing may fall short of.
PROMISE = 1.0
# Differences of sums in another order are none.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """One metric: its value over `ok` cases, and against the baseline over `pairs` cases that both have.

    `delta` is after minus before with `low` and `high` around it; `p` is adjusted where the metric is gated, None where there is
    nothing to compare with.
    """

    metric: str
    value: float
    ok: int
    errors: int
    na: int
    outcome: Outcome = "pass"
    why: str = ""
    pairs: int = 0
    before: float | None = None
    delta: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that scored less than in the baseline; `must` when it must not."""

    case: str
    metric: str
    before: float
    after: float
    must: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts, flips (those that must not be first), and why nothing can be said where that is so."""

    verdicts: tuple[Verdict, ...]
    flips: tuple[Flip, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """3 when nothing can be said, 1 when something got worse, else 0."""
        if self.problems:
            return NOT_EVALUABLE
        return REGRESSED if any(verdict.outcome == "fail" for verdict in self.verdicts) else PASSED


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scores of one metric by case that both sides have."""

    cases: tuple[str, ...]
    before: Values = field(default_factory=lambda: np.zeros(0))
    after: Values = field(default_factory=lambda: np.zeros(0))


def judge_run(run: Run, plan: Plan, baseline: Baseline | None = None) -> Judgement:
    """The judgement of a run; without a baseline only floors count."""
    scores = columns(run.results)
    verdicts = {name: value_of(plan.metrics[name], column) for name, column in scores.items()}
    verdicts = {name: verdict for name, verdict in verdicts.items() if not math.isnan(verdict.value) or verdict.errors}
    problems = list(problems_of(run, plan.rules))
    notes: list[str] = []
    flips: tuple[Flip, ...] = ()
    if baseline is not None:
        problems += mismatches(run, baseline)
        notes += differences(run, baseline)
        pairs = {name: pair(scores[name], name, baseline) for name in verdicts}
        flips = find_flips(pairs, plan)
        verdicts = compared(verdicts, pairs, plan)
        verdicts = {name: with_must_pass(verdict, flips) for name, verdict in verdicts.items()}
    whole = run.complete and None in plan.suites.get(run.suite, {}).values()
    verdicts = {name: with_floor(verdict, plan.metrics[name], whole=whole) for name, verdict in verdicts.items()}
    return Judgement(tuple(verdicts.values()), flips, tuple(problems), tuple(notes))


def value_of(metric: Metric, column: Mapping[str, Score]) -> Verdict:
    """The value of a metric over the cases where it was measured, and how many others there are."""
    values = np.array([score.value for score in column.values() if score.status == "ok"], np.float64)
    states = [score.status for score in column.values()]
    value = plain(AGGREGATES[metric.aggregate], values) if len(values) else float("nan")
    return Verdict(metric.name, value, len(values), states.count("error"), states.count("na"))


def problems_of(run: Run, rules: Rules) -> Sequence[str]:
    """What keeps a run from saying anything."""
    if not run.results:
        return ["no case was run"]
    if run.stopped:
        return [f"{run.stopped} of {run.stopped + len(run.results)} cases were not run: go on with --resume"]
    broken = [r for r in run.results if any(score.status == "error" for score in r.scores.values())]
    if len(broken) > rules.errors * len(run.results):
        first = next(score.why for score in broken[0].scores.values() if score.status == "error")
        return [
            f"{len(broken)} of {len(run.results)} cases could not be measured, such as {broken[0].case.id}: {first}"
        ]
    return []


def mismatches(run: Run, baseline: Baseline) -> list[str]:
    """Why a run and a baseline cannot be compared."""
    now, then = run.fingerprint, baseline.fingerprint
    found = []
    if now.pages != then.pages:
        found.append(f"the pages differ from those of the baseline ({now.pages}, then {then.pages}): bless a new one")
    if now.encoder != then.encoder:
        found.append(
            f"the encoder differs from that of the baseline ({now.encoder or 'none'}, then {then.encoder or 'none'})"
        )
    if run.complete and run.suite == baseline.suite:
        changed = [part for part, made in now.cases.items() if then.cases.get(part) != made]
        found += [f"the cases of '{part}' differ from those of the baseline: bless a new one" for part in changed]
    elif not {result.case.id for result in run.results} & set(baseline.scores):
        found.append("no case of the run is in the baseline")
    return found


def differences(run: Run, baseline: Baseline) -> list[str]:
    """What else is not as it was; it is what a run is there to judge."""
    now, then = run.fingerprint, baseline.fingerprint
    names = {"generation": "how pages are cut or indexed", "prompts": "prompts", "config": "evals.yaml"}
    return [
        f"changed since the baseline: {what}"
        for name, what in names.items()
        if getattr(now, name) != getattr(then, name)
    ]


def pair(column: Mapping[str, Score], metric: str, baseline: Baseline) -> Pairs:
    """The cases that have a value on both sides."""
    both = [
        (case, before.value, score.value)
        for case, score in column.items()
        if (before := baseline.scores.get(case, {}).get(metric)) is not None
        and before.value is not None
        and score.value is not None
    ]
    return Pairs(tuple(row[0] for row in both), np.array([row[1] for row in both]), np.array([row[2] for row in both]))


def find_flips(pairs: Mapping[str, Pairs], plan: Plan) -> tuple[Flip, ...]:
    """Cases that lost a score of 1, those that must not first."""
    flips = [
        Flip(case, name, float(before), float(after), plan.must(case))
        for name, both in pairs.items()
        if plan.metrics[name].test == "mcnemar"
        for case, before, after in zip(both.cases, both.before, both.after, strict=True)
        if after < before
    ]
    return tuple(sorted(flips, key=lambda flip: (not flip.must, flip.metric, flip.case)))


def compared(verdicts: Mapping[str, Verdict], pairs: Mapping[str, Pairs], plan: Plan) -> dict[str, Verdict]:
    """The verdicts with what the baseline says of them."""
    made = {name: compare(verdict, pairs[name], plan.metrics[name], plan.rules) for name, verdict in verdicts.items()}
    gated = {n: v.p for n, v in made.items() if v.p is not None and plan.metrics[n].gate}
    adjusted = holm(gated)
    made = {name: replace(verdict, p=adjusted.get(name, verdict.p)) for name, verdict in made.items()}
    return {name: decide(verdict, plan.metrics[name], plan.rules, len(gated)) for name, verdict in made.items()}


def compare(verdict: Verdict, pairs: Pairs, metric: Metric, rules: Rules) -> Verdict:
    """One metric before and after, with the interval and the p-value of its drop."""
    if not pairs.cases:
        return replace(verdict, why="not in the baseline")
    aggregate, sign = AGGREGATES[metric.aggregate], -1.0 if metric.lower else 1.0
    before = plain(aggregate, pairs.before)
    delta = plain(aggregate, pairs.after) - before
    drawn = resample(pairs.before, pairs.after, aggregate, rules.resamples, rules.seed)
    low, high = interval(drawn)
    if metric.test == "mcnemar":
        p = mcnemar(int((pairs.after < pairs.before).sum()), int((pairs.after > pairs.before).sum()))
    else:
        p = bootstrap_p(sign * drawn, pairs.before, pairs.after)
    return replace(verdict, pairs=len(pairs.cases), before=before, delta=delta, low=low, high=high, p=p)


def decide(verdict: Verdict, metric: Metric, rules: Rules, gated: int) -> Verdict:
    """Fail for a drop that is large and significant, warn for one that is only large."""
    if verdict.delta is None or verdict.p is None:
        return verdict
    drop = verdict.delta if metric.lower else -verdict.delta
    if drop <= metric.max_drop + SAME:
        return verdict
    if not metric.gate:
        return replace(verdict, outcome="warn", why=f"worse by {drop:.3f}; not gated")
    if verdict.p <= rules.alpha:
        return replace(
            verdict, outcome="fail", why=f"worse by {drop:.3f}, more than {metric.max_drop:g}, p {verdict.p:.3f}"
        )
    seen = smallest_drop(verdict.pairs, rules.alpha / max(1, gated))
    why = f"worse by {drop:.3f}, which may be chance (p {verdict.p:.2f})"
    if metric.test == "mcnemar":
        why += f"; {verdict.pairs} cases can show a drop of {seen:.3f} at best"
    return replace(verdict, outcome="warn", why=why)


def with_must_pass(verdict: Verdict, flips: Sequence[Flip]) -> Verdict:
    """A fail where a case that must pass does not any more."""
    lost = [flip.case for flip in flips if flip.must and flip.metric == verdict.metric]
    if not lost:
        return verdict
    others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return replace(verdict, outcome="fail", why=f"{lost[0]}{others} must pass and does not")


def with_floor(verdict: Verdict, metric: Metric, *, whole: bool) -> Verdict:
    """A fail where the value is below its floor; above it where less is better.

    A sample is held to promises alone: what must always hold needs no large number of cases.
    """
    below = metric.floor - verdict.value if not metric.lower else verdict.value - metric.floor
    if not verdict.ok or below <= SAME or not (whole or metric.floor == PROMISE):
        return verdict
    side = "above its ceiling" if metric.lower else "below its floor"
    outcome: Outcome = "fail" if metric.gate or verdict.outcome == "fail" else "warn"
    return replace(verdict, outcome=outcome, why=f"{verdict.value:.3f} is {side} of {metric.floor:g}")
