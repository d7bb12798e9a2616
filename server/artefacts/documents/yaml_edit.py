"""Values and comments of a YAML document replaced in place; every other character stays as a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.read_back import find_pair, held_in, span_of
from mlplaybook.server.artefacts.documents.safe_yaml import compose_yaml, plain
from mlplaybook.server.artefacts.documents.to_yaml import comment_lines
from mlplaybook.server.artefacts.documents.tree import fingerprint, nest
from mlplaybook.server.artefacts.documents.yaml_text import to_yaml_text
from mlplaybook.server.artefacts.records import Template

# The comments that are ours: a status first, later lines set in.
OURS = re.compile(r"\s*# (?:(?:filled|assumed|edited|kept) ·|(?:missing|invalid|conflict)(?: \(optional\))?:)")
GOES_ON = re.compile(r"\s*#   \S")
COMMENT = re.compile(r"(?:^|[ \t])(#.*)$")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a field: its value where `replace`, its comment ("" leaves the comment as it is)."""

    value: Any
    comment: str
    replace: bool


def edit_yaml(text: str, template: Template, changes: Mapping[str, Change]) -> str:
    """The document with the changes; fields that it does not have are added below their parents.

    :raises BadDocument: it cannot be read, or it is written in a way in which the changes would touch something else.
    """
    root = compose_yaml(text, "the document")
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise BadDocument("The document is no mapping of fields.", "Replace it with --force, or write to another file.")
    pairs = {name: find_pair(root, name) if root is not None else None for name in changes}
    present = sorted(
        ((pair, name) for name, pair in pairs.items() if pair), key=lambda e: e[0][0].start_mark.index, reverse=True
    )
    edited = text
    for (key, value), name in present:
        edited = edit_pair(edited, key, value, changes[name])
    for name in (name for name, pair in pairs.items() if pair is None):
        edited = add_field(edited, name, changes[name])
    check_edit(edited, template, changes, text)
    return edited


def edit_pair(text: str, key: yaml.Node, value: yaml.Node, change: Change) -> str:
    """One key with its value and the comment above; positions before the key stay."""
    begin = int(key.start_mark.index)
    line = text.rfind("\n", 0, begin) + 1
    own_line = not text[line:begin].strip()
    kept = ""
    if change.replace:
        start, end = span_of(value, text)
        margin = " " * (begin - line)
        behind = re.match(r"[ \t]+(#[^\n]*)", text[end:])
        kept = "".join(f"{margin}{comment}\n" for comment in comments_in(text[start:end], key, value))
        new = to_yaml_text({str(key.value): change.value}, begin - line).strip("\n").lstrip(" ")
        if not own_line:
            new = f"{text[begin : key.end_mark.index]}: {flow(change.value)}"
        elif behind:
            kept += f"{margin}{behind[1].strip()}\n"
            end += behind.end()
        text = text[:begin] + new + text[end:]
    if own_line and (change.comment or kept):
        above, top = own_comment(text, line)
        mine = comment_lines(change.comment, begin - line) if change.comment else above[1]
        text = text[:top] + above[0] + mine + kept + text[line:]
    return text


def comments_in(words: str, key: yaml.Node, value: yaml.Node) -> list[str]:
    """The comments that a person put inside a list or mapping: those of lines that are not as we write them."""
    if not isinstance(value, yaml.CollectionNode) or value.flow_style:
        return []
    ours = {line.strip() for line in to_yaml_text({key.value: plain(value, "the document")}).splitlines()}
    others = [line for line in words.splitlines() if line.strip() not in ours]
    return [match[1].strip() for line in others if (match := COMMENT.search(line))]


def flow(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value within a line."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True).removesuffix("...\n").strip()


def own_comment(text: str, line: int) -> tuple[tuple[str, str], int]:
    """The comment block right above a line as (a person's lines, ours), and where it begins."""
    lines = text[:line].splitlines(keepends=True)
    top = len(lines)
    while top and lines[top - 1].lstrip().startswith("#"):
        top -= 1
    theirs: list[str] = []
    ours: list[str] = []
    going = False
    for row in lines[top:]:
        going = bool(OURS.match(row)) or (going and bool(GOES_ON.match(row)))
        (ours if going else theirs).append(row)
    return ("".join(theirs), "".join(ours)), sum(map(len, lines[:top]))


def add_field(text: str, name: str, change: Change) -> str:
    """A field that the document does not have, below the innermost of its parents that is there, or at the end."""
    parts = name.split(".")
    root = compose_yaml(text, "the document")
    for depth in range(len(parts) - 1, 0, -1):
        pair = find_pair(root, ".".join(parts[:depth])) if root is not None else None
        if pair and isinstance(pair[1], yaml.MappingNode) and not pair[1].flow_style and pair[1].value:
            first = pair[1].value[0][0]
            indent, (_, end) = int(first.start_mark.column), span_of(pair[1], text)
            return insert(text, end, parts[depth:], change, indent)
    return insert(text, len(text.rstrip("\n")), parts, change, 0)


def insert(text: str, end: int, parts: list[str], change: Change, indent: int) -> str:
    """New lines after the line in which `end` is."""
    end = text.find("\n", end) if text.find("\n", end) >= 0 else len(text)
    new = to_yaml_text(nest({".".join(parts): change.value}), indent).rstrip("\n")
    comment = comment_lines(change.comment, indent) if change.comment else ""
    break_ = "\n" if text[:end].strip() else ""
    return f"{text[:end]}{break_}{comment}{new}{text[end:] or chr(10)}"


def check_edit(edited: str, template: Template, changes: Mapping[str, Change], before: str) -> None:
    """Raise BadDocument unless exactly the changed fields have changed."""
    remedy = "Write to another file with -o, or replace this one with --force."
    old = compose_yaml(before, "the document")
    held = {} if old is None else {name: entry.value for name, entry in held_in(old, template, before).items()}
    try:
        root = compose_yaml(edited, "the document")
        now = {} if root is None else {name: entry.value for name, entry in held_in(root, template, edited).items()}
    except BadDocument as error:
        raise BadDocument("The document is written in a way that cannot be filled in place.", remedy) from error
    wanted = {**held, **{name: change.value for name, change in changes.items() if change.replace or name not in held}}
    if {n: fingerprint(v) for n, v in now.items()} != {n: fingerprint(v) for n, v in wanted.items()}:
        raise BadDocument("The document is written in a way that cannot be filled in place.", remedy)
