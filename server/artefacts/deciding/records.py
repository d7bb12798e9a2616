"""What a decision table has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Given:
    """An input as it was understood: a number in the input's unit, an option, a boolean, or None where it does not apply.

    `words` is how it is shown; `note` says what was read into it, if anything.
    """

    value: float | str | bool | None
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a row beside what was given; `given` is "" for an input that is not known."""

    input: str
    condition: str
    given: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A row that fired; `row` counts from 1, `section` is page#heading."""

    row: int
    result: str
    reason: str
    section: str
    conditions: tuple[Condition, ...]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Possible:
    """A row that can still fire, with the conditions on inputs not known yet; row 0 is that no row does."""

    row: int
    result: str
    needs: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """An input that is not known and can still change the result; `values` is what may be answered."""

    input: str
    question: str
    meaning: str
    type: Literal["number", "enum", "boolean"]
    values: str
    unit: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What another value of one given input, all else equal, would lead to.

    `adds` and `drops` are results; where the other value leaves something open, `asks` names the inputs that would decide.
    """

    input: str
    to: str
    adds: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A row that does not fire, with the conditions that fail."""

    row: int
    result: str
    failing: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of asking a table.

    `decided`: the answers hold whatever the inputs not given are; `open`: `asks` can still change the result, though every
    answer that is listed already holds; `none`: no row applies, `nearest` says what is missing. `ignored` names inputs that
    are not known and make no difference.
    """

    decision: str
    title: str
    page: str
    hit: Literal["first", "all"]
    rows: int
    status: Literal["decided", "open", "none"]
    answers: tuple[Answer, ...]
    possible: tuple[Possible, ...] = ()
    asks: tuple[Ask, ...] = ()
    changes: tuple[Change, ...] = ()
    nearest: tuple[Near, ...] = ()
    given: Mapping[str, Given] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
