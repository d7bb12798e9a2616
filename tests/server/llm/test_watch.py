from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mlplaybook.server.llm.deadline import Deadline, Limits, create_deadline
from mlplaybook.server.llm.records import ModelFailed
from mlplaybook.server.llm.watch import MOST_WAITING, THREAD_NAME, Stop, watch
from tests.server.llm.doubles import Clock

SHORT = Limits(connect=0.1, first=0.1, idle=0.1, total=0.25)


def threads() -> int:
    return sum(thread.name == THREAD_NAME for thread in threading.enumerate())


def wait_until_gone() -> None:
    end = time.monotonic() + 5
    while threads() and time.monotonic() < end:
        time.sleep(0.01)
    assert threads() == 0


def test_what_comes_in_time_passes_in_order() -> None:
    assert list(watch(lambda stop: range(200), Limits(), create_deadline())) == list(range(200))
    wait_until_gone()


@pytest.mark.parametrize(("before", "seconds"), [(0, 0.1), (2, 0.1)], ids=["first", "idle"])
def test_a_library_that_blocks_is_left_behind_in_time(before: int, seconds: float) -> None:
    release = threading.Event()

    def blocked(stop: Stop) -> Iterator[int]:
        stop.on_set(release.set)
        yield from range(before)
        release.wait(5)

    started, got = time.monotonic(), list[int]()
    with pytest.raises(ModelFailed) as failed:
        got.extend(watch(blocked, SHORT, create_deadline(5.0)))
    assert (failed.value.kind, release.is_set()) == ("timeout", True)
    assert seconds <= time.monotonic() - started < 2.0
    wait_until_gone()


def test_the_whole_has_an_end_however_steadily_parts_come() -> None:
    def trickle(stop: Stop) -> Iterator[int]:
        while not stop.is_set:
            time.sleep(0.02)
            yield 1

    with pytest.raises(ModelFailed):
        list(watch(trickle, SHORT, create_deadline(SHORT.total)))
    wait_until_gone()


def test_with_no_time_left_nothing_is_begun() -> None:
    begun: list[Stop] = []
    with pytest.raises(ModelFailed):
        list(watch(lambda stop: begun.append(stop) or [1], Limits(), Deadline(0.0, Clock())))
    assert begun == []


def test_an_exception_of_the_library_arrives_as_it_is() -> None:
    def failing(stop: Stop) -> Iterator[int]:
        yield 1
        raise KeyError("choices")

    got: list[int] = []
    with pytest.raises(KeyError):
        got.extend(watch(failing, Limits(), create_deadline()))
    wait_until_gone()


def test_the_thread_ends_when_nobody_listens_any_more() -> None:
    closed = threading.Event()

    def endless(stop: Stop) -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    stream = watch(endless, Limits(), create_deadline())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert closed.wait(5)
    wait_until_gone()


def test_a_slow_reader_holds_the_provider_up() -> None:
    made: list[int] = []

    def quick(stop: Stop) -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    stream = watch(quick, Limits(), create_deadline())
    next(stream)
    time.sleep(0.1)
    assert len(made) <= MOST_WAITING + 3
    stream.close()  # type: ignore[attr-defined]
    wait_until_gone()


def test_the_thread_sees_the_span_that_is_current() -> None:
    current: contextvars.ContextVar[str] = contextvars.ContextVar("current", default="none")
    current.set("ask")
    assert list(watch(lambda stop: [current.get()], Limits(), create_deadline())) == ["ask"]


def test_a_connection_that_has_done_its_work_is_not_closed() -> None:
    closed: list[bool] = []

    def whole(stop: Stop) -> Iterator[int]:
        stop.on_set(lambda: closed.append(True))
        yield 1

    assert list(watch(whole, Limits(), create_deadline())) == [1]
    wait_until_gone()
    assert closed == []


def test_what_should_be_closed_after_the_end_is_closed_at_once() -> None:
    stop, closed = Stop(), list[bool]()
    stop.set()
    stop.on_set(lambda: closed.append(True))
    assert closed == [True]


def test_somebody_else_can_end_the_wait_of_a_reader() -> None:
    cut, over = Stop(), threading.Event()

    def silent(stop: Stop) -> Iterator[int]:
        stop.on_set(over.set)
        yield 1
        over.wait(30)

    stream = watch(silent, Limits(), replace(create_deadline(), on_cut=cut.on_set))
    assert next(stream) == 1
    threading.Timer(0.05, cut.set).start()
    started = time.monotonic()
    with pytest.raises(ModelFailed):
        next(stream)
    assert time.monotonic() - started < 5
    wait_until_gone()
