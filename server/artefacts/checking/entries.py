"""Which value of a document belongs to which field of a template."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.server.artefacts.checking.forms import read_form
from mlplaybook.server.artefacts.checking.sections import read_sections
from mlplaybook.server.artefacts.checking.source import Path, Place, Source
from mlplaybook.server.artefacts.checking.written import still_there
from mlplaybook.server.artefacts.records import Template

# How like a field's name an unknown key must be to be taken for a slip of the pen.
LIKENESS = 0.8
OPEN = re.compile(r"TODO\(\s*([\w.]+)\s*\)")
NUMBERED = re.compile(r"^\d+_")


@dataclass(frozen=True, slots=True)
class Entry:
    """The value that a document gives for a field; `path` leads to it in the document's tree, () where there is none."""

    value: Any
    place: Place
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A document read by a template: entries by field name, and keys that are no field, with the field that may be meant."""

    entries: Mapping[str, Entry]
    strangers: tuple[tuple[str, Place, str], ...] = ()
    structured: bool = False


def read_entries(source: Source, template: Template) -> Reading:
    """Every value of the template's fields that the document holds, and what is none of them."""
    tree = fill_record(source.tree)
    if isinstance(tree, dict):
        found, strangers = best_fit(tree, template, source)
    else:
        found, strangers = {}, []
    if template.body:
        lines = from_text(read_form(source.text, template))
        # A document of keys that has more of the fields than the form is no such form.
        found = {**found, **lines} if len(lines) > len(found) else found
    if source.form == "markdown":
        found = {**from_text(read_sections(source, template)), **found}
    if source.trailer:
        found = {**found, **from_text(still_there(source.trailer, found, source.text))}
    found = {**left_open(source.text, template), **found}
    structured = source.form in {"yaml", "json"} and not template.body
    known = tuple((key, place, meant(key, template, found)) for key, place in strangers)
    return Reading(found, known if structured else (), structured)


def left_open(text: str, template: Template) -> dict[str, Entry]:
    """Fields at whose place a form has the mark `TODO(name)`."""
    names = {field.name for field in template.fields}
    marks = [match for match in OPEN.finditer(text) if match[1] in names]
    return {match[1]: Entry(None, Place(text.count("\n", 0, match.start()) + 1, "")) for match in reversed(marks)}


def from_text(found: Mapping[str, tuple[Any, Place]]) -> dict[str, Entry]:
    """Values that were found in the text itself."""
    return {name: Entry(value, place) for name, (value, place) in found.items()}


