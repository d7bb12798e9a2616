"""Single flight: of several threads that want the same thing at once, one works and the others get what it found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")
# Longer than the 60 s that a model may take in all (server/llm/deadline.py).
WAIT_SECONDS = 65.0


class Flights(Generic[Result]):
    """The work under way, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Result]] = {}

    def run(
        self,
        key: str,
        work: Callable[[], Result],
        wait: float = WAIT_SECONDS,
        late: Callable[[], Result] | None = None,
    ) -> tuple[Result, bool]:
        """The result, and whether another thread's work gave it.

        An exception of the work reaches everybody who waits for it, and is forgotten with it. Whoever has waited `wait`
        seconds, or whose worker was interrupted, gets `late()`, by default the work done by itself.
        """
        with self._lock:
            future = self._under_way.get(key)
            mine = future is None
            if future is None:
                future = self._under_way[key] = Future()
        if mine:
            return self._work(key, future, work), False
        try:
            error = future.exception(wait)
        except TimeoutError:
            return (late or work)(), False
        if error is None:
            return future.result(), True
        if isinstance(error, Exception):
            raise error
        return (late or work)(), False

    def _work(self, key: str, future: Future[Result], work: Callable[[], Result]) -> Result:
        try:
            result = work()
        except BaseException as error:
            self._land(key)
            future.set_exception(error)
            raise
        self._land(key)
        future.set_result(result)
        return result

    def _land(self, key: str) -> None:
        with self._lock:
            del self._under_way[key]
