"""Batches are of the revisions that have them, and are answered at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.agents.talking import ENVELOPE, HELLO, Record, front_of, notification, request, seen

CALL, PING = request("tools/call", {}, 2), request("ping", id=3)


def hello(version: str) -> Record:
    return {**HELLO, "protocolVersion": version}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26"])
def test_a_batch_is_answered_in_one_line_when_all_answers_are_there(tmp_path: Path, version: str) -> None:
    with front_of(tmp_path / "log", "sleep=0.3") as talk:
        talk.ask("initialize", hello(version))
        talk.send([CALL, notification("notifications/initialized"), PING, {"id": 4}, 5])
        answers = talk.read()
        assert [(one["id"], "error" in one) for one in answers] == [(3, False), (4, True), (None, True), (2, False)]
        talk.close()
        assert talk.rest() == []


def test_notifications_alone_are_not_answered(tmp_path: Path) -> None:
    with front_of(tmp_path / "log") as talk:
        talk.ask("initialize", hello("2025-03-26"))
        talk.send([notification("notifications/initialized"), notification("x")])
        assert talk.ask("last")["id"] == 1
        assert [one["method"] for one in seen(tmp_path / "log", last="last")][1:] == [
            "notifications/initialized",
            "x",
            "last",
        ]


def test_what_is_taken_back_holds_up_nobody_else(tmp_path: Path) -> None:
    with front_of(tmp_path / "log", "hold=tools/call") as talk:
        talk.ask("initialize", hello("2025-03-26"))
        talk.send([CALL, PING], notification("notifications/cancelled", {"requestId": 2}))
        assert [one["id"] for one in talk.read()] == [3]


def test_a_batch_is_answered_when_the_server_dies(tmp_path: Path) -> None:
    with front_of(tmp_path / "log", "die=last:3", "hold=tools/call") as talk:
        talk.ask("initialize", hello("2025-03-26"))
        talk.send([CALL, request("last", id=5)])
        assert [(one["id"], one["error"]["code"]) for one in talk.read()] == [(2, -32603), (5, -32603)]
        assert talk.process.wait(5) == 3


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", ""])
def test_other_revisions_have_no_batches(tmp_path: Path, version: str) -> None:
    with front_of(tmp_path / "log") as talk:
        if version:
            talk.ask("initialize", hello(version))
        talk.send([request("ping"), request("server/discover", ENVELOPE)])
        assert (talk.read()["error"]["code"], talk.ask("ping")["result"]) == (-32600, {})
