"""How long a model may take, and how much of it is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until a connection stands, the first text arrives, the next text arrives, and everything is over."""

    connect: float = 5.0
    first: float = 15.0
    idle: float = 10.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of an answer's time in seconds of `clock`; one deadline is shared by all attempts and all models.

    `on_cut(call)` has `call` called when somebody ends everything before its time; None where nobody can.
    """

    end: float
    clock: Clock = time.monotonic
    on_cut: Callable[[Callable[[], None]], None] | None = None

    def left(self) -> float:
        """Seconds until the end, never negative."""
        return max(0.0, self.end - self.clock())


def create_deadline(seconds: float = Limits().total, clock: Clock = time.monotonic) -> Deadline:
    """A deadline that many seconds from now."""
    return Deadline(clock() + seconds, clock)
