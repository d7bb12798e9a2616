"""The steps of the overlay, what a project changes in them, and which of their pages apply to it."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.ingest.options import OVERLAY_FILE, Conditions, conditions
from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.profiles import PROJECT_FILE, Profile, why_not

STEPS_TABLE = "steps"
NEAR = 3
OWN_REASON = f"Added to this step by {PROJECT_FILE}."


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a step reads, why, and for which projects."""

    page: str
    reason: str
    when: Conditions = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps, with its place among them from 1 on, and its pages in the order of the overlay."""

    id: str
    title: str
    number: int
    of: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a project does to a step: pages that stand in for others, then pages that are added."""

    replace: tuple[tuple[str, str], ...] = ()
    append: tuple[str, ...] = ()


NO_CHANGE = Change()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page, or checks of a list, that a guide does not have, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The pages of a step that apply, each once, and the others."""

    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]


@functools.cache
def read_steps() -> Mapping[str, Step]:
    """The steps of the installed playbook by id, in the order in which they are taken."""
    steps = quick_yaml((pages_folder() / OVERLAY_FILE).read_text("utf-8"))["steps"]
    return {
        name: Step(name, values["title"], number, len(steps), tuple(map(read_entry, values["append"])))
        for number, (name, values) in enumerate(steps.items(), start=1)
    }


def read_entry(values: Mapping[str, Any]) -> Entry:
    """One page of a step as the overlay has it."""
    return Entry(values["page"], values["reason"], conditions(values.get("when", {})))


def find_step(name: str) -> Step:
    """A step by id, or by its title.

    :raises BadName: there is none of that name; the error offers the nearest ones.
    """
    steps = read_steps()
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    by_title = {step.title.lower().replace(" ", "-"): step for step in steps.values()}
    if key in steps or key in by_title:
        return steps.get(key) or by_title[key]
    near = difflib.get_close_matches(key, [*steps, *by_title], NEAR, 0.5)
    ids = dict.fromkeys((steps.get(each) or by_title[each]).id for each in near)
    offer = f"Did you mean {' or '.join(ids)}? All" if ids else "All"
    raise BadName(f"There is no step '{name}'.", f"{offer}: {', '.join(steps)}.")


def read_changes(document: Mapping[str, object]) -> dict[str, Change]:
    """The changes of a project, by step, from what its mlplaybook.toml holds.

    :raises BadSetting: there is no such step, or a change is not of the form that is read.
    """
    table = document.get(STEPS_TABLE, {})
    if not isinstance(table, dict):
        raise BadSetting(f"'{STEPS_TABLE}' in {PROJECT_FILE} is no table.", "Write [steps.create-evals] and its like.")
    changes = {}
    for name, values in table.items():
        if name not in read_steps():
            cause = f"{PROJECT_FILE} changes a step '{name}', which there is not."
            raise BadSetting(cause, f"Use one of: {', '.join(read_steps())}.")
        changes[name] = read_change(name, values)
    return changes


def read_change(name: str, values: object) -> Change:
    """One step's table; raises BadSetting saying how it is written."""
    replaced = values.get("replace", {}) if isinstance(values, dict) else None
    added = values.get("append", []) if isinstance(values, dict) else None
    if (
        not isinstance(values, dict)
        or not set(values) <= {"replace", "append"}
        or not isinstance(replaced, dict)
        or not isinstance(added, list)
        or not all(isinstance(page, str) for page in [*replaced.values(), *added])
    ):
        remedy = 'It has replace = { old-page = "own-page" } and append = ["own-page"], either or both.'
        raise BadSetting(f"[{STEPS_TABLE}.{name}] in {PROJECT_FILE} cannot be understood.", remedy)
    return Change(tuple(replaced.items()), tuple(added))


def select(step: Step, profile: Profile, pages: Mapping[str, Conditions], change: Change = Change()) -> Selection:
    """What of a step applies to a project: the overlay's pages, the project's in their place, then those it adds.

    Each page counts once, where it stands first. One applies unless something that is known of the project speaks against
    its entry or against the page itself.

    :param pages: what each page of the corpus applies to, by id.
    """
    stand_in = dict(change.replace)
    wanted = [replace(entry, page=stand_in.get(entry.page, entry.page)) for entry in step.entries]
    wanted += [Entry(page, OWN_REASON) for page in change.append]
    unique = {entry.page: entry for entry in reversed(wanted)}
    entries, left_out = [], []
    for entry in sorted(unique.values(), key=wanted.index):
        if entry.page not in pages:
            left_out.append(LeftOut(entry.page, "the corpus has no page of that name"))
            continue
        whole = (*entry.when, *(each for each in pages[entry.page] if each not in entry.when))
        why = why_not(entry.when, profile) or why_not(pages[entry.page], profile)
        if why:
            left_out.append(LeftOut(entry.page, why))
        else:
            entries.append(replace(entry, when=whole))
    unused = [old for old in stand_in if old not in {entry.page for entry in step.entries}]
    left_out += [LeftOut(stand_in[old], f"it stands in for {old}, which this step does not have") for old in unused]
    return Selection(tuple(entries), tuple(left_out))


def undecided(when: Conditions, profile: Profile) -> str:
    """On what it depends whether a page applies, as far as the project does not say; empty when it does.

    >>> undecided((("modelType", ("llm",)), ("servingPattern", ("edge",))), Profile((("servingPattern", "edge"),)))
    'if modelType is llm'
    """
    known = dict(profile.options)
    asked = [f"{name} is {' or '.join(values)}" for name, values in when if name not in known]
    return f"if {' and '.join(asked)}" if asked else ""
