"""What the front answers from: the server's own answers, taken from it in every revision of MCP when a release is made.

python -m mlplaybook.server.agents.snapshot    writes snapshot.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, cast

import anyio
from mcp.server import MCPServer
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.front import SNAPSHOT
from mlplaybook.server.agents.server import create_server
from mlplaybook.server.agents.snapped import DISCOVER, HANDSHAKE, LISTS, PING
from mlplaybook.server.agents.wire import MODERN
from mlplaybook.server.live import Live
from mlplaybook.server.settings import Settings

Record = dict[str, Any]
CLIENT = {"name": "snapshot", "version": "1"}


def take_snapshot(server: MCPServer[Any]) -> Record:
    """The answers of a server in every revision; results that are the same stand there once."""
    results: list[Record] = []
    answers: dict[str, dict[str, int]] = {}
    for version in (*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS):
        for method, answer in ask_all(server, version).items():
            if answer not in results:
                results.append(answer)
            answers.setdefault(version, {})[method] = results.index(answer)
    return {
        "handshake": list(HANDSHAKE_PROTOCOL_VERSIONS), "modern": list(MODERN_PROTOCOL_VERSIONS),
        "answers": answers, "results": results,
    }  # fmt: skip


def ask_all(server: MCPServer[Any], version: str) -> dict[str, Record]:
    """What a server answers in one revision, by method."""
    if version in MODERN_PROTOCOL_VERSIONS:
        meta = {"_meta": {MODERN: version, "io.modelcontextprotocol/clientCapabilities": {}}}
        asked = [request(method, meta) for method in (DISCOVER, *LISTS)]
    else:
        hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
        asked = [request(HANDSHAKE, hello), *(request(method) for method in (PING, *LISTS))]
    replies = anyio.run(talk, server, asked)
    return {message["method"]: reply["result"] for message, reply in zip(asked, replies, strict=True)}


def request(method: str, params: Record | None = None) -> Record:
    """A request."""
    return {"jsonrpc": "2.0", "id": 1, "method": method} | ({"params": params} if params else {})


async def talk(server: MCPServer[Any], messages: Sequence[Record]) -> list[Record]:
    """What a server answers to requests on one connection, as its stdio transport writes it."""
    lowlevel = server._lowlevel_server
    replies = []
    async with create_client_server_memory_streams() as (client, streams), anyio.create_task_group() as group:
        group.start_soon(lowlevel.run, *streams, lowlevel.create_initialization_options())
        for message in messages:
            await client[1].send(SessionMessage(jsonrpc_message_adapter.validate_python(message, by_name=False)))
            reply = await client[0].receive()
            assert isinstance(reply, SessionMessage)
            replies.append(json.loads(reply.message.model_dump_json(by_alias=True, exclude_unset=True)))
        group.cancel_scope.cancel()
    return replies


def release_server() -> MCPServer[Any]:
    """The server as it is in a release; none of its lists needs an index, or the front could not answer them."""
    return create_server(Deps(cast(Live, None), Settings()))


def main() -> None:
    """Write snapshot.json."""
    text = json.dumps(take_snapshot(release_server()), indent=1, ensure_ascii=False)
    SNAPSHOT.write_text(f"{text}\n", "utf-8")
    sys.stderr.write(f"{SNAPSHOT.name}: {len(text):,} characters\n")


if __name__ == "__main__":
    main()
