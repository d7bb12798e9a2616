"""What is sent while somebody reads, and what becomes of a stream that nobody reads."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Generator
from typing import Any

from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.rest.gate import Gate, Width
from mlplaybook.server.rest.sse import EventStream, event
from mlplaybook.server.rest.tap import THREAD_NAME


def endless(stop: Stop) -> Generator[bytes, None, None]:
    while True:
        yield b"x" * 1000


async def stays() -> dict[str, Any]:
    """A reader who never hangs up."""
    await asyncio.Event().wait()
    raise AssertionError


def test_an_event_is_one_line_of_ascii_whatever_its_words_are() -> None:
    written = event("delta", {"text": "ä\u2028b\r\nc\ud800"}, "a-1")
    assert written.decode("ascii").splitlines()[:2] == ["id: a-1", "event: delta"]
    assert len(written.splitlines()) == 4
    assert json.loads(written.splitlines()[2].removeprefix(b"data: ")) == {"text": "ä\u2028b\r\nc\ud800"}


def test_a_reader_who_takes_nothing_for_long_has_gone() -> None:
    async def work() -> list[str]:
        gate = Gate(Width(1, 0, 1.0))
        sent: list[str] = []

        async def send(message: Any) -> None:
            sent.append(message["type"])
            if len(sent) == 5:
                await asyncio.Event().wait()

        response = EventStream(gate, endless, lambda error: b"", heartbeat=1, unread=0.1)
        await asyncio.wait_for(response({"type": "http"}, stays, send), 5)
        assert gate.inside == 0
        return sent

    assert asyncio.run(work()) == ["http.response.start", *["http.response.body"] * 4]
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}


def test_what_is_cancelled_leaves_no_thread_and_no_place() -> None:
    async def work() -> None:
        gate = Gate(Width(1, 0, 1.0))

        async def send(message: Any) -> None:
            await asyncio.sleep(0.001)

        response = EventStream(gate, endless, lambda error: b"", heartbeat=1)
        running = asyncio.ensure_future(response({"type": "http"}, stays, send))
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.wait({running}, timeout=5)
        assert running.cancelled()
        assert gate.inside == 0

    asyncio.run(work())
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}


def test_an_error_behind_the_first_bytes_is_the_last_thing_that_is_told() -> None:
    def breaks(stop: Stop) -> Generator[bytes, None, None]:
        yield b"first"
        raise ValueError

    async def work() -> list[bytes]:
        told: list[bytes] = []

        async def send(message: Any) -> None:
            told.append(message.get("body", b"start"))

        gate = Gate(Width(1, 0, 1.0))
        await EventStream(gate, breaks, lambda error: type(error).__name__.encode(), 1)({"type": "http"}, stays, send)
        return told

    assert asyncio.run(work()) == [b"start", b"first", b"ValueError", b""]
