from __future__ import annotations

import asyncio
import doctest
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

import benchmarks.load.bounds
import benchmarks.load.clients
import benchmarks.load.figures
import benchmarks.load.model
import benchmarks.report.load
from benchmarks.load.bounds import broken, check, table
from benchmarks.load.clients import Client, Seen, create_client, dice
from benchmarks.load.crowds import MIX, covered, hold, leave, repeat
from benchmarks.load.figures import lateness, read_figures
from benchmarks.load.model import answer, running
from benchmarks.process import Running
from benchmarks.report.load import load_part
from mlplaybook.server.live import Live
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.log import Log
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from tests.server.rest.serving import running as served
from tests.server.rest.serving import serving, until
from tests.server.rest.world import HOME

QUESTIONS = ["Which cut-offs raise an alert?"]
HELD, LEAVERS = 12, 20
MODULES = [
    benchmarks.load.bounds, benchmarks.load.clients, benchmarks.load.figures, benchmarks.load.model,
    benchmarks.report.load,
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_the_model_quotes_a_sentence_of_the_first_passage_of_the_last_message() -> None:
    example = '<passage e1 number="1" section="x#y" title="X">\nThis one stands in an example only.\n</passage e1>'
    shown = (
        '<passage a1 number="1" section="p#h" title="P">\n- short\n\nEmpty the drip tray every evening.\n</passage a1>'
    )
    reply = json.loads(answer([{"content": example}, {"content": shown}]))
    assert reply == {
        "statements": [
            {
                "citations": [{"section": "p#h", "quote": "Empty the drip tray every evening."}],
                "text": "Empty the drip tray every evening.",
            }
        ]
    }


def test_what_is_no_answer_and_no_429_is_an_error() -> None:
    seen = Seen()
    for status in (200, 429, 503):
        seen.count("search", status, time.perf_counter())
    assert seen.errors == ["search: 503"]
    assert len(seen.waited["search"]) == 1


def test_all_streams_are_held_and_every_reply_is_stopped_whose_reader_leaves(handbook: Index, tmp_path: Path) -> None:
    with running() as model:
        asked = create_model("openai:loopback", model.url, {"OPENAI_API_KEY": "none"}, window=32_000)
        with serving(handbook, tmp_path / "home", (asked,)) as service:
            assert asyncio.run(covered(service.url, [*QUESTIONS, "Who won the cup?"])) == QUESTIONS
            many = asyncio.run(repeat(service.url, QUESTIONS, 2, 0.5, [("answer", 1), ("stream", 1)]))
            model.holding, seen = True, list[int]()

            async def held() -> None:
                seen.append(model.open)
                model.holding = False

            streams = asyncio.run(hold(service.url, QUESTIONS, HELD, held))
            assert (model.open, model.left) == (0, 0)
            model.holding = True
            gone = asyncio.run(leave(service.url, QUESTIONS, LEAVERS, 5))
            until(lambda: model.open == 0)
    assert (many["statuses"].keys(), many["errors"]) == ({"200"}, 0)
    assert (seen, streams["ended"], streams["first_errors"]) == ([HELD], HELD, [])
    assert (model.left, gone["first_errors"]) == (LEAVERS, [])


def test_every_kind_of_request_is_one_that_the_service_answers(handbook: Index, tmp_path: Path) -> None:
    async def ask_each(url: str) -> Seen:
        seen = Seen()
        async with create_client(url, 1) as http:
            asking = Client(http, QUESTIONS, seen, dice("kinds"))
            for kind, _ in MIX:
                await asking.request(kind)
        return seen

    settings = Settings(home=tmp_path / "home")
    with open_service(settings, handbook, lambda line: None) as service:
        live = Live(service, lambda: handbook, lambda: "", complete=True)
        with served(create_app(live, settings, log=Log(io.StringIO()))) as (url, _):
            seen = asyncio.run(ask_each(url))
            late = lateness({}, read_figures(url))["loop_late"]
    # The handbook has no page of that name.
    assert seen.errors == ["page: 404"]
    assert {*seen.waited, "page"} == {kind for kind, _ in MIX}
    assert late["wakings"] > 0


def test_a_stream_that_says_nothing_or_breaks_off_is_an_error() -> None:
    def told(text: str) -> list[str]:
        async def work() -> Seen:
            seen = Seen()
            transport = httpx.MockTransport(lambda request: httpx.Response(200, text=text))
            async with httpx.AsyncClient(transport=transport, base_url=HOME) as http:
                asked = Client(http, QUESTIONS, seen, dice("broken"))
                status, trouble = await asked.stream({"question": "?"}, "event: delta")
                seen.count("stream", status, time.perf_counter(), trouble)
            return seen

        return asyncio.run(work()).errors

    assert told("event: meta\n\nevent: delta\n\n") == []
    assert told("event: meta\n\nevent: done\n\n") == ["stream: the stream ended before a statement"]
    assert told("event: meta\n\n") == ["stream: the stream ended early"]
    assert told('event: error\ndata: {"code": "failed"}\n\n') == [
        'stream: an error in the stream, data: {"code": "failed"}'
    ]


def a_run() -> dict[str, Any]:
    """The record of a run that keeps to every bound."""
    held = {"memory_mb": 500.0, "threads": 20, "files": 40}
    kept = {"before": held, "after": held, "growth_percent": 0.0}
    kind = {"count": 10, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0}
    run = {
        "errors": 0,
        "seconds": 60.0,
        "requests": 10,
        "statuses": {"200": 10},
        "clients": 8,
        "kinds": {"search": kind},
    }
    machine = {
        "cpu": "One CPU", "cores": 2, "memory_mb": 16000, "system": "Linux", "python": "3.11.7",
        "started": "2026-11-21T08:00:00+00:00", "commit": "abc", "other_cores": 0.02,
    }  # fmt: skip
    late = {"loop_late": {"wakings": 600, "p95_below_ms": 10.0, "all_below_ms": 50.0}}
    beside = run | {"open_streams": 200, "held": held | {"memory_mb": 520.0}}
    return {
        "machine": machine, "search": run, "failures": 0, "many": run | kept | late,
        "held": run | kept | late | {"streams": 200, "ended": 200, "search_beside": beside},
        "left": run | kept | late | {"clients": 500, "stopped": 500, "open_at_model": 0, "places_taken": 0},
    }  # fmt: skip


def test_the_page_says_what_was_measured() -> None:
    page = load_part(a_run())
    assert "| `/v1/search`, 8 clients | 10 | 1 | 2 | 3 |" in page
    assert (
        "- 200 streams at once, 200 of them waiting for their model (520 MB): 0 errors, 200 came to their end." in page
    )
    assert "95 % of its wakings less than 10 ms late, all less than 50 ms" in page


def test_a_run_that_keeps_to_its_bounds_is_said_to() -> None:
    checked = check(a_run())
    assert broken(checked) == []
    assert table(checked, {"other_cores": 0.0}).endswith(f"all {len(checked)} bounds hold\n")


@pytest.mark.parametrize(
    ("part", "name", "value", "count"),
    [
        ("search", "errors", 1, 1), ("search", "kinds", {"search": {"p95_ms": 250.1}}, 1), ("many", "errors", 1, 1),
        ("many", "growth_percent", 5.1, 1), ("many", "before", {"memory_mb": 400.0}, 1), ("held", "ended", 199, 1),
        ("held", "errors", 1, 1), ("held", "search_beside", {"open_streams": 199}, 1), ("held", "growth_percent", 6.0, 1),
        ("left", "stopped", 499, 1), ("left", "errors", 2, 1), ("left", "open_at_model", 1, 1), ("left", "places_taken", 1, 1),
        ("left", "growth_percent", 7.0, 1), ("left", "after", {"memory_mb": 500.0, "threads": 29, "files": 49}, 2),
    ],
)  # fmt: skip
def test_a_bound_that_is_broken_is_said(part: str, name: str, value: object, count: int) -> None:
    record = a_run()
    record[part][name] = value
    found = check(record)
    assert len(broken(found)) == count
    assert f"{count} of {len(found)} bounds broken" in table(found, record["machine"])
    assert table(found, record["machine"]).count("BROKEN") == count


def test_a_failure_in_the_log_breaks_a_bound() -> None:
    assert [one.what for one in broken(check(a_run() | {"failures": 1}))] == ["failures in the log"]


def test_a_process_says_what_it_holds() -> None:
    held = Running("", os.getpid(), []).held()
    assert held.memory_mb > 10
    assert held.threads >= 1
    assert held.files > 2
