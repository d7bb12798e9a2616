"""Tables set in and taken out of a TOML text; comments, order and line ends of everything else stay."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError


class BadToml(ValueError):
    """The text is no TOML, or cannot be changed safely."""


def read_toml(text: str) -> dict[str, Any]:
    """TOML as plain values.

    :raises BadToml: it is none.
    """
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadToml(str(error)) from error


def set_table(text: str, path: Sequence[str], values: Mapping[str, Any]) -> str:
    r"""The text with exactly these values in the table at this path, at its end where there was no such table.

    :raises BadToml: the text is no TOML, or has something else in the way.

    >>> print(set_table('model = "x"\n', ["servers", "a"], {"command": "b"}))
    model = "x"
    <BLANKLINE>
    [servers.a]
    command = "b"
    <BLANKLINE>
    """
    before = read_toml(text)
    holder: Any = before
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else None
    if holder == values:
        return text
    expected = with_table(before, path, values)
    if holder is None:
        end = "\r\n" if "\r\n" in text else "\n"
        gap = "" if not text.strip() else end if text.endswith("\n") else end * 2
        lines = [header(path), *(f"{name} = {item(value).as_string()}" for name, value in values.items())]
        after = text + gap + end.join(lines) + end
    else:
        after = with_values(text, path, values)
    return checked(after, expected)


def with_values(text: str, path: Sequence[str], values: Mapping[str, Any]) -> str:
    """The text with other values in a table that it has."""
    try:
        document = tomlkit.parse(text)
        table: Any = document
        for name in path:
            table = table[name]
        for name in [name for name in table if name not in values]:
            del table[name]
        for name, value in values.items():
            if name not in table or tomlkit.item(table[name]).unwrap() != value:
                table[name] = item(value)
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError, KeyError, TypeError) as error:
        raise BadToml(f"it cannot be changed: {error}") from error


def item(value: Any) -> Any:  # noqa: ANN401 (TOML)
    """A value as it is written behind `name =`; a mapping on one line."""
    if not isinstance(value, Mapping):
        return tomlkit.item(value)
    table = tomlkit.inline_table()
    table.update(value)
    return table


def remove_table(text: str, path: Sequence[str]) -> str:
    """The text without the table at this path and those within it; the same text where there is none.

    :raises BadToml: the text is no TOML, or writes the table in a form that cannot be taken out safely.
    """
    before = read_toml(text)
    expected = copy.deepcopy(before)
    holder: Any = expected
    for name in path[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or path[-1] not in holder:
        return text
    del holder[path[-1]]
    if not holder and len(path) > 1:
        # `[servers.a]` made `servers`; without it there is none, unless a header of its own says so.
        bare = copy.deepcopy(before)
        del bare[path[0]]
        after = without_lines(text, path)
        if read_toml(after) == bare:
            return after
    return checked(without_lines(text, path), expected)


def without_lines(text: str, path: Sequence[str]) -> str:
    """The text without the lines of a table; comments and blank lines behind its last value belong to what follows."""
    name = re.escape(path[-1])
    outer = r"\s*\.\s*".join(re.escape(part) for part in path[:-1])
    ours = re.compile(rf"\s*\[\s*{outer}\s*\.\s*(?:{name}|\"{name}\"|'{name}')\s*(?:\.[^\]]*)?\]\s*(?:#.*)?$")
    kept: list[str] = []
    block: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if re.match(r"\s*\[{1,2}\s*[\w\"'-]", line):
            kept += tail(block)
            block, inside = [], bool(ours.match(line.rstrip("\r\n")))
        (block if inside else kept).append(line)
    rest = kept + tail(block)
    # The blank line before the table goes with it where nothing follows.
    while block and rest and not rest[-1].strip():
        rest.pop()
    return "".join(rest)


def tail(block: list[str]) -> list[str]:
    """Comments at the end of a table's lines, with the blank lines among them but not those before them."""
    last = max((n for n, line in enumerate(block) if line.strip() and not line.lstrip().startswith("#")), default=-1)
    rest = block[last + 1 :]
    while rest and not rest[0].strip():
        rest.pop(0)
    return rest


def with_table(data: Mapping[str, Any], path: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the data with this table."""
    inner = data.get(path[0], {})
    if not isinstance(inner, dict):
        raise BadToml(f"{path[0]} is no table")
    return {**data, path[0]: with_table(inner, path[1:], values) if path[1:] else dict(values)}


def header(path: Sequence[str]) -> str:
    """`[a.b]`, quoted where a name needs it."""
    return f"[{'.'.join(name if re.fullmatch(r'[A-Za-z0-9_-]+', name) else json.dumps(name) for name in path)}]"


def checked(after: str, expected: Any) -> str:  # noqa: ANN401 (TOML)
    """The text if it reads as it should: a person's file is not left to hope."""
    if read_toml(after) != expected:
        raise BadToml("it is written in a form that cannot be changed safely")
    return after
