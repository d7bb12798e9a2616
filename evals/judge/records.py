"""What a judge is given, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mlplaybook.evals.records import Score, Usage


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with what was found and said, and what a right answer quotes; `answer` is empty where nothing was said."""

    question: str
    answer: str
    contexts: tuple[str, ...]
    reference: str


class Stopped(Exception):
    """Nothing more may be asked; what is done stays."""


# Scores by metric of a sample; the number tells several asks of the same apart, so that each is a fresh one. Raises Stopped.
Ask = Callable[[Sample, Sequence[str], int], Mapping[str, Score]]


def nothing() -> None:
    """What a judge without a connection does when it is told to stop."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A judge, and when it is asked again.

    Cases in `again` are always asked several times, others where a score is more than `moved` away from `before`. `spent` is what
    it has cost so far, `stop` lets nothing more be asked.
    """

    name: str
    ask: Ask
    again: frozenset[str] = frozenset()
    before: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    moved: float = 0.1
    stop: Callable[[], None] = nothing
    spent: Callable[[], Usage] = Usage
