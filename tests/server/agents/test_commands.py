"""The quick commands name only what there is: tools, arguments, pages, sections, documents, decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.knowledge import pages_folder
from mlplaybook.server.agents.arguments import read_arguments
from mlplaybook.server.agents.artefact_text import artefact_text
from mlplaybook.server.agents.commands import FOLDER, HOLE, ORDER, Command, fill_in, read_commands, read_text
from mlplaybook.server.agents.definitions import CHECK, DECIDE, DEFINITIONS, FILL, READ
from mlplaybook.server.agents.skills_extension import FOLDER as SKILLS
from mlplaybook.server.agents.steps import STEP_ARGUMENTS, TASK
from mlplaybook.server.artefacts.calculators.registry import find_calculator
from mlplaybook.server.artefacts.deciding.aliases import find_decision
from mlplaybook.server.artefacts.documents.given import flatten
from mlplaybook.server.artefacts.library import load_decision, load_template
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric
from mlplaybook.server.calls.library import artefact_names, kind_of
from mlplaybook.server.pages import read_page
from mlplaybook.server.service import Service
from tests.server.agents.world import World

TOOLS = {definition.name: definition for definition in DEFINITIONS}
CALL = re.compile(r"\b([a-z]+(?:_[a-z]+)*) (?=\{\")")
NAMED = re.compile(r"\b[a-z]+_(?:playbook|template|document|citations)\b")
TITLES = (
    "Frame ML problem", "Assess data quality", "Select model", "Evaluate model", "Deploy model", "Build RAG",
    "Set up monitoring", "Optimize costs", "Score ML system", "Detect drift", "A/B test model", "Create model card",
)  # fmt: skip
COMMANDS = pytest.mark.parametrize("command", read_commands(), ids=lambda command: command.id)
TEXTS = [SKILLS / "ml-playbook" / "SKILL.md", *sorted((SKILLS / "ml-playbook" / "references").glob("*.md"))]


def calls_in(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call that is written as `tool {json}`."""
    for match in CALL.finditer(text):
        yield match[1], json.JSONDecoder().raw_decode(text, match.end())[0]


def verify(service: Service, tool: str, arguments: dict[str, Any]) -> None:
    """A call that can be made as it is written, but for what stands in angle brackets."""
    definition = TOOLS[tool]
    assert not read_arguments(tool, definition.arguments, arguments).notes
    assert set(arguments) <= {argument.name for argument in definition.arguments}
    name = str(arguments.get("name", ""))
    if "<" in json.dumps(name) or name == "...":
        return
    if tool == READ:
        assert artefact_text(service, name) is not None if "://" in name else read_page(service.index, name)
    if tool == DECIDE:
        verify_inputs(name, arguments.get("inputs", {}))
    if tool == FILL and "<" not in arguments["template"]:
        template = load_template(arguments["template"])
        assert list(flatten(template, arguments.get("values", {}), "")) is not None


def verify_inputs(name: str, inputs: dict[str, Any]) -> None:
    kind = kind_of(name)
    if kind == "rubric":
        known = {dimension.name for dimension in find_rubric(name).dimensions} | {"evidence"}
    elif kind == "calculator":
        known = {parameter.name for parameter in find_calculator(name).inputs}
    else:
        known = {one.name for one in find_decision(name).decision.inputs}
    assert {one for one in inputs if "<" not in one} <= known


def test_the_twelve_are_there_in_their_order() -> None:
    assert tuple(command.title for command in read_commands()) == TITLES
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(ORDER)


@COMMANDS
def test_every_call_in_a_command_can_be_made(command: Command, library: World) -> None:
    text = fill_in(command.text, command.arguments, {})
    with library.deps.live.lend() as service:
        for tool, arguments in calls_in(text):
            verify(service, tool, arguments)
        assert read_page(service.index, command.page)
    assert set(NAMED.findall(text)) <= set(TOOLS)


@COMMANDS
def test_a_command_ends_with_a_checked_document_and_what_to_hand_over(command: Command) -> None:
    used = [tool for tool, _ in calls_in(command.text)]
    filled = [arguments["template"] for tool, arguments in calls_in(command.text) if tool == FILL]
    assert "Hand over:" in command.text
    assert DECIDE in used or FILL in used
    assert command.template in {*filled, ""}
    if filled:
        assert command.text.index(f"{FILL} {{") < command.text.index(CHECK)


@COMMANDS
def test_a_command_is_short_and_says_what_it_takes(command: Command) -> None:
    holes = set(HOLE.findall(command.text))
    assert holes == {argument.name for argument in command.arguments}
    assert all(argument.meaning.endswith(".") and argument.otherwise for argument in command.arguments)
    assert len(command.text.split()) <= 400
    assert len(command.description) <= 160


@COMMANDS
def test_choices_come_from_where_they_are_kept(command: Command) -> None:
    for argument in command.arguments:
        decision, _, name = argument.of.partition(".")
        if argument.of:
            assert next(one.allowed for one in load_decision(decision).inputs if one.name == name)
    rubric = next((a.values for a in command.arguments if a.name == "rubric"), None)
    assert rubric is None or set(rubric) == set(artefact_names("rubric"))


def test_what_is_said_stands_in_the_text_and_is_no_template_itself() -> None:
    command = read_commands()[0]
    assert "code: churn {{problem}}." in fill_in(command.text, command.arguments, {"problem": " churn {{problem}} "})
    assert len(fill_in(command.text, command.arguments, {"problem": "x" * 100_000})) < 8_000


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ({"problem": '"churn', "task": "of"}, "Select a model for: churn of. Kind of task: as the data and the target show."),
        ({"problem": "churn", "task": "time series"}, "Select a model for: churn. Kind of task: time-series."),
        ({"task": "Search_Ranking"}, "Select a model for: the task of this repository. Kind of task: search-ranking."),
    ],
)  # fmt: skip
def test_words_that_an_agent_dealt_out_wrongly_come_together_again(typed: dict[str, str], begins: str) -> None:
    command = next(one for one in read_commands() if one.id == "select-model")
    assert fill_in(command.text, command.arguments, typed).startswith(begins)


def test_the_instruction_of_steps_has_only_holes_that_are_filled() -> None:
    facts = {"title": "Test first", "number": "13", "of": "21"}
    text = fill_in(read_text(TASK), STEP_ARGUMENTS, {}, facts)
    assert "{{" not in text
    assert set(NAMED.findall(text)) <= set(TOOLS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_call_and_section_in_the_skill_is_there(path: Path, library: World) -> None:
    text = path.read_text("utf-8")
    with library.deps.live.lend() as service:
        for tool, arguments in calls_in(text):
            verify(service, tool, arguments)
        for section in set(re.findall(r"`([a-z0-9-]+#[^`<]+)`", text)) - {"page#heading"}:
            assert read_page(service.index, section)
    assert set(NAMED.findall(text)) <= set(TOOLS)


def test_no_instruction_quotes_a_page_that_is_gone() -> None:
    pages = {path.stem for path in pages_folder().glob("*/*.md")}
    texts = "".join(command.text for command in read_commands())
    assert set(re.findall(r'"name": "([a-z0-9-]+)#', texts)) <= pages
