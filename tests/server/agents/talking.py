"""A client that writes lines and reads lines, so that it can send what no client sends."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SLOW_SERVER = Path(__file__).with_name("slow_server.py")
FRONT = "import sys; from mlplaybook.server.agents.front import serve_behind_front as front; front(sys.argv[1:])"
ENTRY = "from mlplaybook.server.entry import main; main()"
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
ENVELOPE = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    }
}  # fmt: skip
Record = dict[str, Any]


class Talk:
    """A process on the other end of two pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def write(self, line: bytes) -> None:
        """Send bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def send(self, *messages: Any) -> None:
        """Send messages, one a line."""
        self.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def ask(self, method: str, params: Record | None = None, id: Any = 1) -> Record:  # noqa: A002
        """Send a request and read one answer."""
        self.send(request(method, params, id))
        return self.read()

    def read(self, seconds: float = 20.0) -> Any:
        """The next message."""
        line = self.lines.get(timeout=seconds)
        assert line is not None, "the process has ended"
        return json.loads(line)

    def rest(self, seconds: float = 20.0) -> list[Any]:
        """Every message until stdout ends."""
        lines = iter(lambda: self.lines.get(timeout=seconds), None)
        return [json.loads(line) for line in lines]

    def close(self) -> float:
        """End the process's input; how many seconds it took to end."""
        assert self.process.stdin is not None
        began = time.monotonic()
        self.process.stdin.close()
        self.process.wait(20)
        return time.monotonic() - began

    def errors(self) -> str:
        """What it said on stderr; waits for its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


def request(method: str, params: Record | None = None, id: Any = 1) -> Record:  # noqa: A002
    """A request."""
    return {"jsonrpc": "2.0", "id": id, "method": method} | ({} if params is None else {"params": params})


def notification(method: str, params: Record | None = None) -> Record:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method} | ({} if params is None else {"params": params})


@contextmanager
def talking(command: Sequence[str], **options: Any) -> Iterator[Talk]:
    """Talk to a command, which is killed at the end."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, *command], **{**pipes, **options}) as process:
        try:
            yield Talk(process)
        finally:
            process.kill()


@contextmanager
def front_of(log: Path, *words: str) -> Iterator[Talk]:
    """Talk to the front of a slow server."""
    with talking(["-c", FRONT, sys.executable, str(SLOW_SERVER), str(log), *words]) as talk:
        yield talk


def seen(log: Path, seconds: float = 10.0, last: str = "") -> list[Any]:
    """What a slow server has read, when it has seen the method `last`, or its end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        read = [json.loads(line) for line in lines if line not in {"ready", "end"}]
        if (last == "ready" and "ready" in lines) or (last and any(one.get("method") == last for one in read)):
            return read
        if not last and lines[-1:] == ["end"]:
            return read
        time.sleep(0.01)
    raise AssertionError(f"{last or 'its end'} was not seen in {lines}")


def environment(home: Path, models: Path) -> dict[str, str]:
    """The environment of a server with nothing of the user's around it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    return {**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), "MLPLAYBOOK_MODELS": str(models)}


def children(pid: int) -> list[int]:
    """Processes that a process has started, from whichever of its threads; none where the system does not tell."""
    lists = (path.read_text("utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for found in lists for child in found.split()]


def megabytes(pid: int, what: str = "VmRSS") -> float:
    """What a process holds, or with `VmHWM` the most that it has held; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text("utf-8").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(what)), 0.0)
