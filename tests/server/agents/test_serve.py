"""The server in a process of its own: stdout is the protocol's, and the end of stdin ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.server.agents.world import ERAS, Era
from tests.server.conftest import command

SERVE = ("-m", "mlplaybook.server.agents.serve", "--corpus", "handbook")


def environment(home: Path, models: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    return {**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), "MLPLAYBOOK_MODELS": str(models)}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.timeout(120)
def test_a_client_talks_to_a_process(home: Path, models: Path, era: Era) -> None:
    server = StdioServerParameters(command=sys.executable, args=list(SERVE), env=environment(home, models), cwd=home)

    async def work() -> str:
        async with Client(server, mode=era) as client:
            result = await client.call_tool("search_playbook", {"query": "Which cut-offs raise an alert?"})
            assert result.structured_content is not None
            return str(result.structured_content["hits"][0]["document"])

    assert anyio.run(work) == "drift"


@pytest.mark.timeout(120)
def test_stdout_has_only_messages_and_the_process_ends_with_its_input(home: Path, models: Path) -> None:
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "read_playbook", "arguments": {}}},
    ]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, *SERVE], env=environment(home, models), cwd=home, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert sorted(message["id"] for message in said) == [1, 2]
    assert rest == ""


@pytest.mark.timeout(120)
def test_a_corpus_that_is_not_there_is_one_line_on_stderr(home: Path, models: Path) -> None:
    done = command("mcp", "--corpus", "nothing", home=home, MLPLAYBOOK_MODELS=str(models))
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(120)
def test_a_port_that_is_none_is_refused(home: Path, models: Path) -> None:
    done = command("mcp", "--http", "70000", home=home, MLPLAYBOOK_MODELS=str(models))
    assert done.returncode == 2
    assert "There is no port 70000." in done.stderr
