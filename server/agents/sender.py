"""Writing to a pipe from a thread of its own, so that a slow reader holds up nothing but itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

# `typing` takes milliseconds to load, and only mypy reads what it has.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

# As much may wait for a reader before who writes waits too.
MOST_WAITING = 64 * 2**20


class Sender:
    """Writes lines in their order.

    :param gone: called once, from the writing thread, when nobody reads any more.
    """

    def __init__(self, file: IO[bytes], gone: Callable[[], None]) -> None:
        self._file, self._gone = file, gone
        self._waiting: deque[bytes] = deque()
        self._size, self._closed, self._broken = 0, False, False
        self._changed = threading.Condition()
        self._done = threading.Event()
        threading.Thread(target=self._write, daemon=True).start()

    def put(self, line: bytes) -> None:
        """Have a line written; waits only while very much is waiting already."""
        with self._changed:
            while self._size > MOST_WAITING and not self._broken:
                self._changed.wait()
            if not self._broken:
                self._waiting.append(line)
                self._size += len(line)
                self._changed.notify_all()

    def close(self, seconds: float = 0.0) -> bool:
        """Write what is waiting, then close the pipe; whether that was done in so many seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        return self._done.wait(seconds)

    def _write(self) -> None:
        try:
            while lines := self._take():
                self._file.write(lines)
                self._file.flush()
            self._file.close()
        except (OSError, ValueError):
            with self._changed:
                self._broken = True
                self._waiting.clear()
                self._changed.notify_all()
            self._gone()
        finally:
            self._done.set()

    def _take(self) -> bytes:
        """Everything that waits; nothing when the end has come."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            lines = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._changed.notify_all()
            return lines
