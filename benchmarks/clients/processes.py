"""Programs that end by themselves: each has a time, and takes what it started with it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mlplaybook.ingest.errors import PlaybookError

LEAVE_SECONDS = 5.0
START_SECONDS = 60.0


class ProgramFailed(PlaybookError):
    """A program did not start or did not end."""

    code = "program-failed"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: `status` is None when its time ran out."""

    status: int | None
    output: str
    errors: str

    @property
    def last_words(self) -> str:
        """What it said last, for a person to read."""
        return " ".join(f"{self.output}\n{self.errors}".split())[-600:]


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float) -> Ended:
    """Run a program without input until it ends or its time is over; what it has started goes with it."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # Files, not pipes: a grandchild that keeps a pipe open would keep us waiting.
        child = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=dict(environment), cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        try:
            status: int | None = child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end_group(child)
        return Ended(status, read_back(output), read_back(errors))


def read_back(stream: IO[bytes]) -> str:
    """All that was written to a temporary file."""
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask the program and all that it has started to leave, then make them."""
    for wish in (signal.SIGTERM, signal.SIGKILL):
        # The group has the number of the program that we started in a session of its own.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, wish)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LEAVE_SECONDS)
            if wish is signal.SIGTERM:
                time.sleep(0.2)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """A server that listens on the port as long as the block runs; raises ProgramFailed when it never does."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=dict(environment), cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        try:
            until = time.monotonic() + START_SECONDS
            while not listens(port):
                if child.poll() is not None or time.monotonic() > until:
                    last = " ".join(read_back(errors).split())[-400:]
                    raise ProgramFailed(f"The server did not start: {last}", f"Run `{' '.join(command)}` by itself.")
                time.sleep(0.1)
            yield
        finally:
            end_group(child)


def listens(port: int) -> bool:
    """Whether somebody answers on that port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5):
            return True
    except OSError:
        return False
