"""The playbook's artefacts as programs use them: templates, rubrics, decisions and checklists by name."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.ingest.errors import BadName
from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.artefacts.records import Decision, Field, Input, Row, Template

# Names near enough to a wrong one to be offered; more than a few are no help.
NEAR = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One artefact in a list."""

    id: str
    title: str
    description: str
    page: str


def names(kind: str) -> tuple[str, ...]:
    """The ids of all artefacts of a kind, sorted; kinds are the folders templates, rubrics, decisions and checklists."""
    return tuple(sorted(path.stem for path in (pages_folder() / kind).glob("*.yaml")))


def entries(kind: str) -> tuple[Entry, ...]:
    """Every artefact of a kind with what it is for."""
    found = (load(kind, name) for name in names(kind))
    return tuple(Entry(v["id"], v["title"], v["description"], v["page"]) for v in found)


def load(kind: str, name: str) -> Mapping[str, Any]:
    """One artefact's values.

    :raises BadName: there is none of that name; the error offers the nearest ones.
    """
    known = names(kind)
    if name not in known:
        near = difflib.get_close_matches(name.lower().replace("_", "-").replace(" ", "-"), known, NEAR, 0.5)
        offer = f"Did you mean {' or '.join(near)}? All" if near else "All"
        raise BadName(f"There is no {kind.removesuffix('s')} '{name}'.", f"{offer}: {', '.join(known)}.")
    return read(kind, name)


@functools.cache
def read(kind: str, name: str) -> Mapping[str, Any]:
    """The parsed file; the installed playbook does not change while a program runs."""
    values: Mapping[str, Any] = quick_yaml((pages_folder() / kind / f"{name}.yaml").read_text("utf-8"))
    return values


@functools.cache
def load_template(name: str) -> Template:
    """A template by id; raises BadName."""
    values = load("templates", name)
    fields = tuple(
        Field(**{key.replace("-", "_"): freeze(value) for key, value in f.items()}) for f in values["fields"]
    )
    return Template(
        values["id"], values["title"], values["description"], values["page"], values["form"], fields,
        values.get("file", ""), values.get("body", ""), values.get("example", {}),
    )  # fmt: skip


@functools.cache
def load_decision(name: str) -> Decision:
    """A decision by id; raises BadName."""
    values = load("decisions", name)
    inputs = tuple(Input(**{key: freeze(value) for key, value in i.items()}) for i in values["inputs"])
    rows = tuple(Row(r["when"], r["result"], r["reason"], r["section"], r.get("details", {})) for r in values["rows"])
    return Decision(values["id"], values["title"], values["description"], values["page"], inputs, values["hit"], rows)


def freeze(value: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Lists of YAML as tuples, so that records can be compared and hashed."""
    return tuple(value) if isinstance(value, list) else value
