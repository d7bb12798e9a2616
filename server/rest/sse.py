"""Server-sent events: written, and sent from a thread that makes them, with signs of life while there is nothing to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.rest.gate import Busy, Gate
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.rest.tap import Make, Silence, Tap

MEDIA_TYPE = "text/event-stream"
# A comment: proxies see that the connection lives, readers see nothing.
HEARTBEAT = b": still here\n\n"
# A refusal that comes within this time has its own status; later ones are told in the stream.
REFUSAL_SECONDS = 2.0
# A reader who takes nothing for so long has gone, though nobody has said so.
UNREAD_SECONDS = 60.0
# What a thread may take to notice that nobody reads any more.
LEAVING_SECONDS = 5.0
# Proxies that collect a response before they pass it on are asked not to.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event_schema(*names: str) -> dict[str, Any]:
    """The JSON Schema of each event of a stream; without names they are bare."""
    named = {"id": {"type": "string"}, "event": {"enum": list(names)}} if names else {}
    line = {"type": "string", "contentMediaType": "application/json"}
    return {"type": "object", "required": [*named, "data"], "properties": {**named, "data": line}}


def event(name: str, record: object, identifier: str) -> bytes:
    r"""An event as bytes; ASCII only, because some readers take U+2028 for the end of a line.

    >>> event("delta", {"number": 0}, "a-1")
    b'id: a-1\nevent: delta\ndata: {"number": 0}\n\n'
    """
    return f"id: {identifier}\nevent: {name}\n".encode() + data(json.dumps(record))


def data(text: str) -> bytes:
    """A bare event of one line."""
    return f"data: {text}\n\n".encode()


class EventStream(Response):
    """The bytes that `make(stop)` yields in a thread, as they come; it has a place of the gate as long as it lasts.

    What it raises before its first bytes becomes the response that such an error has, later what `trouble` makes of it.

    :param heartbeat: seconds of silence until a sign of life.
    :param refuse: the response to an error before the first bytes, where the usual one will not do.
    :param unread: seconds that a reader may leave what was sent unread.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, gate: Gate, make: Make[bytes], trouble: Callable[[Exception], bytes], heartbeat: float,
        refuse: Callable[[Exception], Response] | None = None, unread: float = UNREAD_SECONDS,
    ) -> None:  # fmt: skip
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._gate, self._make, self._trouble, self._heartbeat, self._refuse = gate, make, trouble, heartbeat, refuse
        self._unread = unread
        self._started = self._troubled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything; whoever hangs up ends the work.

        :raises Busy: there is no place.
        """
        try:
            async with self._gate.place():
                await self._serve(receive, send)
        except (Problem, PlaybookError, Busy) as error:
            if self._started or self._refuse is None:
                raise
            await self._refuse(error)(scope, receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        tap = Tap(self._make)
        try:
            try:
                first = await tap.next(REFUSAL_SECONDS)
            except Silence:
                first = HEARTBEAT
            self._started = True
            await until_gone(self._send_all(send, tap, first), receive)
        finally:
            with anyio.CancelScope(shield=True):
                await tap.close(LEAVING_SECONDS)

    async def _send_all(self, send: Send, tap: Tap[bytes], first: bytes | None) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        item = first
        while item is not None:
            async with asyncio.timeout(self._unread):
                await send({"type": "http.response.body", "body": item, "more_body": True})
            item = await self._next(tap)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self, tap: Tap[bytes]) -> bytes | None:
        if self._troubled:
            return None
        try:
            return await tap.next(self._heartbeat)
        except Silence:
            return HEARTBEAT
        except Exception as error:
            self._troubled = True
            return self._trouble(error)


async def until_gone(work: Coroutine[None, None, None], receive: Receive) -> None:
    """Do the work until it is done or whoever waits for it has hung up."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(hung_up(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        leaving.cancel()
        # Cancelled here, or nobody took what was sent: that ends a stream and is no failure of the service.
        with suppress(asyncio.CancelledError, OSError, TimeoutError):
            await working


async def hung_up(receive: Receive) -> None:
    """Wait until nobody listens."""
    while (await receive())["type"] != "http.disconnect":
        pass
