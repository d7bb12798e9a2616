"""The connection below a provider's client: closed when nobody listens, and bounded in what it may bring.

Works alike for httpx and its successor httpx2, whichever a provider's library is built on.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.llm.watch import Stop

# 1,200 tokens arrive in some 300 KB of events; what is longer is no reply.
MOST_BYTES = 8_000_000


class ReplyTooLong(Exception):
    """More bytes came than any reply has."""


class Response(Protocol):
    """What both libraries call a response."""

    stream: Any
    extensions: dict[str, Any]

    def close(self) -> None:
        """Release the connection; a second time does nothing."""


class Line(threading.local):
    """The request that this thread makes: what stops it, and the response that has come."""

    stop: Stop | None = None
    response: Response | None = None

    def close(self) -> None:
        """Release the connection, also where a library leaves that to the garbage collector."""
        if self.response is not None:
            self.response.close()
        self.stop = self.response = None


def library_of(sdk: ModuleType) -> ModuleType:
    """The HTTP library that a provider's package is built on: httpx2 from openai 3 and anthropic 1 on, else httpx."""
    client = next(base for base in sdk.DefaultHttpxClient.__mro__ if base.__name__ == "Client")
    return importlib.import_module(client.__module__.partition(".")[0])


def client_settings(library: ModuleType, line: Line, limits: Limits, base_url: str) -> dict[str, Any]:
    """Keyword arguments for a client of `library`, httpx or httpx2.

    No redirect is followed: it would carry the question, and some providers' keys, to another host.
    """
    return {
        "timeout": library.Timeout(limits.first, connect=limits.connect),
        "event_hooks": {"response": [functools.partial(attach, line, counting(library.SyncByteStream))]},
        "follow_redirects": False,
        # A proxy of the environment is for the network, not for this machine.
        "trust_env": not is_loopback(base_url),
    }


def attach(line: Line, wrap: Callable[[Iterable[bytes]], Any], response: Response) -> None:
    """Let the thread's stop break the connection of a response, and count what it brings."""
    line.response = response
    response.stream = wrap(response.stream)
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream else None
    if line.stop and connection:
        line.stop.on_set(functools.partial(shut, connection))


def shut(connection: socket.socket) -> None:
    """End a connection so that a thread blocked in reading it wakes up; closing alone would leave it asleep."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def counting(base: type[Any]) -> Callable[[Iterable[bytes]], Any]:
    """A wrapper of byte streams, derived from the library's own class as the library demands, that stops at the bound."""

    class Counting(base):  # type: ignore[misc]
        def __init__(self, stream: Iterable[bytes]) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            total = 0
            for piece in self._stream:
                total += len(piece)
                if total > MOST_BYTES:
                    raise ReplyTooLong
                yield piece

        def close(self) -> None:
            self._stream.close()  # type: ignore[attr-defined]

    return Counting


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine.

    >>> is_loopback("http://localhost:8000/v1"), is_loopback("https://api.openai.com/v1")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