def fill_record(tree: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """The values of a record that `mlplaybook fill --json` printed, any other tree as it is."""
    fields = tree.get("fields") if isinstance(tree, dict) and isinstance(tree.get("template"), str) else None
    if not isinstance(fields, dict) or not all(isinstance(f, dict) and "status" in f for f in fields.values()):
        return tree
    return {name: filled.get("value") for name, filled in fields.items()}


Found = tuple[dict[str, Entry], list[tuple[str, Place]]]


def best_fit(tree: Mapping[str, Any], template: Template, source: Source) -> Found:
    """The reading that finds most fields: the tree as it is, below the template's root, or without a wrapper of its own."""
    root = template.fields[0].name.partition(".")[0]
    tries: list[tuple[Any, Path, str]] = [(tree, (), ""), (tree, (), f"{root}.")]
    tries += [(inner, (str(key),), "") for key, inner in tree.items() if isinstance(inner, dict)]
    fits = [collect(part, where, start, template, source) for part, where, start in tries]
    return max(fits, key=lambda fit: len(fit[0]))


def collect(part: Mapping[str, Any], where: Path, start: str, template: Template, source: Source) -> Found:
    """Entries and unknown keys below one mapping; `start` is what its keys lack of the fields' names."""
    names = {field.name for field in template.fields}
    found: dict[str, Entry] = {}
    strangers: list[tuple[str, Any, Place, Path]] = []
    for name, value, path in spread(part, where, start, names):
        place = source.places.get(path) or Place(0, "" if isinstance(value, dict | list) else str(value))
        if name in names:
            found.setdefault(name, Entry(value, place, path))
        else:
            strangers.append((name, value, place, path))
    # The hub's own keys (metrics, datasets, license) are other things than our fields of those names.
    return by_last_word(found, strangers, set() if source.form == "markdown" else names)


def by_last_word(found: dict[str, Entry], strangers: list[tuple[str, Any, Place, Path]], names: set[str]) -> Found:
    """Keys at the top of the document that are the last word of one field alone are that field."""
    tails = [name.rpartition(".")[2] for name in names]
    ends = {tail: name for tail, name in zip(tails, names, strict=True) if tails.count(tail) == 1}
    rest: list[tuple[str, Place]] = []
    for name, value, place, path in strangers:
        field = ends.get(name.rpartition(".")[2], "") if len(path) == 1 else ""
        if field and field not in found:
            found[field] = Entry(value, place, path)
        else:
            rest.append((name, place))
    return found, rest


def spread(value: Mapping[str, Any], path: Path, name: str, names: set[str]) -> Iterator[tuple[str, Any, Path]]:
    """Dotted name, value and path of everything below a mapping, down to the fields and not into them."""
    for key, inner in value.items():
        here = name + NUMBERED.sub("", normal(str(key)))
        yield from below(here, inner, (*path, str(key)), names)


def below(name: str, value: Any, path: Path, names: set[str]) -> Iterator[tuple[str, Any, Path]]:  # noqa: ANN401
    """A field or a leaf as it is; what lies below the start of a field's name."""
    if name in names or not any(known.startswith(f"{name}.") for known in names):
        yield name, value, path
    elif isinstance(value, dict):
        yield from spread(value, path, f"{name}.", names)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict):
                group = kind_of(item, name, names)
                yield from spread(item, (*path, str(number)), f"{name}.{group}." if group else f"{name}.", names)


def kind_of(item: Mapping[str, Any], name: str, names: set[str]) -> str:
    """The group of fields that an item of a list fills: by its type or name, or, for alerts, by what it watches."""
    groups = {known[len(name) + 1 :].partition(".")[0] for known in names if known.startswith(f"{name}.")}
    for key in ("type", "name", "id"):
        if normal(str(item.get(key, ""))) in groups:
            return normal(str(item[key]))
    if name == "alerts":
        return alert_kind(item)
    return ""


def alert_kind(item: Mapping[str, Any]) -> str:
    """Which of the five alerts of the template a rule is, by the words of its name and metric."""
    words = f"{item.get('name', '')} {item.get('metric', '')}".lower()
    for kind, pattern in (
        ("serving_latency", r"latency|p9\d|_ms\b|duration"),
        ("feature_drift", r"psi|drift"),
        ("prediction_rate", r"(prediction|positive|flag|fraud|score|alert)\w*_(rate|share)|(rate|share)_anomaly"),
    ):
        if re.search(pattern, words):
            return kind
    severity = str(item.get("severity", "")).lower()
    return "accuracy_critical" if severity == "critical" or "critical" in words else "accuracy_warning"


def normal(key: str) -> str:
    """A key as fields spell theirs.

    >>> normal("Success metric"), normal("ab-test")
    ('success_metric', 'ab_test')
    """
    return re.sub(r"[\s-]+", "_", key.strip().lower())


def meant(key: str, template: Template, found: Mapping[str, Entry]) -> str:
    """The field that an unknown key may be a misspelling of, "" for none: only fields that are not filled yet."""
    empty = [name for name, entry in found.items() if entry.value in (None, "", [], {})]
    free = {field.name: field.name for field in template.fields if field.name not in found or field.name in empty}
    tails = {name.rpartition(".")[2]: name for name in free}
    near = difflib.get_close_matches(key, free, 1, LIKENESS)
    near = near or difflib.get_close_matches(key.rpartition(".")[2], tails, 1, LIKENESS)
    return {**tails, **free}.get(near[0], "") if near else ""
