"""The metadata block of a Hugging Face model card: what the hub searches by, and evaluation results in its model-index."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.errors import BadDocument, BadName
from mlplaybook.server.artefacts.documents.markdown_parts import title
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml
from mlplaybook.server.artefacts.documents.tree import is_number, one_line, shortened

# What the hub's metadata may hold beside the results (huggingface_hub.ModelCardData), and which of it are lists.
KEYS = (
    "license",
    "license_name",
    "license_link",
    "language",
    "library_name",
    "pipeline_tag",
    "base_model",
    "datasets",
    "tags",
)
LISTS = frozenset({"language", "base_model", "datasets", "tags"})
# Metrics as the hub names them (huggingface.co/metrics), longest first where one begins another.
METRICS = (
    "average_precision", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "roc_auc", "pr_auc", "auc", "mae",
    "mape", "smape", "mse", "rmse", "r_squared", "brier_score", "log_loss", "matthews_correlation", "mean_iou", "map",
    "ndcg", "mrr", "bleu", "rouge", "wer", "cer", "perplexity", "exact_match", "spearmanr", "pearsonr",
)  # fmt: skip
BASELINE = re.compile(r"(?:^|_)baseline(?:_|$)")
# Keys of a metric that are not its value.
BESIDE = frozenset(
    {"n", "positives", "rows", "support", "low_n", "ci95", "ci", "interval_95", "threshold", "unit", "value"}
)
INTERVALS = ("ci95", "interval_95", "ci")
UNKNOWN = "unknown"
OTHER_TASK = "other"
FRONT_MATTER = re.compile(r"\ufeff?---\r?\n(?P<block>.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured value; `slice` is "" for the whole test set, `interval` a 95% interval or None."""

    name: str
    value: float
    interval: tuple[float, float] | None = None
    slice: str = ""
    baseline: bool = False


def read_extras(values: Mapping[str, Any]) -> dict[str, Any]:
    """Hub metadata that a person gives (`hub.license=apache-2.0`), in the hub's order; raises BadName for another key."""
    unknown = [key for key in values if key not in KEYS]
    if unknown:
        raise BadName(f"The hub's metadata has no '{unknown[0]}'.", f"Use one of: {', '.join(KEYS)}.")
    return {key: as_list(values[key]) if key in LISTS else one_line(str(values[key])) for key in KEYS if key in values}


def find_extras(texts: Mapping[str, str]) -> dict[str, Any]:
    """Hub metadata in the front matter of the inputs (a README.md of the hub); the last that has a key wins."""
    found: dict[str, Any] = {}
    for text in texts.values():
        match = FRONT_MATTER.match(text)
        if match is None:
            continue
        try:
            values = read_yaml(match["block"])
        except BadDocument:
            continue
        for key in KEYS:
            if isinstance(values, dict) and isinstance(values.get(key), str | list):
                found[key] = values[key]
    return read_extras(found)


def as_list(value: Any) -> list[str]:  # noqa: ANN401 (a field holds any value)
    """One or several texts; a text is cut at its commas."""
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    return [one_line(str(part)) for part in parts if one_line(str(part))]


def read_metrics(values: Mapping[str, Any], *, sliced: bool = False) -> Iterator[Metric]:
    """The numbers of `evaluation.metrics`, or of `evaluation.sliced_metrics`; what is no finite number is left out.

    >>> list(read_metrics({"recall": {"value": 0.8, "ci95": [0.7, 0.9]}, "baseline_recall": 0.5}))[0].interval
    (0.7, 0.9)
    """
    for name, value in values.items():
        entries = value if isinstance(value, Mapping) else {"value": value}
        interval = next((pair for key in INTERVALS if (pair := read_interval(entries.get(key)))), None)
        for key, part in entries.items():
            if not finite(part) or (key in BESIDE and key != "value"):
                continue
            metric = name if key == "value" and not sliced else key
            baseline = bool(BASELINE.search(name) or BASELINE.search(key))
            yield Metric(metric, part, interval, name if sliced else "" if key == "value" else name, baseline)


def read_interval(value: object) -> tuple[float, float] | None:
    """A pair of numbers."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(finite, value)):
        return value[0], value[1]
    return None


def finite(value: object) -> bool:
    """Whether a value is a number that JSON and the hub take."""
    return is_number(value) and math.isfinite(value)  # type: ignore[arg-type]


def metric_type(name: str) -> str:
    """The hub's name of a metric, or the metric's own.

    >>> metric_type("precision_at_2pct_review"), metric_type("Waste share")
    ('precision', 'waste-share')
    """
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    found = [known for known in METRICS if re.search(rf"(?:^|_){known}(?:_|$)", words)]
    return max(found, key=len) if found else slug(name)


def slug(text: str) -> str:
    """Words as an identifier: `listing-holdout-2026q3`."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:96] or UNKNOWN


def dataset_name(datasets: Sequence[str]) -> str:
    """What stands before the colon of each test set: `listing-holdout-2026q3: random audit of ...`."""
    names = [shortened(text.partition(": ")[0], 80) for text in datasets]
    return "; ".join(names)


def metadata(name: str, extras: Mapping[str, Any], values: Mapping[str, Any], sliced: Mapping[str, Any],
             datasets: Sequence[str]) -> dict[str, Any]:  # fmt: skip
    """The metadata block: extras as given, the hub's metrics that were measured, and the model-index.

    A baseline is no result of this model, so it stays out. Task and data set are those that were named; `other` and
    `unknown` stand where none was.
    """
    overall = [metric for metric in read_metrics(values) if not metric.baseline]
    slices = [metric for metric in read_metrics(sliced, sliced=True) if not metric.baseline]
    made = dict(extras)
    known = dict.fromkeys(metric_type(metric.name) for metric in (*overall, *slices))
    if known:
        made["metrics"] = [metric for metric in known if metric in METRICS] or None
    groups: dict[str, list[Metric]] = {}
    for metric in (*overall, *slices):
        groups.setdefault(metric.slice, []).append(metric)
    task = extras.get("pipeline_tag", OTHER_TASK)
    data = dataset_name(datasets)
    results = [result(task, data, group, metrics) for group, metrics in groups.items()]
    if results:
        made["model-index"] = [{"name": name, "results": results}]
    return {key: value for key, value in made.items() if value}


def result(task: str, data: str, group: str, metrics: Sequence[Metric]) -> dict[str, Any]:
    """One entry of the model-index: a task, a test set or one slice of it, and what was measured there."""
    dataset = {"type": slug(data) if data else UNKNOWN, "name": data or "not stated"}
    if group:
        dataset["config"] = one_line(group)
    return {
        "task": {"type": task},
        "dataset": dataset,
        "metrics": [{"type": metric_type(m.name), "value": m.value, "name": metric_name(m)} for m in metrics],
    }


def metric_name(metric: Metric) -> str:
    """A metric in words, with its interval and its slice."""
    words = title(one_line(metric.name)) + (f", {one_line(metric.slice).replace('_', ' ')}" if metric.slice else "")
    return f"{words} (95% CI {metric.interval[0]:g} to {metric.interval[1]:g})" if metric.interval else words
