"""A model card as the README.md that the Hugging Face hub shows: metadata block, then the sections of its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.documents.hub_metadata import Metric, metadata, read_metrics
from mlplaybook.server.artefacts.documents.markdown_parts import (
    bullets,
    cell,
    escaped,
    mapping_list,
    paragraphs,
    table,
    title,
)
from mlplaybook.server.artefacts.documents.tree import one_line, words_of
from mlplaybook.server.artefacts.documents.yaml_text import to_yaml_text
from mlplaybook.server.artefacts.records import Fill, Filled

TEMPLATE = "model-card"
ROOT = "model_card."
# The hub's own mark of an empty section; its tools and `mlplaybook check` look for it.
NEEDED = "[More Information Needed]"
DETAILS = {
    "license": "License",
    "language": "Language(s)",
    "base_model": "Finetuned from model",
    "library_name": "Library",
}


def to_model_card(fill: Fill, extras: Mapping[str, Any]) -> str:
    """The README.md without its trailer; `extras` is hub metadata that the 19 fields do not hold (`read_extras`).

    Only what has a value is said. A field that is missing gets the hub's mark and its question, and a default that nobody
    confirmed is marked as assumed.
    """
    get = values_of(fill)
    name = one_line(str(get("model_name") or "")) or "unnamed model"
    datasets = [str(part) for part in get("evaluation.datasets") or ()]
    block = metadata(
        name, extras, mapping(get("evaluation.metrics")), mapping(get("evaluation.sliced_metrics")), datasets
    )
    lacking = ", ".join(key for key in ("license", "language", "pipeline_tag") if key not in extras)
    ask = f"# not stated: {lacking} (--set hub.{lacking.split(',')[0]}=...)\n" if lacking else ""
    parts = [
        f"---\n{ask}{to_yaml_text(block) if block else ''}---", f"# Model Card for {escaped(name)}", *details(fill, extras),
        *uses(fill), *risks(fill), *training(fill), *evaluation(fill), *upkeep(fill),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def values_of(fill: Fill) -> Callable[[str], Any]:
    """Looks up what is known of a field by its name within the card, None where nothing is."""

    def get(name: str) -> Any:  # noqa: ANN401 (a field holds any value)
        filled = fill.fields[ROOT + name]
        return filled.value if filled.status in {"filled", "assumed"} else None

    return get


def mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 (a field holds any value)
    """A mapping; nothing for anything else."""
    return value if isinstance(value, Mapping) else {}


def details(fill: Fill, extras: Mapping[str, Any]) -> list[str]:
    """What the model is, who answers for it, and which version this is."""
    lines = [
        f"- **Developed by:** {line(fill, 'owner')}",
        f"- **Version:** {line(fill, 'version')}",
        f"- **Released:** {line(fill, 'date')}",
        *(f"- **{label}:** {escaped(listed(extras[key]))}" for key, label in DETAILS.items() if key in extras),
    ]
    return ["## Model Details", "### Model Description", block(fill, "description"), "\n".join(lines)]


def listed(value: Any) -> str:  # noqa: ANN401 (a text or several)
    """Several texts with commas."""
    return ", ".join(value) if isinstance(value, list) else words_of(value)


def uses(fill: Fill) -> list[str]:
    """What the model is for, and what it is not for."""
    out = parted(fill, "out_of_scope_uses")
    return ["## Uses", "### Direct Use", block(fill, "intended_use"), "### Out-of-Scope Use", out]


def risks(fill: Fill) -> list[str]:
    """Limitations, then harms."""
    heads = ["## Bias, Risks, and Limitations", "### Limitations", block(fill, "limitations")]
    return [*heads, "### Ethical Considerations", block(fill, "ethical_considerations")]


def training(fill: Fill) -> list[str]:
    """Where the training data came from."""
    fields = {"source": "Source", "size": "Size", "date_range": "Period", "known_biases": "Known biases"}
    lines = [f"- **{label}:** {line(fill, f'training_data.{name}', label)}" for name, label in fields.items()]
    return ["## Training Details", "### Training Data", "\n".join(lines)]


def evaluation(fill: Fill) -> list[str]:
    """Test sets, what is compared, and the results as tables."""
    get = values_of(fill)
    sliced = mapping(get("evaluation.sliced_metrics"))
    factors = bullets([title(str(name)) for name in sliced]) if sliced else block(fill, "evaluation.sliced_metrics")
    parts = [
        "## Evaluation",
        "### Testing Data, Factors & Metrics",
        "#### Testing Data",
        block(fill, "evaluation.datasets"),
    ]
    parts += ["#### Factors", factors, "### Results", "#### All test rows", results(fill)]
    return (
        [*parts, "#### By factor", mapping_list(sliced), assumed(fill, "evaluation.sliced_metrics")]
        if sliced
        else parts
    )


def results(fill: Fill) -> str:
    """Every metric with its interval, beside what each of the baselines reaches on it."""
    values = mapping(values_of(fill)("evaluation.metrics"))
    metrics = list(read_metrics(values))
    if not metrics:
        return block(fill, "evaluation.metrics")
    own = [metric for metric in metrics if not metric.baseline]
    bases = [(*baseline_of(metric, [one.name for one in own]), metric) for metric in metrics if metric.baseline]
    rows = [(*row(metric), shown([(who, base) for of, who, base in bases if of == metric.name])) for metric in own]
    left = [base for of, _, base in bases if of not in {metric.name for metric in own}]
    rows += [(*row(metric), "") for metric in left]
    columns = ["Metric", "Value", "95% interval", "Baseline (95% interval)"]
    keep = [n for n in range(4) if n < 2 or any(row[n] != "" for row in rows)]
    made = table([columns[n] for n in keep], [[row[n] for n in keep] for row in rows])
    return "\n\n".join(part for part in (made, assumed(fill, "evaluation.metrics")) if part)


def row(metric: Metric) -> tuple[str, float, str]:
    """Name, value and interval of a metric."""
    group = f", {metric.slice.replace('_', ' ')}" if metric.slice else ""
    return title(metric.name) + group, metric.value, words_of(metric.interval or "")


def baseline_of(metric: Metric, own: Sequence[str]) -> tuple[str, str]:
    """The metric that a baseline is of, and which baseline it is; "" for the only one.

    >>> baseline_of(Metric("baseline_rule_recall", 0.4, baseline=True), ["recall", "auc"])
    ('recall', 'rule')
    >>> baseline_of(Metric("recall", 0.4, slice="baseline_experts", baseline=True), ["recall"])
    ('recall', 'experts')
    """
    if metric.slice:
        of, who = (metric.name, metric.slice) if bare(metric.slice) != metric.slice else (metric.slice, metric.name)
        return of, bare(who).replace("_", " ")
    words = f"_{bare(metric.name)}_"
    found = [name for name in own if words.startswith(f"_{name}_") or words.endswith(f"_{name}_")]
    of = max(found, key=len, default=bare(metric.name))
    return of, words.replace(f"_{of}_", "_", 1).strip("_").replace("_", " ")


def bare(name: str) -> str:
    """A name without the word "baseline".

    >>> bare("baseline_recall"), bare("recall_baseline")
    ('recall', 'recall')
    """
    return "_".join(part for part in name.split("_") if part != "baseline")


def shown(bases: Sequence[tuple[str, Metric]]) -> str:
    """The baselines of a metric in one cell, each with what it is where there are several."""
    values = [
        f"{metric.value} ({words_of(metric.interval)})" if metric.interval else str(metric.value) for _, metric in bases
    ]
    return "; ".join(f"{who}: {value}" if who else value for (who, _), value in zip(bases, values, strict=True))


def upkeep(fill: Fill) -> list[str]:
    """How the model is kept, and whom to write to."""
    fields = {"retraining_schedule": "Retraining", "monitoring": "Monitoring"}
    lines = [f"- **{label}:** {line(fill, f'maintenance.{name}', label)}" for name, label in fields.items()]
    return ["## Maintenance", "\n".join(lines), "## Model Card Contact", block(fill, "maintenance.contact")]


def block(fill: Fill, name: str) -> str:
    """A field as paragraphs, bullets or a table."""
    filled = fill.fields[ROOT + name]
    if not known(filled):
        return open_question(fill, name)
    made = paragraphs(filled.value) if isinstance(filled.value, str) else mapping_list(filled.value)
    return "\n\n".join(part for part in (made, assumed(fill, name)) if part)


def line(fill: Fill, name: str, label: str = "") -> str:
    """A field within a line, without the label that its words may begin with ("Owner: ...")."""
    filled = fill.fields[ROOT + name]
    if not known(filled):
        return open_question(fill, name)
    words = words_of(filled.value)
    lead, colon, rest = words.partition(": ")
    if colon and lead.lower() in {label.lower(), *name.replace("_", " ").split(".")}:
        words = rest
    return escaped(words) + (f" {assumed(fill, name)}" if filled.status == "assumed" else "")


def parted(fill: Fill, name: str) -> str:
    """A text whose members are divided by semicolons as bullets."""
    filled = fill.fields[ROOT + name]
    if not known(filled) or not isinstance(filled.value, str) or "\n" in filled.value:
        return block(fill, name)
    members = split_members(one_line(filled.value))
    made = bullets([part[:1].upper() + part[1:] for part in members]) if len(members) > 1 else paragraphs(filled.value)
    return "\n\n".join(part for part in (made, assumed(fill, name)) if part)


def split_members(text: str) -> Sequence[str]:
    """The parts between semicolons, those within brackets left alone.

    >>> split_members("a (b; c); d")
    ['a (b; c)', 'd']
    """
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == ";" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def known(filled: Filled) -> bool:
    """Whether there is a value to show."""
    return filled.status in {"filled", "assumed"}


def assumed(fill: Fill, name: str) -> str:
    """A mark beside what nobody has confirmed."""
    return "*(assumed, to be confirmed)*" if fill.fields[ROOT + name].status == "assumed" else ""


def open_question(fill: Fill, name: str) -> str:
    """The hub's mark with the question to answer."""
    return f"{NEEDED} {escaped(cell(fill.fields[ROOT + name].question))}".strip()
