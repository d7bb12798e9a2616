"""What stands beside the pages of a guide: checklists, templates, decisions and rubrics, with the command for each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.options import Conditions
from mlplaybook.server.artefacts.guiding.steps import LeftOut
from mlplaybook.server.artefacts.library import entries, load
from mlplaybook.server.retrieval.profiles import Profile, why_not

# Kind of artefact to what is done with it, in the order in which it is done.
VERBS = {"decisions": "Decide", "templates": "Fill", "rubrics": "Score"}
# A file name without a place holder; a template says in words where others go.
PLAIN_FILE = re.compile(r"[\w./-]+")
HOLDER = "YYYY"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a checklist; `section` is page#heading."""

    text: str
    why: str
    section: str
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checks of a list that are for the project, and the moment to go through them."""

    id: str
    title: str
    when: str
    page: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """An artefact to work with: `verb` is what to do, `command` does it, `file` is where what is filled belongs."""

    kind: str
    id: str
    title: str
    description: str
    page: str
    verb: str
    command: str
    file: str = ""


def find_checklists(
    pages: Collection[str], applies_to: Mapping[str, Conditions], profile: Profile
) -> tuple[tuple[Checklist, ...], tuple[LeftOut, ...]]:
    """The checklists of these pages in their order, without checks whose page is not for the project."""
    found: list[Checklist] = []
    left_out: list[LeftOut] = []
    order = list(pages)
    of_pages = [entry for entry in entries("checklists") if entry.page in pages]
    for entry in sorted(of_pages, key=lambda entry: (order.index(entry.page), entry.id)):
        values = load("checklists", entry.id)
        whys = [why_not(applies_to.get(i["section"].partition("#")[0], ()), profile) for i in values["items"]]
        checks = tuple(
            Check(i["text"], i["why"], i["section"], i.get("exception", ""))
            for i, why in zip(values["items"], whys, strict=True)
            if not why
        )
        for why in dict.fromkeys(filter(None, whys)):
            left_out.append(LeftOut(f"{whys.count(why)} of the checks of {entry.id}", why))
        if checks:
            found.append(Checklist(entry.id, entry.title, values["when"], entry.page, checks))
    return tuple(found), tuple(left_out)


def find_tasks(pages: Sequence[str]) -> tuple[Task, ...]:
    """What to decide, fill and score by these pages, in that order, each in the order of the pages."""
    order = list(pages)
    found = [(kind, entry) for kind in VERBS for entry in entries(kind) if entry.page in pages]
    kinds = list(VERBS)
    found.sort(key=lambda pair: (kinds.index(pair[0]), order.index(pair[1].page), pair[1].id))
    return tuple(
        Task(kind, e.id, e.title, e.description, e.page, VERBS[kind], *command(kind, e.id)) for kind, e in found
    )


def command(kind: str, name: str) -> tuple[str, str]:
    """The command for an artefact, and the file that it is for.

    >>> command("decisions", "metric-by-task")
    ('mlplaybook decide metric-by-task', '')
    """
    if kind != "templates":
        return f"mlplaybook {VERBS[kind].lower()} {name}", ""
    file = load(kind, name).get("file", "")
    plain = PLAIN_FILE.fullmatch(file) and HOLDER not in file
    return f"mlplaybook fill {name} --from README.md" + (f" -o {file}" if plain else ""), file
