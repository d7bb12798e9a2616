"""Values to counts by bin, as drift statistics compare them: open ends, edges from the reference, missing values apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mlplaybook.server.artefacts.calculators.records import Cell
from mlplaybook.server.artefacts.calculators.show import number

Floats = NDArray[np.float64]
# Up to so many distinct values, each is a bin of its own (drift-detection: categorical_psi).
FEW_VALUES = 10
# More texts than this are names or free text, not categories.
MOST_CATEGORIES = 100
MISSING_BIN = "missing"


@dataclass(frozen=True, slots=True)
class Bins:
    """Aligned counts of two samples, and how the bins were made; `cut` when that took a number of bins."""

    names: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]
    how: str
    cut: bool = False


def numeric_bins(reference: Floats, current: Floats, edges: Floats, how: str, *, cut: bool = False) -> Bins:
    """Counts between inner edges; a value on an edge belongs to the bin below it, NaN has a bin of its own."""
    names = [f"up to {number(edges[0])}"] if len(edges) else ["all values"]
    names += [f"{number(low)} to {number(high)}" for low, high in pairwise(edges)]
    names += [f"above {number(edges[-1])}"] if len(edges) else []
    counted = []
    for values in (reference, current):
        missing = np.isnan(values)
        place = np.searchsorted(edges, values[~missing], side="left")
        counted.append([*np.bincount(place, minlength=len(edges) + 1).tolist(), int(missing.sum())])
    return Bins((*names, MISSING_BIN), tuple(counted[0]), tuple(counted[1]), how, cut)


def quantile_edges(reference: Floats, bins: int) -> Floats:
    """Inner edges at the quantiles of the reference; ties make fewer.

    >>> quantile_edges(np.array([1.0, 2, 3, 4, 5]), 4)
    array([2., 3., 4.])
    """
    cuts: Floats = np.unique(np.nanquantile(reference, np.arange(1, bins) / bins))
    return cuts


def fixed_edges(reference: Floats, bins: int) -> Floats:
    """Inner edges at equal widths between the smallest and the largest reference value.

    >>> fixed_edges(np.array([0.0, 10.0]), 5)
    array([2., 4., 6., 8.])
    """
    low, high = float(np.nanmin(reference)), float(np.nanmax(reference))
    return np.unique(np.linspace(low, high, bins + 1)[1:-1])


def category_bins(reference: Sequence[Cell], current: Sequence[Cell], how: str) -> Bins:
    """One bin for every value of either side, the most frequent first; missing values have one too."""
    ref, cur = (Counter(name_of(cell) for cell in cells) for cells in (reference, current))
    names = sorted(ref.keys() | cur.keys(), key=lambda name: (-ref[name], name))
    return Bins(tuple(names), tuple(ref[n] for n in names), tuple(cur[n] for n in names), how)


def name_of(cell: Cell) -> str:
    """A value as a category."""
    return MISSING_BIN if cell is None else cell if isinstance(cell, str) else number(cell)


def to_floats(cells: Sequence[Cell]) -> Floats:
    """Numbers with NaN where a value is missing; texts must have been ruled out."""
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def first_text(cells: Sequence[Cell]) -> tuple[int, str] | None:
    """The first value that is no number, with its row (1 is the first value)."""
    return next(((row, cell) for row, cell in enumerate(cells, start=1) if isinstance(cell, str)), None)


def is_categorical(reference: Sequence[Cell], current: Sequence[Cell]) -> bool:
    """Whether values are compared one by one: some are words, or the reference has ten different numbers at most.

    Where the current window brings many new numbers, a bin for each would say nothing.
    """
    seen, now = ({cell for cell in cells if cell is not None} for cells in (reference, current))
    few = len(seen) <= FEW_VALUES and len(now | seen) <= 2 * FEW_VALUES
    return few or any(first_text(cells) for cells in (reference, current))
