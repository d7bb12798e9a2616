"""The arguments of tools: one description makes their schema, and reads what models send, however they call it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "number", "list", "mapping", "quotes"]
# What models put around arguments.
WRAPPERS = frozenset({"arguments", "args", "kwargs", "params", "parameters", "input", "tool_input", "request"})
# In errors; the whole argument may be a document.
LONGEST_SHOWN = 60
SEPARATOR = re.compile(r"\s*[,;\n]\s*")
PAIR = re.compile(r"\s*([\w.#/ -]+?)\s*[=:]\s*(.+?)\s*", re.DOTALL)


class BadArgument(ValueError):
    """An argument that is missing or cannot be used; the message says what to send instead."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `aliases` are names that models use for it, in snake case. A number lies within its bounds or is moved there.

    `takes_rest` is a mapping into which arguments that the tool does not have are put, since models leave out a level.
    """

    name: str
    kind: Kind
    meaning: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    minimum: int = 0
    maximum: int = 0
    allowed: tuple[str, ...] = ()
    takes_rest: bool = False
    example: Any = None


Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """Every argument of a tool with its value, and what was not understood of what came."""

    values: dict[str, Any]
    notes: tuple[str, ...] = ()


def read_arguments(tool: str, wanted: Sequence[Argument], sent: Mapping[str, Any]) -> Read:
    """What a tool was called with; names and forms that are meant are taken, the rest is noted.

    :raises BadArgument: something is missing or cannot be used.
    """
    known = {name: one for one in wanted for name in (one.name, *one.aliases)}
    plain = unwrap(sent, {snake(name) for name in known})
    plain = {str(clean(key)): clean(value) for key, value in plain.items()}
    found: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in plain.items():
        argument = known.get(snake(key))
        if argument is None:
            rest[key] = value
        elif value is not None and (argument.name not in found or snake(key) == argument.name):
            found[argument.name] = read_value(tool, argument, value)
    holder = next((one for one in wanted if one.takes_rest), None)
    if holder is not None and rest:
        found[holder.name] = {**rest, **(found.get(holder.name) or {})}
        rest = {}
    for argument in wanted:
        if argument.required and found.get(argument.name) in (None, "", [], {}):
            raise BadArgument(missing(tool, argument))
    values = {one.name: found.get(one.name, default_of(one)) for one in wanted}
    return Read(values, (ignored(tool, rest, wanted),) if rest else ())


def unwrap(sent: Mapping[str, Any], known: set[str]) -> Mapping[str, Any]:
    """The arguments without a level that models put around them."""
    inner: Mapping[str, Any] = sent
    while isinstance(inner, Mapping) and len(inner) == 1:
        key, value = next(iter(inner.items()))
        if snake(key) not in WRAPPERS or snake(key) in known:
            break
        unpacked = from_json(value) if isinstance(value, str) else value
        if not isinstance(unpacked, Mapping):
            break
        inner = unpacked
    return inner


def clean(value: Any) -> Any:  # noqa: ANN401 (JSON holds anything)
    """A value that can be written again: no halves of characters, and numbers that are none as words."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(clean(str(key))): clean(inner) for key, inner in value.items()}
    return [clean(inner) for inner in value] if isinstance(value, list) else value


def snake(name: str) -> str:
    """A name in snake case.

    >>> snake("userQuery"), snake("max-tokens"), snake("topK")
    ('user_query', 'max_tokens', 'top_k')
    """
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(name)).replace("-", "_").replace(" ", "_").lower()


def default_of(argument: Argument) -> Any:  # noqa: ANN401 (as many types as kinds)
    """The value of an argument that was not sent."""
    if argument.default is not None:
        return argument.default
    return {"text": "", "number": 0, "list": [], "mapping": {}, "quotes": []}[argument.kind]


def missing(tool: str, argument: Argument) -> str:
    """What to say where a required argument is not there."""
    call = json.dumps({argument.name: argument.example}, ensure_ascii=False)
    return f'{tool} needs "{argument.name}": {argument.meaning} Call it again, for example with {call}.'


def ignored(tool: str, rest: Mapping[str, Any], wanted: Sequence[Argument]) -> str:
    """A note on arguments that a tool does not have."""
    names = ", ".join(str(name)[:LONGEST_SHOWN] for name in list(rest)[:5])
    return f"{tool} has no argument {names}; it takes {', '.join(one.name for one in wanted)}."


