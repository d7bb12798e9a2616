"""Many clients at once: those that ask on and on, those that hold a stream, those that leave one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from benchmarks.load.clients import FIRST, SECONDS, Client, Seen, create_client, dice

# Of a hundred requests: most are searches, a fifth is written by the model, half of that while the client reads along.
MIX = (
    ("search", 50), ("page", 8), ("pages", 2), ("verify", 8), ("answer", 10), ("stream", 10), ("fill", 4), ("check", 2),
    ("calculate", 2), ("mcp", 4),
)  # fmt: skip
# How long quoted answers may be changes nothing about a written one, but for the name under which it is kept.
WORDS = {"left": 10, "held": 700, "warm": 1_300}
MOST = 600


async def repeat(
    url: str, questions: Sequence[str], count: int, seconds: float, kinds: Sequence[tuple[str, int]], part: str = ""
) -> dict[str, Any]:
    """Clients that ask one thing after the other for so long; each `part` of a run has questions of its own."""
    seen, started = Seen(), time.monotonic()
    names, weights = [name for name, _ in kinds], [weight for _, weight in kinds]

    async def one(client: Client) -> None:
        while time.monotonic() < started + seconds:
            await client.request(client.chance.choices(names, weights)[0])

    async with create_client(url, count) as http:
        await asyncio.gather(*(one(Client(http, questions, seen, dice(part, n))) for n in range(count)))
    return seen.record(time.monotonic() - started)


async def hold(
    url: str, questions: Sequence[str], count: int, held: Callable[[], Awaitable[None]], part: str = "held"
) -> dict[str, Any]:
    """So many streams at once, of covered questions, that have got a statement and wait for more.

    `held` is awaited when all of them do; `ended` are those that then came to their end.
    """
    seen, waiting, go_on, started = Seen(), asyncio.Semaphore(0), asyncio.Event(), time.monotonic()

    async def wait() -> None:
        waiting.release()
        await go_on.wait()

    async def one(number: int) -> None:
        await begin(Client(http, questions, seen, dice(part, number)), part, number, wait)
        # Also when nothing was said of which there would be more.
        waiting.release()

    async with create_client(url, count) as http:
        tasks = [asyncio.create_task(one(number)) for number in range(count)]
        try:
            async with asyncio.timeout(SECONDS):
                for _ in range(count):
                    await waiting.acquire()
        except TimeoutError:
            seen.errors.append("not all streams began in time")
        await held()
        go_on.set()
        await asyncio.gather(*tasks)
    return seen.record(time.monotonic() - started) | {"ended": len(seen.waited[part])}


async def leave(url: str, questions: Sequence[str], count: int, together: int) -> dict[str, Any]:
    """Clients that go away after the first statement on a covered question, so many at a time."""
    seen, places, started = Seen(), asyncio.Semaphore(together), time.monotonic()

    async def one(number: int) -> None:
        async with places, create_client(url, 1) as http:
            await begin(Client(http, questions, seen, dice("left", number)), "left", number)

    await asyncio.gather(*(one(number) for number in range(count)))
    return seen.record(time.monotonic() - started)


async def begin(client: Client, part: str, number: int, then: Callable[[], Awaitable[None]] | None = None) -> None:
    """Read a stream up to its first statement, of a question that the model is known to answer and nobody has asked so."""
    question = client.questions[number % len(client.questions)]
    begun = time.perf_counter()
    try:
        asked = {"question": question, "words": WORDS[part] + number % MOST, "mode": "llm"}
        status, trouble = await client.stream(asked, FIRST, then)
    except (httpx.HTTPError, OSError) as error:
        status, trouble = 0, type(error).__name__
    client.seen.count(part, status, begun, trouble)


async def covered(url: str, questions: Sequence[str]) -> list[str]:
    """Those of the questions that the model answers with a statement that holds."""
    found = []
    async with create_client(url, 1) as http:
        for question in questions:
            made = (await http.post("/v1/chat", json={"question": question})).json()
            if made.get("mode") == "llm" and made["statements"] and made["status"] == "answered":
                found.append(question)
    return found
