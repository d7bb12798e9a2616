"""What is slow keeps what is quick from nothing."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mlplaybook.server.rest.app import create_deps
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.gate import Busy
from mlplaybook.server.service import Service
from tests.server.rest.world import World


def corpus(service: Service) -> str:
    return service.index.manifest.corpus


@pytest.mark.parametrize("slow", ["work", "write"])
def test_slow_work_has_places_of_its_own(world: World, slow: str) -> None:
    deps = create_deps(world.live, world.settings(rest_searches=2, rest_queue=0, rest_answers=3))
    begun, go_on = threading.Event(), threading.Event()

    def stay(service: Service) -> str:
        begun.set()
        assert go_on.wait(10)
        return corpus(service)

    async def work() -> list[str]:
        staying = asyncio.ensure_future(getattr(deps, slow)(stay))
        await asyncio.to_thread(begun.wait, 10)
        quick = [await deps.search(corpus), await deps.answer(corpus), await deps.calls.run(lambda: "call")]
        go_on.set()
        return [*quick, await staying]

    assert asyncio.run(work()) == ["handbook", "handbook", "call", "handbook"]
    assert (deps.turns.inside, deps.long_turns.inside, deps.works.inside, deps.answers.inside) == (0, 0, 0, 0)


def test_of_slow_work_only_so_much_is_done_at_once(world: World) -> None:
    deps = create_deps(world.live, world.settings(rest_searches=2, rest_queue=0))
    begun, go_on = threading.Event(), threading.Event()

    def stay(service: Service) -> str:
        begun.set()
        assert go_on.wait(10)
        return corpus(service)

    async def work(deps: Deps) -> None:
        staying = asyncio.ensure_future(deps.work(stay))
        await asyncio.to_thread(begun.wait, 10)
        with pytest.raises(Busy):
            await deps.work(corpus)
        go_on.set()
        await staying

    asyncio.run(work(deps))
