from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.cache.answers import cached_answer, may_be_kept
from mlplaybook.server.cache.codec import encode_answer
from mlplaybook.server.cache.flight import Flights
from mlplaybook.server.cache.sqlite import SqliteStore
from mlplaybook.server.cache.store import TTL
from mlplaybook.server.retrieval.index import Index
from tests.server.cache.worlds import Clock, an_answer

KEY = "answer:0123"


def store_in(folder: Path, clock: Clock | None = None) -> SqliteStore:
    return SqliteStore(folder / "cache.sqlite", pytest.fail, clock=clock or Clock())


def no_work() -> Answer:
    raise AssertionError


def test_an_answer_comes_back_as_it_was_but_for_the_mark(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first = cached_answer(store, Flights(), KEY, an_answer)
    second = cached_answer(store, Flights(), KEY, no_work)
    store.close()
    assert first == an_answer()
    assert second == an_answer(stamp_cached=True)


def test_a_real_answer_is_the_same_in_every_byte(handbook: Index, tmp_path: Path) -> None:
    store = store_in(tmp_path)
    fresh = cached_answer(store, Flights(), KEY, lambda: ask(handbook, "Which index raises an alert?"))
    again = cached_answer(store, Flights(), KEY, no_work)
    store.close()
    assert fresh.status == "answered"
    unmarked = dataclasses.replace(again, stamp=dataclasses.replace(again.stamp, cached=False))
    assert encode_answer(unmarked) == encode_answer(fresh)
    assert again.stamp.cached


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (an_answer(), True),
        (an_answer(degraded=("llm: timeout",)), False),
        (an_answer(degraded=("dense",), mode="extractive"), False),
        (an_answer(status="abstained"), False),
        (an_answer(status="abstained", mode="extractive"), True),
    ],
    ids=["answer", "fallback", "by words only", "a model's refusal", "an extractive refusal"],
)
def test_what_may_be_kept(tmp_path: Path, answer: Answer, kept: bool) -> None:
    store = store_in(tmp_path)
    cached_answer(store, Flights(), KEY, lambda: answer)
    assert may_be_kept(answer) is kept
    assert (store.get(KEY) is not None) is kept
    store.close()


def test_an_answer_is_kept_for_a_week(tmp_path: Path) -> None:
    clock = Clock()
    store = store_in(tmp_path, clock)
    cached_answer(store, Flights(), KEY, an_answer)
    clock.now += TTL["answer"] - 1
    cached_answer(store, Flights(), KEY, no_work)
    clock.now += 1
    assert cached_answer(store, Flights(), KEY, lambda: an_answer(text="new")).text == "new"
    store.close()


def test_bytes_of_another_version_count_as_none(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.put(KEY, b'{"an": "older record"}', 60)
    assert cached_answer(store, Flights(), KEY, an_answer) == an_answer()
    store.close()


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with pytest.raises(ZeroDivisionError):
        cached_answer(store, Flights(), KEY, lambda: an_answer(removed=1 // 0))
    assert cached_answer(store, Flights(), KEY, an_answer) == an_answer()
    store.close()


def test_without_a_store_every_question_is_worked_out() -> None:
    assert cached_answer(None, Flights(), KEY, an_answer) == an_answer()
