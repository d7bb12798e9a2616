"""The quick commands and the development steps as prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.server.mcpserver.prompts.base import PromptArgument as Described
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS
from pydantic import Field

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.commands import Command, PromptArgument, fill_in, read_commands
from mlplaybook.server.agents.completion import register_completion
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.errors import message_of
from mlplaybook.server.agents.steps import PREFIX, STEP_ARGUMENTS, describe, step_text
from mlplaybook.server.artefacts.guiding.steps import Step, read_steps

# Takes what was given and returns the text; may read the index, so that it belongs into a worker thread.
Write = Callable[[Mapping[str, str]], str]


class PlaybookPrompt(Prompt):
    """A prompt whose every argument may be left out, and which ignores arguments that it does not have."""

    write: Write = Field(exclude=True)

    async def render(self, arguments: dict[str, Any] | None, context: Context[Any, Any]) -> list[Message]:
        """The text as a message of the user; an error that a person can mend is one of the protocol."""
        given = {name: str(value) for name, value in (arguments or {}).items() if value is not None}
        try:
            text = await anyio.to_thread.run_sync(self.write, given, abandon_on_cancel=True)
        except PlaybookError as error:
            raise MCPError(INVALID_PARAMS, message_of(self.name, error)) from error
        return [UserMessage(text)]


def register_prompts(server: MCPServer[Any], deps: Deps) -> None:
    """The twelve quick commands, then the steps in their order, and completion for their arguments and for resources."""
    for command in read_commands():
        server.add_prompt(command_prompt(command))
    for step in read_steps().values():
        server.add_prompt(step_prompt(deps, step))
    register_completion(server, deps)


def command_prompt(command: Command) -> PlaybookPrompt:
    """A quick command."""

    def write(given: Mapping[str, str]) -> str:
        return fill_in(command.text, command.arguments, given)

    return create_prompt(command.id, command.title, command.description, command.arguments, write)


def step_prompt(deps: Deps, step: Step) -> PlaybookPrompt:
    """A development step."""

    def write(given: Mapping[str, str]) -> str:
        with deps.live.lend() as service:
            return step_text(service, deps.settings, step.id, given)

    return create_prompt(f"{PREFIX}{step.id}", step.title, describe(step), STEP_ARGUMENTS, write)


def create_prompt(
    name: str, title: str, description: str, arguments: Sequence[PromptArgument], write: Write
) -> PlaybookPrompt:  # fmt: skip
    """A prompt of the SDK's."""
    # None is required: Claude Code refuses a prompt that lacks one. Gemini CLI takes optional ones as --NAME="..." only.
    described = [Described(name=one.name, description=one.meaning, required=False) for one in arguments]
    return PlaybookPrompt(
        name=name, title=title, description=description, arguments=described, fn=write, write=write, context_kwarg=None
    )
