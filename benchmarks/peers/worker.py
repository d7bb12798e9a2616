"""A child process that does one task for one system: python -m benchmarks.peers.worker ASK.json ANSWER.json."""

from __future__ import annotations

import hashlib
import importlib
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.peers.protocol import (
    WARM_UP,
    Answer,
    Ask,
    Ingested,
    Peer,
    Prepared,
    Queried,
    Search,
    read_ask,
    write_record,
)

WEIGHTS_FILE = "model.safetensors"
Clock = Callable[[], float]
Import = Callable[[str], Peer]


def import_peer(module: str) -> Peer:
    """The module of a system, and with it the system's libraries."""
    peer: Peer = importlib.import_module(module)
    return peer


def answer(ask: Ask, import_peer: Import = import_peer, clock: Clock = time.monotonic) -> Answer:
    """Do what is asked; `clock` gives seconds and must be the one that `ask.asked` was read from."""
    started = clock()
    peer = import_peer(ask.module)
    import_s = clock() - started
    if ask.task == "prepare":
        return prepare(ask, peer, clock)
    return ingest(ask, peer, import_s, clock) if ask.task == "ingest" else query(ask, peer, import_s, clock)


def prepare(ask: Ask, peer: Peer, clock: Clock) -> Prepared:
    """What is needed once a machine, timed, with the hash that shows that all systems have the same weights."""
    started = clock()
    weights = peer.prepare(Path(ask.index))
    seconds = clock() - started
    versions = {entry.metadata["Name"]: entry.version for entry in distributions()}
    return Prepared(str(weights), packaged_sha256(), seconds, dict(sorted(versions.items())))


def packaged_sha256() -> str:
    """SHA-256 of the weights that this environment's package brings."""
    # Imported by name like a peer, so that the tests need no weights.
    documents = importlib.import_module("benchmarks.peers.documents")
    content = (documents.packaged_weights() / WEIGHTS_FILE).read_bytes()
    return hashlib.sha256(content).hexdigest()


def ingest(ask: Ask, peer: Peer, import_s: float, clock: Clock) -> Ingested:
    """From nothing to the first result."""
    before = clock()
    model = peer.load(Path(ask.weights))
    loaded = clock()
    search = peer.ingest(model, Path(ask.corpus), Path(ask.index))
    written = clock()
    search(ask.questions[0][1])
    lines = Path(ask.corpus).read_bytes().split(b"\n")
    documents = sum(1 for line in lines if line.strip())
    return Ingested(documents, import_s, loaded - before, written - loaded, clock() - ask.asked, peak_mb())


def query(ask: Ask, peer: Peer, import_s: float, clock: Clock) -> Queried:
    """Open what is there and ask every question once, one at a time."""
    before = clock()
    search = peer.open_index(Path(ask.weights), Path(ask.index))
    opened = clock()
    ranked, times = {}, []
    first_result_s = 0.0
    for name, text in ask.questions:
        ranked[name], milliseconds = timed(search, text, clock)
        times.append(milliseconds)
        first_result_s = first_result_s or clock() - ask.asked
    return Queried(import_s, opened - before, first_result_s, peak_mb(), times[WARM_UP:] or times, ranked)


def timed(search: Search, question: str, clock: Clock) -> tuple[list[str], float]:
    """The documents found and the milliseconds it took."""
    started = clock()
    ranked = search(question)
    return ranked, (clock() - started) * 1000


def peak_mb() -> float:
    """The most memory this process has held, in 10^6 bytes (Linux counts ru_maxrss in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Read the ask, write the answer."""
    ask, target = map(Path, sys.argv[1:3])
    write_record(target, answer(read_ask(ask)))


if __name__ == "__main__":
    main()
