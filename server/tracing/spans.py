"""Spans around the steps of an answer. Off unless asked for; the functions here are given a tracer and know no library.

A span is itself a tracer for what happens inside it: `with ask_span(tracer, ...) as span: search(..., tracer=span)`. Nothing is
kept in context variables, so spans nest rightly in threads and in streams that are read from several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, Protocol, Self, get_args

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.llm.chain import Attempt
from mlplaybook.server.tracing import names

Value = str | bool | int | float | Sequence[str]
Exporter = Literal["", "console", "otlp"]


class Tracer(Protocol):
    """Begins spans; `attributes` are named by `names`, others are dropped."""

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[Span]:
        """A span that ends with its block; an exception leaves its type in it, never its message."""
        ...


class Span(Tracer, Protocol):
    """Something that is going on, and a tracer for what is inside it."""

    def set(self, **attributes: Value) -> None:
        """Say more of it."""
        ...

    def past(self, name: str, seconds: float, attributes: Mapping[str, Value], ended: float = 0.0) -> None:
        """A span inside this one that took `seconds` and was over `ended` seconds ago."""
        ...


class NoSpan:
    """A span and tracer that does nothing."""

    __slots__ = ()

    def span(self, name: str, **attributes: Value) -> Self:
        """Itself."""
        return self

    def set(self, **attributes: Value) -> None:
        """Nothing."""

    def past(self, name: str, seconds: float, attributes: Mapping[str, Value], ended: float = 0.0) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


NOOP = NoSpan()


def open_tracer(exporter: str, version: str = "", *, text: bool = False) -> Tracer:
    """The tracer for `MLPLAYBOOK_OTEL`: nothing when empty, `otlp` over HTTP, or `console` as lines on stderr.

    Where OTLP goes is OpenTelemetry's own business: OTEL_EXPORTER_OTLP_ENDPOINT and its like. `text` lets the words of
    questions and answers into spans.

    :raises BadSetting: it is none of these, or its packages are not installed.
    """
    if not exporter:
        return NOOP
    if exporter not in get_args(Exporter):
        raise BadSetting(f"MLPLAYBOOK_OTEL={exporter!r} cannot be used.", "Give otlp or console, or unset it.")
    try:
        from mlplaybook.server.tracing import otel  # noqa: PLC0415 (the extra [telemetry])
    except ImportError as error:
        cause = f"MLPLAYBOOK_OTEL={exporter} needs a package that is not installed: {error.name}."
        raise BadSetting(cause, "Run: pip install 'mlplaybook[telemetry]', or unset MLPLAYBOOK_OTEL.") from error
    return otel.create_tracer(otel.create_provider(exporter, version), text=text)


def ask_span(tracer: Tracer, corpus: str, mode: str, question: str) -> AbstractContextManager[Span]:
    """A whole question."""
    attributes: dict[str, Value] = {
        names.OPERATION: names.INVOKE_WORKFLOW,
        names.WORKFLOW: "ask",
        names.SOURCE: corpus,
        names.MODE: mode,
        names.QUESTION: question,
    }
    return tracer.span(names.ASK, **attributes)


def search_span(tracer: Tracer, corpus: str, k: int, question: str) -> AbstractContextManager[Span]:
    """A search for `k` sections."""
    attributes: dict[str, Value] = {
        names.OPERATION: names.RETRIEVAL,
        names.SOURCE: corpus,
        names.TOP_K: k,
        names.QUERY: question,
    }
    return tracer.span(f"{names.RETRIEVAL} {corpus}", **attributes)


def cache_span(tracer: Tracer, kind: str) -> AbstractContextManager[Span]:
    """A look into the cache; set `names.CACHE_HIT` when it is known."""
    return tracer.span(names.CACHE, **{names.CACHE_KIND: kind})


def record_stages(span: Span, milliseconds: Mapping[str, float]) -> None:
    """The stages of a step that has just ended, one after the other: `lexical`, `dense`, `rerank`, `expand` of a search."""
    ended = sum(milliseconds.values()) / 1000
    for stage, taken in milliseconds.items():
        ended -= taken / 1000
        span.past(f"{names.STAGE}.{stage}", taken / 1000, {}, max(0.0, ended))


def record_attempts(span: Span, max_tokens: int) -> Callable[[Attempt], None]:
    """An observer for `server/llm/chain.py` that makes a `chat` span of every call of a model."""

    def observe(attempt: Attempt) -> None:
        provider, _, model = attempt.model.partition(":")
        attributes: dict[str, Value] = {
            names.OPERATION: names.CHAT,
            names.PROVIDER: provider,
            names.REQUEST_MODEL: model,
            names.MAX_TOKENS: max_tokens,
            names.STREAMED: True,
            names.ATTEMPT: attempt.number,
            names.INPUT_TOKENS: attempt.usage.prompt_tokens,
            names.OUTPUT_TOKENS: attempt.usage.completion_tokens,
            names.CACHED_TOKENS: attempt.usage.cached_tokens,
            names.WRITTEN_TOKENS: attempt.usage.written_tokens,
        }
        if attempt.first is not None:
            attributes[names.TIME_TO_FIRST] = attempt.first
        if attempt.failed is not None:
            attributes[names.ERROR] = attempt.failed
        span.past(f"{names.CHAT} {model}", attempt.seconds, attributes)

    return observe


def record_answer(span: Span, answer: Answer) -> None:
    """What came of a question, without its words unless they are wanted."""
    prompt, _, rest = answer.stamp.prompt.partition("@")
    provider, _, model = answer.stamp.model.partition(":")
    attributes: dict[str, Value] = {
        names.STATUS: answer.status,
        names.CONFIDENCE: answer.confidence,
        names.MODE: answer.mode,
        names.GENERATION: answer.stamp.generation,
        names.STATEMENTS: len(answer.statements),
        names.REMOVED: answer.removed,
        names.CACHE_HIT: answer.stamp.cached,
        names.ANSWER: answer.text,
        # "llm: the budget is spent" is said by its code: reasons are for people.
        names.DEGRADED: tuple(reason.partition(":")[0] for reason in answer.degraded),
    }
    if prompt:
        attributes |= {names.PROMPT: prompt, names.PROMPT_VERSION: rest.partition("#")[0]}
    if model:
        attributes |= {names.PROVIDER: provider, names.RESPONSE_MODEL: model}
    if answer.stamp.cost_usd:
        attributes[names.COST_USD] = answer.stamp.cost_usd
    span.set(**attributes)


def record_request(span: Span, answer: Answer) -> None:
    """What a request came to in all: whether its answer was kept from before, and what it cost now."""
    cost = {} if answer.stamp.cached or answer.stamp.cost_usd is None else {names.COST_USD: answer.stamp.cost_usd}
    span.set(**{names.CACHE_HIT: answer.stamp.cached}, **cost)
