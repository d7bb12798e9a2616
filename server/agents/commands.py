"""The twelve quick commands: what an agent is told to do, from `workflows/`, for MCP prompts and commands of plugins."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlplaybook.server.artefacts.library import load_decision

FOLDER = Path(__file__).with_name("workflows")
RULES = "rules.md"
# In the order in which a project comes to them.
ORDER = (
    "frame-ml-problem", "assess-data-quality", "select-model", "evaluate-model", "deploy-model", "build-rag",
    "set-up-monitoring", "optimize-costs", "score-ml-system", "detect-drift", "ab-test-model", "create-model-card",
)  # fmt: skip
HOLE = re.compile(r"\{\{(\w+)\}\}")
# A person types arguments; whole documents belong into files.
LONGEST_ARGUMENT = 4_000
NO_FACTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """What a person may say with a command; `otherwise` stands in the text where nothing is said.

    `values` are its choices, or those of the input of a decision that `of` names (`metric-by-task.task`); numbers stand for
    any number. Without either it takes free words, as the first argument of all does.
    """

    name: str
    meaning: str
    otherwise: str
    values: tuple[str, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A quick command: `text` is the instruction with `{{argument}}` in it, `page` explains it, `template` is what it fills."""

    id: str
    title: str
    description: str
    page: str
    template: str
    arguments: tuple[PromptArgument, ...]
    text: str


@functools.cache
def read_commands() -> tuple[Command, ...]:
    """All commands in their order, each with the rules that hold for all."""
    rules = read_text(RULES).strip()
    return tuple(read_command(yaml.safe_load(read_text(f"{name}.yaml")), rules) for name in ORDER)


@functools.cache
def read_text(name: str) -> str:
    """A file of the folder."""
    return (FOLDER / name).read_text("utf-8")


def read_command(values: Mapping[str, Any], rules: str) -> Command:
    """A command as its file has it."""
    arguments = tuple(
        PromptArgument(a["name"], a["meaning"], a["otherwise"], tuple(map(str, a.get("values", ()))), a.get("of", ""))
        for a in values["arguments"]
    )
    return Command(
        values["id"], values["title"], values["description"], values["page"], values["template"], arguments,
        f"{values['text'].strip()}\n\n{rules}\n",
    )  # fmt: skip


def find_command(name: str) -> Command | None:
    """A command by id."""
    return next((command for command in read_commands() if command.id == name), None)


def choices(argument: PromptArgument) -> tuple[str, ...]:
    """What an argument offers; nothing where it takes free words."""
    if not argument.of:
        return argument.values
    decision, _, name = argument.of.partition(".")
    return next(one.allowed for one in load_decision(decision).inputs if one.name == name)


def settle(arguments: tuple[PromptArgument, ...], given: Mapping[str, str]) -> dict[str, str]:
    """What was said, each at its place.

    Claude Code 2.1 cuts what is typed at blanks, quoted or not, and deals the words out: what is no choice of an argument
    that has choices belongs to the first one.

    >>> what, size = PromptArgument("what", "", ""), PromptArgument("size", "", "", ("1000", "2000"))
    >>> settle((what, size), {"what": '"a', "size": 'model"'}), settle((what, size), {"what": "x", "size": "300"})
    ({'what': 'a model'}, {'what': 'x', 'size': '300'})
    """
    found, words = {}, []
    for argument in arguments:
        said = given.get(argument.name, "").strip()[:LONGEST_ARGUMENT]
        offered = choices(argument)
        known = {plain(one): one for one in offered}.get(plain(said))
        if known or (said.isdigit() and all(map(str.isdigit, offered)) and offered):
            found[argument.name] = known or said
        elif said:
            words.append(said)
    text = " ".join(words).strip(" \"'")
    return ({arguments[0].name: text} if text and arguments else {}) | found


def plain(name: str) -> str:
    """A name in lower case with hyphens between its words."""
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def fill_in(
    text: str, arguments: tuple[PromptArgument, ...], given: Mapping[str, str], facts: Mapping[str, str] = NO_FACTS
) -> str:
    """A text with what was given, and facts beside it, in its holes.

    >>> fill_in("Do {{what}}.", (PromptArgument("what", "", "everything"),), {"what": " this "})
    'Do this.'
    """
    said = {one.name: one.otherwise for one in arguments} | settle(arguments, given) | dict(facts)
    return HOLE.sub(lambda match: said[match[1]], text)
