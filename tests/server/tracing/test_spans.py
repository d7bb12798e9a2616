"""Spans say how an answer was made, and never what was asked or answered unless that is wanted."""

from __future__ import annotations

import contextlib
import threading
import time
import timeit
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from mlplaybook.ingest.errors import BadQuestion, BadSetting
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer, Stamp
from mlplaybook.server.llm.chain import Attempt
from mlplaybook.server.llm.records import ModelFailed, Usage
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.otel import create_provider, create_tracer, line
from mlplaybook.server.tracing.spans import (
    NOOP,
    Tracer,
    ask_span,
    cache_span,
    open_tracer,
    record_answer,
    record_attempts,
    record_stages,
    search_span,
)

SECRET = "Which stability index raises an alert?"


class Kept:
    """A tracer and the spans that it has ended."""

    def __init__(self, *, text: bool = False) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer: Tracer = create_tracer(provider, text=text)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def kept() -> Kept:
    return Kept()


def parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def milliseconds(span: ReadableSpan) -> int:
    return round(((span.end_time or 0) - (span.start_time or 0)) / 1e6)


def traced(tracer: Tracer, index: Index) -> Answer:
    """A question as it is asked, with every span around it."""
    with ask_span(tracer, "handbook", "llm", SECRET) as whole:
        with cache_span(whole, "answer") as looked:
            looked.set(**{names.CACHE_HIT: False})
        with search_span(whole, "handbook", 5, SECRET) as found:
            record_stages(found, {"lexical": 2.0, "dense": 3.0})
        with whole.span(names.COMPOSE) as composed:
            observe = record_attempts(composed, 1_200)
            observe(Attempt("openai:gpt-5-mini", 1, 1.5, failed="timeout"))
            observe(Attempt("openai:gpt-5-mini", 2, 2.0, 0.4, usage=Usage(900, 120, 512)))
        with whole.span(names.VERIFY):
            answer = ask(index, SECRET)
        record_answer(whole, answer)
    return answer


def test_a_question_is_one_trace(kept: Kept, handbook: Index) -> None:
    answer = traced(kept.tracer, handbook)
    spans = kept.exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    named = kept.spans
    whole = named[names.ASK]
    assert parent(whole) is None
    inside = {names.CACHE, "retrieval handbook", names.COMPOSE, names.VERIFY}
    assert {span.name for span in spans if whole.context and parent(span) == whole.context.span_id} == inside
    assert dict(whole.attributes or {}) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "ask",
        "gen_ai.data_source.id": "handbook",
        "mlplaybook.mode": "extractive",
        "mlplaybook.status": "answered",
        "mlplaybook.confidence": answer.confidence,
        "mlplaybook.generation": answer.stamp.generation,
        "mlplaybook.statements": len(answer.statements),
        "mlplaybook.removed": 0,
        "mlplaybook.cache.hit": False,
        "mlplaybook.degraded": (),
    }


def test_every_call_of_a_model_is_a_span(kept: Kept, handbook: Index) -> None:
    traced(kept.tracer, handbook)
    failed, good = (span for span in kept.exporter.get_finished_spans() if span.name == "chat gpt-5-mini")
    assert failed.status.status_code == StatusCode.ERROR
    assert (failed.attributes or {})["error.type"] == "timeout"
    assert good.kind == SpanKind.CLIENT
    assert milliseconds(good) == 2_000
    assert dict(good.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.request.max_tokens": 1_200,
        "gen_ai.request.stream": True,
        "mlplaybook.attempt": 2,
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 120,
        "gen_ai.usage.cache_read.input_tokens": 512,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.response.time_to_first_chunk": 0.4,
    }


def test_the_stages_of_a_search_lie_one_after_the_other(kept: Kept) -> None:
    with search_span(kept.tracer, "handbook", 5, SECRET) as span:
        record_stages(span, {"lexical": 2.0, "dense": 3.0})
    lexical, dense = kept.spans["mlplaybook.stage.lexical"], kept.spans["mlplaybook.stage.dense"]
    assert (milliseconds(lexical), milliseconds(dense)) == (2, 3)
    assert abs((dense.start_time or 0) - (lexical.end_time or 0)) < 1e6
    assert (kept.spans["retrieval handbook"].attributes or {})["gen_ai.retrieval.top_k"] == 5


def test_no_word_of_a_question_or_an_answer_is_in_any_span(kept: Kept, handbook: Index) -> None:
    answer = traced(kept.tracer, handbook)
    with contextlib.suppress(BadQuestion), ask_span(kept.tracer, "handbook", "llm", SECRET) as span:
        span.set(**{names.QUESTION: SECRET, names.QUERY: SECRET, "user.text": SECRET})
        raise BadQuestion(f"The question {SECRET!r} has no word in it.", "Ask.")
    everything = "\n".join(span.to_json() for span in kept.exporter.get_finished_spans())
    assert len(kept.exporter.get_finished_spans()) == 10
    words = {word for text in (SECRET, answer.text) for word in text.lower().split() if len(word) > 4}
    assert {"stability", "index", "raises", "alert?"} <= words
    assert [word for word in words if word in everything.lower()] == []


