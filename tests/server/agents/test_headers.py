"""Blanks around header values, and tools that there are not: what the conformance suite found."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from mlplaybook.server.agents.server import create_http_app
from tests.server.agents.world import ERAS, Era, World, text_of

VERSION = "2026-07-28"


@pytest.mark.parametrize("name", ["decide", "  decide  ", "\tdecide "])
def test_blanks_around_a_header_are_no_part_of_it(world: World, name: str) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {},
    }  # fmt: skip
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "decide", "arguments": {}, "_meta": meta},
    }
    headers = {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Host": "127.0.0.1:8000",
        "MCP-Protocol-Version": VERSION, "Mcp-Method": "tools/call", "Mcp-Name": name,
    }  # fmt: skip
    with TestClient(create_http_app(world.deps, ["127.0.0.1:8000"])) as client:
        reply = client.post("/mcp", json=call, headers=headers)
    assert (reply.status_code, reply.json().get("error")) == (200, None)


@pytest.mark.parametrize("era", ERAS)
def test_an_unknown_tool_is_answered_with_those_there_are(world: World, era: Era) -> None:
    result = world.call("search_docs", {"query": "drift"}, era)
    assert result.is_error
    assert text_of(result).startswith("There is no tool 'search_docs'. Tools are search_playbook, ask_playbook,")
