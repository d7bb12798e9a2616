"""A confidence interval for one metric: which method the inputs call for, and what the interval says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mlplaybook.server.artefacts.calculators.auc import delong, hanley_mcneil
from mlplaybook.server.artefacts.calculators.binning import Floats, first_text, name_of, to_floats
from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.interval_methods import (
    STATISTICS,
    Interval,
    auc_interval,
    bootstrap,
    exact,
    group_bootstrap,
    mean_interval,
    textbook,
    wilson,
    z_of,
)
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
from mlplaybook.server.artefacts.calculators.show import number, percent

ID = "confidence-interval"
SECTION = "statistics-for-comparison#how-is-a-confidence-interval-put-on-one-metric"
CHANCE = 0.5
# Resampled numbers that take some ten seconds.
MOST_DRAWN = 500_000_000
# statistics-for-comparison: below about 30 groups (or positives) the bootstrap is unreliable.
FEW_GROUPS = 30
# What each way of calculating does not look at.
UNUSED = {
    "proportion": {"draws", "seed", "positive"},
    "mean": {"draws", "seed", "positive", "method"},
    "auc": {"draws", "seed", "method"},
    "bootstrap": {"method", "positive"},
}
KINDS = tuple(UNUSED)
FORMULAS = {
    "Wilson": "(p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n)",
    "exact": "limits at which a binomial tail has half of 1 − confidence (Clopper-Pearson)",
    "degrees of freedom": "mean ± t × standard deviation / √n",
    "DeLong": "AUC ± z √(variance of positives' components / m + variance of negatives' components / n) (DeLong)",
    "Hanley-McNeil": "AUC ± z √((A(1 − A) + (m − 1)(Q₁ − A²) + (n − 1)(Q₂ − A²)) / mn), Q₁ = A/(2 − A), Q₂ = 2A²/(1 + A)",
    "bootstrap": "quantiles of the statistic over resamples of rows (BCa) or of whole groups (percentile)",
}


def run(values: Values) -> Worked:
    """The interval of the metric that the inputs describe."""
    way = values["of"] or guess(values)
    unused = UNUSED[way] | ({"positive"} if values["scores"] is None else set())
    return replace(WAYS[way](values), unused=frozenset(unused))


def guess(values: Values) -> str:
    """The kind of metric, from which inputs are there."""
    if values["scores"] is not None or values["auc"] is not None:
        return "auc"
    if values["groups"] is not None or values["statistic"] is not None:
        return "bootstrap"
    if values["successes"] is not None or values["rate"] is not None or is_switch(values["values"]):
        return "proportion"
    if values["values"] is None and values["sd"] is None:
        asked = "successes and rows, mean and sd and rows, auc and positives and negatives, or a column of a CSV"
        raise refuse(ID, f"it needs {asked}", f"See the inputs: mlplaybook calculate {ID}")
    return "mean"


def is_switch(cells: Sequence[Cell] | None) -> bool:
    """Whether a column holds only 0 and 1, as right or wrong does."""
    return cells is not None and {cell for cell in cells if cell is not None} <= {0.0, 1.0}


def of_proportion(values: Values) -> Worked:
    """Wilson's or the exact interval of a share of rows."""
    successes, rows, lost = counts_of(values)
    if successes > rows:
        raise refuse(ID, f"{successes:,} successes are more than {rows:,} rows", "Give successes among the rows.")
    method = exact if values["method"] == "exact" else wilson
    found = method(successes, rows, values["confidence"])
    others = [wilson(successes, rows, values["confidence"])] if values["method"] == "exact" else []
    others.append(textbook(successes, rows, values["confidence"]))
    z = z_of(values["confidence"])
    steps = (
        f"p = {successes:,} / {rows:,} = {number(found.estimate)}, z = {z:.3f}",
        f"limits: {number(found.low)} to {number(found.high)}"
        if method is wilson else f"binomial tails of {percent((1 - values['confidence']) / 2)} (scipy): "
        f"{number(found.low)} to {number(found.high)}",
    )  # fmt: skip
    edge = ""
    if successes in {0, rows}:
        edge = f" With {'no' if successes == 0 else 'only'} successes the one-sided 95% limit is about 3 / n = "
        edge += f"{percent(min(1.0, 3 / rows))} {'above 0' if successes == 0 else 'below 100%'}."
    notes = ("rows are independent, and are those of the metric's denominator (positives for recall)", *lost)
    return finish(values, found, others, steps, edge.strip(), notes, as_share=True)


def counts_of(values: Values) -> tuple[int, int, tuple[str, ...]]:
    """Successes and rows, from counts, from a rate, or from a column of 0 and 1."""
    if values["values"] is not None:
        kept, lost = clean(values["values"], "values")
        if not is_switch(values["values"]):
            raise refuse(
                ID, "values are not all 0 or 1", "For a mean write of=mean, for another statistic of=bootstrap."
            )
        return int(kept.sum()), len(kept), lost
    need(ID, "for a proportion", rows=values["rows"])
    if values["successes"] is None:
        need(ID, "(or rate) for a proportion", successes=values["rate"])
        return round(values["rate"] * values["rows"]), values["rows"], ()
    return values["successes"], values["rows"], ()


