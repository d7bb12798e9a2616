"""The command: python -m benchmarks.load [--seconds 120] [--out FILE]."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.commit import read_commit
from benchmarks.load.clients import MIX, covered, hold, leave, read_questions, repeat
from benchmarks.load.model import MODEL, Server, running
from benchmarks.peers.noise import other_cores, read_meter
from benchmarks.peers.table import machine
from benchmarks.process import Held, Running, serving
from benchmarks.report.results import LOAD, RESULTS

CASES = Path(__file__).parents[2] / "evals" / "cases" / "followups.jsonl"
CLIENTS, SEARCHERS, STREAMS, LEAVERS, AT_A_TIME = 100, 8, 200, 500, 50
SEARCH_SECONDS, SETTLE_SECONDS = 15.0, 10.0
WARM = 0.25


@dataclass(frozen=True, slots=True)
class Run:
    """What is loaded, by what, with what, and for how long."""

    service: Running
    model: Server
    questions: Sequence[str]
    seconds: float


def settings(model: Server) -> dict[str, str]:
    """One worker, a model of this machine that may pause, and no rate: what is measured is the service, not its patience."""
    return {
        "MLPLAYBOOK_LLM": f"openai:{MODEL}", "MLPLAYBOOK_LLM_BASE_URL": model.url, "OPENAI_API_KEY": "none",
        "MLPLAYBOOK_LLM_FIRST_SECONDS": "120", "MLPLAYBOOK_LLM_IDLE_SECONDS": "120", "MLPLAYBOOK_LLM_SECONDS": "240",
        "MLPLAYBOOK_REST_PER_MINUTE": "1000000", "MLPLAYBOOK_REST_BURST": "1000000", "MLPLAYBOOK_LLM_WINDOW": "32000",
    }  # fmt: skip


def places_taken(service: Running) -> int:
    """Searches and answers that the service says it is in the middle of."""
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=10) as response:  # noqa: S310 (of this machine)
        lines = response.read().decode().splitlines()
    return sum(
        int(float(line.split()[-1])) for line in lines if line.startswith("mlplaybook_state") and "_inside" in line
    )


def settled(run: Run) -> Held:
    """What the service holds once nobody asks anything."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end and (run.model.open or places_taken(run.service)):
        time.sleep(0.2)
    time.sleep(1)
    return run.service.held()


async def many(run: Run) -> dict[str, Any]:
    """A hundred clients, and how memory went after the first quarter of the time."""
    await repeat(run.service.url, run.questions, CLIENTS, run.seconds * WARM, MIX)
    before = settled(run)
    figures = await repeat(run.service.url, run.questions, CLIENTS, run.seconds * (1 - WARM), MIX)
    after = settled(run)
    growth = round((after.memory_mb / before.memory_mb - 1) * 100, 1)
    return figures | {"clients": CLIENTS, "before": asdict(before), "after": asdict(after), "growth_percent": growth}


async def held(run: Run) -> dict[str, Any]:
    """Streams that wait for their model, and how searches go meanwhile."""
    run.model.holding, beside = True, dict[str, Any]()

    async def search() -> None:
        beside.update(await repeat(run.service.url, run.questions, SEARCHERS, SEARCH_SECONDS / 2, [("search", 1)]))
        beside["open_streams"] = run.model.open
        run.model.holding = False

    figures = await hold(run.service.url, run.questions, STREAMS, search)
    return figures | {"streams": STREAMS, "search_beside": beside}


async def left(run: Run) -> dict[str, Any]:
    """Clients that go away while the model has more to say, and what the service still holds afterwards."""
    before, left_before, run.model.holding = settled(run), run.model.left, True
    figures = await leave(run.service.url, run.questions, LEAVERS, AT_A_TIME)
    after = settled(run)
    open_at_model, run.model.holding = run.model.open, False
    rest = {
        "places_taken": places_taken(run.service),
        "open_at_model": open_at_model,
        "stopped": run.model.left - left_before,
    }
    return figures | {"clients": LEAVERS, "before": asdict(before), "after": asdict(after), **rest}


async def load(run: Run) -> dict[str, Any]:
    """All of it, one after the other."""
    run = dataclasses.replace(run, questions=await covered(run.service.url, run.questions))
    await repeat(run.service.url, run.questions, SEARCHERS, 3, [("search", 1)])
    say(f"{SEARCHERS} clients that search")
    search = await repeat(run.service.url, run.questions, SEARCHERS, SEARCH_SECONDS, [("search", 1)])
    say(f"{CLIENTS} clients for {run.seconds:g} s")
    everything = await many(run)
    say(f"{STREAMS} held streams")
    streams = await held(run)
    say(f"{LEAVERS} clients that leave")
    return {"search": search | {"clients": SEARCHERS}, "many": everything, "held": streams, "left": await left(run)}


def say(text: str) -> None:
    """What is done now."""
    print(f"load: {text}", file=sys.stderr, flush=True)


def failures(lines: Sequence[str]) -> int:
    """Errors that the service did not foresee, by its own log."""
    return sum('"event": "failed"' in line for line in lines)


def main() -> None:
    """Run it, and keep what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long the hundred clients ask")
    parser.add_argument("--out", type=Path, default=RESULTS / LOAD)
    given = parser.parse_args()
    questions = read_questions(CASES.read_text("utf-8").splitlines())
    about = machine() | {"started": datetime.now(UTC).isoformat(timespec="seconds"), "commit": read_commit()}
    before = read_meter()
    with running() as model, serving(settings(model)) as service:
        figures = asyncio.run(load(Run(service, model, questions, given.seconds)))
    about |= {"other_cores": round(other_cores(before, read_meter()), 2)}
    record = {"machine": about, **figures, "failures": failures(service.lines)}
    given.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    say(f"wrote {given.out}")


if __name__ == "__main__":
    main()
