"""Replies that were paid for stay, one file each."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.evals.judge.replies import Replies, key_of, read_reply, write_reply

KEY = key_of("judge", "prompt")


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    replies = Replies(tmp_path)
    assert read_reply(replies, KEY) is None
    write_reply(replies, KEY, {"statements": ["Größe zählt."]})
    assert read_reply(replies, KEY) == {"statements": ["Größe zählt."]}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{KEY}.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff"])
def test_a_damaged_file_is_no_reply(tmp_path: Path, damage: bytes) -> None:
    replies = Replies(tmp_path)
    write_reply(replies, KEY, {})
    next(tmp_path.rglob("*.json")).write_bytes(damage)
    assert read_reply(replies, KEY) is None


def test_every_part_counts_for_the_key() -> None:
    keys = {key_of("judge", 0, 1, "prompt"), key_of("judge", 1, 0, "prompt"), key_of("judge", 0, 1, "prompt ")}
    assert len(keys) == 3