def of_mean(values: Values) -> Worked:
    """Student's interval of a mean."""
    lost: tuple[str, ...] = ()
    mean, sd, rows = values["mean"], values["sd"], values["rows"]
    if values["values"] is not None:
        kept, lost = clean(values["values"], "values")
        mean, rows = float(kept.mean()), len(kept)
        sd = float(kept.std(ddof=1)) if rows > 1 else 0.0
    need(ID, "for a mean", mean=mean, sd=sd, rows=rows)
    if rows < 2:
        raise refuse(ID, "one row has no spread", "Give two rows or more.")
    found = mean_interval(mean, sd, rows, values["confidence"])
    steps = (
        f"standard error = {number(sd)} / √{rows:,} = {number(sd / rows**0.5)}",
        f"{number(mean)} ± t × standard error = {number(found.low)} to {number(found.high)} ({found.method})",
    )
    return finish(values, found, [], steps, "", ("rows are independent; many rows, or nearly normal values", *lost))


def of_auc(values: Values) -> Worked:
    """DeLong's interval from scores, or Hanley and McNeil's from the area and the counts."""
    confidence = values["confidence"]
    if values["scores"] is None:
        counts = {name: values[name] for name in ("auc", "positives", "negatives")}
        need(ID, "for an AUC, or columns scores and labels", **counts)
        area, m, n = counts["auc"], counts["positives"], counts["negatives"]
        error = hanley_mcneil(area, m, n)
        found, others, how = auc_interval(area, error, confidence, "Hanley-McNeil"), [], "Hanley and McNeil"
        lost: tuple[str, ...] = ()
    else:
        positives, negatives, lost = scores_by_label(values)
        m, n = len(positives), len(negatives)
        area, error = delong(positives, negatives)
        found, how = auc_interval(area, error, confidence, "DeLong"), "DeLong"
        others = [auc_interval(area, hanley_mcneil(area, m, n), confidence, "Hanley-McNeil")]
    steps = (
        f"standard error by {how}, {m:,} positives and {n:,} negatives: {number(error)}",
        f"{number(area)} ± {z_of(confidence):.3f} × {number(error)} = {number(found.low)} to {number(found.high)}",
    )
    chance = (
        "The interval includes 0.5: no better than chance is not ruled out."
        if found.low <= CHANCE <= found.high
        else ""
    )
    if min(m, n) < FEW_GROUPS:
        chance = f"{chance} Fewer than {FEW_GROUPS} rows of one class: the interval is rough.".strip()
    return finish(values, found, others, steps, chance, ("rows are independent", *lost))


