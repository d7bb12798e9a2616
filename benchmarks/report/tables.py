"""Markdown tables, with every figure beside its multiple of what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Field of a record, head of its column, and digits after the point.
Column = tuple[str, str, int]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    |---|---:|
    | x | 1 |
    """
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cells(
    figures: Mapping[str, float | None], base: Mapping[str, float | None], columns: Sequence[Column]
) -> list[str]:
    """The figures of a row, each with its multiple of the base's in brackets, but for the base itself.

    >>> cells({"ms": 3.0, "mb": None}, {"ms": 2.0}, [("ms", "ms", 1), ("mb", "MB", 0)])
    ['3.0 (1.50×)', '–']
    """
    shown = []
    for name, _, digits in columns:
        value, other = figures.get(name), base.get(name)
        multiple = f" ({value / other:.2f}×)" if value is not None and other and figures is not base else ""
        shown.append("–" if value is None else f"{value:,.{digits}f}{multiple}")
    return shown


def titles(columns: Sequence[Column]) -> list[str]:
    """The heads of the columns."""
    return [title for _, title, _ in columns]
