"""Three-way merge of fields: what was written last, the file as a person left it, and what the inputs say now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from mlplaybook.server.artefacts.documents.read_back import Held
from mlplaybook.server.artefacts.documents.remarks import remark, said, same, where
from mlplaybook.server.artefacts.documents.tree import fingerprint, shortened, words_of
from mlplaybook.server.artefacts.documents.yaml_edit import Change
from mlplaybook.server.artefacts.records import Evidence, Field, Filled

# Evidence of a person, not of an input (server/artefacts/records.py).
BY_PERSON = frozenset({"--set", "answers", "asked"})
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one field: the record, the change of the document, the new base, and a conflict to report or ""."""

    filled: Filled
    change: Change | None
    base: str
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document that was filled before: its name and text, its values, and the fingerprints of what was written last."""

    name: str
    text: str
    held: Mapping[str, Held]
    marks: Mapping[str, str]


def decide(field: Field, new: Filled, earlier: Earlier, texts: Mapping[str, str]) -> Decision:
    """One field of a document that is filled again.

    A person's change wins over the inputs, `--set` and answers win over both; a value that the inputs no longer give stays.
    What gives way is named in the comment, so that no text is lost.
    """
    held, base = earlier.held.get(field.name), earlier.marks.get(field.name)
    if held is None:
        return removed(field, new, texts, base)
    value, mark = new_value(new), fingerprint(new_value(new))
    edited = base is not None and fingerprint(held.value) != base
    comment = remark(field, new, texts)
    if held.value is None and not edited:
        return Decision(new, Change(value, comment, value is not None), mark)
    if new.status == "filled" and (mark == fingerprint(held.value) or not edited or by_person(new)):
        return replaced(new, held, comment, edited=edited)
    return kept(field, new, earlier, held, texts, edited=edited)


def removed(field: Field, new: Filled, texts: Mapping[str, str], base: str | None) -> Decision:
    """A field that the document does not have: new in the template, or taken out by a person, which is kept."""
    if base is None:
        value = new_value(new)
        return Decision(new, Change(value, remark(field, new, texts), replace=True), fingerprint(value))
    if new.status == "filled" and by_person(new):
        return Decision(new, Change(new.value, remark(field, new, texts), replace=True), fingerprint(new.value))
    gone = dataclasses.replace(new, value=None, status="missing", evidence=(), confidence=0.0)
    return Decision(gone, None, base, f"{field.name}: you took it out; it stays out")


def replaced(new: Filled, held: Held, comment: str, *, edited: bool) -> Decision:
    """The new value; where it takes the place of a person's, theirs goes into the comment."""
    mark = fingerprint(new.value)
    if mark == fingerprint(held.value):
        return Decision(new, Change(held.value, comment, replace=False), mark)
    if not edited:
        return Decision(new, Change(new.value, comment, replace=True), mark)
    was = words_of(held.value) or "nothing"
    return Decision(new, Change(new.value, f"{comment}; it took the place of: {was}", replace=True), mark)


def kept(
    field: Field, new: Filled, earlier: Earlier, held: Held, texts: Mapping[str, str], *, edited: bool
) -> Decision:  # fmt: skip
    """The value of the document, with what the inputs say now where that is something else."""
    base = earlier.marks.get(field.name) or fingerprint(held.value)
    filled = from_document(new, earlier, held)
    if not edited:
        if new.status == "assumed" and same(new.value, held.value):
            return Decision(new, Change(held.value, remark(field, new, texts), replace=False), base)
        comment = remark(field, new, texts) if new.status == "invalid" else ""
        return Decision(filled, Change(held.value, comment, replace=False), base)
    if new.status == "filled" and fingerprint(new.value) != base:
        now = f"{where(new, texts)} now says: {shortened(words_of(new.value), SHOWN)}"
        comment = f"conflict: edited by hand, kept; {now}"
        return Decision(filled, Change(held.value, comment, replace=False), base, f"{field.name}: yours is kept; {now}")
    source = f"; {where(new, texts)} said otherwise{said(new)}" if new.status == "filled" else ""
    return Decision(filled, Change(held.value, f"edited · by hand, kept{source}", replace=False), base)


def from_document(new: Filled, earlier: Earlier, held: Held) -> Filled:
    """The record of a value that comes from the document itself, which is its evidence."""
    if held.value is None:
        return dataclasses.replace(new, value=None, status="missing", evidence=(), confidence=0.0)
    quote = earlier.text[held.char_start : held.char_end]
    evidence = (Evidence(earlier.name, quote, held.char_start, held.char_end),)
    return dataclasses.replace(new, value=held.value, status="filled", evidence=evidence, confidence=1.0, problem="")


def new_value(new: Filled) -> object:
    """The value that the inputs give now, None for none."""
    return new.value if new.status in {"filled", "assumed"} else None


def by_person(new: Filled) -> bool:
    """Whether somebody gave the value just now."""
    return bool(new.evidence) and all(evidence.source in BY_PERSON for evidence in new.evidence)
