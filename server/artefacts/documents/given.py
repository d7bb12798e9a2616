"""Values that a person gives: `key=value` words, an answers file, answers in a dialogue; by field, with their source."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml
from mlplaybook.server.artefacts.records import Field, Template

# What evidence names as the source of a value that a person gave.
SET, ANSWERS, ASKED = "--set", "answers", "asked"
HUB = "hub"
NEAR = 3
Given = dict[str, tuple[Any, str]]


def find_field(template: Template, name: str) -> Field:
    """A field by its name, or by the end of it where that is unique: `latency_requirement`, `training_data.size`.

    :raises BadName: there is none, or several end that way.
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    exact = [field for field in template.fields if field.name == wanted]
    ends = exact or [field for field in template.fields if field.name.endswith(f".{wanted}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise BadName(f"'{name}' may be {' or '.join(field.name for field in ends)}.", "Write the whole name.")
    known = {short: field.name for field in template.fields for short in (field.name, field.name.rpartition(".")[2])}
    near = dict.fromkeys(known[short] for short in difflib.get_close_matches(wanted, known, NEAR, 0.6))
    offer = f"Did you mean {' or '.join(near)}? " if near else ""
    names = ", ".join(field.name for field in template.fields)
    raise BadName(f"The template {template.id} has no field '{name}'.", f"{offer}Fields: {names}.")


def read_set(template: Template, words: Sequence[str]) -> tuple[Given, dict[str, Any]]:
    """`key=value` words as (values by field, metadata for the hub); a list field may be set several times, once a member.

    :raises BadSetting: there is no `=`, or a field that is no list is set twice.
    :raises BadName: there is no such field.
    """
    given: Given = {}
    hub: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key.strip():
            raise BadSetting(f"--set {word!r} has no '='.", "Write --set field=value.")
        if key.strip().startswith(f"{HUB}."):
            hub[key.strip().removeprefix(f"{HUB}.")] = value.strip()
            continue
        field = find_field(template, key)
        parsed = read_words(field, value)
        if field.name in given:
            if field.type != "list":
                raise BadSetting(f"{field.name} is set twice.", "Set it once.")
            parsed = [*as_list(given[field.name][0]), *as_list(parsed)]
        given[field.name] = (parsed, SET)
    return given, hub


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 (a field holds any value)
    """A list as it is, anything else as its one member."""
    return list(value) if isinstance(value, list | tuple) else [value]


def read_words(field: Field, words: str) -> Any:  # noqa: ANN401 (a field holds any value)
    """What a person typed: lists and mappings in YAML's brackets, everything else as words for the field's own type."""
    text = words.strip()
    if field.type in {"list", "mapping"} and text[:1] in {"[", "{"}:
        return read_yaml(text, f"the value of {field.name}")
    if field.type == "list":
        return [text] if text else None
    return text


def read_answers(template: Template, text: str, name: str = "the answers") -> tuple[Given, dict[str, Any]]:
    """A YAML or JSON mapping of values as (values by field, metadata for the hub); empty values are left open.

    Keys are names of fields, whole or short, or nested as in the document, so that a filled document can be given as well.

    :raises BadDocument: it cannot be read.
    :raises BadName: a key is no field.
    """
    values = read_yaml(text, name)
    if not isinstance(values, dict):
        raise BadSetting(f"{name} holds no mapping of fields.", "Write field: value, a line each.")
    hub = values.pop(HUB, None) or {}
    if not isinstance(hub, dict):
        raise BadSetting(f"{name}: '{HUB}' is no mapping.", "Write hub: {license: apache-2.0}.")
    return {field.name: (value, ANSWERS) for field, value in flatten(template, values, "") if not empty(value)}, hub


def flatten(template: Template, values: Mapping[str, Any], prefix: str) -> Iterator[tuple[Field, Any]]:
    """Nested or dotted keys as fields."""
    exact = {field.name: field for field in template.fields}
    for key, value in values.items():
        path = f"{prefix}{key}"
        if path in exact:
            yield exact[path], value
        elif isinstance(value, dict) and any(name.startswith(f"{path}.") for name in exact):
            yield from flatten(template, value, f"{path}.")
        else:
            yield find_field(template, path), value


def empty(value: Any) -> bool:  # noqa: ANN401 (a field holds any value)
    """Whether an answer leaves its field open."""
    return value is None or (isinstance(value, str) and not value.strip())
