"""What the server tells of itself, frozen, and who may ask it over HTTP."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.server import MCPServer
from starlette.testclient import TestClient

from mlplaybook.server.agents.arguments import TYPES
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.server import create_http_app
from mlplaybook.server.agents.tools import create_tools
from mlplaybook.server.usage.tokens import VOCABULARY, create_counter
from tests.server.agents.world import ERAS, Era, World

GOLDEN = Path(__file__).with_name("tools.json")
MOST_TOKENS = 2_500
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def tools_of(world: World, era: Era = "auto") -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        async with Client(world.server, mode=era) as client:
            tools = (await client.list_tools()).tools
            return [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools]

    return anyio.run(work)


def compact(tools: list[dict[str, Any]]) -> str:
    return json.dumps(tools, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@pytest.mark.parametrize("era", ERAS)
def test_tools_are_what_clients_have_been_told(world: World, era: Era) -> None:
    """A change here is a change for every agent: look at it, then run `python -m tests.server.agents.test_server`."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    tools = tools_of(world, era)
    assert tools == golden["tools"]
    assert hashlib.sha256(compact(tools).encode()).hexdigest() == golden["sha256"]


def test_all_definitions_together_cost_little() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["tokens"] <= MOST_TOKENS
    counter = create_counter()
    if counter.name == VOCABULARY:
        assert counter.count(compact(golden["tools"])) == golden["tokens"]


def test_there_are_at_most_seven_tools_which_begin_with_a_verb_and_only_read(world: World) -> None:
    tools = tools_of(world)
    assert len(tools) <= 7
    for tool in tools:
        assert tool["description"].split()[0] in {"Search", "Answer", "Read", "Fill", "Check", "Run"}
        hints = tool["annotations"]
        assert (hints["readOnlyHint"], hints["destructiveHint"], hints["openWorldHint"]) == (True, False, False)


def test_schemas_have_nothing_that_clients_strip_or_refuse(world: World) -> None:
    for tool in tools_of(world):
        words = json.dumps(tool["inputSchema"])
        assert not any(
            f'"{key}"' in words for key in ("anyOf", "oneOf", "allOf", "$ref", "minimum", "maximum", "title")
        )


def test_every_alias_means_one_argument() -> None:
    for definition in DEFINITIONS:
        names = [name for one in definition.arguments for name in (one.name, *one.aliases)]
        assert len(names) == len(set(names)), definition.name
        assert all(one.kind in TYPES and one.example is not None for one in definition.arguments)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:8000"}, 200),
        ({"Host": "localhost:9"}, 200),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "127.0.0.1:8000", "Origin": "https://evil.example"}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "null"}, 403),
    ],
)
def test_only_named_hosts_are_answered(world: World, headers: dict[str, str], status: int) -> None:
    app = create_http_app(world.deps, ["127.0.0.1:8000", "localhost:*"])
    with TestClient(app) as client:
        assert client.post("/mcp", headers={**JSON, **headers}, json=LIST).status_code == status


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    app = create_http_app(world.deps, ["testserver"])
    with TestClient(app) as client:
        reply = client.post("/mcp", headers=JSON, content=b'{"a": "' + b"x" * 2_000_000 + b'"}')
    assert reply.status_code == 413


def freeze() -> None:
    """Write the golden file of the tools as they are; needs the vocabulary of tiktoken."""
    counter = create_counter()
    assert counter.name == VOCABULARY, "set TIKTOKEN_CACHE_DIR to a folder with the vocabulary"
    server: MCPServer[Any] = MCPServer("frozen", tools=create_tools(None))  # type: ignore[arg-type]
    tools = tools_of(World(server, None))  # type: ignore[arg-type]
    text = compact(tools)
    record = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "tokens": counter.count(text), "tools": tools}
    GOLDEN.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    freeze()
