"""Values that `mlplaybook fill` wrote into a form and that still stand there, with their types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from mlplaybook.server.artefacts.checking.source import Place, shorten
from mlplaybook.server.artefacts.documents.trailer import Trailer, line_marks

# A value of fewer words may stand elsewhere in the document, too.
WORDS_ENOUGH = 3


class Read(Protocol):
    """What a reader of the text found for a field."""

    @property
    def value(self) -> Any: ...  # noqa: ANN401, D102 (a document holds anything)


def still_there(trailer: Trailer, read: Mapping[str, Read], text: str) -> dict[str, tuple[Any, Place]]:
    """Value and place of each field that the trailer names and no person has changed since.

    A form shows lists and tables in its own way, so the trailer's value is the better one; where lines were changed, a
    value counts only if all of its words still stand in the text, and a short one only if nothing else was read there.
    """
    changed = bool(set(line_marks(text)) - set(trailer.lines)) if trailer.lines else True
    lines = [f" {squeezed(line)} " for line in text.splitlines()]
    plain = f" {squeezed(text)} "
    found: dict[str, tuple[Any, Place]] = {}
    for name, written in trailer.values.items():
        if written.value is None:
            continue
        parts = list(chunks(written.value))
        stands = all(f" {part} " in plain for part in parts)
        if changed and sum(len(part.split()) for part in parts) < WORDS_ENOUGH and name in read:
            continue
        if stands or not changed:
            found[name] = (written.value, place_of(parts, written.value, lines))
    return found


def chunks(value: Any) -> Iterator[str]:  # noqa: ANN401
    """The words of a value, cut where a form may set them apart."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from chunks(inner)
    elif isinstance(value, str):
        yield from (part for piece in re.split(r"[;:\n]", value) if (part := squeezed(piece)))
    elif value is not None and not isinstance(value, bool):
        yield squeezed(str(value))


def squeezed(text: str) -> str:
    """Words and numbers in small letters with one space between them."""
    return " ".join(re.findall(r"\w+(?:[.,]\d+)*", text.lower()))


def place_of(parts: list[str], value: Any, lines: list[str]) -> Place:  # noqa: ANN401
    """The first line that has the first words of a value."""
    words = shorten(value if isinstance(value, str) else "; ".join(parts))
    first = parts[0] if parts else ""
    found = next((number for number, line in enumerate(lines, 1) if first and f" {first} " in line), 0)
    return Place(found, words)
