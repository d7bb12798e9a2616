"""A client of the service: what it asks, and what it waited for."""

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
FIRST = "event: delta"
LAST = "event: done"
ERROR = "event: error"
FINE = (200, 429)
MCP = {"Accept": "application/json, text/event-stream"}
NOTES = "Goal: cut churn of monthly subscribers from 5% to 4% by July. Latency: 200 ms at p95. Owner: the growth team."
BRIEF = "problem_brief:\n  business_objective: increase efficiency\n  ml_task_type: magic\n"
QUOTE = "Warn at PSI 0.1 and act at PSI 0.2 by default."
TABLE = "x\n" + "\n".join(str(number * number % 997) for number in range(2_000))


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
        started = time.perf_counter()
        try:
            status, trouble = await self.ways(kind)()
        except (httpx.HTTPError, OSError) as error:
            status, trouble = 0, type(error).__name__
        self.seen.count(kind, status, started, trouble)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(1)

    def ways(self, kind: str) -> Callable[[], Awaitable[tuple[int, str]]]:
        """How each kind is requested: by people who ask, and by what takes a processor's time beside them."""
        asked = self.question()
        search = {"name": "search_playbook", "arguments": {"query": asked}}
        return {
            "search": lambda: self.post("/v1/search", {"query": asked, "k": 5}),
            "page": lambda: self.get("/v1/pages/drift-detection"),
            "pages": lambda: self.get("/v1/pages"),
            "verify": lambda: self.post("/v1/verify", {"quotes": [{"quote": QUOTE}, {"quote": asked}]}),
            "answer": lambda: self.post("/v1/chat", {"question": asked}),
            "stream": lambda: self.stream({"question": asked}),
            "fill": lambda: self.post("/v1/templates/problem-brief/fill", {
                "mode": "extractive", "notes": [{"name": "kickoff.md", "text": f"{NOTES} {asked}"}],
            }),
            "check": lambda: self.post("/v1/check", {"text": BRIEF}),
            "calculate": lambda: self.post("/v1/calculate/psi", {"csv": TABLE, "reference": TABLE, "column": "x"}),
            "mcp": lambda: self.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": search}, MCP),
        }[kind]  # fmt: skip

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Its status, and what is wrong with it."""
        response = await self.http.post(path, json=body, headers=headers)
        return response.status_code, ""

    async def get(self, path: str) -> tuple[int, str]:
        """Its status, and what is wrong with it."""
        return (await self.http.get(path)).status_code, ""

    async def stream(
        self, body: dict[str, Any], stop: str = LAST, then: Callable[[], Awaitable[None]] | None = None
    ) -> tuple[int, str]:
        """Read a stream up to an event; then leave it, or do something and read on to its end."""
        async with self.http.stream("POST", "/v1/chat", json={**body, "stream": True}) as response:
            if response.status_code != httpx.codes.OK:
                return response.status_code, ""
            lines = aiter(response.aiter_lines())
            async for line in lines:
                if line == ERROR:
                    return response.status_code, f"an error in the stream, {(await anext(lines, ''))[:300]}"
                if line == stop:
                    if then is None:
                        return response.status_code, ""
                    await then()
                    stop, then = LAST, None
                elif line == LAST:
                    return response.status_code, "the stream ended before a statement"
        return response.status_code, "the stream ended early"


def create_client(url: str, connections: int) -> httpx.AsyncClient:
    """A client of a service, for so many at once."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=SECONDS, trust_env=False)


def dice(*names: object) -> random.Random:
    """A client's chance, the same in every run, and another one in each part of a run."""
    return random.Random(" ".join(map(str, names)))  # noqa: S311 (nothing secret)


def read_questions(lines: Sequence[str]) -> list[str]:
    """Questions of the cases of conversations that stand by themselves."""
    return [json.loads(line)["standalone"] for line in lines if line.strip()]
