"""Rules about metrics: their range, their intervals, whether they suit a rare class, slices with counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlplaybook.server.artefacts.checking.hits import Hit, hit
from mlplaybook.server.artefacts.checking.metrics import (
    SLICES,
    as_number,
    find_metrics,
    is_bounded,
    read_interval,
    read_metric,
)  # fmt: skip
from mlplaybook.server.artefacts.checking.rarity import RARE, find_share
from mlplaybook.server.artefacts.checking.values import Values

# Rounding of a third decimal.
SLACK = 0.0006
ACCURACY = re.compile(
    r"\b(?:(?:top-?1|val|test|train|holdout|overall|mean)[ _])?accurac(?:y|ies)\b|(?:^|_)acc(?:uracy)?(?:$|_)",
    re.IGNORECASE,
)
ROC = re.compile(r"\bROC\b|\bAUC\b|AUROC|roc_auc|(?:^|_)auc(?:$|_)|\bgini\b", re.IGNORECASE)
# Metrics that see the rare class.
SEES = re.compile(
    r"precision|recall|\bf[-_ ]?(?:1|2|beta|score)|f1|pr[-_ ]?auc|auprc|sensitivity|hit rate|detect|lift|"
    r"balanced[-_ ]acc|\bmcc\b|"
    r"matthews|false[- ](?:negative|positive|alarm)|\b[tf][pn]r\b|kappa|brier|log[-_ ]?loss|cost|"
    r"average[-_ ]?precision|(?:^|_)ap(?:$|_)|miss(?:ed)? rate|caught|found",
    re.IGNORECASE,
)
# Words of a comparison with something else than the model.
BESIDE = re.compile(
    r"baseline|\bvs\.?\b|versus|against|compared|previous|\brules?\b|naive|majority|trivial|heuristic|champion|incumbent|"
    r"last (?:week|year)|chance|random order|persistence",
    re.IGNORECASE,
)
CHOICE = (
    "problem_brief.success_metric", "problem_brief.baseline", "problem_brief.kill_criteria",
    "model_requirements.performance.primary_metric.metric", "model_requirements.performance.secondary_metrics",
    "model_card.evaluation.metrics", "experiment.metrics.primary", "experiment.metrics.secondary",
    "experiment.hypothesis", "overall_metrics", "registry_record.holdout_metrics", "decision_rule",
)  # fmt: skip
ALL = re.compile(r"^(?:all|overall|total|everyone|everybody|global|full|test|entire.*)$", re.IGNORECASE)


def metric_out_of_range(values: Values) -> Iterator[Hit]:
    """A metric that is a share by definition, below 0 or far above 1."""
    for metric in find_metrics(values):
        if metric.value is not None and is_bounded(metric.name) and (metric.value < 0 or metric.value > 100):
            yield hit(values, metric.field, f"{metric.name} is {metric.value:g}", *metric.path)
    for metric in find_metrics(values):
        bounds = [bound for bound in (metric.low, metric.high) if bound is not None]
        if (
            is_bounded(metric.name)
            and metric.value is not None
            and metric.value <= 1
            and any(b < -SLACK or b > 1 + SLACK for b in bounds)
        ):
            yield hit(values, metric.field, f"the interval of {metric.name} leaves 0 to 1", *metric.path)


def metric_in_percent(values: Values) -> Iterator[Hit]:
    """A metric that is a share, written as per cent."""
    for metric in find_metrics(values):
        if metric.value is not None and is_bounded(metric.name) and 1 < metric.value <= 100:
            yield hit(values, metric.field, f"{metric.name} is {metric.value:g}", *metric.path)


def interval_without_value(values: Values) -> Iterator[Hit]:
    """An interval that does not contain the value it belongs to, or whose bounds are the wrong way round."""
    for metric in find_metrics(values):
        if metric.low is None or metric.high is None:
            continue
        span = f"[{metric.low:g}, {metric.high:g}]"
        if metric.low > metric.high:
            yield hit(values, metric.field, f"the bounds of {span} are the wrong way round", *metric.path)
        elif metric.value is not None and not metric.low - SLACK <= metric.value <= metric.high + SLACK:
            yield hit(values, metric.field, f"{metric.value:g} lies outside {span}", *metric.path)
    text = values.text("experiment.baseline_comparison") or ""
    written = read_metric("experiment.baseline_comparison", (), "difference", text)
    if written.value is None or written.low is None or written.high is None:
        return
    if not written.low - SLACK <= written.value <= written.high + SLACK:
        detail = f"{written.value:g} lies outside [{written.low:g}, {written.high:g}]"
        yield hit(values, "experiment.baseline_comparison", detail)


def only_accuracy_for_rare_class(values: Values) -> Iterator[Hit]:
    """Accuracy is the only metric, and the positives are rare."""
    yield from unsuited(values, ACCURACY, re.compile(rf"{SEES.pattern}|{ROC.pattern}", re.IGNORECASE))


def only_roc_for_rare_class(values: Values) -> Iterator[Hit]:
    """ROC-AUC is the only metric that sees the positives, and they are rare."""
    yield from unsuited(values, ROC, SEES)


def unsuited(values: Values, used: re.Pattern[str], better: re.Pattern[str]) -> Iterator[Hit]:
    """A hit where one kind of metric is used, none that is better, and the positives are below 5%."""
    share = find_share(values)
    if share is None or share[0] >= RARE:
        return
    chosen = {name: named_metrics(values, name) for name in CHOICE if values.given(name)}
    if any(better.search(text) for text in chosen.values()):
        return
    name = next((name for name, text in chosen.items() if used.search(text)), None)
    if name:
        yield hit(values, name, f"{share[0]:.2%} of the cases are positive ({share[1]})")


def named_metrics(values: Values, name: str) -> str:
    """The metrics that a field names: keys of a mapping, `metric` of the rows of a list, or the text."""
    held = values.value(name)
    if isinstance(held, dict):
        return "\n".join(str(key) for key in held)
    if isinstance(held, list) and any(isinstance(row, dict) for row in held):
        return "\n".join(str(row.get("metric", "")) for row in held if isinstance(row, dict))
    return values.text(name) or ""


def metrics_without_baseline(values: Values) -> Iterator[Hit]:
    """Metrics among which and beside which no baseline is named."""
    name = "model_card.evaluation.metrics"
    words = "\n".join(filter(None, (values.text(field) for field in values.entries if "intended" not in field)))
    if values.mapping(name) and not BESIDE.search(words):
        yield hit(values, name)


def metrics_without_interval(values: Values) -> Iterator[Hit]:
    """Metrics none of which has an interval."""
    for name in ("model_card.evaluation.metrics", "registry_record.holdout_metrics"):
        metrics = [metric for metric in find_metrics(values) if metric.field == name and metric.value is not None]
        text = values.text(name) or ""
        if (
            metrics
            and all(metric.low is None for metric in metrics)
            and not re.search(r"\bci\b|ci95|±|interval|\+/-|std|_low", text, re.IGNORECASE)
        ):
            yield hit(values, name)


def slices_without_count(values: Values) -> Iterator[Hit]:
    """Slices that do not say how many rows they have."""
    for slice_name, held in values.mapping(SLICES).items():
        counted = isinstance(held, dict) and any(
            re.fullmatch(r"n|rows|count|support|size|n_\w+|positives", str(k).lower()) for k in held
        )
        if not counted and not re.search(r"\bn\s*=|\brows\b|\d[\d,]* (?:rows|cases|items|positives)", str(held)):
            yield hit(values, SLICES, str(slice_name), str(slice_name))
    for number, row in enumerate(values.items("slices")):
        if isinstance(row, dict) and rows_of(row) is None and "not measured" not in str(row).lower():
            yield hit(values, "slices", str(row.get("slice", number + 1)), str(number))


def one_slice_for_all(values: Values) -> Iterator[Hit]:
    """One row for everybody, which is no slice."""
    held = values.mapping(SLICES)
    if len(held) == 1 and ALL.match(str(next(iter(held)))):
        yield hit(values, SLICES)
    rows = [row for row in values.items("slices") if isinstance(row, dict)]
    if len(rows) == 1 and ALL.match(re.sub(r"\s*\(.*", "", str(rows[0].get("slice", "")))):
        yield hit(values, "slices")


def small_slice_without_mark(values: Values) -> Iterator[Hit]:
    """Slices with fewer than 100 positives that are not marked as small."""
    for slice_name, held in values.mapping(SLICES).items():
        if isinstance(held, dict):
            positives = as_number(held.get("positives"))
            marked = any("low" in str(key).lower() or "note" in str(key).lower() for key in held)
            if positives is not None and positives < 100 and not marked and read_interval(held) == (None, None):
                yield hit(values, SLICES, f"{slice_name} has {positives:g} positives", str(slice_name))


def more_positives_than_rows(values: Values) -> Iterator[Hit]:
    """Slices with more positives than rows, or more rows than the whole set."""
    whole = values.number("dataset.size")
    for number, row in enumerate(values.items("slices")):
        if isinstance(row, dict):
            yield from too_many(values, "slices", str(number), row, whole)
    for slice_name, held in values.mapping(SLICES).items():
        if isinstance(held, dict):
            yield from too_many(values, SLICES, str(slice_name), held, None)


def rows_of(row: dict[str, object]) -> float | None:
    """How many rows a slice has, by either name."""
    return as_number(row.get("n", row.get("rows")))


def too_many(values: Values, field: str, path: str, row: dict[str, object], whole: float | None) -> Iterator[Hit]:
    """The hits of one slice."""
    rows, positives = rows_of(row), as_number(row.get("positives"))
    if rows is not None and positives is not None and positives > rows:
        yield hit(values, field, f"{positives:g} positives among {rows:g} rows", path)
    if rows is not None and whole is not None and rows > whole:
        yield hit(values, field, f"{rows:g} rows of {whole:g} in all", path)
