from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlplaybook.server.agents.connection import NoConnection, try_connection
from mlplaybook.server.doctor import check_connection

TOY = [sys.executable, "-I", str(Path(__file__).with_name("toy_server.py"))]


def test_a_server_is_asked_as_an_agent_asks_it() -> None:
    made = try_connection(TOY)
    assert (made.server, made.version, made.protocol, made.tools, made.hits) == ("toy", "1", "2025-06-18", 1, 1)
    assert 0 < made.handshake_ms <= made.list_ms < 20_000
    assert made.search_ms > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("dies", "no index"),
        ("chats", "stdout carries something else than messages: b'Welcome!"),
        ("empty", "its tools are none, and search_playbook is not among them"),
        ("refuses", "tools/list was refused: not today"),
        ("fails", "search_playbook failed: broken index"),
        ("vague", "an answer lacks 'tools'"),
    ],
)
def test_what_is_wrong_is_said(wrong: str, said: str) -> None:
    with pytest.raises(NoConnection) as caught:
        try_connection([*TOY, wrong])
    assert said in str(caught.value)


def test_a_server_that_is_too_slow_is_given_up() -> None:
    with pytest.raises(NoConnection, match=r"tools/list was not answered within 2 seconds; it said: starting"):
        try_connection([*TOY, "sleeps"], patience=2)


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(NoConnection, match="no-such-command cannot be started: No such file"):
        try_connection(["no-such-command"])


def test_the_doctor_shows_the_connection_or_what_is_wrong_with_it() -> None:
    well = check_connection(*TOY)
    assert (well.name, well.level) == ("mcp server", "ok")
    assert well.found.startswith("toy 1, protocol 2025-06-18, 1 tools; handshake ")
    ill = check_connection(*TOY, "dies")
    assert (ill.level, ill.remedy) == ("error", "Run that command in a terminal and see what it says.")
