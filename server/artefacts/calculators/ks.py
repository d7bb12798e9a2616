"""The two-sample Kolmogorov-Smirnov test, judged by the distance and not by p alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from mlplaybook.server.artefacts.calculators.binning import Floats, first_text, to_floats
from mlplaybook.server.artefacts.calculators.extra import load_stats
from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.records import (
    Calculator,
    Cell,
    Chart,
    Figure,
    Parameter,
    Series,
    Values,
    Worked,
)
from mlplaybook.server.artefacts.calculators.show import number

ID = "ks-test"
SECTION = "drift-detection#why-does-the-ks-test-at-alpha-005-raise-too-many-drift-alarms"
# Alarm only when both hold (drift-detection); KS is for windows up to about so many rows.
ALARM_P, ALARM_DISTANCE = 0.01, 0.1
LARGE = 5000
# Points of a drawn curve.
DRAWN = 100


def clean(cells: Sequence[Cell], name: str) -> tuple[Floats, int]:
    """The numbers of a column, and how many rows had none; raises BadDocument for a text."""
    text = first_text(cells)
    if text:
        remedy = "KS compares numbers; for categories use psi."
        raise refuse(ID, f"{name} holds '{text[1]}' as value {text[0]}, which is no number", remedy)
    values = to_floats(cells)
    kept = values[~np.isnan(values)]
    if not len(kept):
        raise refuse(ID, f"{name} has no values", "Give a column with numbers.")
    return kept, len(values) - len(kept)


def largest_gap(reference: Floats, current: Floats) -> tuple[float, float, float, float]:
    """KS distance, the value where it is, and both cumulative shares there.

    >>> largest_gap(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6]))
    (0.5, 2.0, 0.5, 0.0)
    """
    places = np.unique(np.concatenate([reference, current]))
    ref, cur = (np.searchsorted(np.sort(values), places, side="right") / len(values) for values in (reference, current))
    worst = int(np.argmax(np.abs(ref - cur)))
    return float(abs(ref - cur)[worst]), float(places[worst]), float(ref[worst]), float(cur[worst])


def run(values: Values) -> Worked:
    """Distance and p of two columns, and whether both conditions of an alarm hold."""
    need(ID, "(a column each)", reference_values=values["reference_values"], current_values=values["current_values"])
    reference, lost_reference = clean(values["reference_values"], "reference_values")
    current, lost_current = clean(values["current_values"], "current_values")
    distance, place, ref, cur = largest_gap(reference, current)
    stats = load_stats(ID)
    with warnings.catch_warnings():
        # scipy says when ties or sizes make it change from the exact to the asymptotic p; both serve here.
        warnings.simplefilter("ignore", RuntimeWarning)
        p = float(stats.ks_2samp(reference, current, method="auto").pvalue)
    corrected = min(1.0, p * values["tests"])
    verdict, meaning = read_ks(distance, corrected, max(len(reference), len(current)))
    tests = f"; times {values['tests']} tests = {number(corrected)}" if values["tests"] > 1 else ""
    left_out = (f"{lost_reference + lost_current:,} rows without a value were left out",)
    return Worked(
        Figure("KS distance D", distance, "", number(distance)),
        (f"largest gap at {number(place)}: |{ref:.4f} − {cur:.4f}| = {distance:.4f}",
         f"p = {number(p)} for {len(reference):,} and {len(current):,} rows (scipy.stats.ks_2samp){tests}"),
        meaning, verdict,
        (Figure("p-value", corrected, "", number(corrected) if corrected else "under 1e-300"),),
        ("values are continuous; ties and rounded values distort p", "rows are independent",
         *(left_out if lost_reference + lost_current else ())),
        chart=chart_of(reference, current, distance, place, (ref, cur)),
    )  # fmt: skip


def read_ks(distance: float, p: float, rows: int) -> tuple[str, str]:
    """Verdict and meaning: an alarm needs a small p and a large distance."""
    small, far = p < ALARM_P, distance > ALARM_DISTANCE
    if small and far:
        return "alarm", f"Both conditions of an alarm hold: p below {ALARM_P} and D above {ALARM_DISTANCE}."
    if small:
        many = ", as any difference is with this many rows" if rows > LARGE else ""
        return "quiet", f"No alarm: the difference is real{many}, but D is not above {ALARM_DISTANCE}, so it is small."
    if far:
        return "unclear", f"No alarm: D is above {ALARM_DISTANCE}, but p is not below {ALARM_P}, so it may be noise."
    return "quiet", f"No alarm: D is not above {ALARM_DISTANCE} and p not below {ALARM_P}."


def chart_of(reference: Floats, current: Floats, distance: float, place: float, at: tuple[float, float]) -> Chart:
    """Both cumulative curves, with the gap marked at its two ends."""
    steps = np.arange(1, DRAWN + 1) / DRAWN
    curves = [
        Series(name, tuple(np.quantile(v, steps, method="inverted_cdf").tolist()), tuple((100 * steps).tolist()))
        for name, v in (("reference", reference), ("current", current))
    ]
    marks = ((place, 100 * at[0], f"D = {distance:.3f}"), (place, 100 * at[1], ""))
    return Chart("lines", f"KS distance {distance:.3f}", "value", "rows up to this value, %", tuple(curves), (), marks)


CALCULATOR = Calculator(
    ID,
    "Kolmogorov-Smirnov test",
    "D = max over x of |F_reference(x) − F_current(x)|; alarm when p < 0.01 after correction and D > 0.1",
    SECTION,
    (
        Parameter("reference_values", "column", "values of the reference, row by row", "--reference then.csv"),
        Parameter("current_values", "column", "values now, row by row", "--csv now.csv --column age"),
        Parameter("tests", "count", "how many features are tested, for Bonferroni's correction", "10", default=1,
                  minimum=1),
    ),
    run,
    ("ks-test --csv now.csv --column age --reference then.csv tests=10",),
    ("ks", "kolmogorov-smirnov"),
    "current_values",
    "reference_values",
)  # fmt: skip
