"""The Store seam: bytes by key for a time, in SQLite, in Redis or nowhere; it never fails the asker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["answer", "embedding"]
KINDS: tuple[Kind, ...] = ("answer", "embedding")
DAY = 86_400.0
# Seconds that an entry is kept. An answer's key holds all it depends on, so its time bounds disk use, not truth; a vector
# never changes at all.
TTL: dict[Kind, float] = {"answer": 7 * DAY, "embedding": 30 * DAY}
# An answer is 2 to 20 KB; whatever is longer than this is no answer of ours.
MOST_VALUE = 4 * 1024 * 1024
# A store that failed is left alone for so many seconds: one question waits for a dead server, not every question.
REST = 30.0
Say = Callable[[str], None]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries of one kind, their bytes, and how often a get found one or none; None where nobody counts."""

    entries: int = 0
    bytes: int = 0
    hits: int | None = 0
    misses: int | None = 0


@dataclass(frozen=True, slots=True)
class Stats:
    """Where the cache is, the bytes it may take (None: the server decides), and what it holds by kind."""

    place: str
    limit: int | None
    kinds: dict[Kind, Counts]


class Store(Protocol):
    """Bytes by key. A key is `kind:hash`; a value that is gone, expired or unreachable is None, never an error."""

    def get(self, key: str) -> bytes | None:
        """The value, or None."""

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value for `ttl` seconds; the last writer of a key wins."""

    def stats(self) -> Stats:
        """What is kept."""

    def clear(self, kind: Kind | None = None) -> int:
        """Forget everything, or one kind; returns how many entries that were."""

    def close(self) -> None:
        """Let go of files and connections; a store that is used again opens them again."""


class Rest:
    """When a store that failed may be tried again; every reason is said once."""

    def __init__(self, say: Say, clock: Clock, seconds: float = REST) -> None:
        self._say = say
        self._clock = clock
        self._seconds = seconds
        self._until = float("-inf")
        self._said: set[str] = set()

    @property
    def over(self) -> bool:
        """Whether the store may be used."""
        return self._clock() >= self._until

    def begin(self, reason: str) -> None:
        """Leave the store alone for a while."""
        self._until = self._clock() + self._seconds
        self.say_once(reason)

    def say_once(self, line: str) -> None:
        """A line that has not been said yet."""
        if line not in self._said:
            self._said.add(line)
            self._say(line)


def kind_of(key: str) -> Kind:
    """The kind that a key begins with.

    >>> kind_of("answer:ab12")
    'answer'
    """
    for kind in KINDS:
        if key.startswith(f"{kind}:"):
            return kind
    msg = f"{key[:40]!r} is no key of a cache"
    raise ValueError(msg)
