"""A small playbook behind an MCP server, called by the SDK's own client without a transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import jsonschema
from mcp import Client
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent

from mlplaybook.server.agents.deps import Deps

Era = Literal["auto", "legacy"]
ERAS: tuple[Era, ...] = ("auto", "legacy")


@dataclass(frozen=True, slots=True)
class World:
    """A server and what it serves."""

    server: MCPServer[Any]
    deps: Deps

    def call(self, tool: str, arguments: Mapping[str, Any] | None = None, era: Era = "auto") -> CallToolResult:
        """A call by a client; the record of a good one fits the schema that the tool has published."""

        async def work() -> CallToolResult:
            async with Client(self.server, mode=era) as client:
                result = await client.call_tool(tool, dict(arguments or {}))
                if not result.is_error:
                    tools = (await client.list_tools()).tools
                    schema = next(one.output_schema for one in tools if one.name == tool)
                    assert schema is not None
                    jsonschema.validate(result.structured_content, schema)
                return result

        return anyio.run(work)


def text_of(result: CallToolResult) -> str:
    """What a client sees that shows text alone."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def record_of(result: CallToolResult) -> dict[str, Any]:
    """What a client sees that shows the record alone."""
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    record: dict[str, Any] = result.structured_content
    return record


def facts_of(value: Any, key: str = "") -> set[str]:
    """Every string of a record that a person would miss: all but the names of kinds and states."""
    if isinstance(value, dict):
        return {fact for name, inner in value.items() for fact in facts_of(inner, name)}
    if isinstance(value, list):
        return {fact for inner in value for fact in facts_of(inner, key)}
    return {value} if isinstance(value, str) and value and key not in UNSAID else set()


# Said otherwise in the text, or of no use to a reader of it.
UNSAID = frozenset({"generation", "query", "question", "document", "kind", "state", "severity", "unit", "verdict"})


def shown(record: Mapping[str, Any]) -> str:
    """A record as JSON."""
    return json.dumps(record, ensure_ascii=False)
