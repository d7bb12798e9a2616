"""Prompts as clients get them: all with any arguments or none, within their tokens, in words of the tools."""

from __future__ import annotations

import re
from collections.abc import Mapping

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, Prompt, TextContent

from mlplaybook.server.agents.commands import ORDER
from mlplaybook.server.agents.steps import in_calls, number
from mlplaybook.server.artefacts.guiding.steps import read_steps
from mlplaybook.server.calls.tokens import counter_of
from tests.server.agents.world import ERAS, Era, World

STEPS = tuple(f"step-{name}" for name in read_steps())
# The one command that has no tool.
INIT = "`mlplaybook init` writes it into mlplaybook.toml"


def get(world: World, name: str, arguments: Mapping[str, str] | None = None, era: Era = "auto") -> str:
    async def work() -> str:
        async with Client(world.server, mode=era) as client:
            result = await client.get_prompt(name, dict(arguments) if arguments is not None else None)
            (message,) = result.messages
            assert message.role == "user"
            assert isinstance(message.content, TextContent)
            return message.content.text

    return anyio.run(work)


def refused(world: World, name: str, arguments: Mapping[str, str], era: Era) -> MCPError:
    """The error of a prompt; raised out of the client's task group it would be one of a group."""

    async def work() -> MCPError:
        async with Client(world.server, mode=era) as client:
            try:
                await client.get_prompt(name, dict(arguments))
            except MCPError as error:
                return error
        raise AssertionError

    return anyio.run(work)


def listed(world: World, era: Era) -> list[Prompt]:
    async def work() -> list[Prompt]:
        async with Client(world.server, mode=era) as client:
            return (await client.list_prompts()).prompts

    return anyio.run(work)


@pytest.mark.parametrize("era", ERAS)
def test_twelve_commands_and_twenty_one_steps_are_listed(library: World, era: Era) -> None:
    prompts = listed(library, era)
    assert tuple(prompt.name for prompt in prompts) == (*ORDER, *STEPS)
    assert len(prompts) == 33
    assert all(prompt.title and prompt.description and prompt.arguments for prompt in prompts)
    assert not any(argument.required for prompt in prompts for argument in prompt.arguments or [])


@pytest.mark.parametrize("name", [*ORDER, *STEPS])
def test_a_prompt_says_something_useful_without_arguments(name: str, library: World) -> None:
    text = get(library, name)
    assert "{{" not in text
    assert "check_document" in text or "decide" in text


@pytest.mark.parametrize("era", ERAS)
def test_an_argument_stands_in_the_instruction(library: World, era: Era) -> None:
    assert get(library, "frame-ml-problem", {"problem": "no-shows"}, era).startswith(
        "Frame an ML problem before anybody writes model code: no-shows."
    )
    assert 'decide {"name": "ml-test-score"}' in get(library, "score-ml-system", {"rubric": "ml-test-score"}, era)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_its_guide_in_words_of_the_tools(name: str, library: World) -> None:
    text = get(library, name)
    step = read_steps()[name.removeprefix("step-")]
    assert f"# Guide: {step.title}" in text
    assert f"step {step.number} of 21" in text
    assert re.findall(r"`?mlplaybook [a-z]+", text.replace(INIT, "")) == []


@pytest.mark.parametrize(("tokens", "depth"), [("600", "1"), ("1000", "3"), ("4000", "5")])
def test_a_guide_has_as_many_tokens_as_were_asked_for(library: World, tokens: str, depth: str) -> None:
    text = get(library, "step-create-evals", {"tokens": tokens, "depth": depth, "focus": "ranking of search results"})
    guide = text[text.index("# Guide:") :]
    with library.deps.live.lend() as service:
        # Calls of tools are a little longer than commands.
        assert counter_of(service.index).count(guide) <= int(tokens) * 1.1
    assert "Sections were chosen by the question: ranking of search results" in guide


@pytest.mark.parametrize("focus", ["?", "检测漂移", "x" * 5_000])
def test_a_focus_that_cannot_be_searched_for_takes_nothing_away(library: World, focus: str) -> None:
    assert "# Guide: Test first" in get(library, "step-tdd", {"focus": focus, "tokens": "lots", "depth": "9"})


@pytest.mark.parametrize("era", ERAS)
def test_a_prompt_that_there_is_not_is_refused_with_the_nearest(library: World, era: Era) -> None:
    error = refused(library, "frame-problem\x1b[31m", {}, era).error
    assert error.code == INVALID_PARAMS
    assert "Nearest: frame-ml-problem" in error.message
    assert "\x1b" not in error.message


def test_a_project_file_that_cannot_be_read_is_said_as_it_is(library: World) -> None:
    assert library.deps.settings.project is not None
    file = library.deps.settings.project / "mlplaybook.toml"
    file.write_text("[project]\nmodelType = 'quantum'\n", "utf-8")
    try:
        error = refused(library, "step-tdd", {}, "auto").error
    finally:
        file.unlink()
    assert error.code == INVALID_PARAMS
    assert "quantum" in error.message


def test_arguments_that_a_prompt_does_not_have_are_passed_over(library: World) -> None:
    assert get(library, "frame-ml-problem", {"nonsense": "x"}) == get(library, "frame-ml-problem", {})


def test_commands_become_calls() -> None:
    line = "`mlplaybook fill regression-gate --from README.md -o tests/test_regression.py`. `mlplaybook score data-quality`"
    assert in_calls(line) == (
        '`fill_template {"template": "regression-gate"}`, for tests/test_regression.py. `decide {"name": "data-quality"}`'
    )
    assert number("about 3,000", 5, 1, 10) == 3
