"""MCP beside the other routes: the same wall, keys and limits."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from mlplaybook.server.rest.mount import QUOTED, Quoting
from tests.server.rest.world import Reach, World

ACCEPT = {"Accept": "application/json, text/event-stream"}


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


SEARCH = message("tools/call", name="search_playbook", arguments={"query": "Which index raises an alert?"})


def test_agents_call_tools_at_mcp(client: TestClient) -> None:
    got = client.post("/mcp", json=SEARCH, headers=ACCEPT)
    assert got.status_code == 200, got.text
    assert "drift#which-cut-offs-raise-an-alert" in got.text
    listed = client.post("/mcp", json=message("tools/list"), headers=ACCEPT).json()["result"]["tools"]
    assert "search_playbook" in {tool["name"] for tool in listed}


def test_mcp_has_the_wall_of_everything_else(client: TestClient) -> None:
    evil = {**ACCEPT, "Host": "evil.example"}
    assert client.post("/mcp", json=SEARCH, headers=evil).status_code == 421
    assert client.post("/mcp", json=SEARCH, headers={**ACCEPT, "Origin": "https://evil.example"}).status_code == 403
    assert client.post("/mcp", content=b"x" * 70_000, headers=ACCEPT).status_code == 413
    assert client.post("/mcp", json=SEARCH, headers=ACCEPT).headers["x-content-type-options"] == "nosniff"


def test_mcp_needs_a_key_for_asking(reach: Reach, world: World) -> None:
    assert reach(rest_keys=True).post("/mcp", json=SEARCH, headers=ACCEPT).status_code == 401
    assert reach(world.key("read"), rest_keys=True).post("/mcp", json=SEARCH, headers=ACCEPT).status_code == 403
    assert reach(world.key("ask"), rest_keys=True).post("/mcp", json=SEARCH, headers=ACCEPT).status_code == 200


def test_mcp_counts_against_the_rate_of_a_key(reach: Reach, world: World) -> None:
    client = reach(world.key(), rest_keys=True, rest_burst=1)
    got = [client.post("/mcp", json=SEARCH, headers=ACCEPT).status_code for _ in range(2)]
    assert got == [200, 429]


def test_no_stream_is_left_open(client: TestClient) -> None:
    got = client.get("/mcp", headers={"Accept": "text/event-stream"})
    assert (got.status_code, got.headers["allow"]) == (405, "POST")


def test_a_key_with_a_budget_of_its_own_cannot_spend_it_unseen(reach: Reach, world: World) -> None:
    import dataclasses

    with Quoting(world.live).lend() as lent:
        assert lent.models == ()
    rich = dataclasses.replace(world.service, models=(object(),))  # type: ignore[arg-type]
    live = type(world.live)(rich, lambda: rich.index, lambda: rich.index.folder.name, complete=True)
    with Quoting(live).lend() as lent:
        assert (lent.models, lent.trouble) == ((), QUOTED)
    client = reach(world.key(daily_tokens=10), rest_keys=True)
    assert client.post("/mcp", json=SEARCH, headers=ACCEPT).status_code == 200
