"""The Population Stability Index, bin by bin."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import NormalDist

import numpy as np

from mlplaybook.server.artefacts.calculators.binning import (
    FEW_VALUES,
    MISSING_BIN,
    MOST_CATEGORIES,
    Bins,
    category_bins,
    first_text,
    fixed_edges,
    is_categorical,
    numeric_bins,
    quantile_edges,
    to_floats,
)
from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.records import (
    Calculator,
    Chart,
    Figure,
    Parameter,
    Series,
    Table,
    Values,
    Worked,
)
from mlplaybook.server.artefacts.calculators.show import number, percent

ID = "psi"
SECTION = "drift-detection#how-is-the-population-stability-index-psi-computed"
# Warn and act from these values on; a credit policy acts later (drift-detection).
CUTS = {"default": (0.1, 0.2), "credit": (0.1, 0.25)}
FAST = 0.25
HALF_ROW = 0.5
# drift-detection: with 10 bins at least 1,000 rows a window.
ROWS_PER_BIN = 100
EXACT = 1e-9


def shares(counts: Sequence[float], smoothing: str, epsilon: float) -> list[float]:
    """Shares of counts: with half a row more in every bin, with epsilon more in every share, or as they are.

    >>> shares([9, 0], "half-row", 0), shares([9, 0], "none", 0), shares([1, 1], "epsilon", 1e-6)
    ([0.95, 0.05], [1.0, 0.0], [0.500001, 0.500001])
    """
    added = HALF_ROW if smoothing == "half-row" else 0.0
    whole = sum(counts) + added * len(counts)
    plus = epsilon if smoothing == "epsilon" else 0.0
    return [(count + added) / whole + plus for count in counts]


def psi_terms(reference: Sequence[float], current: Sequence[float]) -> list[float]:
    """(q - p) ln(q / p) of every bin, for shares above 0.

    >>> [round(term, 4) for term in psi_terms([0.2, 0.2, 0.6], [0.1, 0.3, 0.6])]
    [0.0693, 0.0405, 0.0]
    """
    return [(q - p) * log(q / p) if p != q else 0.0 for p, q in zip(reference, current, strict=True)]


def noise(bins: int, reference_rows: float, current_rows: float) -> tuple[float, float]:
    """The PSI to expect without any drift, and the value that 99% of such PSI stay below.

    PSI / (1/n + 1/m) is nearly chi-square with bins - 1 degrees of freedom; its quantile is Wilson and Hilferty's, which
    is within 1% from 3 degrees on.

    >>> [round(value, 3) for value in noise(10, 1e9, 500)]
    [0.018, 0.043]
    """
    scale, freedom = 1 / reference_rows + 1 / current_rows, max(bins - 1, 1)
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + NormalDist().inv_cdf(0.99) * spread**0.5) ** 3
    return (bins - 1) * scale, quantile * scale


def read_bins(values: Values) -> Bins:
    """Counts as given, or of two columns."""
    columns = (values["reference_values"], values["current_values"])
    if any(column is not None for column in columns):
        need(ID, "beside the other column", reference_values=columns[0], current_values=columns[1])
        return bins_of_columns(values)
    need(ID, "(counts by bin), or two columns of a CSV", reference=values["reference"], current=values["current"])
    reference, current = values["reference"], values["current"]
    if len(reference) != len(current):
        cause = f"reference has {len(reference)} bins and current {len(current)}"
        raise refuse(ID, cause, "Give one count for each bin on both sides, 0 where a bin is empty.")
    names = tuple(f"bin {n}" for n in range(1, len(reference) + 1))
    return Bins(names, reference, current, "the bins are as given")


def bins_of_columns(values: Values) -> Bins:
    """Counts of two columns, by category or between edges of the reference."""
    reference, current = values["reference_values"], values["current_values"]
    if all(cell is None for cell in reference):
        raise refuse(ID, "the reference has no values", "Give a reference with values.")
    text = first_text(reference) or first_text(current)
    if text and values["edges"] is not None:
        raise refuse(
            ID, f"value {text[0]} is '{text[1]}', which no edges can sort", "Leave edges out, or mend the column."
        )
    if values["edges"] is not None:
        edges = np.unique(np.array(values["edges"]))
        return numeric_bins(to_floats(reference), to_floats(current), edges, "the edges are as given")
    if is_categorical(reference, current):
        why = (
            f"value {text[0]} is '{text[1]}', no number" if text else f"the reference has {FEW_VALUES} values or fewer"
        )
        made = category_bins(reference, current, f"one bin for each value, since {why}")
        if len(made.names) > MOST_CATEGORIES:
            cause = f"the column has {len(made.names):,} different texts, such as '{made.names[-1]}'"
            raise refuse(ID, cause, f"Group rare ones into 'other' until {MOST_CATEGORIES} or fewer are left.")
        return made
    ref, cur = to_floats(reference), to_floats(current)
    if values["binning"] == "fixed":
        how = f"{values['bins']} bins of equal width over the reference"
        return numeric_bins(ref, cur, fixed_edges(ref, values["bins"]), f"{how}, open at both ends", cut=True)
    how = f"{values['bins']} bins cut at the quantiles of the reference"
    return numeric_bins(ref, cur, quantile_edges(ref, values["bins"]), f"{how}, open at both ends", cut=True)


def run(values: Values) -> Worked:
    """PSI of counts or columns, with its terms and what they mean."""
    bins = drop_empty(read_bins(values))
    rows = (float(sum(bins.reference)), float(sum(bins.current)))
    for name, total in zip(("reference", "current"), rows, strict=True):
        if total == 0:
            raise refuse(ID, f"{name} has no rows", "Give counts or values above 0 in all.")
        if total <= 1 + EXACT and values["smoothing"] == "half-row":
            raise refuse(ID, f"{name} adds up to {total:g}: these are shares", "Give counts, or smoothing=none.")
    smoothing, epsilon = values["smoothing"], values["epsilon"]
    if smoothing == "none" and 0 in (*bins.reference, *bins.current):
        empty = next(n for n, *pair in zip(bins.names, bins.reference, bins.current, strict=True) if 0 in pair)
        raise refuse(ID, f"'{empty}' is empty on one side, and ln(0) has no value", "Use smoothing=half-row.")
    p, q = shares(bins.reference, smoothing, epsilon), shares(bins.current, smoothing, epsilon)
    terms = psi_terms(p, q)
    total = sum(terms)
    expected, limit = noise(len(terms), *rows)
    verdict, meaning = read_psi(total, limit, values["cuts"], rows[1], len(terms))
    return Worked(
        Figure("PSI", total, "", number(round(total, 4))),
        steps_of(terms, total, expected, rows),
        meaning, verdict,
        (Figure("expected without drift", expected, "", number(round(expected, 4))),
         Figure("99% of PSI without drift stay below", limit, "", number(round(limit, 4)))),
        assumptions_of(bins, smoothing, epsilon, rows),
        table_of(bins, p, q, terms), chart_of(bins, p, q, terms, total),
        frozenset(() if bins.cut else ("binning", "bins")) | ({"epsilon"} if smoothing != "epsilon" else set()),
    )  # fmt: skip


def drop_empty(bins: Bins) -> Bins:
    """The bins with a row on at least one side."""
    kept = [entry for entry in zip(bins.names, bins.reference, bins.current, strict=True) if entry[1] + entry[2] > 0]
    if not kept:
        raise refuse(ID, "every bin is empty on both sides", "Give counts above 0.")
    names, reference, current = zip(*kept, strict=True)
    return Bins(names, reference, current, bins.how, bins.cut)


def read_psi(psi: float, limit: float, cuts: str, rows: float, bins: int) -> tuple[str, str]:
    """Verdict and meaning by the playbook's cuts, with the doubt that a small window leaves."""
    warn, act = CUTS[cuts]
    if psi >= act:
        deadline = "24 hours" if psi > FAST else "48 hours"
        verdict, words = "act", f"significant drift ({number(act)} or more): diagnose and decide within {deadline}"
    elif psi >= warn:
        verdict, words = (
            "watch",
            f"minor drift ({number(warn)} to {number(act)}): watch; alarm after three such windows",
        )
    else:
        verdict, words = "stable", f"stable (below {number(warn)})"
    if verdict != "stable" and psi < limit:
        verdict = "unclear"
        words += f". With {rows:,.0f} rows chance alone reaches {number(round(limit, 3))}: lengthen the window first"
    elif rows < ROWS_PER_BIN * bins:
        words += f". {rows:,.0f} rows are few for {bins} bins: take {ROWS_PER_BIN * bins:,} or more, or fewer bins"
    return verdict, f"{words[0].upper()}{words[1:]}."


