"""How often the gate cries wolf: reruns in which nothing changed but verdicts that are chance anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mlplaybook.evals.config import Metric, Plan
from mlplaybook.evals.gate.aggregate import AGGREGATES, Values, plain
from mlplaybook.evals.gate.baseline import Baseline
from mlplaybook.evals.gate.gate import Pairs, Verdict, compared

RERUNS, FLIPS = 200, 0.02


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many of `reruns` failed, and how often each metric was the reason."""

    reruns: int
    failed: int
    by_metric: Mapping[str, int]

    @property
    def share(self) -> float:
        """Failed reruns of all."""
        return self.failed / self.reruns


def false_alarms(
    baseline: Baseline, plan: Plan, reruns: int = RERUNS, flips: float = FLIPS, seed: int = 7, *, drop: float = 0.0
) -> Alarms:
    """Compare noisy copies of a baseline with each other, by every metric that statistics decide.

    :param flips: share of cases of every metric that get another verdict, on both sides: a 0/1 score is turned, a graded one
        becomes that of another case.
    :param drop: share of cases that lose their score on the second side: what the gate is there to find.
    Floors, must-pass cases and metrics without any allowed drop are promises, not statistics, and left out.
    """
    generator = np.random.default_rng(seed)
    truth = dict(columns(baseline, plan))
    reasons = dict.fromkeys(truth, 0)
    failed = 0
    for _ in range(reruns):
        pairs = {name: noisy_pair(values, plan.metrics[name], flips, drop, generator) for name, values in truth.items()}
        verdicts = {name: blank(name, both, plan.metrics[name]) for name, both in pairs.items()}
        found = [name for name, verdict in compared(verdicts, pairs, plan).items() if verdict.outcome == "fail"]
        failed += bool(found)
        for name in found:
            reasons[name] += 1
    return Alarms(reruns, failed, {name: count for name, count in reasons.items() if count})


def columns(baseline: Baseline, plan: Plan) -> Iterator[tuple[str, Values]]:
    """The scores of every metric that is gated by statistics."""
    for name, metric in plan.metrics.items():
        kept = [score.value for row in baseline.scores.values() if (score := row.get(name)) is not None]
        values = np.array([value for value in kept if value is not None])
        if metric.gate and metric.max_drop > 0 and len(values):
            yield name, values


def noisy_pair(values: Values, metric: Metric, flips: float, drop: float, generator: np.random.Generator) -> Pairs:
    """The same truth seen twice."""
    before, after = (noisy(values, metric, flips, generator) for _ in range(2))
    lost = generator.random(len(values)) < drop
    after[lost] = worst(values[lost], metric)
    return Pairs(tuple(map(str, range(len(values)))), before, after)


def noisy(values: Values, metric: Metric, flips: float, generator: np.random.Generator) -> Values:
    """Scores of which some are another case's; a sign says what a case is, and stays."""
    turned = generator.random(len(values)) < flips
    others = 1.0 - values if metric.test == "mcnemar" else np.copysign(generator.permutation(np.abs(values)), values)
    return np.where(turned, others, values)


def worst(values: Values, metric: Metric) -> Values:
    """What a case scores that is lost: nothing; where a sign says what it is, no confidence or a false one."""
    if metric.aggregate in ("auroc", "aurc"):
        return np.where(values > 0, 1e-6, -1.0)
    return np.zeros_like(values) if metric.aggregate == "mean" else np.where(values > 0, 0.5, -1.0)


def blank(name: str, pairs: Pairs, metric: Metric) -> Verdict:
    """A verdict before it is compared."""
    return Verdict(name, plain(AGGREGATES[metric.aggregate], pairs.after), len(pairs.after), 0, 0)
