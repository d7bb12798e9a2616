"""What a report is made from: one run or several, and what they are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlplaybook.evals.config import Metric, Plan
from mlplaybook.evals.gate.gate import Judgement
from mlplaybook.evals.records import Run, Score

Scores = Mapping[str, Mapping[str, Score]]
Outputs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Before:
    """What a run is compared with: scores by case, and what came of each case where that was kept."""

    name: str
    scores: Scores
    outputs: Outputs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """One run with its judgement."""

    run: Run
    judgement: Judgement

    @property
    def scores(self) -> Scores:
        """Scores by case."""
        return {result.case.id: result.scores for result in self.run.results}

    @property
    def outputs(self) -> Outputs:
        """What came of each case."""
        return {result.case.id: result.output for result in self.run.results}


@dataclass(frozen=True, slots=True)
class Report:
    """One side against `before`, or several sides of which the first is what the others are compared with."""

    plan: Plan
    sides: tuple[Side, ...]
    before: Before | None = None

    @property
    def last(self) -> Side:
        """The side that is looked at first."""
        return self.sides[-1]

    @property
    def base(self) -> Before | None:
        """What the last side is compared with."""
        return before_from(self.sides[0].run) if len(self.sides) > 1 else self.before


def before_from(run: Run, name: str = "") -> Before:
    """A run to compare with, with everything that came of its cases."""
    side = Side(run, Judgement(()))
    return Before(name or run.config, side.scores, side.outputs)


def metric_of(plan: Plan, name: str) -> Metric:
    """A metric of the plan; one that it does not know is told and never gated."""
    return plan.metrics.get(name) or Metric(name, "bootstrap", 0.0, 0.0, gate=False)


def by_suite(names: Sequence[str]) -> dict[str, list[str]]:
    """Metrics by their suite, in order."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition("/")[0], []).append(name)
    return found
