"""A fill of a YAML template as a Markdown document that people read: sections, tables, and what is open."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.documents.markdown_parts import (
    as_number,
    cell,
    escaped,
    mapping_list,
    paragraphs,
    table,
    title,
)
from mlplaybook.server.artefacts.documents.remarks import counts, remark
from mlplaybook.server.artefacts.documents.tree import is_number, words_of
from mlplaybook.server.artefacts.records import Field, Fill, Filled, Template

SHORT = 60
LONG = frozenset({"text", "list", "mapping"})
# Fewer short fields in a row are no table.
LEAST_ROWS = 2


def to_markdown(template: Template, fill: Fill, texts: Mapping[str, str]) -> str:
    """The document without its trailer: a section a group of fields, the short values of each in a table."""
    root = common_root([field.name for field in template.fields])
    parts = [f"# {template.title}", f"{counts(fill)} of {len(fill.fields)} fields. {escaped(template.description)}"]
    for group, members in itertools.groupby(template.fields, lambda field: group_of(field, root)):
        if group:
            parts.append(f"## {title(group)}")
        parts += group_parts(
            [(label(field, f"{root}{group}."), field) for field in members], fill, texts, 2 + bool(group)
        )
    return "\n\n".join(parts) + "\n"


def group_parts(
    fields: Sequence[tuple[str, Field]], fill: Fill, texts: Mapping[str, str], depth: int
) -> list[str]:  # fmt: skip
    """A table of the short values of a group, then a section for every other."""
    small = [(name, field) for name, field in fields if short(field, fill.fields[field.name])]
    small = small if len(small) >= LEAST_ROWS else []
    long = [(name, field) for name, field in fields if (name, field) not in small]
    parts = [rows(small, fill, texts)] if small else []
    return parts + [section(name, field, fill.fields[field.name], texts, depth) for name, field in long]


def common_root(names: Sequence[str]) -> str:
    """The first part of all names with its dot, "" when they differ."""
    roots = {name.partition(".")[0] for name in names}
    return f"{roots.pop()}." if len(roots) == 1 and all("." in name for name in names) else ""


def group_of(field: Field, root: str) -> str:
    """The part of a name that gives the section, "" for a field of the document itself."""
    first, dot, _ = field.name.removeprefix(root).partition(".")
    return first if dot else ""


def label(field: Field, group: str) -> str:
    """What a field is called in its section: `instances.min` is `Instances: min`; a unit at the end is left to the value."""
    parts = [part.replace("_", " ") for part in field.name.removeprefix(group).split(".")]
    if group.count(".") and not field.name.startswith(group):
        parts = [field.name.rpartition(".")[2].replace("_", " ")]
    words = ": ".join(parts)
    return title(words.removesuffix(f" {field.unit.lower()}") if field.unit else words)


def short(field: Field, filled: Filled) -> bool:
    """Whether a value fits a cell; one that is missing does where it will be a word or a number."""
    if filled.status not in {"filled", "assumed"}:
        return field.type not in LONG
    return not isinstance(filled.value, list | tuple | Mapping) and len(words_of(filled.value)) <= SHORT


def rows(fields: Sequence[tuple[str, Field]], fill: Fill, texts: Mapping[str, str]) -> str:
    """Short fields as a table."""
    lines = []
    for name, field in fields:
        filled = fill.fields[field.name]
        lines.append((name, shown(field, filled), remark(field, filled, texts)))
    return table(("Field", "Value", "Where it is from"), lines)


def shown(field: Field, filled: Filled) -> Any:  # noqa: ANN401 (a field holds any value)
    """A value with its unit, or the mark of one that is missing."""
    if filled.status not in {"filled", "assumed"}:
        return f"TODO({field.name})"
    if not is_number(filled.value):
        return filled.value
    sign = "%" if field.type == "percentage" else ""
    unit = "" if sign else field.unit.removeprefix("currency").strip()
    return f"{as_number(filled.value)}{sign} {unit}".strip()


def section(name: str, field: Field, filled: Filled, texts: Mapping[str, str], depth: int) -> str:
    """A field under its own heading: the value, and below it where it is from."""
    head = f"{'#' * depth} {name}"
    about = escaped(remark(field, filled, texts))
    if filled.status not in {"filled", "assumed"}:
        status, _, rest = about.partition(": ")
        return f"{head}\n\n**TODO({field.name}), {status}:** {rest}"
    compound = isinstance(filled.value, list | tuple | Mapping)
    value = mapping_list(filled.value) if compound else paragraphs(words_of(shown(field, filled)))
    if isinstance(filled.value, str):
        value = paragraphs(filled.value)
    return f"{head}\n\n{value}\n\n*{cell(about)}*"
