"""A fill as the document that its template's body is: Dockerfile, query, workflow, Markdown report."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.documents.markdown_parts import cell, escaped, mapping_list, paragraphs
from mlplaybook.server.artefacts.documents.places import Place, find_places, forbidden
from mlplaybook.server.artefacts.documents.tree import is_number, one_line, words_of
from mlplaybook.server.artefacts.documents.yaml_text import to_yaml_text
from mlplaybook.server.artefacts.records import Field, Fill, Filled, Template


def fit(template: Template, fill: Fill) -> Fill:
    """The fill with `invalid` where a value could break out of its place in the body; templates without one take any."""
    fields = {field.name: field for field in template.fields}
    changed = {name: fit_field(template, fields[name], filled) for name, filled in fill.fields.items()}
    return dataclasses.replace(fill, fields=changed)


def fit_field(template: Template, field: Field, filled: Filled) -> Filled:
    """One field, with the reason where it does not fit."""
    sign = forbidden(template, field, filled.value) if filled.status in {"filled", "assumed"} else ""
    if not sign:
        return filled
    problem = f"{one_line(str(filled.value))[:80]!r} cannot stand at its place in the document: it holds {sign!r}."
    return dataclasses.replace(filled, status="invalid", value=None, problem=problem)


def to_body(template: Template, fill: Fill) -> str:
    """The body with every value in the way its place asks for, `TODO(field)` where none is known."""
    fields = {field.name: field for field in template.fields}
    parts: list[str] = []
    position = 0
    for place in find_places(template):
        filled = fill.fields[place.name]
        known = filled.status in {"filled", "assumed"}
        write = written if known else todo
        parts += [template.body[position : place.start], write(template, fields[place.name], place, filled)]
        position = place.end
    return "".join([*parts, template.body[position:]]).rstrip("\n") + "\n"


def todo(template: Template, field: Field, place: Place, filled: Filled) -> str:
    """The mark of a value that is not known; with its question where the form has room for words."""
    question = one_line(filled.question or field.question)
    if template.form == "markdown":
        before = template.body[: place.start].rpartition("\n")[2]
        if before.startswith("#") or before.endswith("**"):
            return f"TODO({field.name})"
        mark = f"**TODO({field.name}):** {escaped(question)}"
        return cell(mark) if place.kind == "cell" else mark
    if not field.required and place.kind == "whole" and template.form in {"json", "yaml"}:
        return "null"
    if template.form == "json":
        text = json.dumps(f"TODO({field.name}): {question}", ensure_ascii=False)
        return text if place.kind == "whole" else text[1:-1]
    if template.form == "toml" and place.kind == "whole":
        return f'"TODO({field.name})"'
    return f"TODO({field.name})"


def written(template: Template, field: Field, place: Place, filled: Filled) -> str:
    """A value as its place asks for."""
    value = filled.value
    if template.form == "markdown":
        return in_markdown(value, place)
    if place.kind == "whole":
        return WHOLE.get(template.form, as_literal)(value)
    if place.kind == "block" and isinstance(value, list | tuple):
        return rows_of(value)
    if place.kind == "quoted":
        return json.dumps(inner(value), ensure_ascii=False)[1:-1]
    return inner(value)


def inner(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value within a line of code or text: numbers and lists of them as literals."""
    if isinstance(value, str):
        return one_line(value)
    if is_number(value) or isinstance(value, bool):
        return as_literal(value)
    return as_literal(value) if isinstance(value, list | tuple | Mapping) else words_of(value)


def as_literal(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value as JSON on one line, which TOML and YAML read as well."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return re.sub(r"[\x7f-\x9f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def as_yaml(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value on one line of YAML: plain where that is safe."""
    if isinstance(value, str):
        text = to_yaml_text(value, width=10**9).rstrip("\n")
        return as_literal(value) if "\n" in text or text.startswith((">", "|")) else text
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return f"[{', '.join(flow_text(part) for part in value)}]"
    return as_literal(value)


def flow_text(text: str) -> str:
    """A text inside `[...]`."""
    return text if re.fullmatch(r"[A-Za-z][\w./-]*", text) and as_yaml(text) == text else as_literal(text)


def as_toml(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value of TOML; a list of several goes over several lines."""
    if isinstance(value, list | tuple) and len(value) > 1:
        return "[\n" + "".join(f"    {as_literal(part)},\n" for part in value) + "]"
    return as_literal(value)


def as_python(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value as Python writes it."""
    return repr(value) if not isinstance(value, str) else as_literal(value)


def as_text(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value without quotes, for build files."""
    return inner(value) if not isinstance(value, list | tuple) else " ".join(map(words_of, value))


WHOLE: Mapping[str, Callable[[Any], str]] = {
    "yaml": as_yaml, "json": as_literal, "toml": as_toml, "python": as_python, "dockerfile": as_text,
    "makefile": as_text, "sql": as_text,
}  # fmt: skip


def rows_of(rows: Sequence[Any]) -> str:
    """A list in plain text: mappings as aligned columns, others a line each."""
    table = [[words_of(part) for part in row.values()] if isinstance(row, Mapping) else [words_of(row)] for row in rows]
    widths = [max(len(row[n]) for row in table if n < len(row)) for n in range(max(map(len, table), default=0))]
    return "\n".join("  " + "  ".join(part.ljust(widths[n]) for n, part in enumerate(row)).rstrip() for row in table)


def in_markdown(value: Any, place: Place) -> str:  # noqa: ANN401 (a field holds any value)
    """A value in a Markdown document: lists and tables where it stands alone, words within a line."""
    if place.kind == "block":
        if isinstance(value, str):
            return paragraphs(value)
        return mapping_list(value)
    return cell(escaped(words_of(value))) if place.kind == "cell" else escaped(words_of(value))
