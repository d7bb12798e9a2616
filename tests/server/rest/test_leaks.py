"""Readers who leave in the middle of answers leave nothing behind: no task, thread, connection, place, reply or note."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from benchmarks.load.model import Server, running
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.retrieval.index import Index
from tests.server.rest.models import QUESTION
from tests.server.rest.serving import Serving, serving, until

pytest.importorskip("langchain_openai")
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted through /proc")

READERS, AT_ONCE = 60, 15
# In the words of either path, and not the sections that were found.
STATEMENT = re.compile(r'event: delta|"delta": \{"content": "[^"]')
POOL = "chroma.sqlite3"
PATHS = ("/v1/chat", "/v1/chat/completions")
# Threads and connections that wait for the next request, as they did before.
SPARE = 2


@dataclass(frozen=True)
class Held:
    """What the process holds, and what the service counts."""

    tasks: int
    threads: int
    files: int
    taken: tuple[int, ...]
    shelf: int
    replies: int


def open_files() -> int:
    """Files and connections of this process, without those of Chroma's own pool, which grows to ten."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += link.readlink().name != POOL
    return found


def held(service: Serving, model: Server) -> Held:
    deps = service.deps
    loop = service.server.servers[0].get_loop()
    taken = (deps.answers.inside, deps.answers.waiting, deps.searches.inside, deps.searches.waiting, deps.turns.inside)
    return Held(
        len(asyncio.all_tasks(loop)), threading.active_count(), open_files(), taken,
        deps.live._shelf.readers, model.open,
    )  # fmt: skip


@dataclass
class World:
    """A service whose model answers a question's first statement and then waits."""

    service: Serving
    model: Server

    def nothing_more_than(self, before: Held) -> bool:
        now = held(self.service, self.model)
        spare = (now.tasks - before.tasks, now.threads - before.threads, now.files - before.files)
        counted = (now.taken, now.shelf, now.replies) == (before.taken, before.shelf, before.replies)
        return counted and max(spare) <= SPARE


@pytest.fixture
def world(handbook: Index, tmp_path: Path) -> Iterator[World]:
    with running() as model:
        asked = create_model("openai:loopback", model.url, {"OPENAI_API_KEY": "none"}, window=32_000)
        with serving(handbook, tmp_path / "home", (asked,), cache="none") as service:
            yield World(service, model)


def body(path: str, number: int) -> dict[str, object]:
    question = f"{QUESTION} {number}"
    if path == PATHS[0]:
        return {"question": question, "stream": True}
    return {"model": "handbook", "messages": [{"role": "user", "content": question}], "stream": True}


async def leave(url: str, count: int, *, told: bool) -> None:
    """So many readers, who go when they have been told a statement, or as soon as the response begins."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        path = PATHS[number % 2]
        async with (
            places,
            httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http,
            http.stream("POST", path, json=body(path, number)) as response,
        ):
            assert response.status_code == 200
            seen = ""
            if told:
                async for piece in response.aiter_text():
                    seen += piece
                    if STATEMENT.search(seen):
                        return
                raise AssertionError(seen)

    await asyncio.gather(*(one(number) for number in range(count)))


@pytest.mark.parametrize("told", [True, False])
def test_readers_who_leave_in_the_middle_leave_nothing_behind(world: World, told: bool) -> None:
    world.model.holding = True
    # Threads and connections that are kept for the next one are there from now on.
    asyncio.run(leave(world.service.url, AT_ONCE, told=told))
    until(lambda: world.model.open == 0 and world.service.deps.answers.inside == 0)
    gc.collect()
    before, left, asked = held(world.service, world.model), world.model.left, world.model.asked
    asyncio.run(leave(world.service.url, READERS, told=told))
    until(lambda: world.nothing_more_than(before), 15)
    assert before.taken == (0, 0, 0, 0, 0)
    stopped = world.model.left - left
    assert stopped == world.model.asked - asked
    assert not told or stopped == READERS
    assert '"failed"' not in world.service.log.getvalue()
    world.model.holding = False
    again = httpx.post(f"{world.service.url}/v1/chat", json={"question": QUESTION}, timeout=30).json()
    assert (again["status"], again["mode"]) == ("answered", "llm")


def test_a_conversation_keeps_nothing_of_an_answer_that_nobody_read(world: World) -> None:
    url = world.service.url
    kept = httpx.post(f"{url}/v1/conversations").json()["id"]
    world.model.holding = True
    asyncio.run(leave_one(url, kept))
    until(lambda: world.model.open == 0 and world.service.deps.answers.inside == 0)
    assert httpx.get(f"{url}/v1/conversations/{kept}").json()["turns"] == []
    world.model.holding = False
    assert httpx.post(f"{url}/v1/chat", json={"question": QUESTION, "conversation_id": kept}).status_code == 200
    assert len(httpx.get(f"{url}/v1/conversations/{kept}").json()["turns"]) == 2


async def leave_one(url: str, kept: str) -> None:
    """One reader of a conversation, who goes after the first statement."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        asked = {"question": QUESTION, "stream": True, "conversation_id": kept}
        async with http.stream("POST", PATHS[0], json=asked) as response:
            async for line in response.aiter_lines():
                if line == "event: delta":
                    return
    raise AssertionError("no statement came")
