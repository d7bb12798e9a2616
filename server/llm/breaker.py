"""A model that keeps failing is left alone for a while, so that nobody waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from mlplaybook.server.llm.deadline import Clock
from mlplaybook.server.llm.records import Kind, ModelFailed

# Failures that say nothing of the model's health: the request's, or ours.
HARMLESS: frozenset[Kind] = frozenset({"bad-request", "unknown-model", "too-long", "content", "budget", "resting"})
# No second try will help before somebody mends the account.
FATAL: frozenset[Kind] = frozenset({"auth", "quota"})

State = Literal["closed", "open", "half-open"]
# How a call ended: well, with a failure, or given up by the asker.
Ending = Literal["well", "given-up"]
WELL: Ending = "well"
GIVEN_UP: Ending = "given-up"
Outcome = Kind | Ending


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to make one call; a `probe` decides whether a resting model is back."""

    probe: bool


@dataclass(slots=True)
class Breaker:
    """Opens after `failures` in a row, lets one call through after `rest` seconds, and closes when that one succeeds."""

    name: str = "the model"
    clock: Clock = time.monotonic
    failures: int = 5
    rest: float = 30.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _count: int = 0
    _opened: float | None = None
    _probing: bool = False

    @property
    def state(self) -> State:
        """`half-open` is open with the rest over."""
        if self._opened is None:
            return "closed"
        return "half-open" if self.clock() - self._opened >= self.rest else "open"

    def enter(self) -> Ticket:
        """Permission for one call, which has to be given back by `leave`.

        :raises ModelFailed: the model rests, or another call is finding out whether it is back.
        """
        with self._lock:
            state = self.state
            if state == "closed":
                return Ticket(probe=False)
            if state == "half-open" and not self._probing:
                self._probing = True
                return Ticket(probe=True)
        raise ModelFailed("resting", self.name)

    def leave(self, ticket: Ticket, outcome: Outcome) -> None:
        """Say how the call ended. What began before the breaker opened changes nothing once it is open."""
        with self._lock:
            if ticket.probe:
                self._probing = False
            elif self._opened is not None:
                return
            if outcome == WELL:
                self._count, self._opened = 0, None
            elif outcome != GIVEN_UP and outcome not in HARMLESS:
                self._count += 1
                if ticket.probe or outcome in FATAL or self._count >= self.failures:
                    self._opened = self.clock()


class Breakers:
    """One breaker a model name, for all threads of the process."""

    def __init__(self, clock: Clock = time.monotonic, failures: int = 5, rest: float = 30.0) -> None:
        self._lock = threading.Lock()
        self._clock, self._failures, self._rest = clock, failures, rest
        self._breakers: dict[str, Breaker] = {}

    def of(self, name: str) -> Breaker:
        """The breaker of a model."""
        with self._lock:
            if name not in self._breakers:
                self._breakers[name] = Breaker(name, self._clock, self._failures, self._rest)
            return self._breakers[name]

    def states(self) -> dict[str, State]:
        """The state of every model asked so far."""
        with self._lock:
            return {name: breaker.state for name, breaker in self._breakers.items()}
