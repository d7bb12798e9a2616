"""Where a run lost against what it is compared with: by case, by question, by slice, and what the losses have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mlplaybook.evals.config import Metric, Plan
from mlplaybook.evals.records import Case, Result, Score
from mlplaybook.evals.reports.sides import Before, Side, metric_of

# Smaller differences are of the processor.
LEAST = 0.0005
# Suites that ask the same questions, in the order in which one rests on the other.
KIN = ("retrieval", "abstention", "answers", "ragas", "judge")
# So large a share of a metric's losses has to be explained before it is said.
TELLING = 0.5


@dataclass(frozen=True, slots=True)
class Loss:
    """One score of a case that is worse than it was; `flip` for a 0/1 score, `must` when it must not be lost."""

    case: str
    metric: str
    before: float
    after: float
    flip: bool
    must: bool

    @property
    def size(self) -> float:
        """How much was lost."""
        return abs(self.after - self.before)


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that one question, or one case, lost."""

    result: Result
    losses: tuple[Loss, ...]

    @property
    def must(self) -> bool:
        """Whether something is among it that must not be lost."""
        return any(loss.must for loss in self.losses)


@dataclass(frozen=True, slots=True)
class SliceChange:
    """A slice's mean before and after over the `cases` that both have."""

    slice: str
    cases: int
    before: float
    after: float


def worse_by(metric: Metric, before: Score | None, after: Score | None) -> float:
    """How much worse a case's score is, negative for better; 0 where a side has none.

    What only all cases together have keeps its sign in the cases: higher is better there though its number may not be.
    """
    if before is None or after is None or before.value is None or after.value is None:
        return 0.0
    lost = before.value - after.value
    return -lost if metric.lower and metric.aggregate == "mean" else lost


def find_losses(side: Side, base: Before, plan: Plan) -> tuple[Loss, ...]:
    """Every score of every case that got worse, without those that only all cases together have."""
    found = []
    for result in side.run.results:
        was = base.scores.get(result.case.id, {})
        for name, score in result.scores.items():
            metric, before = metric_of(plan, name), was.get(name)
            if metric.aggregate == "mean" and worse_by(metric, before, score) > LEAST:
                flip = metric.test == "mcnemar"
                values = (before.value or 0.0) if before else 0.0, score.value or 0.0
                found.append(Loss(result.case.id, name, *values, flip, flip and plan.must(result.case.id)))
    return tuple(found)


def group_losses(side: Side, losses: Sequence[Loss]) -> tuple[Group, ...]:
    """Losses by question: what must not be lost first, then most 0/1 scores, then the largest."""
    results = {result.case.id: result for result in side.run.results}
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault(kin_key(results[loss.case].case), []).append(loss)
    made = [Group(results[worst_case(entries)], tuple(sorted(entries, key=weight))) for entries in groups.values()]
    return tuple(sorted(made, key=lambda group: (*group_weight(group), group.result.case.id)))


def weight(loss: Loss) -> tuple[bool, bool, float, str]:
    """The order of losses."""
    return not loss.must, not loss.flip, -loss.size, loss.metric


def group_weight(group: Group) -> tuple[bool, int, float]:
    """The order of groups."""
    return not group.must, -sum(loss.flip for loss in group.losses), -sum(loss.size for loss in group.losses)


def worst_case(losses: Sequence[Loss]) -> str:
    """The case that stands for its question: an answer says most to a reader."""
    order = sorted(losses, key=lambda loss: (not loss.case.startswith("answers/"), weight(loss)))
    return order[0].case


def kin_key(case: Case) -> str:
    """What cases of the same question share."""
    return case.id.partition("/")[2] if case.suite in KIN else case.id


def slice_changes(side: Side, base: Before, metric: str) -> tuple[SliceChange, ...]:
    """A metric's means by slice, over the cases that both sides have, by slice."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for result in side.run.results:
        now, was = result.scores.get(metric), base.scores.get(result.case.id, {}).get(metric)
        if now and was and now.value is not None and was.value is not None:
            pairs.setdefault(result.case.slice, []).append((was.value, now.value))
    return tuple(
        SliceChange(name, len(rows), fmean(row[0] for row in rows), fmean(row[1] for row in rows))
        for name, rows in sorted(pairs.items())
    )


def worst_slices(changes: Sequence[SliceChange], metric: Metric, most: int = 3) -> tuple[SliceChange, ...]:
    """The slices that a drop comes from: those that lost most, each counted with its cases."""
    sign = 1 if metric.lower and metric.aggregate == "mean" else -1
    lost = [one for one in changes if sign * (one.after - one.before) > LEAST]
    return tuple(sorted(lost, key=lambda one: (-abs(one.after - one.before) * one.cases, one.slice))[:most])


def explain_losses(losses: Sequence[Loss], metric: str) -> str:
    """What an earlier suite has to do with a metric's losses; empty when it has not much."""
    suite = metric.partition("/")[0]
    lost = {loss.case.partition("/")[2] for loss in losses if loss.metric == metric}
    if suite not in KIN[1:] or not lost:
        return ""
    earlier = {loss.case.partition("/")[2] for loss in losses if loss.case.startswith("retrieval/")}
    share = len(lost & earlier) / len(lost)
    if share < TELLING:
        return ""
    return f"{len(lost & earlier)} of the {len(lost)} questions that lost it lost retrieval too"


def lead(groups: Sequence[Group]) -> str:
    """Where to begin: the suite that most of what got worse has in common; empty when there is none."""
    suites = [{loss.case.partition("/")[0] for loss in group.losses} for group in groups]
    shared = [found for found in suites if found & set(KIN)]
    if not shared:
        return ""
    lost = sum("retrieval" in found for found in shared)
    if lost / len(shared) < TELLING:
        return ""
    return f"Begin with retrieval: {lost} of the {len(shared)} questions that lost something lost it there."


def means(
    results: Sequence[Result], scores: Mapping[str, Mapping[str, Score]], metric: str
) -> tuple[float | None, int]:
    """The mean of a metric over the cases that have a value, and how many those are."""
    values = [
        score.value
        for result in results
        if (score := scores.get(result.case.id, {}).get(metric)) and score.value is not None
    ]
    return (fmean(values) if values else None), len(values)
