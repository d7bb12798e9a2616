"""How `mlplaybook mcp` starts and answers, beside a server of the bare SDK with one tool, by turns on the same machine.

    python -m benchmarks.mcp_start [--runs 15] [--out benchmarks/results/mcp-start.json] [--page docs/agents.md]

Figures of each run: from the start of the process to the first byte of the answer to the handshake, to the end of the list of
tools, and to the first search, which is sent behind the list without waiting. Then one server is left to load what it has, is
asked questions it has not seen, and what it and its front hold in memory is added up. Last, three servers are asked at once.
Targets: handshake at most 100 ms and an eighth of the bare SDK's, first search 2.5 s, a search 60 ms, 350 MB. Exit 1 beyond.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.clients.page import put_section
from benchmarks.commit import read_commit

BARE = '''
from mcp.server import MCPServer
server = MCPServer("bare", version="1")
@server.tool()
def search(query: str) -> str:
    """Search."""
    return query
server.run()
'''
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
QUESTIONS = (
    "How do I detect data drift?", "Which metric suits rare positives?", "How is a canary release rolled back?",
    "What belongs into a model card?", "How large must an A/B test be?", "When does retrieval need a reranker?",
    "How do I keep features the same in training and serving?", "What makes a label trustworthy?",
    "How often should a model be retrained?", "What does monitoring need to alert on?",
)  # fmt: skip
WARM_ROUNDS, SERVERS = 4, 3
BEGIN, END = "<!-- start: written by `make mcp-bench` -->", "<!-- start: end -->"
TARGETS = {
    "handshake_ms": 100.0,
    "of_bare": 1 / 8,
    "first_search_ms": 2500.0,
    "warm_p50_ms": 60.0,
    "resident_mb": 350.0,
}


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds after the start of the process."""

    handshake: float
    tools: float
    search: float


class Server:
    """A server on stdio; a context."""

    def __init__(self, command: Sequence[str]) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tempfile.gettempdir()
        )
        self.ids = 0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def since(self) -> float:
        """Milliseconds since the process was started."""
        return (time.perf_counter() - self.began) * 1000

    def send(self, method: str, params: Mapping[str, Any] | None = None, *, notify: bool = False) -> None:
        """Send a message."""
        assert self.process.stdin is not None
        self.ids += not notify
        message = (
            {"jsonrpc": "2.0", "method": method}
            | ({} if notify else {"id": self.ids})
            | ({"params": params} if params else {})
        )
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def first_byte(self) -> float:
        """Wait for something to read; milliseconds since the start."""
        assert self.process.stdout is not None
        self.process.stdout.peek(1)  # type: ignore[attr-defined]
        return self.since

    def read(self) -> dict[str, Any]:
        """The next message."""
        assert self.process.stdout is not None
        message: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "error" in message:
            raise RuntimeError(message["error"])
        return message["result"]  # type: ignore[no-any-return]

    def search(self, question: str) -> dict[str, Any]:
        """What a search gives."""
        self.send("tools/call", {"name": "search_playbook", "arguments": {"query": question}})
        return self.read()

    def start(self, tool: str) -> Start:
        """Greet, list the tools and call one."""
        self.send("initialize", HELLO)
        handshake = self.first_byte()
        self.read()
        self.send("notifications/initialized", notify=True)
        self.send("tools/list")
        self.send("tools/call", {"name": tool, "arguments": {"query": QUESTIONS[0]}})
        self.read()
        tools = self.since
        assert not self.read().get("isError")
        return Start(handshake, tools, self.since)


def start_once(command: Sequence[str], tool: str) -> Start:
    """Start a server, and end it."""
    with Server(command) as server:
        return server.start(tool)


def warm_figures(command: Sequence[str]) -> dict[str, float]:
    """Searches of a server that has everything loaded, and what its processes hold."""
    with Server(command) as server:
        server.start("search_playbook")
        began = time.perf_counter()
        while server.search(QUESTIONS[0])["structuredContent"].get("degraded"):
            time.sleep(0.05)
        whole = (time.perf_counter() - began) * 1000
        times = []
        for number in range(WARM_ROUNDS):
            for question in QUESTIONS:
                asked = time.perf_counter()
                server.search(f"{question} ({number})")
                times.append((time.perf_counter() - asked) * 1000)
        times.sort()
        return {
            "whole_ms": whole, "warm_p50_ms": median(times), "warm_p95_ms": times[int(len(times) * 0.95)],
            "resident_mb": sum(resident(pid) for pid in family(server.process.pid)),
        }  # fmt: skip


