"""The front answers before the server can, passes on what is not its own, and never leaves anybody waiting."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.server.agents.front import SNAPSHOT
from tests.server.agents.talking import ENVELOPE, FRONT, HELLO, front_of, notification, request, seen

SNAPPED = json.loads(SNAPSHOT.read_text("utf-8"))
LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]


def snapped(version: str, method: str) -> Any:
    return SNAPPED["results"][SNAPPED["answers"][version][method]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.mark.parametrize("version", SNAPPED["handshake"])
def test_the_handshake_and_the_lists_are_answered_while_the_server_loads(log: Path, version: str) -> None:
    with front_of(log, "sleep=60") as talk:
        said = talk.ask("initialize", {**HELLO, "protocolVersion": version})
        assert said == {"jsonrpc": "2.0", "id": 1, "result": snapped(version, "initialize")}
        assert said["result"]["protocolVersion"] == version
        for method in LISTS:
            assert talk.ask(method)["result"] == snapped(version, method)
        assert talk.ask("tools/list", {"_meta": {"progressToken": 1}})["result"] == snapped(version, "tools/list")
        assert talk.ask("ping")["result"] == {}


def test_a_revision_that_is_not_known_gets_the_newest_with_a_handshake(log: Path) -> None:
    with front_of(log, "sleep=60") as talk:
        said = talk.ask("initialize", {**HELLO, "protocolVersion": "1999-01-01"})
        assert said["result"]["protocolVersion"] == SNAPPED["handshake"][-1]


def test_the_newest_revision_needs_no_handshake(log: Path) -> None:
    with front_of(log, "sleep=60") as talk:
        for method in ("server/discover", *LISTS):
            assert talk.ask(method, ENVELOPE)["result"] == snapped("2026-07-28", method)


def test_the_server_gets_everything_else_in_its_order_and_its_answer_to_the_handshake_is_dropped(log: Path) -> None:
    with front_of(log, "sleep=0.3") as talk:
        assert talk.ask("initialize", HELLO)["result"]["protocolVersion"] == "2025-06-18"
        talk.send(notification("notifications/initialized"), request("tools/call", {"name": "x"}, 2))
        talk.send(request("resources/list", {"cursor": "next"}, 3))
        assert [talk.read()["id"], talk.read()["id"]] == [2, 3]
        assert talk.ask("tools/list", id=4)["result"] == {"asked": "tools/list"}
        talk.close()
        read = seen(log)
        assert [one["method"] for one in read] == [
            "initialize", "notifications/initialized", "tools/call", "resources/list", "tools/list"
        ]  # fmt: skip
        assert read[0]["params"] == HELLO
        assert read[0]["id"] != 1
        assert talk.rest() == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("initialize", {}),
        ("initialize", {**HELLO, "clientInfo": {"name": "x"}}),
        ("initialize", {**HELLO, "protocolVersion": 7}),
        ("tools/list", None),
        ("tools/list", {"_meta": 5}),
        ("server/discover", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}}),
        ("server/discover", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}),
        ("server/discover", None),
        ("ping", ENVELOPE),
        ("nonsense", None),
    ],
)
def test_what_the_server_may_refuse_is_its_own_to_answer(log: Path, method: str, params: Any) -> None:
    with front_of(log) as talk:
        assert talk.ask(method, params)["result"] == {"asked": method}


def test_a_connection_of_the_newest_revision_takes_no_handshake(log: Path) -> None:
    with front_of(log, "sleep=0.3") as talk:
        talk.send(request("tools/call", ENVELOPE, 1), request("initialize", HELLO, 2))
        assert [talk.read()["result"]["asked"] for _ in range(2)] == ["tools/call", "initialize"]


@pytest.mark.parametrize("id", [0, -1, 1, "1", "", "é\u2028", 10**30, "x" * 5000])
def test_ids_come_back_as_they_went(log: Path, id: Any) -> None:  # noqa: A002
    with front_of(log) as talk:
        assert talk.ask("ping", id=id)["id"] == id
        assert talk.ask("tools/call", {}, id)["id"] == id


def test_the_server_asks_and_the_client_answers(log: Path) -> None:
    reply = {"jsonrpc": "2.0", "id": 1, "result": {"action": "decline"}}
    with front_of(log) as talk:
        talk.send(reply, {**reply, "result": {}}, {"jsonrpc": "2.0", "id": 2, "error": {"code": -1, "message": "no"}})
        talk.close()
        assert [one["id"] for one in seen(log)] == [1, 1, 2]


def test_a_large_message_is_passed_on_whole(log: Path) -> None:
    text = "Ä" * 2_000_000
    with front_of(log, "sleep=0.3") as talk:
        talk.send(request("tools/call", {"text": text}), request("ping", id=2))
        assert talk.read()["id"] == 2, "the front is free while the server does not read"
        assert talk.read()["id"] == 1
        talk.close()
        assert seen(log)[0]["params"]["text"] == text


def test_a_last_line_without_an_end_counts(log: Path) -> None:
    with front_of(log) as talk:
        seen(log, last="ready")
        talk.write(json.dumps(request("tools/call")).encode())
        assert talk.close() < 2
        assert [one["id"] for one in talk.rest()] == [1]


def test_cancelling_reaches_the_server_behind_what_it_cancels(log: Path) -> None:
    with front_of(log, "sleep=0.3", "hold=tools/call") as talk:
        talk.send(request("tools/call", {}, 5), notification("notifications/cancelled", {"requestId": 5}))
        talk.ask("last")
        assert [one["method"] for one in seen(log, last="last")] == ["tools/call", "notifications/cancelled", "last"]


def test_only_messages_reach_stdout(log: Path) -> None:
    with front_of(log, "print") as talk:
        assert talk.ask("tools/call")["id"] == 1
        talk.close()
        assert talk.rest() == []
        assert talk.errors().splitlines() == ["a library says hello", "[1, 2]", "{}"]


def test_open_requests_are_answered_when_the_server_dies(log: Path) -> None:
    with front_of(log, "die=last:3", "hold=tools/call", "sleep=0.2") as talk:
        talk.send(request("tools/call", {}, "a"), request("tools/call", {}, 7), request("tools/call", {}, "cancelled"))
        talk.send(notification("notifications/cancelled", {"requestId": "cancelled"}), request("last", None, 9))
        said = talk.rest()
        assert [(one["id"], one["error"]["code"]) for one in said] == [("a", -32603), (7, -32603), (9, -32603)]
        assert said[0]["error"]["message"] == (
            "The playbook server ended with status 3. It said: the disk is full. Make room. "
            "`mlplaybook doctor` says what is wrong."
        )
        assert talk.process.wait(5) == 3
        assert talk.errors() == "mlplaybook: the disk is full. Make room.\n"


def test_a_server_that_is_killed_ends_the_front_as_shells_say_it(log: Path) -> None:
    with front_of(log, "die=tools/call:-9") as talk:
        assert "137" in talk.ask("tools/call")["error"]["message"]
        assert talk.process.wait(5) == 137


@pytest.mark.parametrize("words", [[], ["sleep=60"], ["stay"], ["hold=tools/call"]])
def test_the_end_of_stdin_ends_everything_within_a_second(log: Path, words: list[str]) -> None:
    with front_of(log, *words) as talk:
        seen(log, last="ready")
        talk.send(request("tools/call"))
        assert talk.close() < 1.5, "a second, and what a busy machine adds"
        assert talk.process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("words", [[], ["sleep=60"], ["deaf", "sleep=60"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_the_server_too(log: Path, number: signal.Signals, words: list[str]) -> None:
    with front_of(log, *words) as talk:
        seen(log, last="ready")
        children = Path(f"/proc/{talk.process.pid}/task/{talk.process.pid}/children")
        child = children.read_text().strip() if children.exists() else ""
        began = time.monotonic()
        talk.process.send_signal(number)
        assert talk.process.wait(5) == 128 + number
        assert time.monotonic() - began < 2
        assert not child or not Path(f"/proc/{child}/cmdline").exists() or gone(Path(f"/proc/{child}"))


def gone(process: Path) -> bool:
    """Whether a process is dead by now, though nobody has asked for its status yet."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            if (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_server_ends_when_its_front_is_killed(log: Path) -> None:
    with front_of(log) as talk:
        seen(log, last="ready")
        talk.process.kill()
        assert seen(log) == []


def test_a_client_that_reads_no_more_ends_everything(log: Path) -> None:
    command = [sys.executable, "-c", FRONT, sys.executable, str(Path(__file__).with_name("slow_server.py")), str(log)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        seen(log, last="ready")
        process.stdout.close()
        process.stdin.write(json.dumps(request("ping")).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(5) == 0
        process.stdin.close()


def test_a_client_that_does_not_read_can_still_leave(log: Path) -> None:
    command = [sys.executable, "-c", FRONT, sys.executable, str(Path(__file__).with_name("slow_server.py")), str(log)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"x\n" * 20_000)
        began = time.monotonic()
        process.stdin.close()
        assert process.wait(5) == 0
        assert time.monotonic() - began < 3


def test_the_front_loads_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import mlplaybook.server.agents.front, mlplaybook.server.entry;"
        "roots = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(roots - sys.stdlib_module_names), 'dataclasses' in sys.modules, 'asyncio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['mlplaybook'] False False"
