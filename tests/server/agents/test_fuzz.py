"""Malformed messages, a few of those that `make mcp-fuzz` sends."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.server.agents.fuzz import Outcome, expects, fuzz, malformed, messages_of
from tests.server.agents.talking import ENTRY, environment


@pytest.mark.timeout(300)
def test_malformed_messages_neither_hang_nor_stop_the_server(home: Path, models: Path) -> None:
    command = ("-c", ENTRY, "mcp", "--corpus", "handbook")
    outcome = fuzz(150, 20_261_121, command, env=environment(home, models), cwd=home)
    assert (outcome.sent, outcome.hangs, outcome.silent, outcome.not_messages) == (150, [], [], [])
    assert outcome.answered > 30, "some reach the server"
    assert outcome.refused > 30, "some do not"
    assert outcome.good


def test_the_same_seed_sends_the_same() -> None:
    first, second = ([malformed(random.Random(3), number, modern=True) for number in range(50)] for _ in range(2))
    assert first == second


def test_what_is_found_is_counted() -> None:
    outcome = Outcome()
    assert messages_of(b"a library says hello\n", outcome) == []
    assert messages_of(b'[{"jsonrpc":"2.0","id":1,"result":{}}]', outcome) == [
        {"jsonrpc": "2.0", "id": 1, "result": {}}
    ]
    assert (outcome.not_messages, outcome.good) == ([r"b'a library says hello\n'"], False)
    assert not Outcome(megabytes=351).good
    assert expects(b'{"jsonrpc":"2.0","id":"f-3","method":"x"}', 3)
    assert not expects(b'{"jsonrpc":"2.0","id":"f-3"}', 3)
