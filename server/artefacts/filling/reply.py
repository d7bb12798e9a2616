"""A model's reply to what it says of each field, however loosely the reply keeps to its form; nothing here is believed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mlplaybook.server.llm.cite import QUOTE_KEYS, SECTION_KEYS, Reference, Sections, references_of
from mlplaybook.server.llm.parse import CITATIONS_KEYS, CONTROL, holds_objects
from mlplaybook.server.llm.scan import Closed, Scanner, mended

NAME_KEYS = "name field key id".split()
VALUE_KEYS = "values value answer answers".split()
BELOW_A_FIELD = frozenset({*CITATIONS_KEYS, *QUOTE_KEYS, *SECTION_KEYS})
# A longer value is no value, and a list of more has been made up.
LONGEST_VALUE = 2_000
MOST_VALUES = 60
MOST_CLAIMS = 400


@dataclass(frozen=True, slots=True)
class FieldClaim:
    """What a model says a field is and where it says that it stands."""

    name: str
    values: tuple[str, ...]
    citations: tuple[Reference, ...] = ()


def read_reply(text: str, numbers: Mapping[int, str], names: Collection[str]) -> tuple[FieldClaim, ...]:
    """The fields of a reply in order; those that are cut short are dropped.

    :param numbers: the sections as the passages were counted for the model.
    :param names: the fields that were asked for, for replies that use them as keys.

    >>> read_reply('{"fields": [{"name": "a", "citations": [], "values": [24]}, {"name": "b", "val', {}, ["a"])
    (FieldClaim(name='a', values=('24',), citations=()),)
    """
    sections = Sections(numbers)
    found: dict[FieldClaim, None] = {}
    for closed in Scanner().feed(mended(text), final=True):
        for claim in claims_in(closed, sections, names):
            if len(found) < MOST_CLAIMS:
                found[claim] = None
    return tuple(found)


def claims_in(closed: Closed, sections: Sections, names: Collection[str]) -> Iterator[FieldClaim]:
    """The claim that a closed object is, if it is one."""
    keys = [key.strip() for key in closed.keys]
    if not isinstance(closed.value, dict) or any(key.lower() in BELOW_A_FIELD for key in keys):
        return
    members = {key.strip().lower(): value for key, value in closed.value.items()}
    raw = next((members[key] for key in VALUE_KEYS if key in members), None)
    name = next((str(members[key]) for key in NAME_KEYS if isinstance(members.get(key), str)), "").strip()
    if not name and keys and keys[-1] in names:
        name = keys[-1]
    if name and raw is not None:
        values = tuple(value for value in texts_of(raw) if value)[:MOST_VALUES]
        if values:
            yield FieldClaim(name, values, references_of(cited(members), sections))


def cited(members: Mapping[str, object]) -> object:
    """What stands for the citations of a field: a list, or section and quote beside the values."""
    for key in CITATIONS_KEYS:
        if members.get(key):
            return members[key]
    beside = {key: members[key] for key in (*SECTION_KEYS, *QUOTE_KEYS) if key in members and key != "id"}
    return next((value for value in beside.values() if holds_objects(value)), beside or None)


def texts_of(raw: object) -> Iterator[str]:
    """The values as texts: an object gives an entry `NAME: VALUE` each, one within a list a record on one line."""
    if isinstance(raw, dict):
        yield from (f"{key}: {text_of(value)}" for key, value in raw.items())
    elif isinstance(raw, list):
        for one in raw:
            yield from [text_of(one)] if not isinstance(one, list) else texts_of(one)
    else:
        yield text_of(raw)


def text_of(raw: object) -> str:
    """One value on one line; "" for nothing and for what is too long."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, dict):
        text = "; ".join(f"{key}: {text_of(value)}" for key, value in raw.items())
    elif isinstance(raw, list):
        text = json.dumps(raw, ensure_ascii=False)
    else:
        text = str(raw)
    text = " ".join(CONTROL.sub(" ", text).split())
    return text if len(text) <= LONGEST_VALUE else ""
