"""JSON with comments and trailing commas, read with the place of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any

# What may stand between tokens; `#` and single quotes are JSON5's, which no agent needs.
BLANK = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
STRINGS = JSONDecoder()
WORDS = {"true": True, "false": False, "null": None}


class BadJson(ValueError):
    """The text is no JSON, with or without comments; says where."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the text it stands in, `text[start:end]`; `members` are those of an object, in order."""

    start: int
    end: int
    value: Any
    members: tuple[Member, ...] = ()

    def member(self, name: str) -> Member | None:
        """The member of that name; of several the last, which is the one that readers take."""
        return next((member for member in reversed(self.members) if member.name == name), None)


@dataclass(frozen=True, slots=True)
class Member:
    """A name at `start` with its value; `comma` is where the comma after it stands, or -1."""

    name: str
    start: int
    node: Node
    comma: int


def read_jsonc(text: str) -> Node:
    """The tree of a text; an empty one, or nothing but comments, reads as an empty object of no length at its end.

    :raises BadJson: with line and column.
    """
    start = skip(text, 0)
    if start == len(text):
        return Node(start, start, {})
    try:
        node = read_value(text, start)
    except RecursionError as error:
        raise BadJson("it is nested too deeply") from error
    end = skip(text, node.end)
    if end != len(text):
        raise bad(text, end, "the end of the text")
    return node


def skip(text: str, at: int) -> int:
    """Where the next token begins, behind white space and comments."""
    found = BLANK.match(text, at)
    assert found is not None
    return found.end()


def read_value(text: str, at: int) -> Node:
    """The value that begins here."""
    sign = text[at : at + 1]
    if sign == "{":
        return read_object(text, at)
    if sign == "[":
        return read_array(text, at)
    if sign == '"':
        value, end = read_string(text, at)
        return Node(at, end, value)
    found = PLAIN.match(text, at)
    if not found:
        raise bad(text, at, "a value")
    word = found.group()
    return Node(at, found.end(), WORDS[word] if word in WORDS else number(word))


def number(word: str) -> int | float:
    """A number as JSON reads it."""
    return float(word) if set(word) & set(".eE") else int(word)


def read_string(text: str, at: int) -> tuple[str, int]:
    """A string and where it ends."""
    try:
        value, end = STRINGS.raw_decode(text, at)
        return str(value), end
    except ValueError as error:
        raise bad(text, at, "a string that ends") from error


def read_object(text: str, at: int) -> Node:
    """An object with the places of its members."""
    members: list[Member] = []
    here = skip(text, at + 1)
    while text[here : here + 1] != "}":
        if members and members[-1].comma < 0:
            raise bad(text, here, "a comma or }")
        if text[here : here + 1] != '"':
            raise bad(text, here, 'a name in "quotes"')
        name, end = read_string(text, here)
        colon = skip(text, end)
        if text[colon : colon + 1] != ":":
            raise bad(text, colon, "a colon")
        node = read_value(text, skip(text, colon + 1))
        after = skip(text, node.end)
        comma = after if text[after : after + 1] == "," else -1
        members.append(Member(name, here, node, comma))
        here = skip(text, after + 1) if comma >= 0 else after
    return Node(at, here + 1, {member.name: member.node.value for member in members}, tuple(members))


def read_array(text: str, at: int) -> Node:
    """An array; the places of its items are of no use to anybody."""
    items: list[Any] = []
    here, comma = skip(text, at + 1), True
    while text[here : here + 1] != "]":
        if not comma:
            raise bad(text, here, "a comma or ]")
        node = read_value(text, here)
        items.append(node.value)
        after = skip(text, node.end)
        comma = text[after : after + 1] == ","
        here = skip(text, after + 1) if comma else after
    return Node(at, here + 1, items)


def bad(text: str, at: int, wanted: str) -> BadJson:
    """What was wanted, where, and what stands there."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    found = repr(text[at]) if at < len(text) else "the end"
    return BadJson(f"line {line}, column {column}: {wanted} was expected, not {found}")


def comments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where comments stand in a stretch of white space and comments."""
    for found in re.finditer(r"//[^\n]*|/\*.*?\*/", text[start:end], re.DOTALL):
        yield start + found.start(), start + found.end()
