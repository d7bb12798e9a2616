"""The records of artefacts: what a template asks for, what became of each field, what a check or a decision found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FieldType = Literal[
    "text", "number", "integer", "percentage", "money", "date", "duration", "enum", "boolean", "list", "mapping"
]
Status = Literal["filled", "assumed", "missing", "invalid"]
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a template; `name` is its dotted path in the document, `items` the type of a list's members."""

    name: str
    type: FieldType
    required: bool
    meaning: str
    question: str
    good: Any
    bad: Any
    section: str
    items: FieldType | None = None
    unit: str = ""
    allowed: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: Any = None
    why_bad: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A document that ML work needs; without a `body` the fields make a YAML document."""

    id: str
    title: str
    description: str
    page: str
    form: str
    fields: tuple[Field, ...]
    file: str = ""
    body: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Exact words of an input: `text_of(source)[char_start:char_end] == quote`."""

    source: str
    quote: str
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of one field.

    `filled` has evidence in an input or was given by a person (source `--set`, `answers` or `asked`); `assumed` is a
    default of the template or a guess without evidence; `invalid` was given, but is not of the field's type, and
    `problem` says why; `missing` leaves `question` to be asked. `confidence` is between 0 and 1. `guidance` is page#heading.
    `by` says who found the value where a model took part.
    """

    value: Any
    status: Status
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    guidance: str = ""
    question: str = ""
    problem: str = ""
    by: Literal["", "llm", "extractive"] = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled template, field by field in the template's order; `left_out` says which inputs could not be used and why.

    `model`, `prompt`, `tokens` and `cost_usd` (None where the price is not known) are of what a model was asked; `removed`
    counts the values of its reply that were not kept.
    """

    template: str
    fields: Mapping[str, Filled]
    mode: Literal["extractive", "llm"] = "extractive"
    degraded: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    model: str = ""
    prompt: str = ""
    tokens: int = 0
    cost_usd: float | None = 0.0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful in a document; `words` are the document's own, `section` is page#heading."""

    severity: Severity
    field: str
    words: str
    problem: str
    remedy: str
    section: str
    rule: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a decision."""

    name: str
    type: Literal["number", "enum", "boolean"]
    question: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a decision: conditions by input, what follows, why, and page#heading."""

    when: Mapping[str, str]
    result: str
    reason: str
    section: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """An executable table; with `hit` first the first row that matches decides, with all every one is reported."""

    id: str
    title: str
    description: str
    page: str
    inputs: tuple[Input, ...]
    hit: Literal["first", "all"]
    rows: tuple[Row, ...]