def scores_by_label(values: Values) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Scores of positives and of negatives; raises BadDocument where one class is missing."""
    need(ID, "beside scores", labels=values["labels"])
    scores, labels = values["scores"], values["labels"]
    text = first_text(scores)
    if text:
        raise refuse(ID, f"scores holds '{text[1]}' as value {text[0]}, which is no number", "Give a column of scores.")
    if len(scores) != len(labels):
        raise refuse(ID, f"{len(scores):,} scores and {len(labels):,} labels", "Give one label for each score.")
    pairs = [(s, name_of(y)) for s, y in zip(scores, labels, strict=True) if s is not None and y is not None]
    known = sorted({y for _, y in pairs})
    if values["positive"] not in known or len(known) != 2:
        cause = f"labels has {', '.join(known[:5]) or 'no values'}, and positive={values['positive']}"
        raise refuse(ID, cause, "Give two classes, and positive=... with the name of the one that scores high.")
    sides = [np.array([s for s, y in pairs if (y == values["positive"]) is wanted]) for wanted in (True, False)]
    if min(map(len, sides)) < 2:
        raise refuse(ID, "one class has a single row, which has no spread", "Give two rows or more of each class.")
    lost = len(scores) - len(pairs)
    return sides[0], sides[1], (f"{lost:,} rows without score or label were left out",) if lost else ()


def of_bootstrap(values: Values) -> Worked:
    """A statistic of a column with its bootstrap interval, over rows or over groups."""
    need(ID, "for a bootstrap: a column of a CSV", values=values["values"])
    statistic, groups = values["statistic"] or "mean", values["groups"]
    kept, lost = clean(values["values"], "values")
    if len(kept) * values["draws"] > MOST_DRAWN:
        cause = f"{len(kept):,} rows × {values['draws']:,} draws are more than {MOST_DRAWN:,} numbers"
        raise refuse(
            ID, cause, f"Say draws={max(MOST_DRAWN // len(kept), 100)}, draw a sample of rows, or use of=mean."
        )
    settings = (statistic, values["draws"], values["confidence"], values["seed"])
    if groups is None:
        if len(kept) < 2:
            raise refuse(ID, "one row has no spread", "Give two rows or more.")
        found, units = bootstrap(kept, *settings), len(kept)
    else:
        if len(groups) != len(values["values"]):
            cause = f"{len(values['values']):,} values and {len(groups):,} groups"
            raise refuse(ID, cause, "Give one group for each value.")
        members = tuple(g for g, v in zip(groups, values["values"], strict=True) if v is not None)
        found, units = group_bootstrap(kept, members, *settings), len(set(members))
    steps = (
        f"{statistic} of {len(kept):,} rows = {number(found.estimate)}",
        f"{found.method}, seed {values['seed']}: {number(found.low)} to {number(found.high)}",
    )
    rough = f"Fewer than {FEW_GROUPS} {'groups' if groups is not None else 'rows'}: the bootstrap is unreliable."
    whole = (
        "groups were drawn whole" if groups is not None else "rows are independent; else name their column as groups"
    )
    return finish(values, found, [], steps, rough if units < FEW_GROUPS else "", (whole, *lost))


def clean(cells: Sequence[Cell], name: str) -> tuple[Floats, tuple[str, ...]]:
    """The numbers of a column, and a note on rows that have none."""
    text = first_text(cells)
    if text:
        raise refuse(
            ID, f"{name} holds '{text[1]}' as value {text[0]}, which is no number", "Give a column of numbers."
        )
    values = to_floats(cells)
    kept = values[~np.isnan(values)]
    lost = len(values) - len(kept)
    return kept, (f"{lost:,} rows without a value were left out",) if lost else ()


def finish(
    values: Values, found: Interval, others: Sequence[Interval], steps: tuple[str, ...], meaning: str,
    assumptions: tuple[str, ...], *, as_share: bool = False,
) -> Worked:  # fmt: skip
    """The interval as a result with its picture."""
    level, words = percent(values["confidence"]), (percent if as_share else number)
    rounded = [round(x, 4) if as_share else x for x in (found.estimate, found.low, found.high)]
    shown = [words(x) for x in rounded]
    text = f"{shown[0]} ({level} interval {shown[1]} to {shown[2]})"
    unit = "ratio" if as_share else ""
    series = [Series(i.method, (i.method,), (i.estimate,), (i.low,), (i.high,)) for i in (found, *others)]
    chart = Chart("intervals", f"{level} interval by method", "estimate", "", tuple(series))
    reading = f"Of intervals made this way, {level} contain the true value; compare models on the same rows instead."
    return Worked(
        Figure("estimate", found.estimate, unit, text), steps, f"{reading} {meaning}".strip(), "",
        (Figure("low", found.low, unit, shown[1]), Figure("high", found.high, unit, shown[2])),
        assumptions, chart=chart, formula=next(formula for name, formula in FORMULAS.items() if name in found.method),
    )  # fmt: skip


WAYS: Mapping[str, Callable[[Values], Worked]] = {
    "proportion": of_proportion,
    "mean": of_mean,
    "auc": of_auc,
    "bootstrap": of_bootstrap,
}
CALCULATOR = Calculator(
    ID,
    "Confidence interval of a metric",
    "proportion: Wilson, or exact; mean: mean ± t × sd / √n; AUC: DeLong from scores, or Hanley-McNeil; else bootstrap",
    SECTION,
    (
        Parameter("of", "choice", "what kind of metric; found from the other inputs when left out", "proportion",
                  allowed=KINDS),
        Parameter("confidence", "share", "how often such intervals contain the true value", "95%", default=0.95,
                  minimum=0.5, below=1),
        Parameter("successes", "count", "rows that count for the metric", "90", minimum=0),
        Parameter("rate", "share", "the metric, in place of successes", "90%", minimum=0, maximum=1),
        Parameter("rows", "count", "rows in the metric's denominator", "100", minimum=1),
        Parameter("method", "choice", "of a proportion", "wilson", default="wilson", allowed=("wilson", "exact")),
        Parameter("mean", "number", "mean over rows", "4.2"),
        Parameter("sd", "number", "standard deviation over rows", "1.3", minimum=0),
        Parameter("auc", "number", "area under the ROC curve", "0.55", minimum=0, maximum=1),
        Parameter("positives", "count", "positive rows of the AUC", "50", minimum=1),
        Parameter("negatives", "count", "negative rows of the AUC", "950", minimum=1),
        Parameter("values", "column", "a value for each row", "--csv rows.csv --column correct"),
        Parameter("scores", "column", "a score for each row", "--csv rows.csv --column scores=score"),
        Parameter("labels", "column", "the class of each row", "--column labels=churned"),
        Parameter("positive", "text", "the class that should score high", "1", default="1"),
        Parameter("groups", "column", "user, day or document of each row, drawn whole", "--column groups=user"),
        Parameter("statistic", "choice", "what the bootstrap computes", "mean", allowed=tuple(STATISTICS)),
        Parameter("draws", "count", "resamples of the bootstrap", "9999", default=9999, minimum=100, maximum=100_000),
        Parameter("seed", "count", "seed of the bootstrap", "0", default=0, minimum=0),
    ),
    run,
    ("confidence-interval rate=90% rows=100", "confidence-interval auc=0.55 positives=50 negatives=950",
     "confidence-interval --csv rows.csv --column values=error --column groups=user statistic=p95"),
    ("ci", "interval", "wilson", "bootstrap"),
    "values",
)  # fmt: skip
