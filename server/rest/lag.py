"""How late the event loop is: whatever holds it up holds up every stream and every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

EVERY_SECONDS = 0.1


@asynccontextmanager
async def watching(observe: Callable[[float], None], every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """As long as the block lasts, sleep on its event loop again and again and tell how many seconds late each waking was."""
    watch = asyncio.ensure_future(measure(observe, every))
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def measure(observe: Callable[[float], None], every: float) -> None:
    """Tell how late each waking was, without an end."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + every
        await asyncio.sleep(every)
        observe(max(0.0, clock() - due))
