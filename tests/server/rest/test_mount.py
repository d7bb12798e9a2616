"""MCP beside the other routes: the same wall, keys and limits."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from starlette.testclient import TestClient

from mlplaybook.server.live import Live
from mlplaybook.server.rest.mount import QUOTED, quoting
from tests.server.rest.world import Reach, World

QUESTION = "Which index raises an alert?"
ACCEPT = {"Accept": "application/json, text/event-stream"}


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


ASK = message("tools/call", name="ask_playbook", arguments={"question": QUESTION})
SEARCH = message("tools/call", name="search_playbook", arguments={"query": QUESTION})


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


def answers_counted(client: TestClient) -> dict[str, float]:
    """What /metrics says of answers: how many, of which status and mode, from the cache or not, statements, stages."""
    text = client.get("/metrics").text
    wanted = r"^mlplaybook_(answers_total|answer_cache_total|statements_total|stage_seconds_count)(\{.*\}) ([\d.]+)$"
    return {name + labels: float(value) for name, labels, value in re.findall(wanted, text, re.MULTILINE)}


def test_an_answer_over_mcp_counts_as_one_over_the_other_endpoints_does(world: World) -> None:
    world.live = Live(dataclasses.replace(world.service, store=None), lambda: world.service.index, str, complete=True)
    with world.client() as asked, world.client() as called:
        check_counts_alike(asked, called)


def check_counts_alike(asked: TestClient, called: TestClient) -> None:
    """One service is asked over REST, another over MCP."""
    assert asked.post("/v1/chat", json={"question": QUESTION, "mode": "extractive"}).json()["status"] == "answered"
    assert called.post("/mcp", json=ASK, headers=ACCEPT).json()["result"]["isError"] is False
    counted = answers_counted(called)
    assert counted == answers_counted(asked)
    assert counted['answers_total{mode="extractive",status="answered"}'] == 1
    assert counted['statements_total{verified="yes"}'] > 0
    assert counted['stage_seconds_count{stage="search"}'] == 1
    requests = 'mlplaybook_requests_total{method="POST",route="/mcp",status="200"} 1.0'
    assert requests in called.get("/metrics").text.splitlines()


def test_an_answer_of_a_key_with_a_budget_is_counted_once_too(reach: Reach, world: World) -> None:
    client = reach(world.key("admin", daily_tokens=10), rest_keys=True)
    client.post("/mcp", json=ASK, headers=ACCEPT)
    client.post("/v1/chat", json={"question": QUESTION})
    counted = answers_counted(client)
    assert sum(value for name, value in counted.items() if name.startswith("answers_total")) == 2


def test_no_stream_is_left_open(client: TestClient) -> None:
    got = client.get("/mcp", headers={"Accept": "text/event-stream"})
    assert (got.status_code, got.headers["allow"]) == (405, "POST")


def test_a_key_with_a_budget_of_its_own_cannot_spend_it_unseen(reach: Reach, world: World) -> None:
    with quoting(world.live).lend() as lent:
        assert lent.models == ()
    rich = dataclasses.replace(world.service, models=(object(),))  # type: ignore[arg-type]
    live = type(world.live)(rich, lambda: rich.index, lambda: rich.index.folder.name, complete=True)
    with quoting(live).lend() as lent:
        assert (lent.models, lent.trouble) == ((), QUOTED)
    client = reach(world.key(daily_tokens=10), rest_keys=True)
    assert client.post("/mcp", json=SEARCH, headers=ACCEPT).status_code == 200
