"""What a function of the rules reports."""

from __future__ import annotations

from dataclasses import dataclass

from mlplaybook.server.artefacts.checking.values import Values


@dataclass(frozen=True, slots=True)
class Hit:
    """A field that breaks a rule, the document's words, the line, and what the rule's problem says in place of {detail}."""

    field: str
    words: str
    line: int
    detail: str = ""


def hit(values: Values, name: str, detail: str = "", *path: str) -> Hit:
    """A hit at a field or at a part of it."""
    place = values.place_in(name, *path) if path else values.place(name)
    return Hit(name, place.words, place.line, detail)
