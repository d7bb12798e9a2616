"""What the front answers from is what the server answers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from mlplaybook.server.agents.front import SNAPSHOT, server_command
from mlplaybook.server.agents.snapshot import release_server, take_snapshot
from tests.server.agents.talking import ENTRY, ENVELOPE, HELLO, Record, environment, notification, talking
from tests.server.agents.world import World

SNAPPED: Record = json.loads(SNAPSHOT.read_text("utf-8"))
LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")


def test_the_snapshot_is_of_this_release() -> None:
    assert take_snapshot(release_server()) == SNAPPED, "run: make snapshot"


def test_no_list_depends_on_the_corpus(world: World) -> None:
    assert take_snapshot(world.server) == SNAPPED


@pytest.mark.timeout(120)
@pytest.mark.parametrize("version", [*SNAPPED["handshake"], *SNAPPED["modern"]])
def test_the_server_itself_and_behind_the_front_answer_alike(home: Path, models: Path, version: str) -> None:
    """Asked over stdio: first the front alone, then, when the server has said something, the server through it."""
    answers = SNAPPED["answers"][version]
    modern = version in SNAPPED["modern"]
    with talking(["-c", ENTRY, "mcp", "--corpus", "handbook"], env=environment(home, models), cwd=home) as talk:
        envelope = ENVELOPE if modern else None
        first = ("server/discover", ENVELOPE) if modern else ("initialize", {**HELLO, "protocolVersion": version})
        for _ in range(2):
            assert talk.ask(*first)["result"] == SNAPPED["results"][answers[first[0]]]
            if not modern:
                talk.send(notification("notifications/initialized"))
            for method in LISTS:
                assert talk.ask(method, envelope)["result"] == SNAPPED["results"][answers[method]]
            call = {"name": "search_playbook", "arguments": {"query": "drift"}}
            assert "Coverage" in talk.ask("tools/call", {**call, **(envelope or {})})["result"]["content"][0]["text"]


@pytest.mark.timeout(120)
def test_a_corpus_that_is_not_there_is_said_to_who_waits(home: Path, models: Path) -> None:
    with talking(["-c", ENTRY, "mcp", "--corpus=nothing"], env=environment(home, models), cwd=home) as talk:
        talk.ask("initialize", HELLO)
        said = talk.ask("tools/call", {"name": "search_playbook", "arguments": {"query": "drift"}}, 2)["error"]
        assert "ended with status 2. It said: " in said["message"]
        assert "nothing" in said["message"]
        assert talk.process.wait(5) == 2
        assert "Traceback" not in talk.errors()


@pytest.mark.timeout(120)
def test_modules_of_the_folder_an_agent_works_in_are_not_run(tmp_path: Path) -> None:
    for name in ("mcp", "yaml", "anyio", "numpy", "mlplaybook", "server"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('ran')", "utf-8")
    done = subprocess.run(
        server_command("nothing"), cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "MLPLAYBOOK_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "nothing" in done.stderr
    assert "ran" not in done.stderr.split()
