"""Names that the server does not have: the error offers the nearest ones instead of a bare "unknown"."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, TextContent

from mlplaybook.server.agents.artefact_text import INDEX
from mlplaybook.server.agents.completion import near
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.resources import ABOUT, LONGEST_NAME, PAGE, SECTION, shown

CALL_TOOL, GET_PROMPT, READ_RESOURCE = "tools/call", "prompts/get", "resources/read"
# What the SDK says of a URI that fits no template.
UNKNOWN_RESOURCE = "Unknown resource"


def register_unknown(server: MCPServer[Any]) -> None:
    """Answer requests for tools, prompts and resources that there are not."""

    async def refuse(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        name = str((ctx.params or {}).get("name", ""))
        if ctx.method == GET_PROMPT and name:
            known = [prompt.name for prompt in await server.list_prompts()]
            if name not in known:
                raise unknown_prompt(name, known)
        if ctx.method == CALL_TOOL and name and all(name != tool.name for tool in DEFINITIONS):
            return unknown_tool(name)
        try:
            return await call_next(ctx)
        except MCPError as error:
            if ctx.method == READ_RESOURCE and error.error.message.startswith(UNKNOWN_RESOURCE):
                raise unknown_resource(str((ctx.params or {}).get("uri", ""))) from error
            raise

    server.middleware.append(refuse)


def unknown_tool(name: str) -> CallToolResult:
    """What to say of a tool: a result, because models do not see errors of the protocol."""
    names = ", ".join(tool.name for tool in DEFINITIONS)
    text = f"There is no tool '{shown(name[:LONGEST_NAME])}'. Tools are {names}."
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def unknown_prompt(name: str, known: list[str]) -> MCPError:
    """What to say of a prompt."""
    close = near(name[:LONGEST_NAME], known)
    offer = f" Nearest: {', '.join(close)}." if close else ""
    return MCPError(INVALID_PARAMS, f"There is no prompt '{shown(name)}'.{offer} prompts/list has all.", {"name": name})


def unknown_resource(uri: str) -> MCPError:
    """What to say of a URI that is none of ours, or that was refused."""
    forms = ", ".join([PAGE, SECTION, *(f"playbook://{kind}/{{id}}" for kind in ABOUT)])
    text = f"There is no resource '{shown(uri)}'. URIs are {INDEX}, {forms}; {INDEX} lists the ids."
    return MCPError(INVALID_PARAMS, text, {"uri": uri})
