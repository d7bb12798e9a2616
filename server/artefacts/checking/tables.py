"""Lists and tables of Markdown, and values in brackets, as lists and mappings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml

BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+(.*)$")
ITEM = re.compile(r"^(?:\*\*|__)?([^*:]{1,60}?)\s?(?::(?:\*\*|__)|(?:\*\*|__)\s?:|:)\s+(\S.*)$")


def read_value(text: str, kind: str) -> Any:  # noqa: ANN401 (a list, a mapping or a text)
    r"""The text of a section or block as a value of a field's type; a text that is no list stays a text.

    >>> read_value("- **Rows:** 12\n- **Rule:** a: b", "mapping"), read_value("| a | b |\n|---|---|\n| x | 1 |", "mapping")
    ({'rows': 12, 'rule': 'a: b'}, {'x': 1})
    """
    value = read_block(text) if kind in {"list", "mapping"} else text.strip()
    if kind != "mapping" or not isinstance(value, list) or not value:
        return value
    if all(isinstance(row, dict) for row in value):
        rows = [list(row.items()) for row in value if row]
        return {str(row[0][1]): row[1][1] if len(row) == 2 else dict(row[1:]) for row in rows}
    labelled = [ITEM.match(str(item)) for item in value]
    return {key_of(m[1]): scalar(m[2]) for m in labelled if m} if all(labelled) else value


def read_block(text: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    r"""A table as list of mappings, YAML as what it is, bullets as list of texts, anything else as text.

    >>> read_block("| a | b |\n|---|---|\n| 1 | x |"), read_block("[5, 25]"), read_block("- one\n- two: x")
    ([{'a': 1, 'b': 'x'}], [5, 25], ['one', 'two: x'])
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and is_rule(lines[1]) and "|" in lines[0]:
        return list(read_table(lines))
    bullets = list(read_bullets(lines)) if lines and BULLET.match(lines[0]) else []
    try:
        value = read_yaml(text)
    except BadDocument:
        value = None
    # "note: more" behind a bullet is a text; several keys are a mapping.
    if isinstance(value, dict) or (isinstance(value, list) and not (bullets and any(is_words(item) for item in value))):
        return value
    return bullets if bullets else text.strip()


def is_rule(line: str) -> bool:
    """Whether a line is the rule below the headings of a table."""
    return "--" in line and set(line) <= set("|:- \t")


def is_words(item: Any) -> bool:  # noqa: ANN401
    """Whether an item of a list is a text, also one with a colon."""
    return isinstance(item, str) or (isinstance(item, dict) and len(item) == 1)


def key_of(label: str) -> str:
    """A label as the key of a mapping."""
    return re.sub(r"[\s-]+", "_", label.strip().lower())


def read_bullets(lines: list[str]) -> Iterator[str]:
    """The items of a list; a line without a sign goes on with the item before it."""
    item = ""
    for line in lines:
        found = BULLET.match(line)
        if found and item:
            yield item
        if found:
            item = found[1].strip()
        elif item:
            item += f" {line.strip()}"
    if item:
        yield item


def read_table(lines: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of a Markdown table by their headings."""
    heads = [key_of(head) for head in cells(lines[0])]
    for line in lines[2:]:
        if "|" in line:
            yield {head: scalar(cell) for head, cell in zip(heads, cells(line), strict=False)}


def cells(line: str) -> list[str]:
    """The cells of one row."""
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def scalar(text: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    """A cell as number, boolean or list where it is one, else as text."""
    try:
        value = read_yaml(text)
    except BadDocument:
        return text
    return value if isinstance(value, bool | int | float) or (isinstance(value, list) and value) else text
