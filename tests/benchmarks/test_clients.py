"""The scripted model, the judgement of the conformance suite, and the page that says what was found."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from benchmarks.clients.agents import AGENTS, LISTED, Told, count_facts, facts_of, has_fact
from benchmarks.clients.conformance import ERAS, Check, judge, read_checks, read_expected
from benchmarks.clients.dialects import DIALECTS
from benchmarks.clients.environment import program_environment
from benchmarks.clients.node import Programs, installed_programs, pinned
from benchmarks.clients.page import put_section, section
from benchmarks.clients.processes import ProgramFailed, free_port, listens, run, serving
from benchmarks.clients.quick import WORD, Quick, ways
from benchmarks.clients.scripted import DONE, Step, next_move, scripted_model
from benchmarks.clients.tokens import VOCABULARIES, costly_texts, too_many
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.instructions import INSTRUCTIONS

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
STEPS = (Step("ask_playbook", {"question": "why?"}), Step("read_playbook", {"name": "drift"}))


def post(url: str, path: str, body: dict[str, Any]) -> str:
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return str(reply.read().decode())


def test_the_model_follows_its_script_in_anthropics_words() -> None:
    tools = [{"name": f"mcp__mlplaybook__{step.tool}"} for step in STEPS]
    with scripted_model(STEPS, DIALECTS) as (url, log):
        messages: list[dict[str, Any]] = [{"role": "user", "content": "why?"}]
        for number, step in enumerate(STEPS):
            reply = json.loads(post(url, "/v1/messages?beta=true", {"tools": tools, "messages": messages}))
            call = reply["content"][0]
            assert (reply["stop_reason"], call["name"], call["input"]) == (
                "tool_use", f"mcp__mlplaybook__{step.tool}", step.arguments,
            )  # fmt: skip
            result = {
                "type": "tool_result",
                "tool_use_id": call["id"],
                "content": [{"type": "text", "text": f"r{number}"}],
            }
            messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        end = post(url, "/v1/messages", {"tools": tools, "messages": messages, "stream": True})
        assert DONE in end
        assert "message_stop" in end
    assert log.results == {0: "r0", 1: "r1"}


def test_the_model_looks_for_tools_that_it_is_not_shown_and_gives_up_in_time() -> None:
    body: dict[str, Any] = {"tools": [{"name": "ToolSearch"}], "messages": []}
    messages = DIALECTS[0]
    for look in range(3):
        kind, text = messages.write("", body, next_move(messages.read(body), STEPS))
        block = json.loads(text)["content"][0]
        if look < 2:
            assert block["input"] == {"query": "select:mcp__mlplaybook__ask_playbook"}
            result = {"type": "tool_result", "tool_use_id": block["id"], "content": "nothing"}
            body["messages"].append({"role": "user", "content": [result]})
    assert (kind, block["text"]) == ("application/json", "There is no tool ask_playbook.")


def test_a_tool_of_the_agents_own_is_looked_for_by_its_own_name() -> None:
    body: dict[str, Any] = {"tools": [{"name": "ToolSearch"}], "messages": []}
    own = (Step("ReadMcpResourceTool", {"uri": "playbook://index"}, own=True),)
    _, text = DIALECTS[0].write("", body, next_move(DIALECTS[0].read(body), own))
    assert json.loads(text)["content"][0]["input"] == {"query": "select:ReadMcpResourceTool"}


def test_the_model_follows_its_script_in_openais_words() -> None:
    space = {"type": "namespace", "name": "mlplaybook", "tools": [{"name": step.tool} for step in STEPS]}
    with scripted_model(STEPS, DIALECTS) as (url, log):
        hidden = post(url, "/v1/responses", {"tools": [{"type": "tool_search"}], "input": []})
        assert '"type": "tool_search_call"' in hidden
        found = [{"type": "tool_search_output", "tools": [space]}]
        first = post(url, "/v1/responses", {"tools": [], "input": found})
        assert '"namespace": "mlplaybook"' in first
        assert '"call_id": "step_0_call"' in first
        outputs = [
            {"type": "function_call_output", "call_id": f"step_{n}_call", "output": f"r{n}"} for n in range(len(STEPS))
        ]
        assert DONE in post(url, "/v1/responses", {"tools": [], "input": [*found, *outputs]})
    assert log.results == {0: "r0", 1: "r1"}


def test_the_model_follows_its_script_in_geminis_words() -> None:
    tools = [{"functionDeclarations": [{"name": f"mcp_mlplaybook_{step.tool}"} for step in STEPS]}]
    path = "/v1beta/models/any:streamGenerateContent?alt=sse"
    with scripted_model(STEPS, DIALECTS) as (url, log):
        first = post(url, path, {"tools": tools, "contents": [{"parts": [{"text": "why?"}]}]})
        assert '"name": "mcp_mlplaybook_ask_playbook"' in first
        answers = [{"functionResponse": {"name": step.tool, "response": {"output": step.tool}}} for step in STEPS]
        end = post(
            url, path.replace("stream", "").replace("Gen", "gen"), {"tools": tools, "contents": [{"parts": answers}]}
        )
        assert json.loads(end)["candidates"][0]["content"]["parts"] == [{"text": DONE}]
    assert log.results == {0: "ask_playbook", 1: "read_playbook"}


def test_facts_are_found_as_they_are_and_within_json() -> None:
    record = {
        "text": 'Use "PSI". [1]\n\nDaily.',
        "citations": [{"section": "drift#psi", "uri": "playbook://page/drift/psi", "quotes": ['Use "PSI".']}],
    }
    facts = facts_of("ask_playbook", record)
    whole = {"answer": (2, 2), "quote": (1, 1), "page": (1, 1), "URI": (1, 1)}
    assert count_facts(json.dumps(record), facts) == whole
    assert count_facts('Use "PSI". Daily. drift#psi', facts) == whole | {"URI": (0, 1)}
    assert not has_fact("nothing", "PSI")
    # Gemini CLI puts a prompt into a conversation as JSON.
    assert has_fact(json.dumps(json.dumps('Call {"a": 1}.\n')), 'Call {"a": 1}.')
    lines = facts_of(LISTED, {"text": "# A\n\n- b\n"})
    assert lines == {"resource": ["# A", "- b"]}


def test_a_command_that_is_not_shown_whole_is_named() -> None:
    assert Quick("A", "/frame", "prompt", 9, 9).problems == []
    assert Quick("A", "/frame", "prompt", 8, 9).problems == ["A: /frame shows 8 of 9 lines"]


def test_every_agent_is_given_the_command_in_its_own_way() -> None:
    found = ways()
    assert list(dict.fromkeys(way.program for way in found)) == [agent.program for agent in AGENTS]
    for way in found:
        assert any(WORD in word for word in way.words)
        assert "Frame an ML problem before anybody writes model code" in way.shown
        assert (WORD in way.shown) == (way.kind != "skill")


def test_what_is_counted_is_what_the_server_lists() -> None:
    texts = costly_texts()
    assert texts["instructions"] == INSTRUCTIONS
    assert set(texts) - {"instructions", "tools", "whole"} == {one.name for one in DEFINITIONS}
    shown = json.loads(texts["tools"])
    assert [json.loads(texts[tool["name"]]) for tool in shown] == shown
    assert {key for tool in shown for key in tool} == {"name", "description", "inputSchema"}
    assert all(json.loads(texts["whole"])[n]["outputSchema"] for n in range(len(shown)))


def test_what_an_agent_does_not_show_is_named() -> None:
    told = Told("A", "1", False, 7, False, True, ({"tool": "ask_playbook", "facts": {"URI": (0, 2), "page": (2, 2)}},))
    assert told.problems == ["A: the instructions are not shown", "A: ask_playbook shows 0 of 2 URIs"]


def test_both_a_failure_that_is_not_listed_and_a_listed_one_that_passes_are_surprises() -> None:
    checks = [
        Check("ping", "pong", "SUCCESS"), Check("lists", "order", "FAILURE", "none"), Check("lists", "names", "SUCCESS"),
        Check("image", "shown", "FAILURE"), Check("stream", "session", "WARNING"), Check("stream", "open", "INFO"),
    ]  # fmt: skip
    verdict = judge(ERAS[0], checks, {"image": "fixture", "stream:session": "no state", "ping": "old"})
    assert verdict.surprises == ("lists:order fails: none", "ping is listed and does not fail")
    assert (verdict.scenarios, verdict.passed, verdict.checks) == (4, ("ping",), (3, 6))
    assert dict(verdict.expected) == {"image": "fixture", "stream:session": "no state"}


def test_findings_are_read_from_the_folders_that_the_suite_writes(tmp_path: Path) -> None:
    folder = tmp_path / "server-tools-list-2026-11-21T12-24-17-145Z"
    folder.mkdir()
    (folder / "checks.json").write_text(json.dumps([{"id": "one", "status": "FAILURE", "errorMessage": "no"}]), "utf-8")
    assert read_checks(tmp_path) == [Check("tools-list", "one", "FAILURE", "no")]


def test_a_program_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    port = free_port()
    child = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    parent = (
        "import socket, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"while True:\n try: socket.create_connection(('127.0.0.1', {port})); break\n except OSError: time.sleep(0.05)\n"
        "print('up', flush=True); time.sleep(60)"
    )
    ended = run([sys.executable, "-c", parent], {}, tmp_path, 8)
    assert (ended.status, ended.output) == (None, "up\n")
    assert not listens(port)


def test_a_server_that_does_not_start_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(ProgramFailed, match="no such port"),
        serving([sys.executable, "-c", "raise SystemExit('no such port')"], free_port(), {}, tmp_path),
    ):
        pass


def test_programs_get_a_home_of_their_own_and_nothing_that_was_set_for_us(tmp_path: Path) -> None:
    said = {"PATH": "/bin", "ANTHROPIC_API_KEY": "secret", "HTTPS_PROXY": "proxy", "LANG": "C", "HOME": "/home/me"}
    environment = program_environment(Programs(tmp_path / "node"), tmp_path, said)
    assert {"ANTHROPIC_API_KEY", "HTTPS_PROXY"} & environment.keys() == set()
    assert (environment["HOME"], environment["LANG"]) == (str(tmp_path), "C")
    assert environment["PATH"].startswith(str(tmp_path / "node" / "node_modules" / "node" / "bin"))


def test_programs_of_another_version_are_fetched_again(tmp_path: Path) -> None:
    for package, version in pinned().items():
        folder = tmp_path / "node_modules" / package
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "node").touch()
        (folder / "package.json").write_text(json.dumps({"version": version}), "utf-8")
    assert installed_programs(tmp_path) == Programs(tmp_path)
    (tmp_path / "node_modules" / "@openai/codex" / "package.json").write_text('{"version": "0.1.0"}', "utf-8")
    assert installed_programs(tmp_path) is None


def read_result(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((RESULTS / name).read_text("utf-8"))
    return record


def test_the_page_of_agents_says_what_was_found() -> None:
    page = (ROOT / "docs" / "agents.md").read_text("utf-8")
    assert page == put_section(page, section(read_result("agents.json"), read_result("conformance.json")))


def test_what_was_found_is_of_the_pinned_versions_and_good() -> None:
    versions = set(pinned().values())
    agents, suites = read_result("agents.json")["agents"], read_result("conformance.json")
    assert {agent["version"] for agent in agents} | {suites["conformance"], suites["inspector"]} <= versions
    assert len(agents) == 4
    for agent in agents:
        steps = tuple(
            step | {"facts": {kind: tuple(count) for kind, count in step["facts"].items()}} for step in agent["steps"]
        )
        assert Told(**agent | {"steps": steps}).problems == []
    typed, counted = read_result("agents.json")["commands"], read_result("agents.json")["tokens"]
    assert list(dict.fromkeys(one["agent"] for one in typed)) == [agent["agent"] for agent in agents]
    assert [problem for one in typed for problem in Quick(**one).problems] == []
    assert (set(counted), too_many(counted)) == (set(VOCABULARIES), [])
    for era in ERAS:
        found = suites["eras"][era]
        listed = {name for names in found["expected_failures"].values() for name in names}
        assert (found["surprises"], listed) == ([], set(read_expected(era)))
    assert suites["inspector_problems"] == []
