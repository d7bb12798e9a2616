"""The part of `mlplaybook mcp` that an agent talks to: it answers the handshake and the lists while the server loads.

An agent gives a server about a second before it works without it, and the SDK alone takes longer than that to import. The front
is the standard library's, starts in a few hundredths of a second, and answers what never changes within a release from
snapshot.json; all else goes to the server, a process of its own, in the order in which it came. When that has said its first
word, everything goes to it. The front stays: it answers lines that the server would drop in silence, keeps stdout to the
protocol, and says what became of open requests when the server dies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from mlplaybook.server.agents.batches import Batch, takes_batches
from mlplaybook.server.agents.sender import Sender
from mlplaybook.server.agents.snapped import Snapped
from mlplaybook.server.agents.stopping import forward_signals, signals_elsewhere, status_of
from mlplaybook.server.agents.wire import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    BadLine,
    Json,
    Record,
    error,
    key_of,
    read_json,
    read_lines,
    read_message,
    result,
    write_line,
)

# What `typing` has it takes milliseconds to load for, and only mypy reads it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, NoReturn

SNAPSHOT = Path(__file__).with_name("snapshot.json")
SERVER = "mlplaybook.server.agents.start"
# At the end of stdin: open requests may still be answered, then the server may end by itself; within a second in all.
ANSWER_SECONDS, END_SECONDS, FLUSH_SECONDS = 0.5, 0.25, 0.15
# After a signal the server has this long to end.
SIGNAL_SECONDS = 1.0
LONGEST_REASON = 500


def serve_behind_front(command: Sequence[str], snapshot: Path = SNAPSHOT) -> NoReturn:
    """Put the front before a server that a command starts, on this process's stdin and stdout; ends the process."""
    snapped = Snapped(json.loads(snapshot.read_bytes()))
    with open(0, "rb", buffering=2**16, closefd=False) as stdin, open(1, "wb", closefd=False) as stdout:
        Front(snapped, command, stdout).serve(stdin)


def server_command(corpus: str = "") -> list[str]:
    """How the server is started: by this interpreter, and never on modules that lie in the folder an agent works in."""
    flags = ["-I"] if sys.flags.isolated else ["-P"]
    return [sys.executable, *flags, "-m", SERVER, *(["--corpus", corpus] if corpus else [])]


