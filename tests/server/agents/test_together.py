"""Several agents on one machine share an index, and follow it when it is made again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.server.agents.talking import ENTRY, ENVELOPE, Talk, environment, talking

AGENTS = 3
CANARY = "# Canary\n\n## When does a canary sing?\n\nA canary release sings at the first error, and is rolled back by hand.\n"


def search(talk: Talk, query: str, id: int = 1) -> dict[str, Any]:  # noqa: A002
    talk.send({
        "jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "search_playbook", "arguments": {"query": query}, **ENVELOPE},
    })  # fmt: skip
    result = talk.read(60)["result"]
    assert not result.get("isError"), result
    record: dict[str, Any] = result["structuredContent"]
    return record


@pytest.mark.timeout(240)
def test_three_servers_share_an_index_and_follow_it(home: Path, models: Path) -> None:
    env = environment(home, models)
    exported = sorted((models.parent).iterdir())
    with ExitStack() as stack:
        command = ["-c", ENTRY, "mcp", "--corpus", "handbook"]
        agents = [stack.enter_context(talking(command, env=env, cwd=home)) for _ in range(AGENTS)]
        for agent in agents:
            assert search(agent, "Which cut-offs raise an alert?")["hits"][0]["document"] == "drift"
        (home / "source" / "canary.md").write_text(CANARY, "utf-8")
        ingest = [sys.executable, "-m", "mlplaybook.server", "ingest", str(home / "source"), "--corpus", "handbook"]
        with subprocess.Popen(ingest, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            for number in range(1000):
                for agent in agents:
                    assert search(agent, "How are rows split?", number)["hits"]
                if process.poll() is not None:
                    break
            assert process.wait(60) == 0
        until = time.monotonic() + 60
        for agent in agents:
            while "canary" not in {hit["document"] for hit in search(agent, "When does a canary sing?")["hits"]}:
                assert time.monotonic() < until, "the new page is found"
                time.sleep(0.1)
        generations = {search(agent, "When does a canary sing?")["generation"] for agent in agents}
        assert len(generations) == 1
        pids = [agent.process.pid for agent in agents]
        assert all(agent.close() < 2 for agent in agents)
    assert sorted((models.parent).iterdir()) == exported, "nobody has exported the model again"
    left = {path.name for path in Path(tempfile.gettempdir()).glob("mlplaybook-reader-*")}
    assert not [name for name in left for pid in pids if f"-{pid}-" in name]
