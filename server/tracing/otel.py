"""Spans by OpenTelemetry's SDK: the only module that knows it. Loaded when MLPLAYBOOK_OTEL asks for it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import Span, Value

SERVICE = "mlplaybook"
# A command must not hang at its end because nobody collects: OpenTelemetry itself waits ten seconds.
TIMEOUT_SECONDS = 2.0
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
# No name, code or hash that we set is longer.
LONGEST_VALUE = 200
NANOSECONDS = 1_000_000_000


class OtelTracer:
    """A tracer whose spans lie below `context`: the host's current span where that is None."""

    def __init__(self, tracer: trace.Tracer, context: Context | None = None, *, text: bool = False) -> None:
        self._tracer = tracer
        self._context = context
        self._text = text

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator[OtelSpan]:
        """A span that ends with its block. An exception leaves its type: its message may hold a question."""
        span = self._begin(name, attributes)
        inside = OtelSpan(self._tracer, span, text=self._text)
        try:
            yield inside
        except BaseException as error:
            if not isinstance(error, GeneratorExit):
                inside.set(**{names.ERROR: error_type(error)})
                span.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            span.end()

    def _begin(self, name: str, attributes: Mapping[str, Value], start: int | None = None) -> trace.Span:
        kind = trace.SpanKind.CLIENT if attributes.get(names.OPERATION) == names.CHAT else trace.SpanKind.INTERNAL
        kept = allowed(attributes, text=self._text)
        return self._tracer.start_span(
            name, self._context, kind, kept, start_time=start, record_exception=False, set_status_on_exception=False
        )


class OtelSpan(OtelTracer):
    """A span of the SDK, and the tracer of what happens inside it."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span, *, text: bool = False) -> None:
        super().__init__(tracer, trace.set_span_in_context(span), text=text)
        self._span = span

    def set(self, **attributes: Value) -> None:
        """Say more of it."""
        self._span.set_attributes(allowed(attributes, text=self._text))

    def past(self, name: str, seconds: float, attributes: Mapping[str, Value], ended: float = 0.0) -> None:
        """A span inside this one that took `seconds` and was over `ended` seconds ago; one with an error is marked so."""
        end = time.time_ns() - int(ended * NANOSECONDS)
        span = self._begin(name, attributes, end - int(seconds * NANOSECONDS))
        if names.ERROR in attributes:
            span.set_status(trace.StatusCode.ERROR)
        span.end(end)


def create_tracer(provider: TracerProvider, *, text: bool = False) -> OtelTracer:
    """A tracer of ours on a provider of the SDK."""
    return OtelTracer(provider.get_tracer(SERVICE), text=text)


def create_provider(exporter: str, version: str) -> TracerProvider:
    """A provider for `otlp` or `console`; it is not made the process's own, so that nothing else is exported with it."""
    resource = Resource.create({"service.version": version} | ({} if named() else {"service.name": SERVICE}))
    provider = TracerProvider(resource=resource)
    if exporter == "otlp":
        timeout = None if any(name in os.environ for name in TIMEOUTS) else TIMEOUT_SECONDS
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=timeout)))
    else:
        console = ConsoleSpanExporter(out=sys.stderr, formatter=line)
        provider.add_span_processor(SimpleSpanProcessor(console))
    return provider


def named() -> bool:
    """Whether the environment names the service."""
    return "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")


def line(span: ReadableSpan) -> str:
    """A span as one line for stderr: stdout belongs to answers and protocols."""
    taken = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    attributes = " ".join(f"{name}={value!r}" for name, value in (span.attributes or {}).items())
    return f"{span.name} {taken:.1f} ms {attributes}".rstrip() + "\n"


def allowed(attributes: Mapping[str, Value], *, text: bool) -> dict[str, Value]:
    """The attributes that may leave: known names, words of people only where wanted, nothing long."""
    kept = {name: value for name, value in attributes.items() if name in names.KNOWN}
    if not text:
        kept = {name: value for name, value in kept.items() if name not in names.TEXT}
    return {name: shortened(name, value) for name, value in kept.items()}


def shortened(name: str, value: Value) -> Value:
    """A value of ours as it is; what is too long for one is cut."""
    return value[:LONGEST_VALUE] if isinstance(value, str) and name not in names.TEXT else value


def error_type(error: BaseException) -> str:
    """What kind of failure it was, as the conventions want it: a code of ours, or the exception's class."""
    return str(getattr(error, "kind", "") or getattr(error, "code", "") or type(error).__qualname__)


__all__ = ["OtelSpan", "OtelTracer", "Span", "create_provider", "create_tracer"]
