"""What a thread makes item by item, on the event loop: at most so many wait, and nobody works for a reader who has gone."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Generic, TypeVar

from mlplaybook.server.llm.watch import LOOK_SECONDS, Stop

# A whole answer; beyond that a reader who is slow holds the thread up.
ROOM = 64
THREAD_NAME = "mlplaybook-stream"

T = TypeVar("T")
Make = Callable[[Stop], Generator[T, None, None]]


@functools.cache
def starter() -> ThreadPoolExecutor:
    """Where threads are started: whoever starts one waits until it runs, which the event loop has no time for."""
    return ThreadPoolExecutor(1, f"{THREAD_NAME}-starter")


class Gone(BaseException):
    """Nobody reads any more: what was begun is left where it is. No error, so that nothing on the way makes up for it."""


class Silence(Exception):
    """Nothing came in the time that was given; ask again."""


class End:
    """The last thing a thread says; `error` is what it ended with."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class Tap(Generic[T]):
    """Runs `make(stop)` in a thread of its own, from the event loop that makes it; `stop` is set when nobody reads any more."""

    def __init__(self, make: Make[T], room: int = ROOM) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[T | End] = asyncio.Queue()
        self._room = threading.Semaphore(room)
        self._stop = Stop()
        self._over = asyncio.Event()
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._work, make), name=THREAD_NAME, daemon=True)
        starter().submit(self._start, thread)

    async def next(self, seconds: float) -> T | None:
        """The next item, None when there are no more.

        :raises Silence: nothing came within so many seconds. What the thread raises passes through.
        """
        try:
            async with asyncio.timeout(seconds):
                item = await self._items.get()
        except TimeoutError:
            raise Silence from None
        if not isinstance(item, End):
            self._room.release()
            return item
        # The end is said as often as it is asked for.
        self._items.put_nowait(item)
        if item.error is not None:
            raise item.error
        return None

    async def close(self, seconds: float) -> bool:
        """Nobody reads any more; whether the thread has ended within so many seconds."""
        self._stop.set()
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    def _start(self, thread: threading.Thread) -> None:
        try:
            thread.start()
        except RuntimeError as error:
            # The system gives no more of them.
            self._finish(End(error))

    def _work(self, make: Make[T]) -> None:
        end = End()
        try:
            with closing(make(self._stop)) as items:
                for item in items:
                    if not self._put(item):
                        break
        except Gone:
            pass
        except Exception as error:
            # Whatever it was, the waiting side has to hear of it.
            end = End(error)
        self._finish(end)

    def _finish(self, end: End) -> None:
        self._tell(lambda: self._items.put_nowait(end))
        self._tell(self._over.set)

    def _put(self, item: T) -> bool:
        while not self._stop.is_set:
            if self._room.acquire(timeout=LOOK_SECONDS):
                return self._tell(lambda: self._items.put_nowait(item))
        return False

    def _tell(self, call: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            # The loop is closed, and with it everybody who could have read.
            return False
        return True