def steps_of(terms: Sequence[float], total: float, expected: float, rows: tuple[float, float]) -> tuple[str, ...]:
    """The sum written out, as far as it fits a line, and the noise."""
    shown = [f"{term:.4f}" for term in terms[:12]] + (["..."] if len(terms) > 12 else [])
    return (
        f"PSI = {' + '.join(shown)} = {total:.4f}",
        f"without drift: ({len(terms)} − 1) × (1/{rows[0]:,.0f} + 1/{rows[1]:,.0f}) = {number(round(expected, 5))}",
    )


def assumptions_of(bins: Bins, smoothing: str, epsilon: float, rows: tuple[float, float]) -> tuple[str, ...]:
    """How bins and shares were made."""
    added = {
        "half-row": "half a row was added to every count, so that no logarithm is of 0",
        "epsilon": f"{epsilon:g} was added to every share; an empty decile then adds {decile_cost(epsilon):.2f}",
        "none": "nothing was added to the counts",
    }[smoothing]
    missing = (f"missing values are the bin '{MISSING_BIN}'",) if MISSING_BIN in bins.names else ()
    return (bins.how, added, *missing, "rows are independent; rows of one user or hour are not, and make more noise")


def decile_cost(epsilon: float) -> float:
    """What a reference decile that is empty now adds to PSI.

    >>> round(decile_cost(1e-6), 2), round(decile_cost(1e-4), 2)
    (1.15, 0.69)
    """
    return (epsilon - 0.1) * log(epsilon / 0.1)


