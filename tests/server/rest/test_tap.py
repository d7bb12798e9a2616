"""A thread's items reach the event loop in order, and a reader who goes ends the thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator

import pytest

from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.rest.tap import THREAD_NAME, Gone, Silence, Tap, starter


async def drained(tap: Tap[int]) -> list[int]:
    got = []
    while (item := await tap.next(5)) is not None:
        got.append(item)
    return got


def no_threads() -> bool:
    return THREAD_NAME not in {thread.name for thread in threading.enumerate()}


def test_items_come_in_order_and_the_end_is_said_as_often_as_it_is_asked_for() -> None:
    async def work() -> None:
        tap = Tap(lambda stop: (number for number in range(1, 500)))
        assert await drained(tap) == list(range(1, 500))
        assert await tap.next(5) is None
        assert await tap.close(5)

    asyncio.run(work())


def test_what_the_thread_raises_is_raised_once_what_came_before_it_was_read() -> None:
    def make(stop: Stop) -> Generator[int, None, None]:
        yield 1
        # Of the kind that waiting for too long has.
        raise TimeoutError("of the thread")

    async def work() -> None:
        tap = Tap(make)
        assert await tap.next(5) == 1
        with pytest.raises(TimeoutError, match="of the thread"):
            await tap.next(5)

    asyncio.run(work())


def test_silence_is_no_end() -> None:
    go_on = threading.Event()

    def make(stop: Stop) -> Generator[int, None, None]:
        assert go_on.wait(10)
        yield 1

    async def work() -> None:
        tap = Tap(make)
        with pytest.raises(Silence):
            await tap.next(0.02)
        go_on.set()
        assert await drained(tap) == [1]

    asyncio.run(work())


def test_a_slow_reader_holds_the_thread_up_and_one_who_goes_ends_it() -> None:
    made: list[int] = []
    closed = threading.Event()

    def make(stop: Stop) -> Generator[int, None, None]:
        try:
            for number in range(1_000):
                made.append(number)
                yield number
        finally:
            closed.set()

    async def work() -> None:
        tap = Tap(make, room=4)
        assert await tap.next(5) == 0
        await asyncio.sleep(0.1)
        assert len(made) <= 7
        assert await tap.close(5)

    asyncio.run(work())
    assert closed.is_set()
    assert no_threads()


def test_work_that_sees_the_stop_leaves_without_a_word() -> None:
    def make(stop: Stop) -> Generator[int, None, None]:
        gone = threading.Event()
        stop.on_set(gone.set)
        yield 1
        assert gone.wait(10)
        raise Gone

    async def work() -> None:
        tap = Tap(make)
        assert await tap.next(5) == 1
        assert await tap.close(5)
        assert await tap.next(5) is None

    asyncio.run(work())


def test_a_thread_outlives_its_loop_without_a_traceback() -> None:
    go_on = threading.Event()

    def make(stop: Stop) -> Generator[int, None, None]:
        assert go_on.wait(10)
        yield 1

    async def work() -> None:
        Tap(make)

    asyncio.run(work())
    starter().submit(go_on.set).result(5)  # behind the start of the thread
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(5)
    assert no_threads()
