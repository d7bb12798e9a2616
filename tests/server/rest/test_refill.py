"""A document that is filled again over HTTP and over MCP is the same document, and what a person changed in it stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
import yaml
from mcp import Client
from starlette.testclient import TestClient

from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.server import create_server
from mlplaybook.server.settings import Settings
from tests.server.rest.world import World

KICKOFF = "Goal: cut churn of monthly subscribers from 5% to 4% by July. Latency: 200 ms at p95."
REVIEW = KICKOFF.replace("200 ms", "90 ms")
LATENCY, BASELINE, ETHICS = "latency_requirement", "baseline", "ethical_considerations"
EDIT = "Nobody is denied a refund by the model alone"


class Http:
    """A template filled by POST."""

    def __init__(self, world: World) -> None:
        self.client = world.client()

    def __enter__(self) -> Http:
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__(None, None, None)

    def fill(self, notes: str = "", values: Mapping[str, str] = {}, earlier: str = "") -> tuple[str, list[str]]:
        body = {"notes": [{"name": "notes", "text": notes}] if notes else [], "values": values, "earlier": earlier}
        got = self.client.post("/v1/templates/problem-brief/fill", json=body)
        assert got.status_code == 200, got.text
        return got.json()["document"], got.json()["conflicts"]


class Mcp:
    """A template filled by the tool."""

    def __init__(self, world: World) -> None:
        self.server = create_server(Deps(world.live, Settings(home=world.home)))

    def __enter__(self) -> Mcp:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def fill(self, notes: str = "", values: Mapping[str, str] = {}, earlier: str = "") -> tuple[str, list[str]]:
        given: dict[str, Any] = {"notes": notes, "values": dict(values), "earlier": earlier, "max_tokens": 10_000}

        async def work() -> dict[str, Any]:
            async with Client(self.server) as client:
                result = await client.call_tool("fill_template", {"template": "problem-brief", **given})
                assert not result.is_error, result
                assert result.structured_content is not None
                return result.structured_content

        record = anyio.run(work)
        return record["document"], record.get("problems", [])


Way = type[Http] | type[Mcp]
WAYS: tuple[Way, ...] = (Http, Mcp)


def values_of(document: str) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(document)["problem_brief"]
    return values


def edited(document: str) -> str:
    changed = document.replace(f"{ETHICS}: null", f"{ETHICS}: {EDIT}")
    assert changed != document
    return changed


@pytest.mark.parametrize("way", WAYS)
def test_what_a_person_changed_stays_and_what_the_notes_say_now_is_new(world: World, way: Way) -> None:
    with way(world) as client:
        first, _ = client.fill(KICKOFF, {BASELINE: "the mean"})
        again, conflicts = client.fill(REVIEW, {BASELINE: "the median"}, edited(first))
        before, after = values_of(first), values_of(again)
        assert ("200" in str(before[LATENCY]), "90" in str(after[LATENCY])) == (True, True)
        assert (after[ETHICS], after[BASELINE], conflicts) == (EDIT, "the median", [])
        # Filled once more from the same, nothing changes.
        assert client.fill(REVIEW, {BASELINE: "the median"}, again) == (again, [])


@pytest.mark.parametrize("way", WAYS)
def test_a_change_that_the_notes_contradict_stays_and_is_named(world: World, way: Way) -> None:
    with way(world) as client:
        first, _ = client.fill(KICKOFF)
        line = next(line for line in first.splitlines() if line.strip().startswith(f"{LATENCY}:"))
        mine = first.replace(line, f"  {LATENCY}: 50 ms at p99")
        again, conflicts = client.fill(REVIEW, earlier=mine)
        assert values_of(again)[LATENCY] == "50 ms at p99"
        assert len(conflicts) == 1
        assert LATENCY in conflicts[0]


@pytest.mark.parametrize("way", WAYS)
def test_a_document_that_was_filled_before_gives_its_values_as_they_stand(world: World, way: Way) -> None:
    with way(world) as client:
        first, _ = client.fill(KICKOFF, {BASELINE: "the mean"})
        made, _ = client.fill(edited(first))
        assert {name: values_of(made)[name] for name in (ETHICS, BASELINE)} == {ETHICS: EDIT, BASELINE: "the mean"}


@pytest.mark.parametrize("way", WAYS)
def test_the_document_that_is_filled_again_is_no_evidence_for_itself(world: World, way: Way) -> None:
    with way(world) as client:
        mine = edited(client.fill(KICKOFF)[0])
        assert client.fill(mine, earlier=mine) == client.fill(earlier=mine)


def test_both_ways_write_the_same_document(world: World) -> None:
    made = []
    for way in WAYS:
        with way(world) as client:
            first, _ = client.fill(KICKOFF, {BASELINE: "the mean"})
            made.append((first, client.fill(REVIEW, {BASELINE: "the median"}, edited(first))))
    assert made[0] == made[1]


def test_a_wrong_earlier_document_costs_nothing(client: TestClient) -> None:
    body = {"earlier": "a: 1", "notes": [{"name": "notes", "text": KICKOFF}]}
    got = client.post("/v1/templates/problem-brief/fill", json=body)
    assert (got.status_code, got.json()["code"]) == (422, "bad-document")
