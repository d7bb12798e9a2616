"""The parts of a run, one after the other."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.load.crowds import MIX, covered, hold, leave, repeat
from benchmarks.load.figures import lateness, read_figures
from benchmarks.load.model import MODEL, Server
from benchmarks.process import Held, Running

CLIENTS, SEARCHERS, STREAMS, LEAVERS, AT_A_TIME = 100, 8, 200, 500, 50
SEARCH_SECONDS, SETTLE_SECONDS = 15.0, 20.0
WARM = 0.25
SEARCHES = (("search", 1),)


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
    state = read_figures(service.url)
    return int(sum(value for name, value in state.items() if name.startswith("mlplaybook_state") and "_inside" in name))


def settled(run: Run) -> Held:
    """What the service holds once nobody asks anything."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end and (run.model.open or places_taken(run.service)):
        time.sleep(0.2)
    # Connections that nobody uses and threads that nobody needs are closed by then.
    time.sleep(2)
    return run.service.held()


async def warm(run: Run) -> None:
    """All that comes later, shorter: what a service needs for as many streams at once it keeps for the next ones."""
    await repeat(run.service.url, run.questions, CLIENTS, run.seconds * WARM, MIX, "warm")
    run.model.holding = True

    async def release() -> None:
        run.model.holding = False

    await hold(run.service.url, run.questions, STREAMS, release, "warm")


async def many(run: Run) -> dict[str, Any]:
    """A hundred clients, and how memory went behind the warm-up."""
    before, late = settled(run), read_figures(run.service.url)
    figures = await repeat(run.service.url, run.questions, CLIENTS, run.seconds, MIX, "many")
    figures |= lateness(late, read_figures(run.service.url))
    return figures | {"clients": CLIENTS, **compare(before, settled(run))}


async def held(run: Run) -> dict[str, Any]:
    """Streams that wait for their model, and how searches go meanwhile."""
    before, late, beside = settled(run), read_figures(run.service.url), dict[str, Any]()
    run.model.holding = True

    async def search() -> None:
        asked = await repeat(run.service.url, run.questions, SEARCHERS, SEARCH_SECONDS / 2, SEARCHES, "beside")
        beside.update(asked | {"open_streams": run.model.open, "held": asdict(run.service.held())})
        run.model.holding = False

    figures = await hold(run.service.url, run.questions, STREAMS, search)
    figures |= lateness(late, read_figures(run.service.url))
    return figures | {"streams": STREAMS, "search_beside": beside, **compare(before, settled(run))}


async def left(run: Run) -> dict[str, Any]:
    """Clients that go away while the model has more to say, and what the service still holds afterwards."""
    before, late, left_before = settled(run), read_figures(run.service.url), run.model.left
    run.model.holding = True
    figures = await leave(run.service.url, run.questions, LEAVERS, AT_A_TIME)
    figures |= lateness(late, read_figures(run.service.url))
    after = settled(run)
    open_at_model, run.model.holding = run.model.open, False
    rest = {
        "places_taken": places_taken(run.service),
        "open_at_model": open_at_model,
        "stopped": run.model.left - left_before,
    }
    return figures | {"clients": LEAVERS, **compare(before, after), **rest}


def compare(before: Held, after: Held) -> dict[str, Any]:
    """What the service held before and after a part of the run."""
    growth = round((after.memory_mb / before.memory_mb - 1) * 100, 1)
    return {"before": asdict(before), "after": asdict(after), "growth_percent": growth}


async def load(run: Run) -> dict[str, Any]:
    """All of it, one after the other."""
    run = dataclasses.replace(run, questions=await covered(run.service.url, run.questions))
    say(f"{len(run.questions)} questions that the model answers")
    await repeat(run.service.url, run.questions, SEARCHERS, 3, SEARCHES, "first")
    say(f"{SEARCHERS} clients that search")
    search = await repeat(run.service.url, run.questions, SEARCHERS, SEARCH_SECONDS, SEARCHES, "search")
    say("warming up")
    await warm(run)
    say(f"{CLIENTS} clients for {run.seconds:g} s")
    everything = await many(run)
    say(f"{STREAMS} held streams")
    streams = await held(run)
    say(f"{LEAVERS} clients that leave")
    return {"search": search | {"clients": SEARCHERS}, "many": everything, "held": streams, "left": await left(run)}


def say(text: str) -> None:
    """What is done now."""
    sys.stderr.write(f"load: {text}\n")
    sys.stderr.flush()
