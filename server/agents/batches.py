"""Several messages in one line: revisions of MCP before 2025-06-18 have them, and their answers come in one line too."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mlplaybook.server.agents.wire import Json, Record

VERSIONS = frozenset({"2024-11-05", "2025-03-26"})


def takes_batches(version: str) -> bool:
    """Whether a revision has batches; "" before the handshake, which may not be in one."""
    return version in VERSIONS


class Batch:
    """The answers to a batch, given together when the last one is there; safe for threads."""

    def __init__(self, give: Callable[[Json], None]) -> None:
        self._give = give
        self._lock = threading.Lock()
        self._replies: list[Json] = []
        self._expected: set[str] = set()
        self._sealed = False

    def expect(self, key: str) -> None:
        """A request was passed on."""
        with self._lock:
            self._expected.add(key)

    def add(self, reply: Record, key: str = "") -> None:
        """An answer; `key` is of one that was expected."""
        with self._lock:
            self._replies.append(reply)
            self._expected.discard(key)
            self._settle()

    def drop(self, key: str) -> None:
        """No answer will come."""
        with self._lock:
            self._expected.discard(key)
            self._settle()

    def seal(self) -> None:
        """Nothing more is in the batch."""
        with self._lock:
            self._sealed = True
            self._settle()

    def _settle(self) -> None:
        if self._sealed and not self._expected and self._replies:
            replies, self._replies = self._replies, []
            self._give(replies)
