"""The disparate impact ratio of every group against the best-placed one, with its interval and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from mlplaybook.server.artefacts.calculators.binning import name_of
from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.interval_methods import z_of
from mlplaybook.server.artefacts.calculators.records import (
    Calculator,
    Cell,
    Chart,
    Figure,
    Parameter,
    Series,
    Table,
    Values,
    Worked,
)
from mlplaybook.server.artefacts.calculators.show import number, percent

ID = "disparate-impact"
SECTION = "fairness#how-is-the-disparate-impact-ratio-80-rule-computed-and-what-does-it-prove"
FOUR_FIFTHS = 0.8
# fairness: smaller groups are listed as not measured, or with their interval only.
NOT_MEASURED, INTERVAL_ONLY = 50, 200
NOTES = (
    "the 80% rule is a screen from US hiring guidelines of 1978, a rule of thumb and no verdict; ask counsel",
    "the share refused is compared too: approving 97% against 99% looks equal, refusing 3% against 1% does not",
    "people with an unknown attribute are a group of their own",
)


@dataclass(frozen=True, slots=True)
class Impact:
    """One group beside the best-placed one; `refused` is None where that one refuses nobody."""

    group: str
    favourable: int
    total: int
    rate: float
    ratio: float
    low: float
    high: float
    refused: float | None


def ratio_interval(k: int, n: int, best: int, best_n: int, confidence: float) -> tuple[float, float]:
    """Katz's interval of a ratio of two rates, on the log scale; half a case is added to both where one is 0.

    >>> [round(limit, 3) for limit in ratio_interval(574, 1000, 1460, 2000, 0.95)]
    [0.741, 0.835]
    """
    a, m, b, n2 = (k, n, best, best_n) if k else (k + 0.5, n + 0.5, best + 0.5, best_n + 0.5)
    spread = z_of(confidence) * sqrt(max(1 / a - 1 / m + 1 / b - 1 / n2, 0.0))
    middle = log(a / m) - log(b / n2)
    return exp(middle - spread) if k else 0.0, exp(middle + spread)


def impacts(groups: Mapping[str, tuple[int, int]], confidence: float) -> list[Impact]:
    """Every group against the one with the highest rate, the lowest ratio first and that one last.

    :raises BadDocument: there are fewer than two groups, a count cannot be, or nobody is favoured.
    """
    if len(groups) < 2:
        raise refuse(ID, f"{len(groups)} group has nothing to be compared with", "Give two groups or more.")
    for name, (k, n) in groups.items():
        if n < 1 or not 0 <= k <= n:
            raise refuse(
                ID, f"{name} has {k:,} favourable outcomes of {n:,}", "Give a count from 0 to the group's total."
            )
    # A group that is too small to be measured cannot be what the others are measured by.
    known = [name for name, (_, n) in groups.items() if n >= NOT_MEASURED] or list(groups)
    best = max(known, key=lambda name: (groups[name][0] / groups[name][1], groups[name][1]))
    top, size = groups[best]
    if top == 0:
        cause = "no group that is large enough has a favourable outcome, so no ratio exists"
        raise refuse(ID, cause, "Check which outcome is favourable.")
    found = []
    for name, (k, n) in groups.items():
        # Whole numbers first: 640 of 1,000 against 800 of 1,000 must be 0.8, not a hair below it.
        low, high = (1.0, 1.0) if name == best else ratio_interval(k, n, top, size, confidence)
        refused = None if top == size else (1 - k / n) / (1 - top / size)
        found.append(Impact(name, k, n, k / n, (k * size) / (n * top), low, high, refused))
    return sorted(found, key=lambda impact: (impact.group == best, impact.ratio))


def reading(impact: Impact) -> str:
    """What the ratio of one group says, as far as its size lets it say anything."""
    if impact.total < NOT_MEASURED:
        return "not measured (under 50 rows)"
    if impact.total < INTERVAL_ONLY:
        return "read the interval only (under 200 rows)"
    if impact.ratio < FOUR_FIFTHS:
        return "investigate" if impact.high < FOUR_FIFTHS else "investigate (interval reaches above 0.8)"
    return "not below 0.8, proves nothing" + (" (interval reaches below)" if impact.low < FOUR_FIFTHS else "")


def run(values: Values) -> Worked:
    """The table of ratios and the group with the lowest."""
    groups, lost = read_groups(values)
    found = impacts(groups, values["confidence"])
    best = found[-1]
    measured = [impact for impact in found[:-1] if impact.total >= INTERVAL_ONLY]
    lowest = (measured or found)[0]
    step = (
        f"{lowest.group}: {lowest.favourable:,}/{lowest.total:,} = {percent(round(lowest.rate, 4))}; "
        f"{best.group}: {best.favourable:,}/{best.total:,} = {percent(round(best.rate, 4))}; "
        f"ratio {percent(round(lowest.rate, 4))} / {percent(round(best.rate, 4))} = {lowest.ratio:.3f}"
    )
    small = [impact.group for impact in found if impact.total < NOT_MEASURED]
    noted = (f"not measured, with fewer than {NOT_MEASURED} rows: {', '.join(small)}",) if small else ()
    meaning, verdict = judge(measured, best)
    gap = f"({percent(values['confidence'])} interval {lowest.low:.3f} to {lowest.high:.3f})"
    return Worked(
        Figure(f"lowest ratio: {lowest.group}", lowest.ratio, "", f"{lowest.ratio:.3f} {gap}"),
        (step, "interval: exp(ln ratio ± z √(1/k₁ − 1/n₁ + 1/k₂ − 1/n₂)) (Katz)"), meaning, verdict,
        (Figure("low", lowest.low, "", number(lowest.low)), Figure("high", lowest.high, "", number(lowest.high))),
        (*NOTES, *noted, *lost), table_of(found), chart_of(found, percent(values["confidence"])),
        frozenset({"favourable"} if values["outcome"] is None else ()),
    )  # fmt: skip


def judge(measured: Sequence[Impact], best: Impact) -> tuple[str, str]:
    """Meaning and verdict over the groups that are large enough."""
    if not measured or best.total < INTERVAL_ONLY:
        return "Too few rows for a reading: pool periods, or list the groups as not measured.", "unclear"
    below = [impact.group for impact in measured if impact.ratio < FOUR_FIFTHS]
    if below:
        words = f"Below 0.8 for {', '.join(below)}: investigate need and alternatives, with the metric agreed before training."
        return words, "investigate"
    return (
        "No group is below 0.8, which proves nothing: error rates and calibration by group still have to hold.",
        "passes",
    )


def read_groups(values: Values) -> tuple[Mapping[str, tuple[int, int]], tuple[str, ...]]:
    """Counts by group as given, or counted from two columns."""
    if values["outcome"] is None and values["group"] is None:
        need(ID, "(NAME:FAVOURABLE/TOTAL each), or columns outcome and group", groups=values["groups"])
        groups: Mapping[str, tuple[int, int]] = values["groups"]
        return groups, ()
    need(ID, "beside the other column", outcome=values["outcome"], group=values["group"])
    return count_groups(values["outcome"], values["group"], values["favourable"])


def count_groups(
    outcome: Sequence[Cell], group: Sequence[Cell], favourable: str
) -> tuple[Mapping[str, tuple[int, int]], tuple[str, ...]]:
    """Counts by group of two columns; rows without an outcome are left out, those without a group are one."""
    if len(outcome) != len(group):
        raise refuse(ID, f"{len(outcome):,} outcomes and {len(group):,} groups", "Give both columns of one file.")
    known = {name_of(cell) for cell in outcome if cell is not None}
    if favourable not in known:
        cause = f"outcome never is '{favourable}', but {', '.join(sorted(known)[:5])}"
        raise refuse(ID, cause, "Say favourable=... with the outcome that people want.")
    counts: dict[str, tuple[int, int]] = {}
    for cell, member in zip(outcome, group, strict=True):
        if cell is not None:
            k, n = counts.get(name_of(member), (0, 0))
            counts[name_of(member)] = (k + (name_of(cell) == favourable), n + 1)
    lost = sum(cell is None for cell in outcome)
    return counts, (f"{lost:,} rows without an outcome were left out",) if lost else ()


def table_of(found: Sequence[Impact]) -> Table:
    """One row a group."""
    rows = [
        (i.group, f"{i.favourable:,}", f"{i.total:,}", percent(round(i.rate, 4)), f"{i.ratio:.3f}",
         "" if i is found[-1] else f"{i.low:.3f} to {i.high:.3f}", "" if i.refused is None else f"{i.refused:.2f}",
         "best-placed" if i is found[-1] else reading(i))
        for i in found
    ]  # fmt: skip
    columns = ("group", "favourable", "total", "rate", "ratio", "interval", "refused, ratio", "reading")
    return Table(columns, tuple(rows))


def chart_of(found: Sequence[Impact], level: str) -> Chart:
    """Ratios with intervals and the four-fifths line."""
    series = tuple(Series(i.group, (f"{i.group} (n = {i.total:,})",), (i.ratio,), (i.low,), (i.high,)) for i in found)
    title = f"Disparate impact with {level} intervals"
    return Chart("intervals", title, f"rate / rate of {found[-1].group}", "", series, ((FOUR_FIFTHS, "four fifths"),))


CALCULATOR = Calculator(
    ID,
    "Disparate impact ratio (80% rule)",
    "ratio = rate of the favourable outcome in the group / the highest group's rate",
    SECTION,
    (
        Parameter("groups", "groups", "favourable outcomes and total of each group", "A:1460/2000,B:574/1000"),
        Parameter("outcome", "column", "the outcome of each row", "--csv decisions.csv --column outcome=approved"),
        Parameter("group", "column", "the group of each row", "--column group=sex"),
        Parameter("favourable", "text", "the outcome that people want", "1", default="1"),
        Parameter("confidence", "share", "of the intervals", "95%", default=0.95, minimum=0.5, below=1),
    ),
    run,
    ("disparate-impact groups=A:1460/2000,B:574/1000",
     "disparate-impact --csv decisions.csv --column outcome=approved --column group=sex"),
    ("four-fifths", "80-percent-rule", "adverse-impact"),
    "outcome",
)  # fmt: skip
