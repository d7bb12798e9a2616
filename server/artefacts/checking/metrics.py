"""Metric values with their intervals, wherever a template keeps them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.server.artefacts.checking.values import Values

# Metrics that lie between 0 and 1 by definition, as whole words of a name.
BOUNDED = re.compile(
    r"(?:^|[\W_])(?:accuracy|acc|precision|recall|specificity|sensitivity|auc|auroc|auprc|f1|f1score|f2|"
    r"ap|map|mrr|ndcg|iou|dice|"
    r"jaccard|tpr|fpr|fnr|tnr|ece|brier)(?=$|[\W_\d])",
    re.IGNORECASE,
)
# A word that makes another quantity of it: a difference may be negative, a count or a cost above 1.
OTHER = re.compile(
    r"(?:^|[\W_])(?:delta|diff|difference|gain|lift|change|drop|loss|gap|ratio|count|n|num|ms|seconds|"
    r"cost|index|per|points?|pp|std|"
    r"rank|latency|log|rows|size|epoch|step|time|hours|improvement|uplift)(?=$|[\W_])",
    re.IGNORECASE,
)
PERCENT = re.compile(r"(?:[_ ](?:pct|percent)|%)$", re.IGNORECASE)
INTERVAL_KEYS = ("ci95", "interval_95", "ci_95", "ci", "interval", "confidence_interval", "ci95_interval", "conf_int")
NUMBER = r"[+\-−]?\d+(?:\.\d+)?"
# 0.48 [0.45, 0.51] · 0.48 (95% CI 0.45 to 0.51) · 0.48 (0.45-0.51)
WRITTEN = re.compile(
    rf"(?P<value>{NUMBER})\s*(?P<share>%)?\s*,?\s*[\[(]\s*(?:95\s?%\s*)?(?:CI|interval|confidence interval)?\s*:?\s*"
    rf"(?P<low>{NUMBER})\s*%?\s*(?:,|to|–|—|;|\s-\s|(?<=\d)-(?=\d))\s*(?P<high>{NUMBER})\s*%?\s*[\])]",
    re.IGNORECASE,
)
# Fields that hold metrics by name, and those that hold a mapping of metrics for each slice.
BY_NAME = (
    "model_card.evaluation.metrics", "registry_record.training_metrics", "registry_record.holdout_metrics",
    "experiment.metrics.primary", "experiment.metrics.secondary",
)  # fmt: skip
SLICES = "model_card.evaluation.sliced_metrics"


@dataclass(frozen=True, slots=True)
class Metric:
    """One value of a metric, None where it is no number, with the bounds of its interval where it has one."""

    field: str
    path: tuple[str, ...]
    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


def find_metrics(values: Values) -> Iterator[Metric]:
    """Every metric of a document that has a name."""
    for field in BY_NAME:
        for name, held in values.mapping(field).items():
            yield read_metric(field, (name,), name, held)
    for slice_name, held in values.mapping(SLICES).items():
        yield from slice_metrics(slice_name, held)
    yield from report_metrics(values)


def read_metric(field: str, path: tuple[str, ...], name: str, held: Any) -> Metric:  # noqa: ANN401
    """A metric as number, as text with an interval, or as mapping with value and interval."""
    if isinstance(held, dict):
        inner = next((held[key] for key in ("value", "mean", "estimate", "score") if key in held), None)
        return Metric(field, path, name, as_number(inner), *read_interval(held))
    if isinstance(held, str):
        found = WRITTEN.search(held)
        if found:
            factor = 0.01 if found["share"] else 1.0
            value, low, high = (factor * signed(found[key]) for key in ("value", "low", "high"))
            return Metric(field, path, name, value, low, high)
    return Metric(field, path, name, as_number(held))


def read_interval(held: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The bounds of an interval by any of its usual names, (None, None) without one."""
    for key in INTERVAL_KEYS:
        bounds = held.get(key)
        if isinstance(bounds, list) and len(bounds) == 2:
            return as_number(bounds[0]), as_number(bounds[1])
    return None, None


def slice_metrics(slice_name: str, held: Any) -> Iterator[Metric]:  # noqa: ANN401
    """The metrics of one slice; an interval belongs to the only one there is."""
    if not isinstance(held, dict):
        return
    skipped = {"n", "positives", "rows", "support", "low_n", "note", *INTERVAL_KEYS}
    named = {str(name): inner for name, inner in held.items() if str(name).lower() not in skipped}
    for name, inner in named.items():
        metric = read_metric(SLICES, (slice_name, name), name, inner)
        if metric.low is None and len(named) == 1:
            low, high = read_interval(held)
            metric = Metric(SLICES, metric.path, name, metric.value, low, high)
        yield metric


def report_metrics(values: Values) -> Iterator[Metric]:
    """The metrics of an evaluation report: production and candidate, and the difference with its interval."""
    for number, row in enumerate(values.items("overall_metrics")):
        if isinstance(row, dict):
            name = str(row.get("metric", ""))
            for key in ("production", "candidate"):
                yield Metric("overall_metrics", (str(number), key), name, as_number(row.get(key)))
            low, high = read_interval(row)
            yield Metric(
                "overall_metrics", (str(number), "delta"), f"{name} delta", as_number(row.get("delta")), low, high
            )


def as_number(value: Any) -> float | None:  # noqa: ANN401
    """A finite number, also from a text such as 48% or 1,840; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    found = re.fullmatch(rf"\s*({NUMBER}|\d{{1,3}}(?:,\d{{3}})+)\s*(%?)\s*", value) if isinstance(value, str) else None
    if found is None:
        return None
    number = signed(found[1].replace(",", "")) * (0.01 if found[2] else 1.0)
    return number if math.isfinite(number) else None


def signed(digits: str) -> float:
    """Digits with a minus sign of any kind."""
    return float(digits.replace("−", "-"))


def is_bounded(name: str) -> bool:
    """Whether a metric of this name lies between 0 and 1.

    >>> is_bounded("val_pr_auc"), is_bounded("recall_drop"), is_bounded("val_mae"), is_bounded("precision@10")
    (True, False, False, True)
    """
    return bool(BOUNDED.search(name)) and not OTHER.search(name) and not PERCENT.search(name)
