"""The values of a document as rules ask for them: texts, numbers in the field's unit, lists, and the tree below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.server.artefacts.checking.dates import read_seconds
from mlplaybook.server.artefacts.checking.entries import Entry
from mlplaybook.server.artefacts.checking.placeholders import texts
from mlplaybook.server.artefacts.checking.source import Path, Place
from mlplaybook.server.artefacts.checking.typed import NO, YES, first_word, read_number
from mlplaybook.server.artefacts.records import Field, Template

# Nobody fills a field with more; patterns need not search it.
LONGEST_TEXT = 5000


@dataclass(frozen=True, slots=True)
class Values:
    """A document's entries by field, and its whole tree with the places in it."""

    template: Template
    entries: Mapping[str, Entry]
    tree: Any = None
    places: Mapping[Path, Place] | None = None

    def field(self, name: str) -> Field | None:
        """The template's field of a name."""
        return next((field for field in self.template.fields if field.name == name), None)

    def value(self, name: str) -> Any:  # noqa: ANN401 (a document holds anything)
        """The value as it was read, None where there is none."""
        entry = self.entries.get(name)
        return entry.value if entry else None

    def given(self, name: str) -> bool:
        """Whether the document has a value: null, "", [] and {} are none."""
        return self.value(name) not in (None, "", [], {})

    def text(self, name: str) -> str | None:
        """All texts and numbers of a value, one a line; None where it is missing."""
        value = self.value(name)
        if value is None:
            return None
        entry = self.entries[name]
        if not isinstance(value, str | list | dict):
            # As written: 00:14:20 and 1.10 lose their looks as numbers.
            return entry.place.words or str(value)
        return "\n".join(words(value))[:LONGEST_TEXT]

    def items(self, name: str) -> list[Any]:
        """The entries of a list; a single text counts as one."""
        value = self.value(name)
        if isinstance(value, list):
            return value
        return [value] if isinstance(value, str) and value else []

    def mapping(self, name: str) -> dict[str, Any]:
        """A mapping, {} for anything else."""
        value = self.value(name)
        return value if isinstance(value, dict) else {}

    def number(self, name: str) -> float | None:
        """A number in the field's unit (a duration in seconds); None where it is missing or none."""
        field, value = self.field(name), self.value(name)
        if field is None or value is None:
            return None
        if field.type == "duration":
            return read_seconds(self.text(name) or "")
        return read_number(value, field)

    def truth(self, name: str) -> bool | None:
        """A truth value, None where it is missing or none."""
        value = self.value(name)
        if isinstance(value, bool):
            return value
        word = first_word(value)
        return True if word in YES else False if word in NO else None

    def place(self, name: str) -> Place:
        """Where a field stands."""
        entry = self.entries.get(name)
        return entry.place if entry else Place(0, "")

    def place_in(self, name: str, *path: str) -> Place:
        """Where a part of a field stands; the field itself where that is not known."""
        entry = self.entries.get(name)
        if entry and entry.path and self.places:
            return self.places.get((*entry.path, *path), entry.place)
        return self.place(name)


def words(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Texts, numbers and keys within a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            flat = list(words(inner))
            yield f"{key}: {flat[0]}" if len(flat) == 1 else str(key)
            yield from flat if len(flat) != 1 else ()
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif value is not None:
        yield str(value)


def sentences(values: Values) -> Iterator[tuple[str, str]]:
    """Field name and each text of every value."""
    for name, entry in values.entries.items():
        for text in texts(entry.value):
            yield name, text[:LONGEST_TEXT]


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """Path and value of every scalar of a tree."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(tree, list):
        for number, inner in enumerate(tree):
            yield from leaves(inner, (*path, str(number)))
    else:
        yield path, tree
