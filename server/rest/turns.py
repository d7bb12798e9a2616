"""How many answers use a processor at once: those that wait for a model or a reader do not count.

Threads that all want to work hold up the event loop, and with it every stream: each time the loop has waited for something it
has to wait for its turn among them again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mlplaybook.server.answers.records import Answer
from mlplaybook.server.cache.flight import WAIT_SECONDS, Flights
from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Model, Request, Stream
from mlplaybook.server.llm.wrapped import WrappedModel
from mlplaybook.server.service import Service


class Turns:
    """The turns of all threads of a process, first come, first served; `inside` are taken.

    >>> Turns(places=2).inside
    0
    """

    def __init__(self, places: int) -> None:
        self.inside = 0
        self._lock = threading.Lock()
        self._places = threading.Semaphore(places)

    def take(self) -> None:
        """Wait for a place."""
        self._places.acquire()
        with self._lock:
            self.inside += 1

    def give_back(self) -> None:
        """Let the next one in."""
        with self._lock:
            self.inside -= 1
        self._places.release()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A turn of this thread, until the block or the turn ends."""
        turn = Turn(self)
        turn.take()
        try:
            yield turn
        finally:
            turn.end()


class Turn:
    """The turn of one thread; `rest` gives way to others, `take` goes on, after `end` the thread works beside all others."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._held = self._over = False

    def take(self) -> None:
        """Wait for a place, where there is none yet and the turn has not ended."""
        if not self._held and not self._over:
            self._turns.take()
            self._held = True

    def rest(self) -> None:
        """Let somebody else work."""
        if self._held:
            self._held = False
            self._turns.give_back()

    def end(self) -> None:
        """What is left is little work, or waits for a reader."""
        self._over = True
        self.rest()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let others work as long as the block lasts, which waits for something."""
        self.rest()
        try:
            yield
        finally:
            self.take()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work within a block that rests."""
        self.take()
        try:
            yield
        finally:
            self.rest()

    def lent(self, service: Service) -> Service:
        """The service for this thread: it rests while it waits for a model, or for another thread that works on the same."""
        models: Sequence[Model] = [RestingModel(model, self) for model in service.models]
        return replace(service, models=tuple(models), flights=RestingFlights(service.flights, self))


@dataclass(frozen=True, slots=True)
class RestingModel(WrappedModel):
    """The model behind it; whoever waits for it rests."""

    turn: Turn

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """Parts, then one Done; what is done about a part is too little to wait for a turn."""
        with self.turn.resting():
            yield from self.model.stream(request, deadline)


class RestingFlights(Flights[Answer]):
    """The flights behind it; whoever waits for another's answer rests, so that the other can go on."""

    def __init__(self, flights: Flights[Answer], turn: Turn) -> None:
        self._flights, self._turn = flights, turn

    def run(
        self, key: str, work: Callable[[], Answer], wait: float = WAIT_SECONDS, late: Callable[[], Answer] | None = None
    ) -> tuple[Answer, bool]:
        """As `Flights.run`."""

        def worked(made: Callable[[], Answer]) -> Answer:
            with self._turn.working():
                return made()

        by_oneself = None if late is None else lambda: worked(late)
        with self._turn.resting():
            return self._flights.run(key, lambda: worked(work), wait, by_oneself)
