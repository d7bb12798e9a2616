"""Values that are put together from many numbers: metrics, slices, parameters, the run's time, test sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.filling.extract import ELSEWHERE, KEY, key_words
from mlplaybook.server.artefacts.filling.read_inputs import Material
from mlplaybook.server.artefacts.filling.records import Found, Leaf, evidence_of
from mlplaybook.server.artefacts.filling.values import tidy
from mlplaybook.server.artefacts.records import Field

METRIC = re.compile(
    r"(?:^|_)(?:auc|roc|pr|ap|map|miou|iou|f1|fbeta|precision|recall|accuracy|acc|sensitivity|specificity|mae|mse|rmse|rmsle|mape|wape|smape|"
    r"mdape|mase|r2|loss|log_?loss|logloss|brier|ece|ndcg|mrr|hit|hits|gini|ks|lift|kappa|mcc|bleu|rouge\w*|wer|cer|perplexity|dice|"
    r"error|err|coverage|bias|calibration\w*|pinball|auroc|auprc|score|rate|ratio|starts|within|top\d*|em|exact|silhouette|faithfulness|"
    r"groundedness|fpr|fnr|tpr|tnr|acceptance|gain)(?:_|\d|@|$)"
)
SLICES = re.compile(r"\b(?:slices?|by|per|groups?|segments?|sub ?groups?|breakdown|cohorts?|strata)\b")
NOT_TEST = re.compile(
    r"\b(?:train\w*|val|valid|validation|dev|cv|fold|baseline|thresholds?|latency|params?|epochs?|config|limits?|best|history)\b"
)
COUNTS = {"n", "rows", "support", "count", "size", "positives", "samples", "threshold", "step", "epoch"}
TEST_BLOCK = re.compile(r"\b(?:test|holdout|hold out|eval\w*|evaluated on|oot|test set|dataset|data set)\b")
PARAMS_BLOCK = re.compile(r"\b(?:params?|hyper ?params?|hyper ?parameters?|optimi[sz]er)\b")
NO_PARAMETER = re.compile(
    r"\b(?:seeds?|arch|model type|algorithm|run name|git|commit|user|data version|dataset|path|config|experiment)\b"
)


def assemble(wanted: Field, kind: str, material: Material, others: Mapping[str, Any]) -> Found | None:
    """The value of a field that is put together; `others` are values of the document that are known already."""
    del others
    makers: Mapping[str, Callable[[Material], Found | None]] = {
        "metrics": metrics,
        "slices": slices,
        "params": parameters,
        "training_time": run_time,
        "test_sets": named_test_sets,
    }
    return makers[kind](material) if kind in makers else None


def metrics(material: Material) -> Found | None:
    """Each metric of the test set by name; names that two sets share are told apart by the set's name."""
    leaves = [leaf for leaf in material.leaves if is_metric(leaf)]
    tests = [leaf for leaf in leaves if leaf.path[-1].lower().startswith(("test", "holdout"))]
    leaves = tests or leaves
    chosen: dict[str, Leaf] = {}
    for leaf in leaves:
        name = metric_name(leaf.path[-1])
        if name in chosen:
            name = metric_name("_".join(leaf.path[-2:]))
        chosen.setdefault(name, leaf)
    return together({name: leaf.value for name, leaf in chosen.items()}, chosen.values(), material)


def is_metric(leaf: Leaf) -> bool:
    """Whether a leaf is a metric on test data of the model that the inputs are about."""
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, int | float):
        return False
    words, name = key_words(leaf), metric_name(leaf.path[-1])
    above = " / ".join(words.split(" / ")[:-1])
    if leaf.path[0] == "report":
        return len(leaf.path) == 2 or leaf.path[1].endswith("avg")
    if name in COUNTS or SLICES.search(above) or ELSEWHERE.search(words) or NOT_TEST.search(words):
        return False
    return bool(METRIC.search(name)) or bool(re.search(r"\b(?:metrics|results|scores)\b", above))


def metric_name(key: str) -> str:
    """A metric's name in lower case with other signs as underscores.

    >>> metric_name("recall@0.62"), metric_name("ROC-AUC")
    ('recall_0_62', 'roc_auc')
    """
    return re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")


def slices(material: Material) -> Found | None:
    """Metrics by group: blocks named slices, by_..., per_..., and what stands in them."""
    values: dict[str, dict[str, Any]] = {}
    used: list[Leaf] = []
    for leaf in material.leaves:
        parts = key_words(leaf).split(" / ")
        if len(leaf.path) < 3 or leaf.path[0] in {"report", "epochs"} or not isinstance(leaf.value, int | float):
            continue
        above = [number for number, part in enumerate(parts[:-2]) if SLICES.search(part)]
        if above and not ELSEWHERE.search(" / ".join(parts)):
            values.setdefault(leaf.path[-2], {})[leaf.path[-1]] = leaf.value
            used.append(leaf)
    return together(values, used, material)


