"""YAML of people, read without trust: limited in size, depth and aliases, no types beyond those of JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from mlplaybook.ingest.errors import BadDocument

LARGEST = 1_000_000
DEEPEST = 50
MOST_ALIASES = 100
# What aliases would expand to: a bomb of nine lines means 3 thousand million nodes.
MOST_NODES = 200_000
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PREFIX = "tag:yaml.org,2002:"
SCALARS = frozenset({"null", "bool", "int", "float"})
# Scalars that stay as they are written: a date is compared and shown as text.
WORDS = frozenset({"str", "timestamp", "value", "merge"})
MARK = re.compile(r"^\ufeff")
MEND = "Give a plain YAML or JSON document: mappings, lists, texts, numbers."


def read_yaml(text: str, name: str = "the document") -> Any:  # noqa: ANN401 (YAML holds anything)
    r"""The values of one YAML or JSON document: None, bool, int, float, str, list and dict with text as keys.

    Dates stay text as written. `name` is what an error calls the document.

    :raises BadDocument: it is no YAML, has more than 1 MB, 50 levels, 100 aliases or a tag of its own, or a key stands twice.

    >>> read_yaml("released: 2026-08-31\nsize: 12")
    {'released': '2026-08-31', 'size': 12}
    """
    return load_yaml(text, name)[0]


def load_yaml(text: str, name: str = "the document") -> tuple[Any, Mapping[str, int]]:
    r"""The values as `read_yaml` gives them, and the line (from 1) of every key by its dotted path; items as `key.0`.

    :raises BadDocument: as `read_yaml`.

    >>> load_yaml("model:\n  size: 12\n  tags: [a]")[1]
    {'model': 1, 'model.size': 2, 'model.tags': 3, 'model.tags.0': 3}
    """
    node = compose_yaml(text, name)
    if node is None:
        return None, {}
    try:
        return plain(node, name), dict(lines_below(node, ""))
    except RecursionError as error:
        raise BadDocument(f"{name} is nested too deep through its aliases.", MEND) from error


def compose_yaml(text: str, name: str = "the document") -> yaml.Node | None:
    """The node tree of one document, for those who need places (`node.start_mark.index` counts characters).

    :raises BadDocument: as `read_yaml`, but tags and keys are not looked at.
    """
    text = MARK.sub("", text)
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise BadDocument(f"{name} has more than {LARGEST:,} bytes.", "Give the part that matters.")
    try:
        check_events(text, name)
        node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
        if node is not None and expanded(node, {}) > MOST_NODES:
            raise BadDocument(f"{name} holds more than {MOST_NODES:,} values.", MEND)
    except yaml.YAMLError as error:
        raise BadDocument(f"{name} is not YAML: {' '.join(str(error).split())[:200]}.", MEND) from error
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"{name} cannot be read as YAML: {str(error)[:200]}.", MEND) from error
    return node


def check_events(text: str, name: str) -> None:
    """Raise BadDocument where nesting or aliases go beyond what a document needs; nothing is built for that."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        line = event.start_mark.line + 1 if event.start_mark else 0
        if depth > DEEPEST:
            raise BadDocument(f"{name} is nested more than {DEEPEST} levels deep (line {line}).", MEND)
        if aliases > MOST_ALIASES:
            raise BadDocument(f"{name} has more than {MOST_ALIASES} aliases (line {line}).", MEND)


def expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes there are when every alias is written out; a node that holds itself counts as endless."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MOST_NODES + 1
    inner = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else []
    inner = list(node.value) if isinstance(node, yaml.SequenceNode) else inner
    known[id(node)] = 1 + sum(expanded(part, known) for part in inner)
    return known[id(node)]


def plain(node: yaml.Node, name: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    """A node as plain values; raises BadDocument for tags and keys that JSON does not know."""
    if isinstance(node, yaml.SequenceNode) and node.tag == PREFIX + "seq":
        return [plain(part, name) for part in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == PREFIX + "map":
        return plain_mapping(node, name)
    if isinstance(node, yaml.ScalarNode):
        return plain_scalar(node, name)
    raise BadDocument(f"{name} has a value of type {node.tag} (line {line_of(node)}).", MEND)


def plain_mapping(node: yaml.MappingNode, name: str) -> dict[str, Any]:
    """A mapping with texts as keys; keys of its own win over those of a merge (`<<`)."""
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadDocument(f"{name} has a key that is no text (line {line_of(key)}).", MEND)
        if key.tag == PREFIX + "merge":
            parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for part in reversed(parts):
                if not isinstance(part, yaml.MappingNode):
                    raise BadDocument(f"{name} merges something that is no mapping (line {line_of(key)}).", MEND)
                merged.update(plain_mapping(part, name))
        elif key.value in own:
            raise BadDocument(f"{name} has the key '{key.value}' twice (line {line_of(key)}).", "Keep one of them.")
        else:
            own[key.value] = plain(value, name)
    return {**merged, **own}


def plain_scalar(node: yaml.ScalarNode, name: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    """A scalar by its tag; raises BadDocument for any other than those of JSON, or a number that is none."""
    kind = node.tag.removeprefix(PREFIX)
    if kind in WORDS:
        return str(node.value)
    if kind not in SCALARS:
        raise BadDocument(f"{name} has a value of type {node.tag} (line {line_of(node)}).", MEND)
    try:
        return getattr(SafeConstructor(), f"construct_yaml_{kind}")(node)
    except (ValueError, KeyError, OverflowError, yaml.YAMLError) as error:
        cause = f"{name} has a value that is no {kind} (line {line_of(node)}): {node.value[:60]!r}."
        raise BadDocument(cause, MEND) from error


def lines_below(node: yaml.Node, path: str) -> Iterator[tuple[str, int]]:
    """Every key and item below a node with its line."""
    if isinstance(node, yaml.MappingNode):
        parts = [(str(key.value), key, value) for key, value in node.value]
    else:
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        parts = [(str(number), value, value) for number, value in enumerate(items)]
    for name, place, value in parts:
        inner = f"{path}.{name}".removeprefix(".")
        yield inner, line_of(place)
        yield from lines_below(value, inner)


def line_of(node: yaml.Node) -> int:
    """The line of a node, from 1 on."""
    return int(node.start_mark.line) + 1
