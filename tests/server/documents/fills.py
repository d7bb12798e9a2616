"""Fills made by hand: what the core would find in notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled, Template

NOTES = "notes.md"


def evidence(text: str, quote: str, source: str = NOTES) -> Evidence:
    start = text.index(quote)
    return Evidence(source, quote, start, start + len(quote))


def from_notes(field: Field, value: Any, text: str, quote: str) -> Filled:
    return Filled(value, "filled", (evidence(text, quote),), 0.95, field.section, field.question)


def by_person(field: Field, value: Any, source: str = "--set") -> Filled:
    words = str(value)
    return Filled(value, "filled", (Evidence(source, words, 0, len(words)),), 1.0, field.section, field.question)


def unknown(field: Field) -> Filled:
    if field.default is not None:
        value = list(field.default) if isinstance(field.default, tuple) else field.default
        return Filled(value, "assumed", (), 0.3, field.section, field.question)
    return Filled(None, "missing", (), 0.0, field.section, field.question)


def fill_of(template: Template, values: Mapping[str, Any], notes: str = "") -> Fill:
    """Values that stand word for word in the notes are from there, others are a person's, the rest is not known."""
    fields = {}
    for field in template.fields:
        value = values.get(field.name)
        if isinstance(value, Filled):
            fields[field.name] = value
        elif value is None:
            fields[field.name] = unknown(field)
        elif isinstance(value, str) and value in notes:
            fields[field.name] = from_notes(field, value, notes, value)
        else:
            fields[field.name] = by_person(field, value)
    return Fill(template.id, fields)


def example_of(name: str) -> tuple[Template, Fill]:
    template = load_template(name)
    return template, fill_of(template, template.example)