def test_the_words_are_there_when_they_are_wanted(handbook: Index) -> None:
    kept = Kept(text=True)
    answer = traced(kept.tracer, handbook)
    whole, search = kept.spans[names.ASK].attributes or {}, kept.spans["retrieval handbook"].attributes or {}
    assert (whole["mlplaybook.question"], whole["mlplaybook.answer"]) == (SECRET, answer.text)
    assert search["gen_ai.retrieval.query.text"] == SECRET


@pytest.mark.parametrize(
    ("error", "type_"),
    [
        (ModelFailed("rate-limit"), "rate-limit"),
        (BadQuestion("x", "y"), "bad-question"),
        (ZeroDivisionError(SECRET), "ZeroDivisionError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_failure_leaves_its_kind_and_no_message(kept: Kept, error: BaseException, type_: str) -> None:
    with pytest.raises(type(error)), kept.tracer.span(names.ASK):
        raise error
    span = kept.spans[names.ASK]
    assert dict(span.attributes or {}) == {"error.type": type_}
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())


def test_an_answer_by_a_model_names_prompt_model_and_cost(kept: Kept) -> None:
    stamp = Stamp(
        "handbook", "gen", "enc", "1", prompt="answer@2#0123456789ab", model="openai:gpt-5-mini", cost_usd=0.01
    )
    degraded = ("dense", "llm: openai:gpt-5-mini did not answer in time")
    with kept.tracer.span(names.ASK) as span:
        record_answer(span, Answer("q", "answered", 0.9, "text", (), (), "llm", degraded, stamp))
    attributes = kept.spans[names.ASK].attributes or {}
    assert attributes["mlplaybook.degraded"] == ("dense", "llm")
    wanted = ("gen_ai.prompt.name", "gen_ai.prompt.version", "gen_ai.provider.name", "gen_ai.response.model")
    assert [attributes[name] for name in wanted] == ["answer", "2", "openai", "gpt-5-mini"]
    assert attributes["mlplaybook.cost_usd"] == 0.01


def test_spans_nest_in_a_stream_that_threads_read(kept: Kept) -> None:
    def stream() -> Iterator[int]:
        with ask_span(kept.tracer, "handbook", "llm", SECRET) as whole:
            for number in range(3):
                with whole.span(f"step {number}"):
                    yield number

    steps = stream()
    for _ in range(2):
        thread = threading.Thread(target=lambda: next(steps))
        thread.start()
        thread.join()
    steps.close()
    assert [span.name for span in kept.exporter.get_finished_spans()] == ["step 0", "step 1", names.ASK]
    whole = kept.spans[names.ASK]
    assert whole.context
    assert {parent(kept.spans[f"step {n}"]) for n in (0, 1)} == {whole.context.span_id}
    assert whole.status.status_code == StatusCode.UNSET


def test_without_a_setting_nothing_is_traced_and_it_costs_nothing() -> None:
    assert open_tracer("") is NOOP

    def step() -> None:
        with search_span(NOOP, "handbook", 5, SECRET) as span:
            span.set(**{names.HITS: 5})

    assert min(timeit.repeat(step, number=2_000, repeat=5)) / 2_000 < 20e-6
    with NOOP.span("x") as span:
        span.past("y", 1.0, {})
        assert span is NOOP


def test_a_setting_that_means_nothing_is_refused() -> None:
    with pytest.raises(BadSetting, match="MLPLAYBOOK_OTEL='zipkin' cannot be used"):
        open_tracer("zipkin")


def test_the_console_is_stderr_and_a_span_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tracer = open_tracer("console", "1.2.3")
    with search_span(tracer, "handbook", 5, SECRET):
        pass
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("retrieval handbook ")
    assert shown.err.endswith(
        " ms gen_ai.operation.name='retrieval' gen_ai.data_source.id='handbook' gen_ai.retrieval.top_k=5\n"
    )


def test_a_collector_that_is_not_there_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    provider = create_provider("otlp", "1.2.3")
    with search_span(create_tracer(provider), "handbook", 5, SECRET):
        pass
    started = time.perf_counter()
    provider.shutdown()
    assert time.perf_counter() - started < 2.0


def test_the_service_is_named_unless_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create_provider("console", "1.2.3").resource.attributes["service.name"] == "mlplaybook"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ours")
    resource = create_provider("console", "1.2.3").resource
    assert (resource.attributes["service.name"], resource.attributes["service.version"]) == ("ours", "1.2.3")


def test_a_line_is_short_without_attributes(kept: Kept) -> None:
    with kept.tracer.span("x"):
        pass
    assert line(kept.spans["x"]).startswith("x 0.")
