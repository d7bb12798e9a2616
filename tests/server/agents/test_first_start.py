"""Several agents at once on a machine that has nothing yet: one export, one build, and nobody waits for either."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.agents.talking import ENTRY, Talk, children, environment, megabytes, talking
from tests.server.agents.test_together import search

AGENTS = 3
QUESTION = "How do I detect data drift?"
# What a server may hold when all is loaded, and so what it may hold on the way there.
MOST_MEGABYTES = 350
PATIENCE_SECONDS = 600


def builders(agents: list[Talk]) -> list[Talk]:
    """The agents whose servers have started a process, which is the one that builds."""
    return [agent for agent in agents if any(children(server) for server in children(agent.process.pid))]


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.timeout(800)
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads what Linux tells of processes")
def test_three_servers_on_an_empty_machine_build_once_even_if_the_one_that_builds_leaves(tmp_path: Path) -> None:
    env = environment(tmp_path, tmp_path)
    del env["MLPLAYBOOK_MODELS"]
    with ExitStack() as stack:
        agents = [stack.enter_context(talking(["-c", ENTRY, "mcp"], env=env, cwd=tmp_path)) for _ in range(AGENTS)]
        for agent in agents:
            found = search(agent, QUESTION)
            assert (found["hits"][0]["document"][:6], found["degraded"]) == ("drift-", ["dense"])
        until = time.monotonic() + PATIENCE_SECONDS
        while not (builds := builders(agents)):
            assert time.monotonic() < until, "somebody begins to build"
            time.sleep(0.1)
        assert len(builds) == 1
        said = builds[0].process.stderr
        assert builds[0].close() < 2
        assert said is not None
        exports = said.read().decode().count("to ONNX (once)")
        others = [agent for agent in agents if agent is not builds[0]]
        for agent in others:
            while (found := search(agent, QUESTION))["degraded"]:
                assert found["hits"]
                assert time.monotonic() < until, "vectors are loaded"
                time.sleep(0.5)
        assert len({search(agent, QUESTION)["generation"] for agent in others}) == 1
        assert not builders(others)
        peaks = [megabytes(server, "VmHWM") for agent in others for server in children(agent.process.pid)]
        assert len(peaks) == AGENTS - 1
        assert max(peaks) <= MOST_MEGABYTES
        assert all(agent.close() < 2 for agent in others)
        exports += sum(agent.errors().count("to ONNX (once)") for agent in others)
    assert exports <= 1
    assert len(list((tmp_path / "models").glob("[!.]*"))) == 1
    corpus = tmp_path / "index" / "playbook"
    built = sorted(path.name for path in corpus.glob("gen-*"))
    assert len(built) == 2, "one by words and one with vectors"
    assert all(name.endswith(".1") for name in built)
    assert not list(corpus.glob("building*"))
