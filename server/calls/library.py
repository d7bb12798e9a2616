"""What the playbook holds besides its words: pages by folder, and every artefact by name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.artefacts.calculators.registry import (
    CALCULATORS,
    Description,
    describe,
    descriptions,
    find_calculator,
)
from mlplaybook.server.artefacts.deciding.aliases import aliases_of, find_decision
from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.library import entries, load, load_template, names
from mlplaybook.server.artefacts.nearest import nearest, words_of
from mlplaybook.server.artefacts.records import Template
from mlplaybook.server.artefacts.scoring.records import Rubric
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric
from mlplaybook.server.service import Service

Kind = Literal["template", "checklist", "decision", "rubric", "calculator"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# In this order a name is looked up where one call serves all three.
FINDERS: Mapping[Kind, Callable[[str], object]] = {
    "decision": find_decision, "rubric": find_rubric, "calculator": find_calculator,
}  # fmt: skip
# More names are no help.
OFFERED = 5


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page in the list of pages."""

    id: str
    title: str
    folder: str
    description: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An artefact in a list: `page` is the page that explains it, `names` what else it is called."""

    kind: Kind
    id: str
    title: str
    description: str
    page: str
    names: tuple[str, ...] = ()


def list_pages(service: Service, folder: str = "") -> tuple[PageEntry, ...]:
    """The pages of the corpus in its order; with a folder those below it."""
    rows = service.index.catalog.connection.execute(
        "SELECT id, title, folder, description, topics FROM documents ORDER BY position"
    ).fetchall()
    pages = (
        PageEntry(i, title, f, description, tuple(json.loads(topics))) for i, title, f, description, topics in rows
    )
    return tuple(p for p in pages if not folder or p.folder == folder or p.folder.startswith(f"{folder}/"))


def artefact_names(kind: Kind) -> tuple[str, ...]:
    """The ids of all artefacts of a kind, without reading them."""
    return tuple(c.id for c in CALCULATORS) if kind == "calculator" else names(f"{kind}s")


def list_artefacts(kind: Kind) -> tuple[Listed, ...]:
    """Every artefact of a kind."""
    if kind == "calculator":
        return tuple(Listed(kind, d.id, d.title, d.formula, d.section, d.aliases) for d in descriptions())
    return tuple(
        Listed(kind, e.id, e.title, e.description, e.page, aliases_of(e.id) if kind == "decision" else ())
        for e in entries(f"{kind}s")
    )


def show_template(name: str) -> Template:
    """A template by id; raises BadName."""
    return load_template(name)


def show_checklist(name: str) -> dict[str, Any]:
    """A checklist by id: title, when, and items with text, why, section and exception; raises BadName."""
    values = load("checklists", name)
    return {key: values[key] for key in ("id", "title", "description", "page", "when", "items")}


def show_decision(name: str) -> dict[str, Any]:
    """A decision by id or other name: what it asks, its rows and an example; raises BadName."""
    found = find_decision(name)
    record = dataclasses.asdict(found.decision)
    asks = [dataclasses.asdict(ask) for ask in judge(found.decision, found.preset).asks]
    example = load("decisions", found.decision.id)["examples"][0]["inputs"]
    return {
        **record, "preset": dict(found.preset), "note": found.note, "see": list(found.see), "asks": asks,
        "names": list(aliases_of(found.decision.id)), "example": example,
    }  # fmt: skip


def show_rubric(name: str) -> Rubric:
    """A rubric by id or other name; raises BadName."""
    return find_rubric(name)


def show_calculator(name: str) -> Description:
    """A calculator by id or other name; raises BadName."""
    return describe(find_calculator(name))


def kind_of(name: str) -> Kind:
    """Whether a name is that of a decision, a rubric or a calculator, which share one call; raises BadName.

    >>> kind_of("psi"), kind_of("serving strategy"), kind_of("ml-test-score")
    ('calculator', 'decision', 'rubric')
    """
    for kind, find in FINDERS.items():
        try:
            find(name)
        except BadName:
            continue
        return kind
    raise BadName(f"There is no decision, rubric or calculator '{name}'.", near_names(name))


def near_names(name: str) -> str:
    """A remedy that names the artefacts that share words with a name or are spelled like it, the likest first."""
    known = {alias: e.id for kind in FINDERS for e in list_artefacts(kind) for alias in (e.id, e.title, *e.names)}
    wanted = set(words_of(name))
    shared = sorted((-len(wanted & set(words_of(alias))), alias) for alias in known if wanted & set(words_of(alias)))
    likely = dict.fromkeys(known[alias] for alias in (*nearest(name, tuple(known)), *(alias for _, alias in shared)))
    offer = f"Nearest are {', '.join(list(likely)[:OFFERED])}. " if likely else ""
    return f"{offer}Without a name all are listed."
