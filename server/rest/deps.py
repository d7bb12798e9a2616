"""What every part of the service works with, made once when it starts."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from mlplaybook.server.live import Live
from mlplaybook.server.rest.accounts import Accounts
from mlplaybook.server.rest.callers import Caller, Scope, create_door
from mlplaybook.server.rest.gate import Gate
from mlplaybook.server.rest.keys import KeyRing
from mlplaybook.server.rest.limits import Buckets
from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.metrics import Metrics
from mlplaybook.server.rest.turns import Turns
from mlplaybook.server.service import Service
from mlplaybook.server.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deps:
    """`live` lends a service on the newest generation: from a worker thread, never on the event loop.

    `searches` lets in what takes milliseconds of a processor, `works` what may take seconds of it, `calls` those of agents, and
    `answers` what may wait for a model; of these so many work at once as there are `turns`, or `long_turns` where they may take
    seconds. So nothing that is slow keeps what is quick from its place. `keys` is None where nobody has to show one. `accounts`
    is what a key may still spend today.
    """

    live: Live
    settings: Settings
    searches: Gate
    works: Gate
    calls: Gate
    answers: Gate
    turns: Turns
    long_turns: Turns
    keys: KeyRing | None
    buckets: Buckets
    accounts: Accounts
    metrics: Metrics
    log: Log = field(default_factory=Log)

    def allow(self, scope: Scope) -> Callable[..., Awaitable[Caller]]:
        """A dependency of a route: who asks, if the key allows it and is not asked too often; else a problem.

        Use it as `caller: Annotated[Caller, Depends(deps.allow("ask"))]`, or in `dependencies=`.
        """
        return create_door(self.keys, self.buckets, scope)

    async def search(self, work: Callable[[Service], T]) -> T:
        """Do what takes milliseconds in a thread; raises Busy."""
        return await self.searches.run(lambda: self._lent(work))

    async def work(self, work: Callable[[Service], T]) -> T:
        """Do what may take seconds of a processor in a thread; raises Busy."""
        return await self.works.run(lambda: self._lent(work))

    async def answer(self, work: Callable[[Service], T]) -> T:
        """Do what may wait for a model in a thread; raises Busy."""
        return await self.answers.run(lambda: self._lent(functools.partial(in_turn, self.turns, work)))

    async def write(self, work: Callable[[Service], T]) -> T:
        """Do what may wait for a model, and may take seconds of a processor, in a thread; raises Busy."""
        return await self.answers.run(lambda: self._lent(functools.partial(in_turn, self.long_turns, work)))

    def _lent(self, work: Callable[[Service], T]) -> T:
        with self.live.lend() as service:
            return work(service)


def in_turn(turns: Turns, work: Callable[[Service], T], service: Service) -> T:
    """Do the work in a turn of this thread."""
    with turns.turn() as turn:
        return work(turn.lent(service))
