"""A provider's stream with time limits that hold even where its library blocks."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from mlplaybook.server.llm.deadline import Deadline, Limits
from mlplaybook.server.llm.records import ModelFailed

# Parts that may wait for a slow reader; the provider is held up beyond that.
MOST_WAITING = 64
# How often a thread whose parts nobody takes looks whether it should end.
LOOK_SECONDS = 0.1
THREAD_NAME = "mlplaybook-llm"

T = TypeVar("T")


class Stop:
    """Says to a thread that nobody listens any more, and closes what it may be blocked in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._closers: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether to end."""
        return self._set

    def on_set(self, close: Callable[[], None]) -> None:
        """Call `close` when it is time to end, at once if that was before."""
        with self._lock:
            if not self._set:
                self._closers.append(close)
                return
        close()

    def forget(self) -> None:
        """Nothing has to be closed any more: a connection that has done its work is used again."""
        with self._lock:
            self._closers.clear()

    def set(self) -> None:
        """End."""
        with self._lock:
            self._set = True
            closers, self._closers = self._closers, []
        for close in closers:
            with contextlib.suppress(OSError):
                close()


class Ended:
    """The last thing a thread says; `error` is what it ended with."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


def watch(start: Callable[[Stop], Iterable[T]], limits: Limits, deadline: Deadline) -> Iterator[T]:
    """What `start(stop)` yields, read in a thread of its own, which ends soon after this iterator does.

    :raises ModelFailed: nothing came in time (`timeout`). Exceptions of `start` pass through.
    """
    if deadline.left() <= 0:
        raise ModelFailed("timeout")
    stop = Stop()
    items: queue.Queue[T | Ended] = queue.Queue(MOST_WAITING)
    within = limits.first
    if deadline.on_cut is not None:
        deadline.on_cut(lambda: interrupt(items))
    # The copy hands a tracer's current span to the thread.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(read, start, stop, items), name=THREAD_NAME, daemon=True).start()
    try:
        while True:
            item = take(items, min(within, deadline.left()))
            if isinstance(item, Ended):
                if item.error is not None:
                    raise item.error
                return
            yield item
            within = limits.idle
    finally:
        stop.set()


def take(items: queue.Queue[T | Ended], seconds: float) -> T | Ended:
    """The next item within so many seconds."""
    try:
        return items.get(timeout=seconds) if seconds > 0 else items.get_nowait()
    except queue.Empty:
        raise ModelFailed("timeout") from None


def interrupt(items: queue.Queue[T | Ended]) -> None:
    """Wake whoever waits for an item; with a full queue nobody does."""
    with contextlib.suppress(queue.Full):
        items.put_nowait(Ended(ModelFailed("timeout")))


def read(start: Callable[[Stop], Iterable[T]], stop: Stop, items: queue.Queue[T | Ended]) -> None:
    """Put everything that comes into the queue until it ends, fails or nobody listens."""
    ended = Ended()
    try:
        stream = iter(start(stop))
        try:
            while not stop.is_set and put(items, next(stream), stop):
                pass
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()
    except StopIteration:
        pass
    except Exception as error:
        # Whatever it was, the waiting side has to hear of it.
        ended = Ended(error)
    stop.forget()
    put(items, ended, stop)


def put(items: queue.Queue[T | Ended], item: T | Ended, stop: Stop) -> bool:
    """Whether somebody will take the item."""
    while not stop.is_set:
        with contextlib.suppress(queue.Full):
            items.put(item, timeout=LOOK_SECONDS)
            return True
    return False
