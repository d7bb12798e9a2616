"""The tools of the MCP server: arguments in, one plain call in a worker thread, both channels out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.arguments import BadArgument, Read, read_arguments, schema_of
from mlplaybook.server.agents.call import Call
from mlplaybook.server.agents.deciding import decide_tool
from mlplaybook.server.agents.definitions import (
    ASK,
    CHECK,
    DECIDE,
    DEFINITIONS,
    FILL,
    READ,
    SEARCH,
    VERIFY,
    Definition,
    reply_schema,
)
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.elicit import ask_missing
from mlplaybook.server.agents.errors import crash_of, message_of
from mlplaybook.server.agents.reading import ask_tool, read_tool, search_tool
from mlplaybook.server.agents.results import Reply, to_result
from mlplaybook.server.agents.working import check_tool, fill_tool, verify_tool
from mlplaybook.server.calls.tokens import counter_of

WORK: Mapping[str, Callable[[Call], Reply]] = {
    SEARCH: search_tool, ASK: ask_tool, READ: read_tool, FILL: fill_tool, CHECK: check_tool, DECIDE: decide_tool,
    VERIFY: verify_tool,
}  # fmt: skip
# Nothing is written anywhere, the same call gives the same reply, and no other system is asked.
HARMLESS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class PlaybookTool(Tool):
    """A tool that reads its arguments by itself, whatever models call them, and makes both channels of its result."""

    work: Callable[[dict[str, Any], Context[Any, Any]], Awaitable[CallToolResult | InputRequiredResult]] = Field(
        exclude=True
    )

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:  # noqa: ANN401 (the SDK's)
        """Call it; raises ToolError for what the model can mend, and UnexpectedToolError, which says nothing of the cause."""
        try:
            return await self.work(arguments, context)
        except BadArgument as error:
            raise ToolError(str(error)) from error
        except PlaybookError as error:
            raise ToolError(message_of(self.name, error)) from error
        except (MCPError, ToolError):
            raise
        except Exception as error:
            raise UnexpectedToolError(crash_of(self.name)) from error


def create_tools(deps: Deps) -> list[Tool]:
    """The seven tools."""
    return [create_tool(deps, definition) for definition in DEFINITIONS]


def create_tool(deps: Deps, definition: Definition) -> PlaybookTool:
    """A tool by its definition."""

    async def work(arguments: dict[str, Any], context: Context[Any, Any]) -> CallToolResult | InputRequiredResult:
        read: Read | InputRequiredResult = read_arguments(definition.name, definition.arguments, arguments)
        if definition.name == FILL and isinstance(read, Read):
            read = await ask_missing(deps, read, context)
        if isinstance(read, InputRequiredResult):
            return read
        return to_result(await anyio.to_thread.run_sync(do, deps, definition.name, read, abandon_on_cancel=True))

    return PlaybookTool(
        name=definition.name, title=definition.title, description=definition.description, fn=work, work=work,
        is_async=True, context_kwarg=None, parameters=schema_of(definition.arguments), annotations=HARMLESS,
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=reply_schema(definition)),
    )  # fmt: skip


def do(deps: Deps, name: str, read: Read) -> Reply:
    """The work of a tool on the newest generation; takes time, so that it belongs into a worker thread."""
    with deps.live.lend() as service:
        call = Call(service, deps.settings, read.values, counter_of(service.index))
        reply = WORK[name](call)
    notes = [*call.notes, *read.notes]
    if not notes:
        return reply
    record = {**reply.record, "notes": [*reply.record.get("notes", []), *notes]}
    return Reply(record, f"{reply.text}\n\n{' '.join(notes)}", reply.links)
