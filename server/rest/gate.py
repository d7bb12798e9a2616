"""How much is worked on at once: a limit, a short queue before it, and a refusal that says when to come back."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")
# Whoever is turned away is told to wait about as long as the queue takes.
LONGEST_RETRY = 60


@dataclass(frozen=True, slots=True)
class Width:
    """`places` are worked on at once, `queue` more may wait `seconds` for one."""

    places: int
    queue: int
    seconds: float


class Busy(Exception):
    """Everything is taken and the queue is full, or nothing became free in time."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Gate:
    """Lets so many in at once; for one event loop.

    >>> Gate(Width(places=2, queue=8, seconds=10)).waiting
    0
    """

    def __init__(self, width: Width) -> None:
        self.width = width
        self.inside = self.waiting = 0
        self._places = anyio.Semaphore(width.places)
        self._threads = functools.cache(lambda: anyio.CapacityLimiter(width.places))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place as long as the block lasts.

        :raises Busy: there is none.
        """
        await self._enter()
        try:
            yield
        finally:
            self.inside -= 1
            self._places.release()

    async def run(self, work: Callable[[], T]) -> T:
        """Do blocking work in a thread of a place; raises Busy. Work that was begun is finished."""
        async with self.place():
            return await self.in_thread(work)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Blocking work of somebody who has a place already."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads())

    async def _enter(self) -> None:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait()
        self.inside += 1

    async def _wait(self) -> None:
        retry_after = max(1, min(LONGEST_RETRY, round(self.width.seconds)))
        if self.waiting >= self.width.queue:
            raise Busy(retry_after)
        self.waiting += 1
        try:
            with anyio.fail_after(self.width.seconds):
                await self._places.acquire()
        except TimeoutError:
            raise Busy(retry_after) from None
        finally:
            self.waiting -= 1