class Front:
    """One agent's connection.

    :param command: starts a server that speaks MCP on stdin and stdout.
    """

    def __init__(self, snapped: Snapped, command: Sequence[str], stdout: IO[bytes]) -> None:
        self._snapped = snapped
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._signal = forward_signals(self._child, SIGNAL_SECONDS)
        self._lock = threading.Condition()
        self._open: dict[str, tuple[Json, Batch | None]] = {}
        # Handshakes that the front has answered already; nobody else can know the ids they are passed on with.
        self._own, self._own_ids = os.urandom(8).hex(), 0
        self._warm = False
        self._leaving = threading.Lock()
        self._reason = ""
        assert self._child.stdin is not None
        with signals_elsewhere():
            self._to_client = Sender(stdout, lambda: self._leave(0))
            self._to_server = Sender(self._child.stdin, lambda: None)
            self._copying = threading.Thread(target=self._copy_errors, daemon=True)
            self._copying.start()
            threading.Thread(target=self._pump, daemon=True).start()

    def serve(self, stdin: IO[bytes]) -> NoReturn:
        """Answer until the end of stdin, then end the process; it ends with the server's status when that dies."""
        for line in read_lines(stdin):
            try:
                value = read_json(line)
            except BadLine as bad:
                self._say(bad.reply)
                continue
            if isinstance(value, list):
                self._take_batch(value)
            else:
                self._take(value)
        self._end()

    def _take_batch(self, values: list[Json]) -> None:
        """Several messages in one line, which revisions before 2025-06-18 have; their answers come in one line too."""
        if not values or not takes_batches(self._snapped.version):
            self._say(error(INVALID_REQUEST, "Send messages one by one: this revision of MCP has no batches."))
            return
        batch = Batch(self._put)
        for value in values:
            self._take(value, batch)
        batch.seal()

    def _take(self, value: Json, batch: Batch | None = None) -> None:
        """Answer a message, or pass it on."""
        try:
            message = read_message(value)
        except BadLine as bad:
            self._say(bad.reply, batch)
            return
        answer = None if self._warm or not message.key else self._snapped.answer(message)
        if answer is not None:
            self._say(result(message.id, answer), batch)
            if message.method == "initialize":
                self._own_ids += 1
                self._to_server.put(write_line({**message.record, "id": f"{self._own}-{self._own_ids}"}))
            return
        with self._lock:
            if message.key:
                self._open[message.key] = (message.id, batch)
                if batch:
                    batch.expect(message.key)
            elif message.method == "notifications/cancelled":
                self._forget(key_of(message.params.get("requestId")))
        self._snapped.passed_on(message)
        self._to_server.put(write_line(message.record))

    def _forget(self, key: str) -> None:
        """A request that was taken back may get no answer; one in a batch must not hold up the others."""
        _, batch = self._open.pop(key, (None, None))
        if batch:
            batch.drop(key)

    def _say(self, reply: Record, batch: Batch | None = None) -> None:
        if batch:
            batch.add(reply)
        else:
            self._put(reply)

    def _put(self, value: Json) -> None:
        self._to_client.put(write_line(value))

    def _pump(self) -> None:
        """Pass on what the server says, until it has ended."""
        assert self._child.stdout is not None
        for line in self._child.stdout:
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
                # Whatever printed this: it was not meant for the client.
                write_error(line)
            else:
                self._relay(line, value)
        self._died()

    def _relay(self, line: bytes, value: Record) -> None:
        """One message of the server's."""
        self._warm = True
        batch = None
        if "method" not in value and "id" in value:
            key = key_of(value["id"])
            if str(value["id"]).startswith(self._own):
                if "error" in value:
                    write_error(b"mlplaybook: the server refused the handshake that was answered: " + line)
                return
            with self._lock:
                _, batch = self._open.pop(key, (None, None))
                self._lock.notify_all()
            if batch:
                batch.add(value, key)
        if batch is None:
            self._to_client.put(line)

    def _copy_errors(self) -> None:
        """Pass on what the server says on stderr, and keep its last line, which is the reason when it ends."""
        assert self._child.stderr is not None
        for line in self._child.stderr:
            if line.strip():
                self._reason = line.decode(errors="replace").strip().removeprefix("mlplaybook: ")[:LONGEST_REASON]
            write_error(line)

    def _died(self) -> None:
        """The server has ended while the client was there: say so to who waits, and end with its status."""
        status = status_of(self._child.wait(), self._signal)
        self._copying.join(FLUSH_SECONDS)
        reason = f" It said: {self._reason}" if self._reason else ""
        words = f"The playbook server ended with status {status}.{reason} `mlplaybook doctor` says what is wrong."
        with self._lock:
            waiting, self._open = list(self._open.items()), {}
        for key, (id, batch) in waiting:  # noqa: A001 (JSON-RPC's name)
            reply = error(INTERNAL_ERROR, words, id)
            if batch:
                batch.add(reply, key)
            else:
                self._put(reply)
        self._leave(status)

    def _end(self) -> NoReturn:
        """Stdin has ended: let what is open be answered, then end the server, all within a second."""
        until = time.monotonic() + ANSWER_SECONDS
        with self._lock:
            while self._open and self._child.poll() is None and (left := until - time.monotonic()) > 0:
                self._lock.wait(min(left, 0.05))
        self._leaving.acquire()
        self._to_server.close()
        try:
            self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._to_client.close(FLUSH_SECONDS)
        os._exit(0)

    def _leave(self, status: int) -> None:
        """End the process from whichever thread; the one that reads stdin cannot be woken."""
        if not self._leaving.acquire(blocking=False):
            return
        if self._child.poll() is None:
            self._child.kill()
        self._to_client.close(FLUSH_SECONDS)
        os._exit(status)


def write_error(line: bytes) -> None:
    """A line on stderr, if anybody holds it."""
    try:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
