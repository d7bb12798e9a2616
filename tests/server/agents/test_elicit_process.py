"""The form for missing fields, asked by a server in a process of its own, over both transports and in both eras."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import ElicitResult

from tests.server.agents.talking import ENTRY, environment
from tests.server.agents.test_elicit import ANSWERS, BEGUN, DOTTED, User
from tests.server.agents.world import ERAS, Era, record_of

COMMAND = ("-c", ENTRY, "mcp", "--corpus", "handbook")
START_SECONDS = 60


@pytest.fixture
def url(home: Path, models: Path) -> Iterator[str]:
    """The address of a server over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, *COMMAND, "--http", str(port)], env=environment(home, models), cwd=home,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
        process.terminate()


def fill(server: str | StdioServerParameters, era: Era, arguments: dict[str, Any], user: User | None) -> dict[str, Any]:
    """The record of a call by a client whose user answers, or that has none."""

    async def work() -> dict[str, Any]:
        async with Client(server, mode=era, elicitation_callback=user) as client:
            return record_of(await client.call_tool("fill_template", arguments))

    return anyio.run(work)


def with_answers() -> dict[str, Any]:
    return {**BEGUN, "values": {**BEGUN["values"], **DOTTED}}  # type: ignore[dict-item]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.timeout(120)
def test_over_stdio_the_user_is_asked_once_and_the_answers_are_in_the_document(
    home: Path, models: Path, era: Era
) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=list(COMMAND), env=environment(home, models), cwd=home
    )  # fmt: skip
    user = User(ElicitResult(action="accept", content=ANSWERS))
    asked = fill(server, era, dict(BEGUN), user)
    assert len(user.asked) == 1
    assert asked["document"] == fill(server, era, with_answers(), None)["document"]


@pytest.mark.timeout(120)
def test_over_http_the_user_is_asked_where_a_call_can_be_repeated_and_otherwise_the_reply_asks(url: str) -> None:
    user = User(ElicitResult(action="accept", content=ANSWERS))
    asked = fill(url, "auto", dict(BEGUN), user)
    assert len(user.asked) == 1
    assert asked["document"] == fill(url, "auto", with_answers(), None)["document"]
    # Before 2026-07-28 the server would have to ask while the call runs, and without sessions it cannot reach the client.
    older = User(ElicitResult(action="accept", content=ANSWERS))
    partial = fill(url, "legacy", dict(BEGUN), older)
    assert older.asked == []
    assert {one["field"] for one in partial["missing"]} >= set(DOTTED)
    assert fill(url, "legacy", with_answers(), None)["document"] == asked["document"]
