"""Answers as bytes and back, without loss: the form is that of `--json`, read by the dataclasses' own annotations."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union

from mlplaybook.server.answers.records import Answer

Record = TypeVar("Record")


def encode_answer(answer: Answer) -> bytes:
    """UTF-8 JSON of the whole record."""
    text = json.dumps(dataclasses.asdict(answer), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decode_answer(content: bytes) -> Answer:
    """The record that was encoded; raises ValueError for bytes that are not one of this version."""
    try:
        return read_record(Answer, json.loads(content))
    except RecursionError as error:
        msg = "the record is nested too deep"
        raise ValueError(msg) from error


def read_record(kind: type[Record], value: object, *, lenient: bool = False) -> Record:
    """A dataclass from its JSON form.

    :param lenient: whether fields that the dataclass does not have are passed over, as in the record of another version.
    :raises ValueError: a field is missing, unknown or of another type; the message names it.
    """
    if not isinstance(value, dict):
        raise mismatch(kind.__name__, value)
    annotations = annotations_of(typing.cast("Any", kind))
    strange = [name for name in value if name not in annotations]
    if strange and not lenient:
        msg = f"{kind.__name__} has no field {', '.join(map(str, strange))}"
        raise ValueError(msg)
    given = {
        name: read_value(annotation, value[name], f"{kind.__name__}.{name}", lenient=lenient)
        for name, annotation in annotations.items()
        if name in value
    }
    try:
        return kind(**given)
    except TypeError as error:
        msg = f"{kind.__name__}: {error}"
        raise ValueError(msg) from error


@functools.cache
def annotations_of(kind: type[Any]) -> dict[str, Any]:
    """The fields of a dataclass with their types."""
    hints = typing.get_type_hints(kind)
    return {entry.name: hints[entry.name] for entry in dataclasses.fields(kind)}


def read_value(annotation: Any, value: object, name: str, *, lenient: bool) -> Any:  # noqa: ANN401 (any type)
    """A value of the annotated type; raises ValueError naming it."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if dataclasses.is_dataclass(annotation):
        return read_record(typing.cast("type[Any]", annotation), value, lenient=lenient)
    if origin in {Union, types.UnionType}:
        return read_choice(inner, value, name, lenient=lenient)
    if origin is Literal:
        if value in inner:
            return value
        raise mismatch(name, value)
    if origin is tuple:
        return read_tuple(inner, value, name, lenient=lenient)
    if origin in {dict, Mapping}:
        if not isinstance(value, dict):
            raise mismatch(name, value)
        return {key: read_value(inner[1], held, f"{name}[{key}]", lenient=lenient) for key, held in value.items()}
    return read_scalar(annotation, value, name)


def read_choice(choices: tuple[Any, ...], value: object, name: str, *, lenient: bool) -> Any:  # noqa: ANN401 (any type)
    """A value of the first of several types that it has."""
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        if choice is not type(None):
            try:
                return read_value(choice, value, name, lenient=lenient)
            except ValueError:
                continue
    raise mismatch(name, value)


def read_tuple(inner: tuple[Any, ...], value: object, name: str, *, lenient: bool) -> tuple[Any, ...]:
    """A tuple from a JSON list: of one type throughout, or of one type a place."""
    if not isinstance(value, list) or (inner[-1] is not Ellipsis and len(inner) != len(value)):
        raise mismatch(name, value)
    kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
    return tuple(
        read_value(kind, held, f"{name}[{place}]", lenient=lenient)
        for place, (kind, held) in enumerate(zip(kinds, value, strict=True))
    )


def read_scalar(annotation: Any, value: object, name: str) -> object:  # noqa: ANN401 (any type)
    """A word, number or truth value as it stands: a whole number may be a float, a truth value no number."""
    fits = value.__class__ in (int, float) if annotation is float else value.__class__ is annotation
    if annotation is Any or annotation is object or fits:
        return value
    raise mismatch(name, value)


def mismatch(name: str, value: object) -> ValueError:
    """The error for a value of another type."""
    return ValueError(f"{name} cannot be {str(value)[:40]!r}")
