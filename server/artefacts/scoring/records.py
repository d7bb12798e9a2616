"""Rubrics, ratings and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Action:
    """What raises a dimension, with page#heading."""

    text: str
    section: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is rated; `anchors` says per rating what it means, highest last."""

    name: str
    title: str
    question: str
    anchors: Mapping[float, str]
    section: str
    actions: tuple[Action, ...]
    weight: float = 1.0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """What totals from `start` on mean."""

    start: float
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A yes/no fact of the situation on which a floor depends."""

    name: str
    question: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Floor:
    """A rating that each of some dimensions needs, whatever the total is.

    Broken, it leaves at most the band of that label; without a label the band stays and `meaning` is said. It holds when
    all facts of `applies_if` are true, and not when all of `waived_if` are.
    """

    dimensions: tuple[str, ...]
    minimum: float
    meaning: str
    section: str
    band: str = ""
    applies_if: tuple[str, ...] = ()
    waived_if: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """The highest rating that stands without evidence."""

    most_without: float
    meaning: str
    section: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """Dimensions, how they add up and what the total means; ratings run from `minimum` to `maximum` by `step`."""

    id: str
    title: str
    description: str
    page: str
    minimum: float
    maximum: float
    step: float
    aggregate: Literal["sum", "weighted-percent", "minimum-of-group-sums"]
    dimensions: tuple[Dimension, ...]
    bands: tuple[Band, ...]
    facts: tuple[Fact, ...] = ()
    floors: tuple[Floor, ...] = ()
    evidence: EvidenceRule | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating of one dimension with the words or link that show it."""

    score: float
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """A dimension with its rating; `points` is what it adds to its sum, of at most `full`."""

    name: str
    title: str
    score: float
    anchor: str
    points: float
    full: float
    section: str
    group: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A floor that a rating falls below; `certain` is false while facts that decide are not known."""

    dimension: str
    score: float
    minimum: float
    meaning: str
    section: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class NextStep:
    """An action for one dimension, and what one step of its rating adds to its sum: the total, or that of its group."""

    dimension: str
    score: float
    text: str
    section: str
    gain: float


@dataclass(frozen=True, slots=True)
class Missing:
    """A dimension or a fact that is not known; `anchors` is empty for a fact, which is answered by yes or no."""

    name: str
    question: str
    meaning: str
    anchors: Mapping[float, str]


@dataclass(frozen=True, slots=True)
class Score:
    """A rubric applied to ratings.

    `scored`: `total` and `band` hold. `partial`: the total lies between `lowest` and `highest`, the band is one of `bands`,
    lowest first, and `missing` is asked for. `arithmetic` is the sum line by line. `weakest` are the names of up to three
    dimensions below the maximum.
    """

    rubric: str
    title: str
    page: str
    status: Literal["scored", "partial"]
    total: float | None
    lowest: float
    highest: float
    maximum: float
    band: Band | None
    bands: tuple[Band, ...]
    ratings: tuple[Rated, ...]
    arithmetic: tuple[str, ...]
    broken: tuple[Broken, ...] = ()
    missing: tuple[Missing, ...] = ()
    weakest: tuple[str, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    notes: tuple[str, ...] = ()
