"""A stream ends with a whole answer whatever goes wrong, and with its reader; nothing of it stays behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from mlplaybook.ingest.generation import published_corpora
from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.llm.records import ModelFailed
from mlplaybook.server.llm.watch import THREAD_NAME as MODEL_THREAD
from mlplaybook.server.rest.keys import KEYS_FILE, Wish, create_key
from mlplaybook.server.rest.tap import THREAD_NAME
from mlplaybook.server.retrieval.index import Index
from tests.server.llm.fault_server import LIES, STATUSES, FaultServer
from tests.server.llm.fault_server import SECRET as SECRET_OF_PROVIDER
from tests.server.rest.conftest import Serve
from tests.server.rest.events import Event, ask, names, read_events
from tests.server.rest.models import QUESTION, SECRET, TRUE, Model, Silent, fail
from tests.server.rest.serving import Serving, until

pytest.importorskip("langchain_openai")

SILENT = ("silent", "silent-stream", "after-first", "stall", "pings")
ODD = (
    "html",
    "truncated",
    "invalid-utf8",
    "empty",
    "content-filter",
    "tool-calls",
    "ends",
    "sse-error",
    "reset",
    "cut",
)
FAULTS = ("ok", *STATUSES, *SILENT, *ODD, *LIES)
# `make load` holds more, and longer.
HELD = 60
SHORT = Limits(connect=0.3, first=0.3, idle=0.3, total=0.6)
LONG = Limits(connect=5.0, first=10.0, idle=10.0, total=15.0)


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultServer]:
    with FaultServer(reply=TRUE) as server:
        yield server


@contextmanager
def streaming(serving: Serving, path: str = "/v1/chat", **body: object) -> Iterator[Iterator[Event]]:
    """A stream that is being read."""
    body = {"question": QUESTION, "stream": True, **body}
    with httpx.stream("POST", f"{serving.url}{path}", json=body, timeout=30) as response:
        yield read_events(response.iter_lines())


def check_whole(events: list[Event]) -> None:
    """What was said since the last restart is the answer, every citation comes before its statement, nothing is secret."""
    said: list[object] = []
    cited: list[object] = []
    for event in events:
        if event.name == "restart":
            said, cited = [], []
        elif event.name == "citation":
            cited.append(event.data)
        elif event.name == "delta":
            assert event.data["number"] == len(said)
            assert all(citation in cited for citation in event.data["statement"]["citations"])
            said.append(event.data["statement"])
    last = events[-1]
    assert last.name == "done"
    assert said == last.data["statements"]
    assert last.data["status"] == "answered"
    text = json.dumps([event.data for event in events])
    assert SECRET not in text
    assert SECRET_OF_PROVIDER not in text


def nothing_left(serving: Serving) -> bool:
    left = {thread.name for thread in threading.enumerate()} & {THREAD_NAME, MODEL_THREAD}
    return not left and serving.deps.answers.inside == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_a_provider_ends_in_a_whole_answer(serve: Serve, provider: FaultServer, fault: str) -> None:
    limits = SHORT if fault in SILENT else LONG
    model = create_model(f"openai:{fault}", provider.openai, {"OPENAI_API_KEY": "k"}, limits)
    serving = serve(model, llm_seconds=limits.total)
    events = ask(serving.url, question=QUESTION)
    check_whole(events)
    errors = [event.data for event in events if event.name == "error"]
    assert [error["fallback"] for error in errors] == ["extractive"] * len(errors)
    assert bool(errors) == (events[-1].data["mode"] == "extractive")
    until(lambda: nothing_left(serving))


def test_a_model_that_breaks_off_after_its_first_statement_makes_room_for_the_pages(serve: Serve) -> None:
    def break_off() -> None:
        raise ModelFailed("server", "test:model", began=True)

    events = ask(serve(Model(break_off)).url, question=QUESTION)
    check_whole(events)
    told = names(events)
    assert told[:6] == ["meta", "retrieval", "citation", "delta", "restart", "citation"]
    assert "error" in told
    assert events[-1].data["mode"] == "extractive"


def test_what_nobody_foresaw_is_told_as_an_error_and_the_answer_goes_on(serve: Serve) -> None:
    serving = serve(Model(fail))
    events = ask(serving.url, question=QUESTION)
    check_whole(events)
    assert names(events)[:6] == ["meta", "retrieval", "citation", "delta", "error", "restart"]
    error = next(event.data for event in events if event.name == "error")
    assert (error["code"], error["fallback"]) == ("failed", "extractive")
    assert '"error": "RuntimeError"' in serving.log.getvalue()
    assert SECRET not in serving.log.getvalue()


def test_where_the_pages_are_gone_too_the_stream_still_ends_with_words(serve: Serve, handbook: Index) -> None:
    def break_everything() -> None:
        handbook.catalog.connection.close()
        fail()

    events = ask(serve(Model(break_everything), cache="none").url, question=QUESTION)
    assert events[-1].name == "error"
    assert events[-1].data["fallback"] == ""
    assert published_corpora(handbook.folder.parents[1])


def test_signs_of_life_fill_the_silence(serve: Serve) -> None:
    go_on = threading.Event()
    serving = serve(Model(lambda: wait(go_on)), rest_heartbeat_seconds=0.05)
    with streaming(serving) as events:
        seen = []
        for event in events:
            seen.append(event)
            if [one.name for one in seen].count(":") == 3:
                go_on.set()
    check_whole([event for event in seen if event.name != ":"])


def test_what_takes_long_before_its_first_word_begins_with_a_sign_of_life(serve: Serve) -> None:
    go_on = threading.Event()

    class Slow(Model):
        def stream(self, request: object, deadline: object) -> object:  # type: ignore[override]
            wait(go_on)
            raise ModelFailed("server")

    turns = [{"role": "user", "content": "What is drift?"}, {"role": "assistant", "content": "A change."}]
    with streaming(serve(Slow()), messages=turns, question="And when does it raise an alert?") as events:
        assert next(events).name == ":"
        go_on.set()
        rest = list(events)
    assert names(rest)[0] == "meta"
    assert rest[-1].name == "done"


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/chat/completions"])
def test_a_reader_who_leaves_stops_a_silent_model_and_nothing_counts_against_it(serve: Serve, path: str) -> None:
    model = Silent()
    serving = serve(model)
    body = {"model": "handbook", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    body = {"question": QUESTION, "stream": True} if path == "/v1/chat" else body
    for number in range(6):
        with httpx.stream("POST", f"{serving.url}{path}", json=body, timeout=30) as response:
            lines = response.iter_lines()
            while "above 0.2" not in next(lines):
                pass
            # The same words stand in the sections that were found, which are told before the model is asked.
            until(lambda asked=number + 1: len(model.asked) == asked)  # type: ignore[misc]
            assert serving.deps.answers.inside == 1
        until(lambda: nothing_left(serving), 3.0)
        assert model.closed.is_set()
    with serving.deps.live.lend() as service:
        assert set(service.breakers.states().values()) == {"closed"}
    assert len(model.asked) == 6


@pytest.mark.parametrize("fault", ["silent-stream", "after-first", "pings"])
def test_a_reader_who_leaves_ends_the_connection_to_the_provider(
    serve: Serve, provider: FaultServer, fault: str
) -> None:
    model = create_model(f"openai:{fault}", provider.openai, {"OPENAI_API_KEY": "k"}, LONG)
    serving = serve(model)
    with streaming(serving) as events:
        assert next(events).name == "meta"
        until(lambda: MODEL_THREAD in {thread.name for thread in threading.enumerate()})
    until(lambda: nothing_left(serving), 3.0)


def test_a_reader_who_leaves_waits_for_no_provider_that_has_not_even_begun(serve: Serve, provider: FaultServer) -> None:
    serving = serve(create_model("openai:silent", provider.openai, {"OPENAI_API_KEY": "k"}, LONG))
    with streaming(serving) as events:
        assert next(events).name == "meta"
    # Before its headers have come a provider is left to its time limit, by a thread that nobody waits for.
    until(lambda: THREAD_NAME not in {thread.name for thread in threading.enumerate()}, 3.0)
    until(lambda: serving.deps.answers.inside == 0, 3.0)
    until(lambda: nothing_left(serving), LONG.total)


def test_what_was_begun_for_a_reader_who_left_counts_for_the_key(serve: Serve) -> None:
    model = Silent()
    serving = serve(model, rest_keys=True, rest_daily_tokens=50, cache="none")
    key, _ = create_key(serving.deps.settings.rest_folder / KEYS_FILE, Wish("mine", ("ask",)))
    headers, body = {"Authorization": f"Bearer {key}"}, {"question": QUESTION, "stream": True}
    with httpx.stream("POST", f"{serving.url}/v1/chat", json=body, headers=headers) as response:
        lines = response.iter_lines()
        while "above 0.2" not in next(lines):
            pass
        until(lambda: len(model.asked) == 1)
    until(lambda: nothing_left(serving), 3.0)
    again = httpx.post(f"{serving.url}/v1/chat", json={"question": QUESTION}, headers=headers).json()
    assert again["mode"] == "extractive"
    assert "daily budget" in again["degraded"][0]


def test_a_hundred_readers_who_leave_leave_nothing_behind(serve: Serve) -> None:
    serving = serve(Silent(), rest_answers=32, rest_queue=64)
    before = threading.active_count()

    def leave(count: int) -> None:
        for _ in range(count):
            with streaming(serving) as events:
                next(events)

    threads = [threading.Thread(target=leave, args=(10,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    until(lambda: nothing_left(serving), 10.0)
    assert threading.active_count() <= before + 8
    assert ask(serving.url, question="Which index counts as stable?", mode="extractive")[-1].name == "done"


def test_there_are_as_many_streams_as_places_and_the_next_one_is_told_when_to_come_back(serve: Serve) -> None:
    serving = serve(Silent(), rest_answers=2, rest_queue=0)
    with streaming(serving) as first, streaming(serving) as second:
        assert [next(first).name, next(second).name] == ["meta", "meta"]
        for path, body in (
            ("/v1/chat", {"question": QUESTION, "stream": True}),
            ("/v1/chat", {"question": QUESTION}),
            (
                "/v1/chat/completions",
                {"model": "handbook", "messages": [{"role": "user", "content": QUESTION}], "stream": True},
            ),
        ):
            response = httpx.post(f"{serving.url}{path}", json=body)
            assert (response.status_code, response.json()["code"]) == (429, "busy")
            assert int(response.headers["retry-after"]) >= 1
    until(lambda: nothing_left(serving), 3.0)


def test_many_streams_are_held_at_once(serve: Serve) -> None:
    go_on = threading.Event()
    serving = serve(Model(lambda: wait(go_on, 60)), cache="none", rest_heartbeat_seconds=0.5)
    ended: list[str] = []

    def hold(number: int) -> None:
        events = ask(serving.url, timeout=60, question=f"{QUESTION} {number}", mode="llm")
        ended.append(names(events)[-1])

    threads = [threading.Thread(target=hold, args=(number,)) for number in range(HELD)]
    for thread in threads:
        thread.start()
    until(lambda: serving.deps.answers.inside == HELD, 40)
    assert httpx.get(f"{serving.url}/v1/models", timeout=10).status_code == 200
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert ended == ["done"] * HELD


def test_a_service_that_is_told_to_stop_finishes_its_streams(serve: Serve) -> None:
    go_on = threading.Event()
    serving = serve(Model(lambda: wait(go_on)))
    with streaming(serving) as events:
        seen = [next(events)]
        serving.server.should_exit = True
        time.sleep(0.3)
        go_on.set()
        seen.extend(events)
    check_whole(seen)
    assert seen[-1].data["mode"] == "llm"


def wait(event: threading.Event, seconds: float = 10) -> None:
    assert event.wait(seconds)
