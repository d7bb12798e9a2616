"""A filled document back into values: a YAML or JSON document by its keys, any other by its trailer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlplaybook.server.artefacts.documents.safe_yaml import PREFIX, compose_yaml, plain
from mlplaybook.server.artefacts.documents.trailer import Trailer, read_trailer
from mlplaybook.server.artefacts.records import Field, Template

# Types that stay as they were written: version 2.10 is no number, and a date no timestamp.
AS_WRITTEN = frozenset({"text", "date", "duration"})


@dataclass(frozen=True, slots=True)
class Held:
    """What a document holds for a field, and where: `text[char_start:char_end]` is the value as it is written there."""

    value: Any
    char_start: int
    char_end: int


def read_back(text: str, template: Template) -> dict[str, Held]:
    """The values of a filled document by field name; fields that it does not have are left out.

    A field that is there without a value has None. Documents without keys (a Dockerfile, a report) give what their trailer
    says was written; changes that a person made to their text are not in it.

    :raises BadDocument: it is meant to be YAML and cannot be read (`safe_yaml.read_yaml`).
    """
    trailer = read_trailer(text)
    if trailer is not None and (trailer.values or trailer.lines):
        return {name: Held(written.value, *written.place) for name, written in trailer.values.items()}
    root = compose_yaml(text, "the document")
    return {} if root is None else held_in(root, template, text)


def held_in(root: yaml.Node, template: Template, text: str) -> dict[str, Held]:
    """The values of the template's fields below a node."""
    found: dict[str, Held] = {}
    for field in template.fields:
        pair = find_pair(root, field.name)
        if pair is not None:
            start, end = span_of(pair[1], text)
            found[field.name] = Held(typed(pair[1], field), start, end)
    return found


def find_pair(root: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value nodes of a dotted name."""
    node, key = root, root
    for part in name.split("."):
        if not isinstance(node, yaml.MappingNode):
            return None
        pair = next(((k, v) for k, v in node.value if isinstance(k, yaml.ScalarNode) and k.value == part), None)
        if pair is None:
            return None
        key, node = pair
    return key, node


def typed(node: yaml.Node, field: Field) -> Any:  # noqa: ANN401 (a field holds any value)
    """The value of a node, texts as they are written."""
    kind = field.items if field.type == "list" and isinstance(node, yaml.SequenceNode) else field.type
    if isinstance(node, yaml.SequenceNode) and field.type == "list" and kind in AS_WRITTEN:
        return [written(part) for part in node.value]
    if kind in AS_WRITTEN or (kind == "enum" and all(isinstance(choice, str) for choice in field.allowed)):
        return written(node)
    return plain(node, "the document")


def written(node: yaml.Node) -> Any:  # noqa: ANN401 (a field holds any value)
    """A scalar as text, nothing as None, anything else as its values."""
    if isinstance(node, yaml.ScalarNode) and node.tag != PREFIX + "null" and node.tag.startswith(PREFIX):
        return str(node.value)
    return plain(node, "the document")


def span_of(node: yaml.Node, text: str) -> tuple[int, int]:
    """Where a value stands, without the white space and the comments of others behind it."""
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    lines = text[start:end].splitlines(keepends=True)
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    while lines and (not lines[-1].strip() or (block and lines[-1].lstrip().startswith("#"))):
        lines.pop()
    return start, start + len("".join(lines).rstrip())


def template_of(text: str) -> Trailer | None:
    """The trailer that says which template a document was filled from, None when it has none."""
    return read_trailer(text)


def values_of(held: Mapping[str, Held]) -> dict[str, Any]:
    """Values alone."""
    return {name: entry.value for name, entry in held.items()}
