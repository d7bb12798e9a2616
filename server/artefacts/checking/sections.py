"""Fields found in Markdown: under headings, behind bold labels, in two-column tables, and in a hub card's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlplaybook.server.artefacts.checking.source import Place, Source, shorten
from mlplaybook.server.artefacts.checking.tables import cells, is_rule, read_value
from mlplaybook.server.artefacts.records import Template

HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$")
LABEL = re.compile(
    r"^\s*(?:[-*]\s+)?(?:\*\*|__)?([A-Za-z][\w /&'’()-]{1,60}?)(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*(\S.*)$"
)
# Units that stand behind a label in a table, not in it.
UNIT = re.compile(r" (?:ms|s|seconds|days|months|mb|gb|percent|usd)$")
ROW = re.compile(r"^\s*(?:\||(?:[-*]\s+)?\*\*[^*]{1,60}\*\*\s*:?|(?:[-*]\s+)?\*\*[^*]{1,60}:\*\*)")
# What Hugging Face's card template and common READMEs call the fields of ours.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "model_card.description": ("model description", "model details", "overview", "summary"),
    "model_card.intended_use": ("direct use", "intended uses", "uses", "intended uses and limitations"),
    "model_card.out_of_scope_uses": ("out of scope use", "out of scope", "misuse", "not intended for"),
    "model_card.limitations": ("bias risks and limitations", "known limitations", "risks and limitations"),
    "model_card.ethical_considerations": ("ethics", "ethical considerations and risks", "fairness", "risks and harms"),
    "model_card.training_data.source": ("training data", "training dataset"),
    "model_card.training_data.known_biases": ("bias", "biases", "data bias"),
    "model_card.evaluation.datasets": ("testing data", "evaluation data", "test data", "evaluation datasets"),
    "model_card.evaluation.metrics": ("metrics", "results", "evaluation results", "evaluation"),
    "model_card.evaluation.sliced_metrics": ("results by slice", "slices", "disaggregated results", "sliced metrics"),
    "model_card.maintenance.contact": ("model card contact", "contact", "model card authors"),
    "model_card.maintenance.retraining_schedule": ("retraining", "updates"),
    "model_card.owner": ("developed by", "owner", "team", "maintained by"),
    "model_card.date": ("released", "release date"),
}
# What keeps the place of a value in a card of the hub and in a form of ours.
OPEN = re.compile(r"[*_]*(?:TODO\([\w.]+\)|\[More Information Needed\])", re.IGNORECASE)
# The line in which `fill` says where a value is from.
REMARK = re.compile(r"^\*(?:filled|assumed|missing|invalid)\b.*\*$", re.MULTILINE)
Found = dict[str, tuple[Any, Place]]


def read_sections(source: Source, template: Template) -> Found:
    """Value and place of each field that a heading, a label or a row names."""
    names = wanted(template)
    kinds = {field.name: field.type for field in template.fields}
    found = hub_metadata(source) if template.id == "model-card" else {}
    for titles, text, line in pieces(source):
        name = next((names[title] for title in titles if title in names), None)
        held = kinds.get(name or "") in {"list", "mapping"} or OPEN.match(text.strip()) or prose(text)
        if name and name not in found and text.strip() and held:
            found[name] = (value_of(text, kinds[name]), Place(line, shorten(text)))
    return found


def value_of(text: str, kind: str) -> Any:  # noqa: ANN401 (a list, a mapping or a text)
    """A section's text as value, None where it only keeps a place."""
    if OPEN.match(text.strip()):
        return None
    return read_value(prose(text) if kind == "text" else text, kind)


def prose(text: str) -> str:
    """A section's own words, without the rows and labels of other fields in it."""
    return "\n".join(line for line in text.splitlines() if not ROW.match(line)).strip()


def wanted(template: Template) -> dict[str, str]:
    """What a heading may say, to the field that it names; a title that two fields share names none."""
    titles: dict[str, list[str]] = {}
    for field in template.fields:
        parts = field.name.split(".")
        for count in range(1, len(parts) + 1):
            title = words(" ".join(parts[-count:]))
            for form in {title, UNIT.sub("", title)}:
                titles.setdefault(form, []).append(field.name)
        for alias in ALIASES.get(field.name, ()):
            titles.setdefault(alias, []).append(field.name)
    return {title: names[0] for title, names in titles.items() if len(set(names)) == 1}


def words(title: str) -> str:
    """A title without signs, numbers in front and capitals.

    >>> words("3. Out-of-Scope Use"), words("model_card.known_biases")
    ('out of scope use', 'model card known biases')
    """
    plain = re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()
    return re.sub(r"^\d+ ", "", plain)


Piece = tuple[tuple[str, ...], str, int]


def pieces(source: Source) -> Iterator[Piece]:
    """Titles (with those above it, and alone), text and line of every section, label and table row of a Markdown body."""
    above: list[tuple[int, str]] = []
    held, start, fenced = list[str](), 0, False
    for number, line in enumerate(source.body.splitlines(), source.body_line):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else HEADING.match(line)
        if heading:
            yield titled(above, ""), clean(held), start
            above = [(level, title) for level, title in above if level < len(heading[1])]
            above.append((len(heading[1]), words(heading[2])))
            held, start = [], number
            continue
        start = start if any(part.strip() for part in held) else number
        held.append(line)
        label = None if fenced else label_of(line)
        if label:
            yield titled(above, words(label[0])), label[1], number
    yield titled(above, ""), clean(held), start


def label_of(line: str) -> tuple[str, str] | None:
    """Name and value of a line such as `- **Owner:** x` or `| owner | x |`."""
    found = LABEL.match(line)
    if found:
        return found[1], found[2].strip()
    row = cells(line) if line.strip().startswith("|") else []
    return (row[0], row[1]) if len(row) in {2, 3} and not is_rule(line) else None


def titled(above: list[tuple[int, str]], label: str) -> tuple[str, ...]:
    """What a piece is called, longest first: with two titles above it, with one, alone."""
    parts = [title for _, title in above] + ([label] if label else [])
    return tuple(" ".join(parts[-count:]) for count in (3, 2, 1) if 0 < count <= len(parts))


def clean(lines: list[str]) -> str:
    """The text of a section without comments and template hints."""
    text = re.sub(r"<!--.*?-->", "", "\n".join(lines), flags=re.DOTALL)
    return REMARK.sub("", text).strip()


def hub_metadata(source: Source) -> Found:
    """Name and metrics of the metadata that the Hugging Face hub reads (`model-index`)."""
    tree = source.tree if isinstance(source.tree, dict) else {}
    found: Found = {}
    index = tree.get("model-index")
    entry = index[0] if isinstance(index, list) and index and isinstance(index[0], dict) else {}
    here = (
        Place(source.places[("model-index",)].line, "model-index")
        if ("model-index",) in source.places
        else Place(1, "")
    )
    if isinstance(entry.get("name"), str):
        found["model_card.model_name"] = (entry["name"], here)
    results = entry.get("results")
    metrics = {
        str(metric.get("name") or metric.get("type")): metric.get("value")
        for result in (results if isinstance(results, list) else ())
        if isinstance(result, dict) and isinstance(result.get("metrics"), list)
        for metric in result["metrics"]
        if isinstance(metric, dict)
    }
    if metrics:
        found["model_card.evaluation.metrics"] = (metrics, here)
    return found
