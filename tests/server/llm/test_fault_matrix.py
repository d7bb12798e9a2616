"""Real clients against a provider that fails in every way: each call ends in time, in parts or in one failure of ours."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from mlplaybook.server.llm.breaker import Breakers
from mlplaybook.server.llm.chain import create_chain
from mlplaybook.server.llm.deadline import Limits, create_deadline
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.llm.parse import Parser
from mlplaybook.server.llm.provider import LangchainModel
from mlplaybook.server.llm.records import Done, Message, ModelFailed, Part, Request, Restart
from mlplaybook.server.llm.retry import Retries
from mlplaybook.server.llm.watch import THREAD_NAME
from tests.server.llm.fault_server import LIES, QUOTE, SECRET, SECTION, FaultServer, closed_port

pytest.importorskip("langchain_openai")
pytest.importorskip("langchain_anthropic")

SCHEMA = {"type": "object", "properties": {"statements": {"type": "array"}}}
ASK = Request((Message("system", "Rules.", static=True), Message("user", "Q?")), schema=SCHEMA)
# A two-hundredth of the real limits for what is silent; other faults get time, since other work may slow a test down.
SHORT = Limits(connect=0.3, first=0.3, idle=0.3, total=0.6)
LONG = Limits(connect=10.0, first=20.0, idle=20.0, total=30.0)
SLACK = 5.0
# Fault -> how it ends with and without streaming: a kind of failure, or "" for a reply.
SILENT = {
    "silent": ("timeout", "timeout"),
    "silent-stream": ("timeout", "timeout"),
    "after-first": ("timeout", "timeout"),
    "stall": ("timeout", "timeout"),
    "pings": ("timeout", "timeout"),
}
ENDINGS = {
    **SILENT,
    "ok": ("", ""),
    "400": ("bad-request", "bad-request"),
    "401": ("auth", "auth"),
    "403": ("auth", "auth"),
    "404": ("unknown-model", "unknown-model"),
    "408": ("timeout", "timeout"),
    "409": ("server", "server"),
    "413": ("too-long", "too-long"),
    "429": ("rate-limit", "rate-limit"),
    "429+retry-after": ("rate-limit", "rate-limit"),
    "500": ("server", "server"),
    "502": ("server", "server"),
    "503": ("server", "server"),
    "529": ("server", "server"),
    "html": ("garbage", "garbage"),
    "truncated": ("garbage", "garbage"),
    "invalid-utf8": ("garbage", "garbage"),
    "no-blank-line": ("garbage", ""),
    "double-done": ("", ""),
    "empty": ("garbage", "garbage"),
    "content-filter": ("content", "content"),
    "tool-calls": ("garbage", "garbage"),
    "huge": ("garbage", "garbage"),
    "no-finish": ("", ""),
    "ends": ("garbage", "garbage"),
    "cut": ("", ""),
    "sse-error": ("server", "garbage"),
    "reset": ("server", "server"),
    **dict.fromkeys(LIES, ("", "")),
}
CASES = [
    pytest.param(provider, fault, streaming, ENDINGS[fault][not streaming], id=f"{provider}-{fault}-{mode}")
    for provider in ("openai", "anthropic")
    for fault in ENDINGS
    for mode, streaming in (("stream", True), ("whole", False))
]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as serving:
        yield serving


def open_model(server: FaultServer, spec: str, limits: Limits = LONG, streaming: bool = True) -> LangchainModel:
    url = server.openai if spec.startswith("openai") else server.root
    return create_model(spec, url, {"ANTHROPIC_API_KEY": "key"}, limits, streaming=streaming)


def ending(model: LangchainModel, limits: Limits) -> tuple[list[Part | Restart | Done], ModelFailed | None]:
    got: list[Part | Restart | Done] = []
    try:
        got.extend(model.stream(ASK, create_deadline(limits.total)))
    except ModelFailed as failed:
        return got, failed
    return got, None


def wait_until_gone() -> None:
    end = time.monotonic() + SLACK
    while any(thread.name == THREAD_NAME for thread in threading.enumerate()) and time.monotonic() < end:
        time.sleep(0.01)
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(("provider", "fault", "streaming", "kind"), CASES)
def test_every_fault_ends_in_time_in_words_of_ours(
    server: FaultServer, provider: str, fault: str, streaming: bool, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    limits = SHORT if fault in SILENT else LONG
    model = open_model(server, f"{provider}:{fault}", limits, streaming)
    started = time.monotonic()
    with caplog.at_level(logging.INFO):
        got, failed = ending(model, limits)
    assert time.monotonic() - started < limits.total + SLACK
    assert (failed.kind if failed else "") == kind
    if failed:
        assert SECRET not in f"{failed} {failed!r} {failed.__dict__} {failed.__cause__} {caplog.text}"
        assert failed.__suppress_context__
        assert failed.began == any(isinstance(item, Part) for item in got)
        assert not any(isinstance(item, Done) for item in got)
    else:
        assert isinstance(got[-1], Done)
        assert got[-1].finish == ("length" if fault == "cut" else "stop")
    wait_until_gone()


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_where_nobody_listens_the_model_is_refused(provider: str) -> None:
    model = create_model(f"{provider}:m", closed_port(), {"ANTHROPIC_API_KEY": "key"}, LONG)
    assert getattr(ending(model, LONG)[1], "kind", "") == "refused"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_server_without_tls_is_refused(server: FaultServer, provider: str) -> None:
    url = server.openai if provider == "openai" else server.root
    model = create_model(f"{provider}:m", url.replace("http:", "https:"), {"ANTHROPIC_API_KEY": "key"}, LONG)
    assert getattr(ending(model, LONG)[1], "kind", "") == "refused"


@pytest.mark.parametrize("fault", list(LIES))
def test_a_lie_arrives_as_it_was_told_for_the_verifier_to_judge(server: FaultServer, fault: str) -> None:
    got, _ = ending(open_model(server, f"openai:{fault}"), LONG)
    parser = Parser({1: SECTION})
    claims = [claim for part in got if isinstance(part, Part) for claim in parser.feed(part.text)] + parser.finish()
    told = claims[0]
    assert len(claims) == 1
    truth = {"text": QUOTE, "cited": 1, "section": SECTION, "quote": QUOTE}
    first = told.citations[0] if told.citations else None
    heard = {
        "text": told.text,
        "cited": len(told.citations),
        "section": first.section if first else SECTION,
        "quote": first.quote if first else QUOTE,
    }
    changed = {key for key in truth if truth[key] != heard[key]}
    assert (
        changed
        == {"other-language": {"text"}, "uncited": {"cited"}, "fabricated": {"section"}, "altered": {"quote"}}[fault]
    )


def test_a_reader_who_leaves_ends_the_connection(server: FaultServer) -> None:
    stream = open_model(server, "openai:pings").stream(ASK, create_deadline(LONG.total))
    assert isinstance(next(stream), Part)
    stream.close()  # type: ignore[attr-defined]
    wait_until_gone()


def test_a_chain_of_failing_models_ends_with_the_one_that_answers() -> None:
    scripts = {"busy": ["429+retry-after", "429+retry-after", "ok"], "broken": ["reset"]}
    with FaultServer(scripts=scripts) as serving:
        models = [open_model(serving, f"openai:{name}") for name in ("500", "broken", "busy")]
        slept: list[float] = []
        retries = Retries(sleep=slept.append, jitter=lambda: 0.5)
        chain = create_chain(models, LONG, retries=retries)
        got = list(chain.stream(ASK, create_deadline(LONG.total)))
    assert [item for item in got if isinstance(item, Restart)] == [
        Restart("openai:broken failed on the provider's side")
    ]
    done = got[-1]
    assert isinstance(done, Done)
    assert (done.model, done.attempts, slept) == ("openai:busy", 7, [0.25, 0.5, 0.26, 0.51])


def test_the_breaker_of_a_model_opens_and_closes_with_the_server() -> None:
    now = [0.0]
    with FaultServer(scripts={"ill": ["503"] * 5 + ["ok"]}) as serving:
        chain = create_chain(
            [open_model(serving, "openai:ill")],
            LONG,
            Breakers(lambda: now[0]),
            Retries(attempts=1),
        )
        kinds = []
        for _ in range(7):
            with pytest.raises(ModelFailed) as failed:
                list(chain.stream(ASK, create_deadline(LONG.total)))
            kinds.append(failed.value.kind)
        assert kinds == ["server"] * 5 + ["resting"] * 2
        assert len(serving.requests) == 5
        now[0] = 30.0
        assert isinstance(list(chain.stream(ASK, create_deadline(LONG.total)))[-1], Done)
    assert chain.breakers.states() == {"openai:ill": "closed"}