def read_value(tool: str, argument: Argument, value: Any) -> Any:  # noqa: ANN401 (JSON holds anything)
    """A value in its argument's form; raises BadArgument."""
    read = {
        "text": read_text, "number": read_number, "list": read_list, "mapping": read_mapping, "quotes": read_quotes
    }[argument.kind](argument, value)  # fmt: skip
    if read is None:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."
        example = json.dumps({argument.name: argument.example}, ensure_ascii=False)
        raise BadArgument(f'{tool}: "{argument.name}" cannot be {shown}. {argument.meaning} For example {example}.')
    return read


def read_text(argument: Argument, value: Any) -> str | None:  # noqa: ANN401
    """Words; a list of them is joined, and one of few is found however it is written."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if not argument.allowed or not text.strip():
        return text
    wanted = snake(text.strip())
    return next((one for one in argument.allowed if snake(one) == wanted), None)


def read_number(argument: Argument, value: Any) -> int | None:  # noqa: ANN401
    """A whole number within its bounds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = int(float(str(value).strip().replace(",", "").replace("_", "")))
    except (ValueError, OverflowError):
        return None
    return max(argument.minimum, min(number, argument.maximum))


def read_list(argument: Argument, value: Any) -> list[str] | None:  # noqa: ANN401
    """Words; a text is a list in JSON, or its parts between commas."""
    if isinstance(value, str):
        parsed = from_json(value)
        value = parsed if isinstance(parsed, list) else [part for part in SEPARATOR.split(value.strip()) if part]
    if not isinstance(value, list) or not all(isinstance(part, str | int | float) for part in value):
        return None
    return [str(part) for part in value]


def read_mapping(argument: Argument, value: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Names with values: an object, its JSON, a list of {name, value} or of `name=value`, or lines of `name: value`."""
    if isinstance(value, str):
        parsed = from_json(value)
        value = parsed if isinstance(parsed, dict | list) else [part for part in value.split("\n") if part.strip()]
        if isinstance(value, list) and len(value) == 1 and str(value[0]).count("=") > 1:
            value = SEPARATOR.split(value[0])
    if isinstance(value, dict):
        return {str(key): inner for key, inner in value.items()}
    pairs = [pair_of(part) for part in value] if isinstance(value, list) else [None]
    return None if None in pairs else dict(pair for pair in pairs if pair)


def pair_of(part: Any) -> tuple[str, Any] | None:  # noqa: ANN401
    """A name and its value."""
    if isinstance(part, dict):
        keys = {snake(key): key for key in part}
        name = next((keys[key] for key in ("name", "key", "field", "input", "dimension") if key in keys), None)
        value = next((keys[key] for key in ("value", "score", "answer", "rating") if key in keys), None)
        return (str(part[name]), part[value]) if name and value else None
    match = PAIR.fullmatch(part) if isinstance(part, str) else None
    return (match[1], match[2]) if match else None


def read_quotes(argument: Argument, value: Any) -> list[dict[str, str]] | None:  # noqa: ANN401
    """Quotes with the sections they are said to stand in."""
    if isinstance(value, str):
        parsed = from_json(value)
        value = parsed if isinstance(parsed, list | dict) else [value]
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return None
    read = [quote_of(part) for part in value]
    return None if None in read else [one for one in read if one is not None]


def quote_of(part: Any) -> dict[str, str] | None:  # noqa: ANN401
    """One quote."""
    if isinstance(part, str):
        return {"quote": part, "section": ""}
    if not isinstance(part, dict):
        return None
    keys = {snake(key): inner for key, inner in part.items()}
    quote = next((keys[key] for key in ("quote", "text", "words", "content") if key in keys), "")
    section = next(
        (keys[key] for key in ("section", "uri", "source", "id", "page", "document", "ref") if keys.get(key)), ""
    )
    return {"quote": quote, "section": section} if isinstance(quote, str) and isinstance(section, str) else None


def from_json(text: str) -> Any:  # noqa: ANN401
    """The value that a text writes in JSON, None for another text."""
    if text.strip()[:1] not in {"{", "["}:
        return None
    try:
        return clean(json.loads(text))
    except (ValueError, RecursionError):
        return None


TYPES: Mapping[Kind, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
    "mapping": {"type": "object"},
    "quotes": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"quote": {"type": "string"}, "section": {"type": "string"}},
            "required": ["quote"],
        },
    },
}


def schema_of(wanted: Sequence[Argument]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments: no unions, no titles; limits stand in the words, which every client shows."""
    properties = {}
    for one in wanted:
        properties[one.name] = {**TYPES[one.kind], "description": one.meaning}
        if one.allowed:
            properties[one.name]["enum"] = list(one.allowed)
        if one.default is not None:
            properties[one.name]["default"] = one.default
    required = [one.name for one in wanted if one.required]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})
