"""Models that stand in for each other: the first that gives a whole reply within one time for all."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.server.llm.breaker import GIVEN_UP, WELL, Breakers, Outcome
from mlplaybook.server.llm.deadline import Clock, Deadline, Limits
from mlplaybook.server.llm.records import (
    Done,
    Kind,
    Model,
    ModelFailed,
    Part,
    Request,
    Restart,
    Stream,
    Usage,
)
from mlplaybook.server.llm.retry import PASSING, Retries, retry

# Where another model can be asked at once, nobody waits longer for a busy one, whatever its Retry-After says.
PATIENCE_SECONDS = 2.0
# Nor is a silent one asked twice: three times the limit for the first text would leave the others no time.
PASSING_WITH_OTHERS = PASSING - {"timeout"}
NOTHING_USED = Usage()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model, for traces and figures; `first` is when text came, in seconds.

    `failed` is None where it went well or the asker gave up.
    """

    model: str
    number: int
    seconds: float
    first: float | None = None
    failed: Kind | None = None
    usage: Usage = NOTHING_USED


Observe = Callable[[Attempt], None]


def ignore(attempt: Attempt) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Asks its models in order; itself a Model. Made by `create_chain`."""

    models: tuple[Model, ...]
    limits: Limits
    breakers: Breakers
    retries: Retries
    observe: Observe
    clock: Clock

    @property
    def name(self) -> str:
        """The name of the model that is asked first."""
        return self.models[0].name

    @property
    def window(self) -> int:
        """Tokens that fit every model, since any of them may have to answer."""
        return min(model.window for model in self.models)

    @property
    def cites(self) -> bool:
        """Whether every model takes passages as sources; what wraps a model may not say so."""
        return all(getattr(model, "cites", False) for model in self.models)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """The parts of the model that answers, and one Done that counts the attempts at all of them.

        :raises ModelFailed: every model failed; `reasons` says how each did, in order.
        """
        started, numbers = self.clock(), itertools.count(1)
        failures: list[ModelFailed] = []
        for left, model in zip(reversed(range(len(self.models))), self.models, strict=True):
            call = functools.partial(attempt, self, model, request, deadline, numbers)
            terms = (PATIENCE_SECONDS, PASSING_WITH_OTHERS) if left else (float("inf"), PASSING)
            try:
                for item in retry(call, self.retries, deadline, *terms):
                    yield dataclasses.replace(item, seconds=self.clock() - started) if isinstance(item, Done) else item
            except ModelFailed as failed:
                failures.append(failed)
                if not left or deadline.left() <= 0:
                    break
                if failed.began:
                    yield Restart(failed.public)
            else:
                return
        raise joined(failures)


def create_chain(
    models: Sequence[Model],
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    breakers: Breakers | None = None,
    retries: Retries = Retries(),  # noqa: B008 (frozen)
    observe: Observe = ignore,
    clock: Clock = time.monotonic,
) -> Chain:
    """Models in the order in which they are asked, at least one. `breakers` are shared by all that ask the same models."""
    return Chain(tuple(models), limits, breakers or Breakers(clock), retries, observe, clock)


def attempt(chain: Chain, model: Model, request: Request, deadline: Deadline, numbers: Iterator[int]) -> Stream:
    """One call of one model, allowed by its breaker and reported when it is over, however it ends."""
    breaker = chain.breakers.of(model.name)
    ticket = breaker.enter()
    number, started, fair = next(numbers), chain.clock(), deadline.left() >= chain.limits.first
    first: float | None = None
    usage = NOTHING_USED
    kind: Kind | None = None
    outcome: Outcome = GIVEN_UP
    try:
        for item in model.stream(request, deadline):
            if isinstance(item, Part) and first is None:
                first = chain.clock() - started
            if isinstance(item, Done):
                # Settled before it is handed on: nobody has to come back for more.
                item, usage, outcome = dataclasses.replace(item, attempts=number), item.usage, WELL
            yield item
    except ModelFailed as failed:
        # Where the models before it left too little time, a late one is not at fault.
        kind, outcome = failed.kind, failed.kind if fair or failed.kind != "timeout" else GIVEN_UP
        raise
    finally:
        breaker.leave(ticket, outcome)
        chain.observe(Attempt(model.name, number, chain.clock() - started, first, kind, usage))


def joined(failures: Sequence[ModelFailed]) -> ModelFailed:
    """One failure that names them all; its kind is that of the last."""
    last = failures[-1]
    if len(failures) == 1:
        return last
    reasons = tuple(failed.public for failed in failures)
    return ModelFailed(last.kind, last.model, public="; ".join(reasons), retry_after=last.retry_after, reasons=reasons)
