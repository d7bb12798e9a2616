"""Decision tables under the names that people ask for."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlplaybook.ingest.errors import BadName
from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.server.artefacts.library import load_decision, names
from mlplaybook.server.artefacts.nearest import nearest, words_of
from mlplaybook.server.artefacts.records import Decision


@dataclass(frozen=True, slots=True)
class Alias:
    """Other names of a table; `inputs` is what they already say, `see` what else may have been meant."""

    names: tuple[str, ...]
    decision: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A table that was asked for, with what its name presets; `note` says which table a name was taken for."""

    decision: Decision
    preset: Mapping[str, str] = field(default_factory=dict)
    see: tuple[str, ...] = ()
    note: str = ""


@functools.cache
def read_aliases() -> tuple[Alias, ...]:
    """Every alias of aliases.yaml."""
    entries = quick_yaml(Path(__file__).with_name("aliases.yaml").read_text("utf-8"))
    return tuple(Alias(tuple(e["names"]), e["decision"], e.get("inputs", {}), tuple(e.get("see", ()))) for e in entries)


def find_decision(name: str) -> Found:
    """A table by its id or by another name, however it is spaced.

    :raises BadName: no table has that name; the error offers the nearest ones.
    """
    known = names("decisions")
    wanted = words_of(name)
    for table in known:
        if words_of(table) == wanted:
            return Found(load_decision(table))
    for alias in read_aliases():
        if wanted in {words_of(other) for other in alias.names}:
            said = ", ".join(f"{key}={value}" for key, value in alias.inputs.items())
            note = f"'{name}' is the decision {alias.decision}" + (f" with {said}" if said else "")
            return Found(load_decision(alias.decision), alias.inputs, alias.see, note)
    others = [other for alias in read_aliases() for other in alias.names]
    near = nearest(name, [*known, *others])
    offer = f"Did you mean {' or '.join(near)}? " if near else ""
    raise BadName(f"There is no decision '{name}'.", f"{offer}`mlplaybook decide` lists all {len(known)}.")


def aliases_of(decision: str) -> tuple[str, ...]:
    """The other names of one table."""
    return tuple(name for alias in read_aliases() if alias.decision == decision for name in alias.names)
