"""Decision tables: conditions over inputs, rows tried in order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Longer signs first, so that '<=' is not read as '<'.
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class BadCondition(ValueError):
    """A condition that is not of the form the tables use, or a value that it cannot be asked of."""


def decide(table: Mapping[str, Any], inputs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The rows whose conditions all hold: the first one of a table with `hit: first`, every one of `hit: all`.

    An input that a row does not name may have any value; an input that a row names and that is not given does not match.
    """
    matching = [
        row for row in table["rows"] if all(k in inputs and holds(c, inputs[k]) for k, c in row["when"].items())
    ]
    return matching[:1] if table["hit"] == "first" else matching


def holds(condition: str, value: object) -> bool:
    """Whether one condition holds of a value.

    >>> holds("< 100", 80), holds("in a, b", "c"), holds("true", True), holds("not a", "b")
    (True, False, True, True)
    """
    words = condition.strip()
    if words in {"true", "false"}:
        return value is (words == "true")
    for sign, compare in COMPARISONS.items():
        if words.startswith(sign):
            return compare(as_number(value, condition), as_number(words.removeprefix(sign), condition))
    for keyword, wanted in (("= ", True), ("in ", True), ("not ", False)):
        if words.startswith(keyword):
            choices = {choice.strip() for choice in words.removeprefix(keyword).split(",")}
            return (str(value) in choices) is wanted
    msg = f"'{condition}' is no condition; write '< 100', '= text', 'in a, b', 'not a', 'true' or 'false'"
    raise BadCondition(msg)


def as_number(value: object, condition: str) -> float:
    """A value as a number; raises BadCondition naming the condition that needs one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        msg = f"'{condition}' needs a number, not {value!r}"
        raise BadCondition(msg)
    try:
        return float(value)
    except ValueError as error:
        msg = f"'{condition}' needs a number, not {value!r}"
        raise BadCondition(msg) from error
