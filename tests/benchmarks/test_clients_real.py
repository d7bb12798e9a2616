"""Real agents and the real suite, where `make agents` has installed them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.clients.agents import AGENTS, Agent, Facts, read_references, tell
from benchmarks.clients.conformance import ERAS, judge, read_expected, run_suite
from benchmarks.clients.environment import playbook_command, playbook_variables, program_environment
from benchmarks.clients.node import Programs, installed_programs
from benchmarks.clients.processes import free_port, serving

ROOT = Path(__file__).parents[2]
PROGRAMS = installed_programs(ROOT / ".state" / "node")

pytestmark = [
    pytest.mark.skipif(PROGRAMS is None, reason="needs Node and the agents: `make agents` fetches them from npm"),
    pytest.mark.skipif(sys.platform == "win32", reason="programs are ended by process group"),
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="module")
def programs() -> Programs:
    assert PROGRAMS is not None
    return PROGRAMS


@pytest.fixture(scope="module")
def references() -> dict[str, list[Facts]]:
    return read_references(playbook_variables())


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.program)
def test_the_model_of_an_agent_sees_answer_quotes_pages_and_uris(
    agent: Agent, programs: Programs, references: dict[str, list[Facts]]
) -> None:
    assert tell(agent, programs, references).problems == []


def test_the_conformance_suite_finds_nothing_that_is_not_expected(programs: Programs, tmp_path: Path) -> None:
    environment = program_environment(programs, tmp_path) | playbook_variables()
    port = free_port()
    with serving([playbook_command(), "mcp", "--http", str(port)], port, environment, tmp_path):
        for era in ERAS:
            checks = run_suite(programs, f"http://127.0.0.1:{port}/mcp", era, environment, tmp_path)
            assert judge(era, checks, read_expected(era)).surprises == ()
