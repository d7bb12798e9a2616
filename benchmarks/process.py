"""`mlplaybook serve` as a process of its own, with data of its own beside the checkout's index and models."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.server.settings import read_settings

READY_SECONDS = 300.0
STOP_SECONDS = 90.0
ADDRESS = re.compile(r"serving on (http://\S+)")


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds at a moment."""

    memory_mb: float
    threads: int
    files: int


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers, and what it has written to stderr so far."""

    url: str
    pid: int
    lines: list[str]

    def held(self) -> Held:
        """Resident memory in 10^6 bytes, threads, and open files and connections."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        files = len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208 (a listing of numbers, many times)
        return Held(int(fields["VmRSS"].split()[0]) * 1024 / 1e6, int(fields["Threads"]), files)


@contextlib.contextmanager
def serving(settings: Mapping[str, str]) -> Iterator[Running]:
    """Serve on a free port under these settings until the block ends; the index is the one that `mlplaybook ask` uses."""
    with tempfile.TemporaryDirectory(prefix="mlplaybook-served-") as folder:
        borrow(Path(folder))
        environment = os.environ | {"MLPLAYBOOK_HOME": folder, **settings}
        command = [sys.executable, "-m", "mlplaybook.server", "serve", "--port", "0"]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=folder)
        lines: list[str] = []
        threading.Thread(target=read, args=(process, lines), daemon=True).start()
        try:
            yield Running(wait(process, lines), process.pid, lines)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def borrow(folder: Path) -> None:
    """Let a folder of data have the index and the models of the usual one."""
    settings = read_settings()
    for name, place in (("index", settings.index_folder), ("models", settings.weights.cache)):
        place.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(place.absolute())


def read(process: subprocess.Popen[str], lines: list[str]) -> None:
    """Take what it writes, so that it never waits for a reader."""
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)


def wait(process: subprocess.Popen[str], lines: list[str]) -> str:
    """The address, once everything is loaded."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = [match[1] for line in lines[:20] if (match := ADDRESS.search(line))]
        with contextlib.suppress(OSError):
            if found and urllib.request.urlopen(f"{found[0]}/ready", timeout=5).status == 200:  # noqa: S310
                return found[0]
        time.sleep(0.1)
    raise RuntimeError("the service did not start:\n" + "".join(lines[-20:]))
