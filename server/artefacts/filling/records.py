"""The records of filling: inputs as texts, and the pieces and leaves they are taken apart into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from mlplaybook.server.artefacts.records import Evidence

Kind = Literal["sentence", "item", "row", "question"]


@dataclass(frozen=True, slots=True)
class InputText:
    """One input; `source` is the name that evidence shows, `problem` says why it could not be read (then `text` is "")."""

    source: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, list item or table row: `text_of(source)[char_start:char_end]`.

    `label` is what stands before a colon at its start, and `body_start` where the rest begins; `headings` stand above it,
    outermost first; `lead` is the question or the half sentence that introduces it; `block` numbers paragraphs and lists, `unit`
    paragraphs, list items and rows. `box` is "x" for an item with a ticked box and " " for one with an empty box.
    """

    source: str
    text: str
    char_start: int
    char_end: int
    kind: Kind
    block: int
    label: str = ""
    body_start: int = 0
    headings: tuple[str, ...] = ()
    lead: str = ""
    quoted: bool = False
    unit: int = 0
    box: str = ""

    @property
    def body(self) -> str:
        """The words after the label; without a label all of them."""
        return self.text[self.body_start - self.char_start :] if self.label else self.text


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a structured input: `key_start` to `char_end` is what evidence quotes, key and value together."""

    source: str
    path: tuple[str, ...]
    value: Any
    key_start: int
    char_start: int
    char_end: int

    @property
    def dotted(self) -> str:
        """The path as one word."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Found:
    """A value for a field before the field's competitors are heard; `confidence` is a probability."""

    value: Any
    evidence: tuple[Evidence, ...]
    confidence: float


def evidence_of(source: str, text: str, char_start: int, char_end: int) -> Evidence:
    """Evidence with exactly the input's words."""
    return Evidence(source, text[char_start:char_end], char_start, char_end)


def moved(piece: Piece, char_start: int, char_end: int, text: str) -> Piece:
    """The piece cut to another span of the same input."""
    return replace(piece, text=text[char_start:char_end], char_start=char_start, char_end=char_end)
