"""Values as YAML that is pleasant to read and that every parser reads the same way."""

from __future__ import annotations

import re
from typing import Any

import yaml

WIDTH = 110
LONGEST_FLOW = 96
LONGEST_PLAIN = 96
# Texts that a YAML 1.2 reader takes for numbers and PyYAML, which follows 1.1, does not quote: 1e5, 0o17, 1_000, 08.
NUMBER_LIKE = re.compile(
    r"[-+.]?\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?|0[ox][\da-fA-F_]+|[-+]?\.(?:inf|nan)", re.IGNORECASE
)
# What no block can hold: control characters, line breaks of other kinds, space at either end or before a line break.
UNUSUAL = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\A\s|\s\Z| \n"
)


class Dumper(yaml.SafeDumper):
    """SafeDumper whose lists are indented below their key and that repeats equal values instead of linking them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never `indentless`: `- item` stands two columns right of its key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401
        """No anchors."""
        return True


def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A text in the style it reads best in: blocks for several lines and for long ones, quotes where it looks like a number."""
    style = None
    if UNUSUAL.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif len(text) > LONGEST_PLAIN and "  " not in text:
        style = ">"
    elif NUMBER_LIKE.fullmatch(text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


Dumper.add_representer(str, represent_text)
Dumper.add_representer(tuple, lambda dumper, value: dumper.represent_list(value))


def to_yaml_text(value: Any, indent: int = 0, *, width: int = WIDTH) -> str:  # noqa: ANN401 (a field holds any value)
    """A mapping, list or scalar as YAML lines, each moved right by `indent` columns; ends with a line break."""
    holder = Holder("", Dumper, width - indent)
    node = holder.dumper.represent_data(value)
    set_flow(node)
    holder.dumper.open()
    holder.dumper.serialize(node)
    holder.dumper.close()
    text = holder.text.removesuffix("...\n")
    return "".join(" " * indent + line if line.strip() else line for line in text.splitlines(keepends=True))


class Holder:
    """The stream that a dumper writes into."""

    def __init__(self, text: str, dumper: type[Dumper], width: int) -> None:
        self.text = text
        self.dumper = dumper(self, width=width, allow_unicode=True, sort_keys=False)

    def write(self, part: str) -> None:
        """Takes what the dumper has."""
        self.text += part


def set_flow(node: yaml.Node, depth: int = 0) -> int:
    """Short inner collections in one line, all others in blocks; the length of the node written in one line.

    What is in one line cannot hold a block, so texts in it lose their block style.
    """
    if not isinstance(node, yaml.CollectionNode):
        return len(node.value) + 2
    pairs = node.value if isinstance(node, yaml.MappingNode) else [(part,) for part in node.value]
    parts = [part for pair in pairs for part in pair]
    length = sum(set_flow(part, depth + 1) for part in parts) + 2
    texts = [part for part in parts if isinstance(part, yaml.ScalarNode) and " " in part.value]
    sentences = isinstance(node, yaml.SequenceNode) and bool(texts)
    blocks = any(isinstance(part, yaml.ScalarNode) and part.style in {"|", ">"} for part in parts)
    inner = any(isinstance(part, yaml.MappingNode) or getattr(part, "flow_style", True) is False for part in parts)
    node.flow_style = not parts or (depth > 0 and length <= LONGEST_FLOW and not (sentences or blocks or inner))
    return length
