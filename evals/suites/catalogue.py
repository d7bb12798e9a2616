"""Every suite by name, and which cases of it are run when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.evals.golden import Split
from mlplaybook.evals.judge import judged, offline
from mlplaybook.evals.records import Case, Measured
from mlplaybook.evals.suites import (
    abstention,
    answers,
    conversation,
    decisions,
    redteam,
    retrieval,
    templates,
)
from mlplaybook.evals.suites.world import World


@dataclass(frozen=True, slots=True)
class Suite:
    """A name, the metrics that every case is scored by, and how cases are read and measured."""

    name: str
    metrics: tuple[str, ...]
    read: Callable[[Split], tuple[Case, ...]]
    measure: Callable[[World, Case], Measured]


SUITES: Mapping[str, Suite] = {
    module.NAME: Suite(module.NAME, module.METRICS, module.read, module.measure)
    for module in (retrieval, answers, abstention, templates, decisions, conversation, redteam, offline, judged)
}


def read_suite(name: str, split: Split, most: int | None = None) -> tuple[Case, ...]:
    """The cases of a suite by id; with `most`, so many that are spread evenly over its slices' order."""
    cases = tuple(sorted(SUITES[name].read(split), key=lambda case: case.id))
    return spread(cases, most) if most else cases


def spread(cases: Sequence[Case], most: int) -> tuple[Case, ...]:
    """Every n-th case, so that at most so many are left; every slice gets its share.

    >>> cases = [Case(f"a/{n}", "a", "s", "", 1, {}, {}) for n in range(10)]
    >>> [case.id for case in spread(cases, 3)]
    ['a/0', 'a/3', 'a/6']
    """
    ordered = sorted(cases, key=lambda case: (case.slice, case.id))
    if len(ordered) <= most:
        return tuple(cases)
    chosen = {ordered[place * len(ordered) // most].id for place in range(most)}
    return tuple(case for case in cases if case.id in chosen)
