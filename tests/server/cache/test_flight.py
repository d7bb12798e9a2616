from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from mlplaybook.server.cache.flight import Flights


class Work:
    """Counts how often it is done, and waits until the test lets it go."""

    def __init__(self, result: str | BaseException = "done") -> None:
        self.done = 0
        self.begun = threading.Event()
        self.go = threading.Event()
        self._result = result

    def __call__(self) -> str:
        self.done += 1
        self.begun.set()
        assert self.go.wait(5)
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result


def together(flights: Flights[str], work: Work, others: int, **options: object) -> list[Future[tuple[str, bool]]]:
    """One that works and others that come while it does."""
    pool = ThreadPoolExecutor(others + 1)
    first = pool.submit(flights.run, "key", work)
    assert work.begun.wait(5)
    waiting = [pool.submit(flights.run, "key", work, **options) for _ in range(others)]  # type: ignore[arg-type]
    pool.shutdown(wait=False)
    return [first, *waiting]


def released(work: Work, flights: list[Future[tuple[str, bool]]]) -> None:
    # The others are waiting, or will find the result: both must do.
    work.go.set()
    for flight in flights:
        flight.exception(5)


def test_of_many_that_want_the_same_one_works() -> None:
    work = Work()
    flights = together(Flights(), work, 7, late=lambda: "alone")
    threading.Event().wait(0.05)
    released(work, flights)
    assert work.done == 1
    assert sorted(flight.result() for flight in flights) == [("done", False), *[("done", True)] * 7]


def test_an_exception_reaches_all_and_is_forgotten() -> None:
    flights: Flights[str] = Flights()
    work = Work(ValueError("no"))
    under_way = together(flights, work, 3)
    threading.Event().wait(0.05)
    released(work, under_way)
    assert [str(flight.exception()) for flight in under_way] == ["no"] * 4
    assert work.done == 1
    assert flights.run("key", lambda: "anew") == ("anew", False)


def test_whoever_has_waited_long_enough_gets_something_else() -> None:
    work = Work()
    first, second = together(Flights(), work, 1, wait=0.01, late=lambda: "short")
    assert second.result(5) == ("short", False)
    released(work, [first])
    assert (first.result(), work.done) == (("done", False), 1)


def test_without_anything_else_one_works_alone() -> None:
    flights: Flights[str] = Flights()
    held = Work()
    pool = ThreadPoolExecutor(1)
    first = pool.submit(flights.run, "key", held)
    assert held.begun.wait(5)
    assert flights.run("key", lambda: "mine", wait=0.01) == ("mine", False)
    released(held, [first])
    pool.shutdown()


def test_a_timeout_of_the_work_is_not_taken_for_ones_own() -> None:
    work = Work(TimeoutError("the model's"))
    under_way = together(Flights(), work, 1, late=lambda: "short")
    threading.Event().wait(0.05)
    released(work, under_way)
    assert [str(flight.exception()) for flight in under_way] == ["the model's"] * 2


def test_an_interrupted_worker_leaves_the_others_to_themselves() -> None:
    flights: Flights[str] = Flights()
    work = Work(KeyboardInterrupt())
    outcome: list[BaseException] = []

    def interrupted() -> None:
        try:
            flights.run("key", work)
        except KeyboardInterrupt as error:
            outcome.append(error)

    worker = threading.Thread(target=interrupted)
    worker.start()
    assert work.begun.wait(5)
    waiting: list[tuple[str, bool]] = []
    waiter = threading.Thread(target=lambda: waiting.append(flights.run("key", lambda: "mine")))
    waiter.start()
    threading.Event().wait(0.05)
    work.go.set()
    worker.join(5)
    waiter.join(5)
    assert (len(outcome), waiting) == (1, [("mine", False)])


def test_different_keys_do_not_wait_for_each_other() -> None:
    flights: Flights[str] = Flights()
    inner: Callable[[], tuple[str, bool]] = lambda: flights.run("b", lambda: "b")  # noqa: E731 (one line is all)
    assert flights.run("a", lambda: inner()[0]) == ("b", False)


def test_nothing_is_left_behind() -> None:
    flights: Flights[int] = Flights()
    for n in range(100):
        flights.run(str(n), lambda: 1)
    with pytest.raises(ZeroDivisionError):
        flights.run("x", lambda: 1 // 0)
    assert flights._under_way == {}