def table_of(bins: Bins, p: Sequence[float], q: Sequence[float], terms: Sequence[float]) -> Table:
    """One row a bin, and the sums."""
    rows = [
        (name, f"{a:,.0f}", f"{b:,.0f}", percent(round(x, 4)), percent(round(y, 4)), f"{term:.4f}")
        for name, a, b, x, y, term in zip(bins.names, bins.reference, bins.current, p, q, terms, strict=True)
    ]
    rows.append(
        ("sum", f"{sum(bins.reference):,.0f}", f"{sum(bins.current):,.0f}", percent(round(sum(p), 4)),
         percent(round(sum(q), 4)), f"{sum(terms):.4f}")
    )  # fmt: skip
    return Table(("bin", "reference", "current", "p", "q", "(q − p) ln(q/p)"), tuple(rows))


def chart_of(bins: Bins, p: Sequence[float], q: Sequence[float], terms: Sequence[float], total: float) -> Chart:
    """Shares of both samples side by side, each bin with its part of the sum."""
    names = tuple(f"{name}\n{term:.3f}" for name, term in zip(bins.names, terms, strict=True))
    return Chart(
        "bars", f"PSI {total:.3f}: shares by bin", "bin, and its part of PSI", "share of rows, %",
        (Series("reference", names, tuple(100 * x for x in p)), Series("current", names, tuple(100 * y for y in q))),
    )  # fmt: skip


CALCULATOR = Calculator(
    ID,
    "Population Stability Index (PSI)",
    "PSI = Σ (qᵢ − pᵢ) × ln(qᵢ / pᵢ) over bins, p reference shares, q current shares",
    SECTION,
    (
        Parameter("reference", "numbers", "counts by bin in the reference", "200,200,200,200,200", minimum=0),
        Parameter("current", "numbers", "counts by bin now, in the same order", "100,150,200,250,300", minimum=0),
        Parameter("reference_values", "column", "values of the reference, row by row", "--reference then.csv"),
        Parameter("current_values", "column", "values now, row by row", "--csv now.csv --column age"),
        Parameter("binning", "choice", "how numbers are cut", "quantile", default="quantile",
                  allowed=("quantile", "fixed")),
        Parameter("bins", "count", "how many bins for numbers", "10", default=10, minimum=2, maximum=100),
        Parameter("edges", "numbers", "inner edges of one's own", "18,30,45,60"),
        Parameter("smoothing", "choice", "what keeps ln(0) away", "half-row", default="half-row",
                  allowed=("half-row", "epsilon", "none")),
        Parameter("epsilon", "number", "what smoothing=epsilon adds to each share", "1e-6", default=1e-6, above=0,
                  below=0.1),
        Parameter("cuts", "choice", "0.1 and 0.2, or 0.1 and 0.25 where a credit policy asks", "default",
                  default="default", allowed=tuple(CUTS)),
    ),
    run,
    ("psi reference=200,200,200,200,200 current=100,150,200,250,300",
     "psi --csv now.csv --column age --reference then.csv"),
    ("population-stability-index", "drift"),
    "current_values",
    "reference_values",
)  # fmt: skip
