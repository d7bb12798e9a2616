"""What many clients do at once, and what they waited for."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS = 60.0
# Of a hundred requests: most are searches, a tenth is written by the model while the client reads along.
MIX = (("search", 60), ("page", 10), ("verify", 10), ("answer", 10), ("stream", 10))
FIRST = "event: delta"
LAST = "event: done"
FINE = (200, 429)


@dataclass(slots=True)
class Seen:
    """What came back: statuses, milliseconds by kind of those that were answered, and what went wrong, in words."""

    statuses: Counter[str] = field(default_factory=Counter)
    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    def count(self, kind: str, status: int, started: float, trouble: str = "") -> None:
        """One request."""
        self.statuses[str(status)] += 1
        if trouble or status not in FINE:
            self.errors.append(f"{kind}: {trouble or status}")
        elif status == httpx.codes.OK:
            self.waited[kind].append((time.perf_counter() - started) * 1000)

    def record(self, seconds: float) -> dict[str, Any]:
        """Figures."""
        kinds = {kind: spread(waited) for kind, waited in sorted(self.waited.items())}
        answered = sum(len(waited) for waited in self.waited.values())
        return {
            "seconds": round(seconds, 1),
            "requests": sum(self.statuses.values()),
            "per_second": round(answered / seconds, 1),
            "statuses": dict(sorted(self.statuses.items())),
            "errors": len(self.errors),
            "first_errors": self.errors[:5],
            "kinds": kinds,
        }


def spread(waited: Sequence[float]) -> dict[str, float]:
    """Count, and percentiles in milliseconds.

    >>> spread([4.0, 1.0, 2.0, 3.0])
    {'count': 4, 'p50_ms': 3.0, 'p95_ms': 4.0, 'p99_ms': 4.0}
    """
    ordered = sorted(waited)
    at = {f"p{n}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * n // 100)], 1) for n in (50, 95, 99)}
    return {"count": len(ordered), **at}


@dataclass(slots=True)
class Client:
    """One of many, with a chance of its own; no two questions are the same, so that nothing comes from the cache."""

    http: httpx.AsyncClient
    questions: Sequence[str]
    seen: Seen
    chance: random.Random

    def question(self) -> str:
        """A question that nobody has asked."""
        return f"{self.chance.choice(self.questions)} Case {self.chance.randrange(10**9)}."

    async def request(self, kind: str) -> None:
        """One request of a kind."""
        ways: dict[str, Callable[[], Awaitable[tuple[int, str]]]] = {
            "search": lambda: self.post("search", {"query": self.question(), "k": 5}),
            "page": lambda: self.get("pages/drift-detection"),
            "verify": lambda: self.post(
                "verify", {"quotes": [{"quote": "Warn at PSI 0.1 and act at PSI 0.2 by default."}]}
            ),
            "answer": lambda: self.post("chat", {"question": self.question()}),
            "stream": lambda: self.stream(self.question()),
        }
        started = time.perf_counter()
        try:
            status, trouble = await ways[kind]()
        except (httpx.HTTPError, OSError) as error:
            status, trouble = 0, type(error).__name__
        self.seen.count(kind, status, started, trouble)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(1)

    async def post(self, name: str, body: dict[str, Any]) -> tuple[int, str]:
        """Its status, and what is wrong with it."""
        response = await self.http.post(f"/v1/{name}", json=body)
        return response.status_code, ""

    async def get(self, name: str) -> tuple[int, str]:
        """Its status, and what is wrong with it."""
        return (await self.http.get(f"/v1/{name}")).status_code, ""

    async def stream(
        self, question: str, stop: str = LAST, then: Callable[[], Awaitable[None]] | None = None
    ) -> tuple[int, str]:
        """Read a stream up to an event; then leave it, or do something and read on to its end."""
        body = {"question": question, "stream": True}
        async with self.http.stream("POST", "/v1/chat", json=body) as response:
            if response.status_code != httpx.codes.OK:
                return response.status_code, ""
            async for line in response.aiter_lines():
                if line == "event: error":
                    return response.status_code, "an error in the stream"
                if line == LAST and stop == FIRST:
                    return response.status_code, ""
                if line == stop:
                    if then is None:
                        return response.status_code, ""
                    await then()
                    stop, then = LAST, None
        return response.status_code, "the stream ended early"


def create_client(url: str, connections: int) -> httpx.AsyncClient:
    """A client of a service, for so many at once."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=SECONDS, trust_env=False)


async def repeat(
    url: str, questions: Sequence[str], count: int, seconds: float, kinds: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    """Clients that ask one thing after the other for so long."""
    seen, started = Seen(), time.monotonic()
    names, weights = [name for name, _ in kinds], [weight for _, weight in kinds]

    async def one(client: Client) -> None:
        while time.monotonic() < started + seconds:
            await client.request(client.chance.choices(names, weights)[0])

    async with create_client(url, count) as http:
        await asyncio.gather(*(one(Client(http, questions, seen, dice(n))) for n in range(count)))
    return seen.record(time.monotonic() - started)


async def hold(url: str, questions: Sequence[str], count: int, held: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    """So many streams at once that have got a statement and wait for more; `held` is awaited when all of them do."""
    seen, waiting, go_on, started = Seen(), asyncio.Semaphore(0), asyncio.Event(), time.monotonic()

    async def wait() -> None:
        waiting.release()
        await go_on.wait()

    async def one(client: Client) -> None:
        begun = time.perf_counter()
        try:
            status, trouble = await client.stream(client.question(), FIRST, wait)
        except (httpx.HTTPError, OSError) as error:
            status, trouble = 0, type(error).__name__
        finally:
            # Also when nothing was said of which there would be more.
            waiting.release()
        seen.count("held", status, begun, trouble)

    async with create_client(url, count) as http:
        tasks = [asyncio.create_task(one(Client(http, questions, seen, dice(n)))) for n in range(count)]
        try:
            async with asyncio.timeout(SECONDS):
                for _ in range(count):
                    await waiting.acquire()
        except TimeoutError:
            seen.errors.append("not all streams began in time")
        await held()
        go_on.set()
        await asyncio.gather(*tasks)
    return seen.record(time.monotonic() - started)


async def leave(url: str, questions: Sequence[str], count: int, together: int) -> dict[str, Any]:
    """Clients that go away after their first statement, so many at a time."""
    seen, places, started = Seen(), asyncio.Semaphore(together), time.monotonic()

    async def one(number: int) -> None:
        async with places, create_client(url, 1) as http:
            client, begun = Client(http, questions, seen, dice(number)), time.perf_counter()
            try:
                status, trouble = await client.stream(client.question(), FIRST)
            except (httpx.HTTPError, OSError) as error:
                status, trouble = 0, type(error).__name__
            seen.count("left", status, begun, trouble)

    await asyncio.gather(*(one(number) for number in range(count)))
    return seen.record(time.monotonic() - started)


async def covered(url: str, questions: Sequence[str]) -> list[str]:
    """Those of the questions that the model gets to answer, asked as they will be."""
    found = []
    async with create_client(url, 1) as http:
        for number, question in enumerate(questions):
            asked = Client(http, [question], Seen(), dice(number)).question()
            if (await http.post("/v1/chat", json={"question": asked})).json().get("mode") == "llm":
                found.append(question)
    return found


def dice(number: int) -> random.Random:
    """A client's chance, the same in every run."""
    return random.Random(number)  # noqa: S311 (nothing secret)


def read_questions(lines: Sequence[str]) -> list[str]:
    """Questions of the cases of conversations that stand by themselves."""
    return [json.loads(line)["standalone"] for line in lines if line.strip()]
