"""Which rows can still fire, and which unknown inputs still matter, exactly: a reduced decision diagram over the rows left.

A number enters only through the thresholds of its table, so its values fall into few cells. An input may also not apply;
then every condition on it fails. The diagram splits on one unknown input after the other and drops each split whose
branches come to the same: what is left over names exactly the inputs that can change the row.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from mlplaybook.server.artefacts.decide import COMPARISONS, holds
from mlplaybook.server.artefacts.records import Decision, Input

Value = float | str | bool | None
# A row not yet refuted: its index and the conditions on unknown inputs.
Left = tuple[int, tuple[tuple[str, str], ...]]
NO_ROW = -1
# Numbers of splits begin above the rows of any table.
FIRST_SPLIT = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows by index: those that fire for sure, those that still can (NO_ROW: that none does), and the inputs that decide."""

    certain: tuple[int, ...]
    possible: tuple[int, ...] = ()
    asks: frozenset[str] = frozenset()


def find_outcome(decision: Decision, known: Mapping[str, Value]) -> Outcome:
    """What the table says of the inputs known so far, whatever the others are."""
    left = rows_left(decision, known)
    cells = {entry.name: cells_of(decision, entry) for entry in decision.inputs}
    if decision.hit == "first":
        rows, asks = Diagram(cells).read(left)
        if not asks:
            return Outcome(tuple(row for row in rows if row != NO_ROW))
        return Outcome((), tuple(sorted(rows, key=lambda row: (row == NO_ROW, row))), asks)
    waiting = {row: Diagram(cells).read(((row, conditions),)) for row, conditions in left if conditions}
    return Outcome(
        tuple(row for row, conditions in left if not conditions),
        tuple(row for row, (_, asks) in waiting.items() if asks),
        frozenset[str]().union(*(asks for _, asks in waiting.values())),
    )


def rows_left(decision: Decision, known: Mapping[str, Value]) -> tuple[Left, ...]:
    """The rows that the known inputs do not refute; a table of `first` ends with the first one that holds for sure."""
    left: list[Left] = []
    for index, row in enumerate(decision.rows):
        if all(matches(condition, known[name]) for name, condition in row.when.items() if name in known):
            waiting = tuple((name, condition) for name, condition in row.when.items() if name not in known)
            left.append((index, waiting))
            if not waiting and decision.hit == "first":
                break
    return tuple(left)


def matches(condition: str, value: Value) -> bool:
    """Whether a condition holds; none holds of an input that does not apply."""
    return value is not None and holds(condition, value)


def thresholds(decision: Decision, name: str) -> tuple[float, ...]:
    """The numbers that the table compares an input with, ascending."""
    conditions = [row.when[name] for row in decision.rows if name in row.when]
    return tuple(sorted({float(c.strip().lstrip("".join(COMPARISONS))) for c in conditions}))


def cells_of(decision: Decision, entry: Input) -> tuple[Value, ...]:
    """One value for each class of values that the table treats alike, and None for an input that does not apply.

    The cells of a number are below, at, between and above its thresholds, ascending: 2n + 1 for n of them.
    """
    if entry.type == "boolean":
        return (True, False, None)
    if entry.type == "enum":
        return (*entry.allowed, None)
    cuts = thresholds(decision, entry.name)
    if not cuts:
        return (0.0, None)
    between = [(low + high) / 2 for low, high in itertools.pairwise(cuts)]
    inner = [value for pair in zip(cuts, [*between, cuts[-1] + 1], strict=True) for value in pair]
    return (cuts[0] - 1, *inner, None)


class Diagram:
    """A reduced, ordered decision diagram: every split stands in `splits` once, under a number above all rows."""

    def __init__(self, cells: Mapping[str, tuple[Value, ...]]) -> None:
        self.cells = cells
        self.order = {name: place for place, name in enumerate(cells)}
        self.splits: dict[tuple[str, tuple[int, ...]], int] = {}
        self.build = functools.cache(self.build_once)

    def read(self, left: tuple[Left, ...]) -> tuple[frozenset[int], frozenset[str]]:
        """The rows that can fire, NO_ROW where none may, and the inputs that decide which."""
        waiting, rows, inputs, seen = [self.build(left)], set[int](), set[str](), set[int]()
        by_number = {number: split for split, number in self.splits.items()}
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            if number not in by_number:
                rows.add(number)
                continue
            name, branches = by_number[number]
            inputs.add(name)
            waiting.extend(branches)
        return frozenset(rows), frozenset(inputs)

    def build_once(self, left: tuple[Left, ...]) -> int:
        """The number of the split, or the row, that the rows in order come to; the first that holds fires."""
        if not left:
            return NO_ROW
        if not left[0][1]:
            return left[0][0]
        name = min({n for _, conditions in left for n, _ in conditions}, key=self.order.__getitem__)
        branches = tuple(self.build(restrict(left, name, cell)) for cell in self.cells[name])
        if len(set(branches)) == 1:
            return branches[0]
        return self.splits.setdefault((name, branches), FIRST_SPLIT + len(self.splits))


def restrict(left: tuple[Left, ...], name: str, value: Value) -> tuple[Left, ...]:
    """The rows left once an input has a value."""
    kept: list[Left] = []
    for index, conditions in left:
        if all(matches(condition, value) for n, condition in conditions if n == name):
            rest = tuple((n, condition) for n, condition in conditions if n != name)
            kept.append((index, rest))
            if not rest:
                break
    return tuple(kept)
