"""Real agents and the real suite, where `make agents` has installed them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.clients.agents import AGENTS, Agent, Facts, converse, read_references, tell
from benchmarks.clients.conformance import ERAS, judge, read_expected, run_suite
from benchmarks.clients.environment import playbook_command, playbook_variables, program_environment
from benchmarks.clients.node import Programs, installed_programs
from benchmarks.clients.processes import free_port, run, serving
from benchmarks.clients.quick import Way, type_command, ways
from benchmarks.clients.scripted import Step
from benchmarks.clients.tokens import costly_texts, count_tokens, too_many
from mlplaybook.server.agents.plugin.cases import read_cases

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


@pytest.mark.parametrize("way", ways(), ids=lambda way: f"{way.program}-{way.kind}")
def test_the_model_of_an_agent_sees_the_words_of_a_quick_command(way: Way, programs: Programs) -> None:
    assert type_command(way, programs).problems == []


def write_tasks(agent: Agent, programs: Programs, environment: Mapping[str, str], project: Path) -> None:
    """The tasks beside the project, with a server of this installation."""
    command = [playbook_command(), "plugin", "evals", str(project.parent / "tasks"), "--start", "installed"]
    assert run(command, environment, project, 60).status == 0


def run_tasks(programs: Programs, steps: tuple[Step, ...], *words: str) -> list[dict[str, Any]]:
    """What Claude Code's own runner says of the tasks, each run once with the plugin."""
    once = ("--runs", "1", "--ablation", "none", "--threshold", "0", "--trust-plugin", "--no-publish", "-j", "2")
    claude, home = AGENTS[0], playbook_variables()
    command = ["plugin", "eval", "../tasks", *once, *words, "--json"]
    _, ended = converse(claude, programs, steps, command, write_tasks, home, 180)
    assert ended.status == 0, ended.last_words
    cases: list[dict[str, Any]] = json.loads(ended.output)["cases"]
    return cases


def test_claude_code_runs_every_task(programs: Programs) -> None:
    cases = run_tasks(programs, ())
    assert {case["name"] for case in cases} == {case.id for case in read_cases()}
    for case in cases:
        (arm,) = case["arms"]["with"]
        assert (arm["error"], len(arm["graders"])) == (None, len(case["graders"]))


def test_claude_code_sees_the_tools_that_a_task_calls_of_the_plugins_own_server(programs: Programs) -> None:
    space = "mcp__plugin_ml-playbook_mlplaybook__"
    steps = (
        Step(f"{space}decide", {"name": "ab-sample-size"}, own=True),
        Step(f"{space}fill_template", {"template": "ab-test-plan", "values": {}}, own=True),
    )
    grants = ("--case", "ab-size", "--allow-real-servers", "--allow-tools", f"{space}*", "Write", "Edit")
    (case,) = run_tasks(programs, steps, *grants)
    passed = {one["name"]: one["passed"] for one in case["arms"]["with"][0]["graders"]}
    # The scripted model neither cites nor writes.
    assert passed == {
        "calls-decide": True, "calls-fill-template": True, "cites": False, "good": False, "leaves-file": False,
    }  # fmt: skip


def test_the_server_costs_no_more_tokens_than_it_may(programs: Programs, tmp_path: Path) -> None:
    assert too_many(count_tokens(programs, costly_texts(), program_environment(programs, tmp_path), tmp_path)) == []


def test_the_conformance_suite_finds_nothing_that_is_not_expected(programs: Programs, tmp_path: Path) -> None:
    environment = program_environment(programs, tmp_path) | playbook_variables()
    port = free_port()
    with serving([playbook_command(), "mcp", "--http", str(port)], port, environment, tmp_path):
        for era in ERAS:
            checks = run_suite(programs, f"http://127.0.0.1:{port}/mcp", era, environment, tmp_path)
            assert judge(era, checks, read_expected(era)).surprises == ()