def parameters(material: Material) -> Found | None:
    """What a run was configured with: MLflow parameters, or the settings of a params file or block."""
    logged = [leaf for leaf in material.leaves if leaf.path[:2] == ("run", "params")]
    other = [
        leaf
        for leaf in material.leaves
        if PARAMS_BLOCK.search(key_words(leaf).rpartition(" / ")[0]) or re.search(r"param", leaf.source)
    ]
    leaves = logged or [leaf for leaf in other if leaf.path[0] not in {"run", "epochs", "report", "test"}]
    leaves = [leaf for leaf in leaves if not NO_PARAMETER.search(key_words(leaf).split(" / ")[-1])]
    return together({leaf.path[-1]: leaf.value for leaf in leaves}, leaves, material)


def run_time(material: Material) -> Found | None:
    """The time between an MLflow run's start and end, which are milliseconds since 1970."""
    ends = {
        leaf.path[-1]: leaf
        for leaf in material.leaves
        if leaf.path[-1] in {"start_time", "end_time"} and len(leaf.path) == 1
    }
    if len(ends) != 2 or not all(isinstance(leaf.value, int) for leaf in ends.values()):
        return None
    seconds = (ends["end_time"].value - ends["start_time"].value) / 1000
    if seconds <= 0:
        return None
    words = f"{tidy(seconds / 60)} min" if seconds >= 60 and seconds % 60 == 0 else f"{tidy(round(seconds))} s"
    return Found(words, evidence_for(ends.values(), material), KEY)


def named_test_sets(material: Material) -> Found | None:
    """Test sets that a metrics file names, each with what the file says of it."""
    blocks: dict[tuple[str, tuple[str, ...]], list[Leaf]] = {}
    for leaf in material.leaves:
        above = leaf.path[:-1]
        if leaf.path[-1].lower() in {"test_set", "dataset", "evaluated_on", "eval_set"} and isinstance(leaf.value, str):
            blocks[(leaf.source, leaf.path)] = [leaf]
        elif above and TEST_BLOCK.search(re.sub(r"[_-]", " ", above[-1].lower())) and not is_metric(leaf):
            blocks.setdefault((leaf.source, above), []).append(leaf)
    entries = []
    used: list[Leaf] = []
    for leaves in blocks.values():
        named = [
            leaf
            for leaf in leaves
            if leaf.path[-1] in {"name", "id", "dataset", "set", "test_set", "evaluated_on", "eval_set"}
        ]
        if named:
            entries.append(", ".join(str(x.value) if x is named[0] else f"{x.path[-1]} {x.value}" for x in leaves))
            used += leaves
    return together(entries, used, material)


def together(value: Any, leaves: Iterable[Leaf], material: Material) -> Found | None:  # noqa: ANN401
    """A value with the words of all its leaves, None when there are none."""
    leaves = list(leaves)
    return Found(value, evidence_for(leaves, material), KEY) if leaves else None


def evidence_for(leaves: Iterable[Leaf], material: Material) -> tuple[Any, ...]:
    """The words of leaves."""
    return tuple(
        evidence_of(leaf.source, material.texts[leaf.source], leaf.key_start, leaf.char_end) for leaf in leaves
    )


def primary_and_secondary(material: Material, named_in: Sequence[str]) -> tuple[Found | None, Found | None]:
    """A run's metrics: the one that the hypothesis names, and all others."""
    logged = [
        leaf
        for leaf in material.leaves
        if leaf.path[:2] == ("run", "metrics") and not ELSEWHERE.search(key_words(leaf))
    ]
    words = metric_name(" ".join(named_in))
    core = {leaf.path[-1]: re.sub(r"^(?:best|final|last|max|min)_", "", metric_name(leaf.path[-1])) for leaf in logged}
    named = [leaf for leaf in logged if f"_{core[leaf.path[-1]]}_" in f"_{words}_"]
    if not named:
        return None, None
    first = core[named[0].path[-1]]
    same = [leaf for leaf in named if core[leaf.path[-1]] == first]
    primary = next((leaf for leaf in same if metric_name(leaf.path[-1]).startswith(("best_", "final_"))), same[0])
    rest = [leaf for leaf in logged if core[leaf.path[-1]] != first]
    return (
        together({primary.path[-1]: primary.value}, [primary], material),
        together({leaf.path[-1]: leaf.value for leaf in rest}, rest, material),
    )
