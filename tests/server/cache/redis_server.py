"""A Redis of a few commands, on loopback, so that the real client can be tested against what it really sends."""

from __future__ import annotations

import fnmatch
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


class RedisServer:
    """What is kept, what was asked, and how the server behaves: `well`, `silent`, `garbage` or `refusing`."""

    def __init__(self, behaviour: str = "well") -> None:
        self.behaviour = behaviour
        self.values: dict[bytes, tuple[bytes, float]] = {}
        self.commands: list[str] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()

    def reply(self, command: list[bytes]) -> bytes:
        """The RESP2 reply to a command."""
        name = command[0].decode().upper()
        with self._lock:
            self.commands.append(name)
            if self.behaviour == "garbage":
                return b"HTTP/1.1 400 Bad Request\r\n\r\n"
            if self.behaviour == "refusing":
                return b"-NOAUTH Authentication required.\r\n"
            handler = getattr(self, f"on_{name.lower()}", None)
            return handler(*command[1:]) if handler else b"-ERR unknown command\r\n"

    def held(self) -> dict[bytes, bytes]:
        """What has not expired."""
        now = time.monotonic()
        return {key: value for key, (value, end) in self.values.items() if end > now}

    def on_get(self, key: bytes) -> bytes:
        return bulk(self.held().get(key))

    def on_set(self, key: bytes, value: bytes, *options: bytes) -> bytes:
        milliseconds = float(options[options.index(b"PX") + 1])
        self.values[key] = (value, time.monotonic() + milliseconds / 1000)
        return b"+OK\r\n"

    def on_strlen(self, key: bytes) -> bytes:
        return b":%d\r\n" % len(self.held().get(key, b""))

    def on_unlink(self, *keys: bytes) -> bytes:
        return b":%d\r\n" % sum(self.values.pop(key, None) is not None for key in keys)

    def on_scan(self, cursor: bytes, *options: bytes) -> bytes:
        """Two keys at a time, so that a caller has to follow the cursor."""
        pattern = options[options.index(b"MATCH") + 1].decode()
        keys = sorted(self.held())
        start = int(cursor)
        page = [key for key in keys[start : start + 2] if fnmatch.fnmatch(key.decode(), pattern)]
        following = start + 2 if start + 2 < len(keys) else 0
        return b"*2\r\n" + bulk(b"%d" % following) + b"*%d\r\n" % len(page) + b"".join(map(bulk, page))


def bulk(value: bytes | None) -> bytes:
    """A string reply."""
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def read_command(file: BinaryIO) -> list[bytes]:
    """The next command, empty at the end."""
    head = file.readline()
    if not head.startswith(b"*"):
        return []
    words = []
    for _ in range(int(head[1:])):
        length = int(file.readline()[1:])
        words.append(file.read(length + 2)[:-2])
    return words


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextmanager
def serving(redis: RedisServer) -> Iterator[str]:
    """The URL of a server that ends with the block."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while command := read_command(self.rfile):  # type: ignore[arg-type]
                if redis.behaviour == "silent":
                    redis.stopped.wait(5)
                    return
                self.wfile.write(redis.reply(command))

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        finally:
            redis.stopped.set()
            server.shutdown()
            thread.join(5)
