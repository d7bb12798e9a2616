"""What an agent would get: the MCP server started as an agent starts it, asked once, timed. Standard library only."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, cast

PROTOCOL = "2025-06-18"
QUESTION = "How do I detect data drift?"
SEARCH = "search_playbook"
# Most agents give up on a server after thirty seconds.
PATIENCE_SECONDS = 30.0
# How long a server may take to leave when its input ends.
LEAVE_SECONDS = 3.0
# The end of what the server said on stderr, for a person to read.
LAST_WORDS = 400


class NoConnection(Exception):
    """The server did not do what an agent needs; says what."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How it went, in milliseconds since the process was started; `search_ms` is of the call alone."""

    server: str
    version: str
    protocol: str
    tools: int
    handshake_ms: float
    list_ms: float
    search_ms: float
    hits: int


def try_connection(
    command: Sequence[str], environment: Mapping[str, str] | None = None, patience: float = PATIENCE_SECONDS
) -> Connection:
    """Handshake, list of tools and one search with the server that `command` starts.

    :raises NoConnection: it does not start, answers wrongly, too late or not at all.
    """
    started = time.perf_counter()
    try:
        child = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    except OSError as error:
        raise NoConnection(f"{command[0]} cannot be started: {error.strerror or error}") from error
    talk = Talk(child, patience)
    try:
        client = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": {"name": "doctor", "version": "1"}}
        hello = talk.ask("initialize", client)
        handshake = elapsed(started)
        talk.tell("notifications/initialized")
        tools = [tool["name"] for tool in talk.ask("tools/list", {})["tools"]]
        listed = elapsed(started)
        if SEARCH not in tools:
            raise NoConnection(f"its tools are {', '.join(tools) or 'none'}, and {SEARCH} is not among them")
        asked = time.perf_counter()
        found = talk.ask("tools/call", {"name": SEARCH, "arguments": {"query": QUESTION, "limit": 1}})
        if found.get("isError"):
            raise NoConnection(f"{SEARCH} failed: {found['content'][0]['text']}")
        hits = len(found.get("structuredContent", {}).get("hits", ()))
        about = hello["serverInfo"]
        took = (handshake, listed, elapsed(asked))
        return Connection(about["name"], about["version"], hello["protocolVersion"], len(tools), *took, hits)
    except (KeyError, TypeError, IndexError) as error:
        raise NoConnection(f"an answer lacks {error}") from error
    finally:
        talk.end()


def elapsed(since: float) -> float:
    """Milliseconds since then."""
    return round(1000 * (time.perf_counter() - since), 1)


class Talk:
    """JSON-RPC with a process, one request at a time; threads read, so that nothing waits for longer than it may."""

    def __init__(self, child: subprocess.Popen[bytes], patience: float) -> None:
        self.child, self.patience, self.number = child, patience, 0
        self.input, output, errors = (cast("IO[bytes]", stream) for stream in (child.stdin, child.stdout, child.stderr))
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.errors: list[bytes] = []
        self.readers = [
            threading.Thread(target=self.read, args=(output, self.lines.put), daemon=True),
            threading.Thread(target=self.read, args=(errors, self.errors.append), daemon=True),
        ]
        for reader in self.readers:
            reader.start()

    def read(self, stream: IO[bytes], take: Callable[[bytes], None]) -> None:
        """Hand over lines until the stream ends; an empty one is its end."""
        for line in stream:
            take(line)
        take(b"")

    def tell(self, method: str) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method})

    def ask(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a request; raises NoConnection."""
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters})
        until = time.monotonic() + self.patience
        while True:
            reply = self.next_message(method, until)
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise NoConnection(f"{method} was refused: {reply['error'].get('message')}")
                return dict(reply["result"])

    def send(self, message: Mapping[str, Any]) -> None:
        """One line of JSON."""
        try:
            self.input.write(json.dumps(message).encode() + b"\n")
            self.input.flush()
        except OSError as error:
            raise NoConnection(f"it has ended{self.last_words()}") from error

    def next_message(self, method: str, until: float) -> dict[str, Any]:
        """The next message of the server; stdout must hold nothing else."""
        try:
            line = self.lines.get(timeout=max(until - time.monotonic(), 0.01))
        except queue.Empty as error:
            raise NoConnection(
                f"{method} was not answered within {self.patience:g} seconds{self.last_words()}"
            ) from error
        if not line:
            self.readers[1].join(1)
            raise NoConnection(f"it ended before it answered {method}{self.last_words()}")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise NoConnection(f"stdout carries something else than messages: {line[:80]!r}") from error
        return message if isinstance(message, dict) else {}

    def last_words(self) -> str:
        """What it said on stderr last."""
        said = b"".join(self.errors).decode("utf-8", "replace").strip()
        return f"; it said: {said[-LAST_WORDS:]}" if said else ""

    def end(self) -> None:
        """Close its input and see it out."""
        with contextlib.suppress(OSError):
            self.input.close()
        try:
            self.child.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for reader in self.readers:
            reader.join(1)
        for stream in (self.child.stdout, self.child.stderr):
            if stream:
                stream.close()
