from __future__ import annotations

import asyncio
import doctest
import json
import os
import time
from pathlib import Path

import pytest

import benchmarks.load.clients
import benchmarks.load.model
import benchmarks.report.load
from benchmarks.load.clients import Seen, hold, leave, repeat
from benchmarks.load.model import answer, running
from benchmarks.process import Running
from benchmarks.report.load import load_part
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.retrieval.index import Index
from tests.server.rest.serving import serving, until

QUESTIONS = ["Which cut-offs raise an alert?"]


@pytest.mark.parametrize("module", [benchmarks.load.clients, benchmarks.load.model, benchmarks.report.load])
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


def test_clients_hold_and_leave_streams_without_errors(handbook: Index, tmp_path: Path) -> None:
    with running() as model:
        asked = create_model("openai:loopback", model.url, {"OPENAI_API_KEY": "none"}, window=32_000)
        with serving(handbook, tmp_path / "home", (asked,)) as service:
            many = asyncio.run(repeat(service.url, QUESTIONS, 2, 0.5, [("answer", 1), ("stream", 1)]))
            model.holding, seen = True, list[int]()

            async def held() -> None:
                seen.append(model.open)
                model.holding = False

            streams = asyncio.run(hold(service.url, QUESTIONS, 5, held))
            model.holding = True
            gone = asyncio.run(leave(service.url, QUESTIONS, 6, 3))
            until(lambda: model.open == 0)
    assert (many["statuses"].keys(), streams["errors"], gone["errors"]) == ({"200"}, 0, 0)
    assert (len(seen), model.open) == (1, 0)


def test_the_page_says_what_was_measured() -> None:
    held = {"memory_mb": 500.0, "threads": 20, "files": 40}
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
    page = load_part(
        {
            "machine": machine, "search": run, "failures": 0,
            "many": run | {"before": held, "after": held, "growth_percent": 0.0},
            "held": run | {"streams": 200, "search_beside": run | {"open_streams": 200}},
            "left": run | {"before": held, "after": held, "stopped": 500, "open_at_model": 0, "places_taken": 0},
        }
    )  # fmt: skip
    assert "| `/v1/search`, 8 clients | 10 | 1 | 2 | 3 |" in page
    assert "- 200 streams at once, 200 of them waiting for their model: 0 errors." in page


def test_a_process_says_what_it_holds() -> None:
    held = Running("", os.getpid(), []).held()
    assert held.memory_mb > 10
    assert held.threads >= 1
    assert held.files > 2
