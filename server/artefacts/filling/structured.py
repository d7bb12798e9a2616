"""YAML, JSON and TOML-like settings into leaves with dotted keys and exact offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from mlplaybook.server.artefacts.filling.records import InputText, Leaf

# A config of a project has dozens of values. What has more is data, and an alias that repeats one is not followed twice.
MOST_LEAVES = 4000
DEEPEST = 24
LONGEST = 400_000
SECTION = re.compile(r"\s*\[+\s*(?P<name>[\w.\-\"' ]+?)\s*\]+\s*(?:[#;].*)?$")
SETTING = re.compile(r"\s*(?:export\s+)?(?P<key>[\w.\-\"']+)\s*=\s*(?P<value>\S.*?)\s*$")
TRAILING_COMMENT = re.compile(r"\s+[#;].*$")


class NotStructured(ValueError):
    """The text is no YAML, JSON or settings file that can be flattened."""


def read_structured(given: InputText) -> tuple[Leaf, ...]:
    r"""Every scalar, and every list of scalars, with its path; raises NotStructured.

    >>> [(leaf.dotted, leaf.value) for leaf in read_structured(InputText("c.yaml", "model:\n  lr: 0.1\n  tags: [a, b]\n"))]
    [('model.lr', 0.1), ('model.tags', ['a', 'b'])]
    """
    if len(given.text) > LONGEST:
        raise NotStructured(f"longer than {LONGEST} characters")
    try:
        root = yaml.compose(given.text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NotStructured(str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise NotStructured("nested too deeply") from error
    if root is None or not (isinstance(root, yaml.MappingNode) or holds_mappings(root)):
        raise NotStructured("no mapping")
    leaves: list[Leaf] = []
    for leaf in walk(given, root, (), root.start_mark.index, 0, set()):
        leaves.append(leaf)
        if len(leaves) >= MOST_LEAVES:
            break
    return tuple(leaves)


def holds_mappings(root: yaml.Node) -> bool:
    """Whether a list has a mapping in it."""
    return isinstance(root, yaml.SequenceNode) and any(isinstance(item, yaml.MappingNode) for item in root.value)


def walk(
    given: InputText, node: yaml.Node, path: tuple[str, ...], key_start: int, depth: int, seen: set[int]
) -> Iterator[Leaf]:
    """The leaves below a node; a node that an alias repeats is read once."""
    if id(node) in seen or depth > DEEPEST:
        return
    if isinstance(node, yaml.ScalarNode):
        yield create_leaf(given, node, path, key_start, scalar(node))
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield from walk(given, value, (*path, str(key.value)), key.start_mark.index, depth + 1, seen)
    elif isinstance(node, yaml.SequenceNode):
        if all(isinstance(item, yaml.ScalarNode) for item in node.value):
            yield create_leaf(given, node, path, key_start, [scalar(item) for item in node.value])
            return
        for number, item in enumerate(node.value):
            yield from walk(given, item, (*path, str(number)), item.start_mark.index, depth + 1, seen)


def create_leaf(given: InputText, node: yaml.Node, path: tuple[str, ...], key_start: int, value: Any) -> Leaf:  # noqa: ANN401
    """A leaf with the space after a block collection cut off."""
    words = given.text[node.start_mark.index : node.end_mark.index]
    end = node.start_mark.index + len(words.rstrip())
    return Leaf(given.source, path, value, key_start, node.start_mark.index, end)


def scalar(node: yaml.Node) -> Any:  # noqa: ANN401 (YAML holds anything)
    """A scalar as Python reads it: dates and version numbers stay as they were written."""
    words = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "null":
        return None
    if kind == "bool":
        return words.lower() in {"true", "yes", "on"}
    if kind == "int" and re.fullmatch(r"[+-]?(?:0|[1-9]\d*)", words):
        return int(words)
    if kind == "float" or (kind == "str" and re.fullmatch(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+", words)):
        try:
            return float(words)
        except ValueError:
            return words
    return words


def read_settings(given: InputText) -> tuple[Leaf, ...]:
    """The leaves of an INI, TOML or .env file, line by line; raises NotStructured when most lines are something else."""
    leaves: list[Leaf] = []
    section: tuple[str, ...] = ()
    position = others = 0
    for line in given.text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        if match := SECTION.match(words):
            section = tuple(match["name"].strip("\"' ").split("."))
        elif match := SETTING.match(words):
            leaves.append(create_setting(given, section, match, position))
        elif words.strip() and not words.lstrip().startswith(("#", ";", "]", "}")):
            others += 1
        position += len(line)
    if others > len(leaves):
        raise NotStructured("most lines are no settings")
    return tuple(leaves)


def create_setting(given: InputText, section: tuple[str, ...], match: re.Match[str], position: int) -> Leaf:
    """One `key = value` line as a leaf."""
    words = match["value"]
    if not words.startswith(("'", '"')):
        words = TRAILING_COMMENT.sub("", words)
    start = position + match.start("value")
    key = tuple(match["key"].strip("\"'").split("."))
    try:
        node = yaml.compose(words, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        node = None
    value: Any = words.strip("\"'")
    if isinstance(node, yaml.ScalarNode):
        value = scalar(node)
    elif isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        value = [scalar(item) for item in node.value]
    return Leaf(given.source, (*section, *key), value, position + match.start("key"), start, start + len(words))
