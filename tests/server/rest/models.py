"""Models that wait, break or say what a test wants, and a handbook's true answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mlplaybook.server.llm.deadline import Deadline, Limits
from mlplaybook.server.llm.records import Done, Part, Request, Stream, Usage
from mlplaybook.server.llm.watch import watch
from tests.server.llm.fault_server import QUOTE, SECTION
from tests.server.test_writer import reply

QUESTION = "Which cut-offs raise an alert?"
STABLE = "An index below 0.1 counts as stable."
FIRST, SECOND = ("An index above 0.2 raises an alert.", SECTION, QUOTE), (STABLE, SECTION, STABLE)
TRUE = reply(FIRST, SECOND)
# The reply up to the end of its first statement, and the rest.
HALF = len(reply(FIRST)) - len("]}")
SECRET = "words-of-ours-nobody-may-see"


@dataclass
class Model:
    """Says the first statement, then does `between`, then says the rest."""

    between: Callable[[], None] = lambda: None
    name: str = "test:model"
    window: int = 100_000
    cites: bool = False
    asked: list[Request] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        self.asked.append(request)
        try:
            yield Part(TRUE[:HALF])
            self.between()
            yield Part(TRUE[HALF:])
            yield Done(self.name, Usage(10, 5), "stop", 0.1)
        finally:
            self.closed.set()


@dataclass
class Silent(Model):
    """Says the first statement and then nothing for a minute, as a provider's stream does that stalls."""

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        self.asked.append(request)
        over = threading.Event()

        def read(stop: object) -> Stream:
            stop.on_set(over.set)  # type: ignore[attr-defined]
            yield Part(TRUE[:HALF])
            over.wait(60)

        try:
            yield from watch(read, Limits(first=60, idle=60, total=60), deadline)
        finally:
            self.closed.set()


def fail() -> None:
    """What nobody foresaw."""
    raise RuntimeError(SECRET)
