"""Conversations are kept for a while, for one key, and are gone when they are deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.server.answers.history import MOST_TURNS, Turn
from mlplaybook.server.rest.conversations import FILE, Conversations
from mlplaybook.server.rest.problem import Problem

SAID = (Turn("user", "What is the zebra index?"), Turn("assistant", "It is a number. [1]", ("Zebra", "Index")))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> Conversations:
    return Conversations(tmp_path / FILE, 2.0, clock=clock)


def code(work: object) -> str:
    with pytest.raises(Problem) as problem:
        work()  # type: ignore[operator]
    assert problem.value.status == 404
    return problem.value.code


def test_what_was_said_is_read_again(kept: Conversations) -> None:
    begun = kept.create("me")
    kept.add(begun.id, "me", SAID)
    assert kept.read(begun.id, "me").turns == SAID
    assert begun.expires == "1970-01-12T15:46:40+00:00"


def test_another_key_cannot_tell_it_from_one_that_never_was(kept: Conversations) -> None:
    begun = kept.create("me")
    kept.add(begun.id, "me", SAID)
    for work in (
        lambda: kept.read(begun.id, "you"),
        lambda: kept.delete(begun.id, "you"),
        lambda: kept.read("x", "me"),
    ):
        assert code(work) == "conversation-missing"
    kept.add(begun.id, "you", SAID)
    assert kept.read(begun.id, "me").turns == SAID


def test_ids_are_long_and_not_written_down(kept: Conversations, tmp_path: Path) -> None:
    ids = {kept.create("me").id for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 32
    content = (tmp_path / FILE).read_bytes()
    assert not any(one.encode() in content for one in ids)


def test_a_conversation_is_forgotten_some_time_after_its_last_question(kept: Conversations, clock: Clock) -> None:
    begun = kept.create("me")
    clock.now += 3600 * 1.5
    kept.add(begun.id, "me", SAID)
    clock.now += 3600 * 1.5
    assert kept.read(begun.id, "me").turns == SAID
    clock.now += 3600 * 0.5
    assert code(lambda: kept.read(begun.id, "me")) == "conversation-missing"


def test_what_is_deleted_or_expired_is_on_the_disk_no_more(kept: Conversations, clock: Clock, tmp_path: Path) -> None:
    first, second = kept.create("me"), kept.create("me")
    kept.add(first.id, "me", SAID)
    assert b"zebra" in (tmp_path / FILE).read_bytes()
    kept.delete(first.id, "me")
    assert b"zebra" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    kept.add(second.id, "me", SAID)
    clock.now += 3600 * 3
    kept.create("me")
    assert b"zebra" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert code(lambda: kept.delete(first.id, "me")) == "conversation-missing"


def test_only_the_newest_turns_are_kept(kept: Conversations) -> None:
    begun = kept.create("me")
    for number in range(30):
        kept.add(begun.id, "me", (Turn("user", f"q{number}"), Turn("assistant", f"a{number}")))
    turns = kept.read(begun.id, "me").turns
    assert len(turns) == MOST_TURNS
    assert [turn.text for turn in turns[-2:]] == ["q29", "a29"]


def test_a_key_has_so_many_and_the_oldest_goes_first(clock: Clock, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / FILE, 2.0, 3, clock)
    ids = []
    for _ in range(5):
        clock.now += 1
        ids.append(kept.create("me").id)
    others = kept.create("you").id
    assert [code(lambda one=one: kept.read(one, "me")) for one in ids[:2]] == ["conversation-missing"] * 2
    assert all(kept.read(one, "me") for one in ids[2:])
    assert kept.read(others, "you")


def test_a_service_that_keeps_nothing_writes_nothing(tmp_path: Path) -> None:
    off = Conversations(tmp_path / FILE, 0.0)
    assert code(lambda: off.create("me")) == "conversations-off"
    assert code(lambda: off.read("x", "me")) == "conversation-missing"
    assert list(tmp_path.iterdir()) == []
