"""Members set in and taken out of a JSON text; comments, order, indentation and line ends of everything else stay."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

from mlplaybook.server.agents.setup.jsonc import BadJson, Member, Node, comments, read_jsonc

INDENT = "  "


def set_value(text: str, path: Sequence[str], value: Any) -> str:  # noqa: ANN401 (JSON)
    """The text with this value at this path; objects on the way are made where they are missing.

    :raises BadJson: the text is no JSON, something on the way is no object, or the result would not be what was meant.

    >>> set_value('{"servers": {}} // mine', ["servers", "a"], 1)
    '{"servers": {"a": 1}} // mine'
    """
    root = read_jsonc(text)
    expected = with_value(root.value, path, value)
    if root.start == root.end:
        return checked(text + json.dumps(expected, indent=len(INDENT), ensure_ascii=False) + "\n", expected)
    node = root
    for depth, name in enumerate(path):
        if not isinstance(node.value, dict):
            raise no_object(path[:depth])
        member = node.member(name)
        if member is None:
            inner = with_value({}, path[depth + 1 :], value) if path[depth + 1 :] else value
            return checked(insert(text, node, name, inner), expected)
        node = member.node
    if node.value == value:
        return text
    return checked(text[: node.start] + shown(text, value, indent_at(text, node.start)) + text[node.end :], expected)


def remove_value(text: str, path: Sequence[str]) -> str:
    """The text without the member at this path; the same text where there is none.

    :raises BadJson: the text is no JSON, or the result would not be what was meant.

    >>> remove_value('{"a": 1, "b": 2}', ["b"])
    '{"a": 1}'
    """
    root = read_jsonc(text)
    node = root
    for name in path[:-1]:
        member = node.member(name)
        if member is None:
            return text
        node = member.node
    member = node.member(path[-1])
    if member is None:
        return text
    expected = copy.deepcopy(root.value)
    holder = expected
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    return checked(cut(text, node, member), expected)


def with_value(data: Any, path: Sequence[str], value: Any) -> Any:  # noqa: ANN401 (JSON)
    """A copy of the data with this value at this path."""
    if not path:
        return value
    if not isinstance(data, dict):
        raise no_object(path[:0])
    return {**data, path[0]: with_value(data.get(path[0], {}), path[1:], value)}


def no_object(path: Sequence[str]) -> BadJson:
    """Something on the way holds no members."""
    return BadJson(f"{'.'.join(path) or 'what it holds'} is no object")


def checked(after: str, expected: Any) -> str:  # noqa: ANN401 (JSON)
    """The text if it reads as it should: a person's file is not left to hope."""
    if read_jsonc(after).value != expected:
        raise BadJson("it is written in a form that cannot be changed safely")
    return after


def insert(text: str, node: Node, name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    """The text with one more member at the end of an object."""
    close = node.end - 1
    if not node.members:
        return fill_empty(text, node, name, value)
    last = node.members[-1]
    if "\n" not in text[node.start : close]:
        comma = "" if last.comma >= 0 else ","
        at = last.comma + 1 if last.comma >= 0 else last.node.end
        return f"{text[:at]}{comma} {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}{text[at:]}"
    indent = indent_at(text, last.start)
    if "\n" not in text[node.start : node.members[0].start]:
        indent = indent_at(text, node.start) + unit(text)
    member = f"{line_end(text)}{indent}{json.dumps(name)}: {shown(text, value, indent)}"
    # A comment behind the last value on its line stays beside it.
    value_end = last.comma + 1 if last.comma >= 0 else last.node.end
    at = behind_comments(text, value_end, close)
    tail = text[at:close]
    if "\n" not in tail:
        tail = line_end(text) + indent_at(text, node.start)
    comma = "" if last.comma >= 0 else ","
    return text[: last.node.end] + comma + text[last.node.end : at] + member + tail + text[close:]


def fill_empty(text: str, node: Node, name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    """The text with a first member in an object that has none, behind the comments it has."""
    close = node.end - 1
    if flat(text) and not text[node.start + 1 : close].strip():
        return f"{text[: node.start + 1]}{json.dumps(name)}: {shown(text, value, '')}{text[close:]}"
    outer = indent_at(text, node.start)
    indent = outer + unit(text)
    end = line_end(text)
    at = max((stop for _, stop in comments(text, node.start + 1, close)), default=node.start + 1)
    return f"{text[:at]}{end}{indent}{json.dumps(name)}: {shown(text, value, indent)}{end}{outer}{text[close:]}"


def behind_comments(text: str, start: int, close: int) -> int:
    """The end of the comments that stand on the same line as `start`."""
    stop = text.find("\n", start, close)
    at = start
    for begin, end in comments(text, start, close):
        if stop >= 0 and begin > stop:
            break
        at = end
    return at


def cut(text: str, node: Node, member: Member) -> str:
    """The text without a member of an object, and without a comma too many."""
    index = node.members.index(member)
    start = member.start
    end = member.comma + 1 if member.comma >= 0 else member.node.end
    line = text.rfind("\n", 0, start) + 1
    alone = not text[line:start].strip() and line > node.start
    rest = re.match(r"[ \t]*\r?(?=\n)", text[end:])
    if alone and rest:
        # Whole lines go, with the line end before them.
        start = line - 1 - (text[line - 2 : line - 1] == "\r")
        end += rest.end()
    elif index + 1 < len(node.members):
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    before = text[:start]
    if index and index + 1 == len(node.members) and member.comma < 0:
        comma = node.members[index - 1].comma
        before = text[:comma] + text[comma + 1 : start]
        if not (alone and rest):
            before = before.rstrip(" \t")
    after = before + text[end:]
    if len(node.members) == 1 and not (before + text[end : node.end])[node.start + 1 : -1].strip():
        return text[: node.start] + "{}" + text[node.end :]
    return after


def shown(text: str, value: Any, indent: str) -> str:  # noqa: ANN401 (JSON)
    """A value as it is written into this text, its later lines indented."""
    if flat(text):
        return json.dumps(value, ensure_ascii=False)
    lines = json.dumps(value, indent=unit(text), ensure_ascii=False).split("\n")
    return f"{line_end(text)}{indent}".join(lines)


def flat(text: str) -> bool:
    """Whether everything stands on one line, which then goes on; an empty object alone says nothing about that."""
    bare = text.strip(" \t\r\n\ufeff")
    return "\n" not in bare and bare != "{}"


def indent_at(text: str, at: int) -> str:
    """The white space that the line of this place begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def unit(text: str) -> str:
    """One step of indentation, as the first indented line has it."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found.group(1) if found else INDENT


def line_end(text: str) -> str:
    """How lines end here."""
    return "\r\n" if "\r\n" in text else "\n"
