"""What Prometheus reads: how many requests and how long, what became of answers, what they cost, how old the index is."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from mlplaybook.server.answers.records import Answer

# Set by `mlplaybook serve --workers N`, so that every worker reports for all of them.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
# Reasons of `degraded` begin with a code; a longer one is of somebody's words and no label.
LONGEST_REASON = 24


class Metrics:
    """The figures of a process, or of all workers together."""

    def __init__(self) -> None:
        # When each label was first seen is as many lines again, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "mlplaybook_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "mlplaybook_request_seconds",
            "Seconds to the end of a response.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self.refused = Counter(
            "mlplaybook_refused", "Requests that were refused, by reason.", ("code",), registry=registry
        )
        self.answers = Counter(
            "mlplaybook_answers", "Answers by status and mode.", ("status", "mode"), registry=registry
        )
        self.stages = Histogram(
            "mlplaybook_stage_seconds",
            "Seconds of the stages of an answer.",
            ("stage",),
            buckets=SECONDS,
            registry=registry,
        )
        self.cache = Counter("mlplaybook_answer_cache", "Answers from the cache and not.", ("hit",), registry=registry)
        self.fallbacks = Counter(
            "mlplaybook_fallbacks", "Answers without a part of the service.", ("reason",), registry=registry
        )
        self.statements = Counter(
            "mlplaybook_statements",
            "Statements whose citations were verified, and those removed.",
            ("verified",),
            registry=registry,
        )
        self.tokens = Counter("mlplaybook_tokens", "Tokens of models.", ("model",), registry=registry)
        self.usd = Counter("mlplaybook_usd", "US dollars of models.", ("model",), registry=registry)
        self.lag = Histogram(
            "mlplaybook_event_loop_lag_seconds",
            "How late the event loop was, ten times a second.",
            buckets=LAGS,
            registry=registry,
        )
        self.gauge = Gauge(
            "mlplaybook_state", "Places taken and waiting, readiness, age of the generation in seconds.", ("what",),
            registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip

    def request(self, route: str, method: str, status: int, seconds: float, code: str) -> None:
        """A request has been answered."""
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
        if code:
            self.refused.labels(code).inc()

    def answered(self, answer: Answer) -> None:
        """An answer has been given, by whichever endpoint."""
        stamp = answer.stamp
        self.answers.labels(answer.status, answer.mode).inc()
        self.cache.labels("yes" if stamp.cached else "no").inc()
        for reason in answer.degraded:
            self.fallbacks.labels(reason_of(reason)).inc()
        if stamp.cached:
            return
        self.statements.labels("yes").inc(len(answer.statements))
        self.statements.labels("no").inc(answer.removed)
        for stage, milliseconds in stamp.timings_ms.items():
            self.stages.labels(stage).observe(milliseconds / 1000)
        if stamp.model:
            self.tokens.labels(stamp.model).inc(stamp.tokens)
            self.usd.labels(stamp.model).inc(stamp.cost_usd or 0.0)

    def write(self) -> bytes:
        """The text that Prometheus reads."""
        if not os.environ.get(SHARED_FOLDER):
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def reason_of(degraded: str) -> str:
    """The code of a reason.

    >>> reason_of("dense"), reason_of("llm: openai:gpt timed out")
    ('dense', 'llm')
    """
    return degraded.partition(":")[0][:LONGEST_REASON]


def age_seconds(created: str, now: datetime | None = None) -> float:
    """How long ago a generation was made."""
    made = datetime.fromisoformat(created)
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return max(0.0, ((now or datetime.now(UTC)) - made).total_seconds())
