"""A server of OpenAI's protocol that cites the first passage it is shown, at once, or with a pause before its last words."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PASSAGE = re.compile(
    r'<passage (\w+) number="1"(?: section="([^"]*)")? title="[^"]*">\n(.*?)\n</passage \1>', re.DOTALL
)
SENTENCE = re.compile(r"[A-Z][\w ,'-]{20,200}\.(?=\s|$)")
PIECE = 24
MODEL = "loopback"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@dataclass(slots=True)
class Server:
    """A running model; `open` are replies that it is in the middle of, `left` those whose reader went away.

    While `holding` it says its first statement and then nothing, until it no longer is or its reader goes away.
    """

    url: str = ""
    asked: int = 0
    open: int = 0
    left: int = 0
    holding: bool = False

    async def reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.asked += 1
        self.open += 1
        try:
            body = await read_body(reader)
            text = answer(body["messages"])
            half = text.rindex("]}")
            await self.say(writer, HEAD, *chunks(text[:half]))
            await self.hold(reader)
            await self.say(writer, *chunks(text[half:]), *END)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left += 1
        finally:
            self.open -= 1
            writer.close()

    async def say(self, writer: asyncio.StreamWriter, *pieces: bytes) -> None:
        """Write pieces, each by itself."""
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    async def hold(self, reader: asyncio.StreamReader) -> None:
        """Wait while holding; raises ConnectionError when the reader goes away."""
        gone = asyncio.ensure_future(reader.read(1))
        try:
            while self.holding:
                await asyncio.wait([gone], timeout=0.1)
                if gone.done():
                    raise ConnectionResetError
        finally:
            gone.cancel()


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A model on a free port until the block ends."""
    server, ready, over = Server(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        listening = await asyncio.start_server(server.reply, "127.0.0.1", 0, backlog=2048)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        ready.set()
        async with listening:
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


async def read_body(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The JSON of a request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    size = re.search(r"content-length: (\d+)", head)
    body: dict[str, Any] = json.loads(await reader.readexactly(int(size[1]) if size else 0))
    return body


def answer(messages: list[Mapping[str, Any]]) -> str:
    r"""A reply of one true statement, or of none where the passages have no plain sentence.

    >>> shown = '<passage a1 number="1" section="p#h" title="P">\nEmpty the drip tray every evening.\n</passage a1>'
    >>> json.loads(answer([{"content": shown}]))["statements"][0]["text"]
    'Empty the drip tray every evening.'
    """
    text = str(messages[-1]["content"])
    for mark, section, passage in PASSAGE.findall(text):
        if (found := SENTENCE.search(passage)) and mark:
            citation = {"section": section or "1", "quote": found[0]}
            return json.dumps({"statements": [{"citations": [citation], "text": found[0]}]}) + "\n"
    return '{"statements": []}\n'


def chunks(text: str) -> list[bytes]:
    """Server-sent events of a text."""
    return [event({"content": text[at : at + PIECE]}) for at in range(0, len(text), PIECE)]


def event(delta: Mapping[str, str], finish: str | None = None) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    record = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}
    return f"data: {json.dumps(record)}\n\n".encode()


END = (event({}, "stop"), b"data: [DONE]\n\n")