def family(pid: int) -> list[int]:
    """A process and those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def resident(pid: int) -> float:
    """Megabytes that a process holds."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


def at_once(command: Sequence[str]) -> list[Start]:
    """Several servers that are started together."""
    starts: list[Start] = []
    threads = [
        threading.Thread(target=lambda: starts.append(start_once(command, "search_playbook"))) for _ in range(SERVERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return starts


def measure(runs: int) -> dict[str, Any]:
    """Every figure, and the targets that it misses."""
    ours = [str(Path(sys.executable).with_name("mlplaybook")), "mcp"]
    bare = [sys.executable, "-c", BARE]
    for command, tool in ((ours, "search_playbook"), (bare, "search")):
        start_once(command, tool)
    pairs = [(start_once(ours, "search_playbook"), start_once(bare, "search")) for _ in range(runs)]
    mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    handshake, bare_handshake = median(one.handshake for one in mine), median(one.handshake for one in theirs)
    together = at_once(ours)
    figures = {
        "handshake_ms": handshake, "handshake_worst_ms": max(one.handshake for one in mine),
        "bare_handshake_ms": bare_handshake, "of_bare": handshake / bare_handshake,
        "tools_ms": median(one.tools for one in mine), "bare_tools_ms": median(one.tools for one in theirs),
        "first_search_ms": median(one.search for one in mine), "first_search_worst_ms": max(one.search for one in mine),
        **warm_figures(ours),
        "three_handshake_worst_ms": max(one.handshake for one in together),
        "three_first_search_worst_ms": max(one.search for one in together),
    }  # fmt: skip
    missed = [name for name, most in TARGETS.items() if figures[name] > most]
    rounded = {name: round(value, 3 if name == "of_bare" else 1) for name, value in figures.items()}
    return {"commit": read_commit(), "runs": runs, "cores": os.cpu_count(), **rounded, "missed": missed}


def section(found: Mapping[str, Any]) -> str:
    """The figures as Markdown, for docs/agents.md."""
    rows = [
        ("First byte of the handshake, median", f"{found['handshake_ms']:.0f} ms", "100 ms"),
        ("The same of a server of the bare SDK with one tool", f"{found['bare_handshake_ms']:.0f} ms", ""),
        ("One to the other", f"{found['of_bare']:.3f}", "0.125"),
        ("List of tools, median", f"{found['tools_ms']:.0f} ms", ""),
        ("First `search_playbook` after the start of the process, median", f"{found['first_search_ms']:.0f} ms", "2,500 ms"),
        ("Vectors loaded after the first search", f"{found['whole_ms']:.0f} ms", ""),
        ("A search when all is loaded, median", f"{found['warm_p50_ms']:.1f} ms", "60 ms"),
        ("The same, 95th percentile", f"{found['warm_p95_ms']:.1f} ms", ""),
        ("Memory of front and server then", f"{found['resident_mb']:.0f} MB", "350 MB"),
        ("Of three servers started together, the slowest handshake", f"{found['three_handshake_worst_ms']:.0f} ms", ""),
        ("Of those, the slowest first search", f"{found['three_first_search_worst_ms']:.0f} ms", ""),
    ]  # fmt: skip
    words = f"`make mcp-bench`, {found['runs']} starts by turns with the bare SDK's on {found['cores']} cores:"
    table = ["| | Found | At most |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([BEGIN, "", "## How fast it starts", "", words, "", *table, "", END])


def main() -> int:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mcp_start")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    found = measure(options.runs)
    text = json.dumps(found, indent=2)
    sys.stdout.write(f"{text}\n")
    if options.out:
        options.out.write_text(f"{text}\n", "utf-8")
    if options.page:
        page = options.page.read_text("utf-8")
        options.page.write_text(put_section(page, section(found), BEGIN, END), "utf-8")
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
