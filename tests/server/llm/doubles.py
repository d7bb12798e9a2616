"""A clock that only moves when told to, and models that do what a script says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Request, Stream, Usage

ASK = Request(messages=())
USED = Usage(100, 20, 64)


class Clock:
    """Seconds that pass by `sleep` alone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Scripted:
    """A model whose n-th call does the n-th thing, the last one for good: texts, and a failure or a good end."""

    name: str
    script: Sequence[Sequence[str | ModelFailed]]
    window: int = 8_192
    cites: bool = False
    calls: int = field(default=0, init=False)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        steps = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        for step in steps:
            if isinstance(step, ModelFailed):
                raise step
            yield Part(step)
        yield Done(self.name, USED, "stop", 0.0)
