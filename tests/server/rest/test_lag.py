"""The event loop says how late it is."""

from __future__ import annotations

import asyncio
import time

from starlette.testclient import TestClient

from mlplaybook.server.rest.lag import watching
from tests.server.rest.test_routes_health import figures


def test_a_loop_that_is_held_up_is_late_by_as_much_and_an_idle_one_is_not() -> None:
    late: list[float] = []

    async def work() -> None:
        async with watching(late.append, every=0.01):
            await asyncio.sleep(0.05)
            late.clear()
            # What nobody may do on an event loop.
            time.sleep(0.3)
            await asyncio.sleep(0.05)
        seen = len(late)
        await asyncio.sleep(0.05)
        assert len(late) == seen

    asyncio.run(work())
    assert 0.25 <= max(late) <= 0.6
    assert sorted(late)[len(late) // 2] < 0.1


def test_the_figures_say_how_late_the_loop_of_the_service_is(client: TestClient) -> None:
    time.sleep(0.35)
    found = figures(client.get("/metrics").text)
    assert found["mlplaybook_event_loop_lag_seconds_count"] >= 2
