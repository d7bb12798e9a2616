"""A question answered as a stream of events that each have a name and a record: `answers.events` for the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.answers.assess import COVERAGE, hit_record
from mlplaybook.server.answers.events import Over, Said, Searched, Voided
from mlplaybook.server.answers.records import Answer, Citation, Statement
from mlplaybook.server.retrieval.search import Hit
from mlplaybook.server.service import Query, Service, answer_events

# What `degraded` says of a model that failed begins like this.
MODEL_FAILED = "llm: "


@dataclass(frozen=True, slots=True)
class Meta:
    """The first event: what is asked."""

    question: str
    corpus: str
    generation: str
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found; `searched` is the question that was searched for where the conversation made another one of it."""

    hits: tuple[Hit, ...]
    coverage: str
    searched: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation that a statement brings which no earlier statement had."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Delta:
    """A statement that has been verified; `number` counts from 0."""

    number: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Restart:
    """Every statement and citation so far is void."""

    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """How far the question is answered, before the whole answer."""

    status: str
    coverage: str
    confidence: float
    mode: str
    degraded: tuple[str, ...]
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What the answer took; `cost_usd` is None where the price is not known."""

    tokens: int
    cost_usd: float | None
    cached: bool
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Failed:
    """Something did not work: with a `fallback` the stream goes on with that, without one it is over."""

    code: str
    cause: str
    remedy: str
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: the whole answer."""

    answer: Answer


StreamEvent: TypeAlias = Meta | Retrieval | Cited | Delta | Restart | Judged | Used | Failed | Finished
NAMES: dict[type, str] = {
    Meta: "meta", Retrieval: "retrieval", Cited: "citation", Delta: "delta", Restart: "restart", Judged: "status",
    Used: "usage", Failed: "error", Finished: "done",
}  # fmt: skip


def ask_events(service: Service, query: Query) -> Iterator[StreamEvent]:
    """The answer as it happens: Meta first, Finished last; what cannot be answered ends with a Failed instead.

    Whoever closes the iterator stops the model.
    """
    index = service.index
    yield Meta(query.question, index.manifest.corpus, index.manifest.generation, tuple(index.degraded))
    said, cited = 0, set[Citation]()
    try:
        for event in answer_events(service, query):
            if isinstance(event, Searched):
                yield Retrieval(event.found.hits, COVERAGE[event.found.status], event.searched)
            elif isinstance(event, Said):
                new = [citation for citation in event.statement.citations if citation not in cited]
                cited.update(new)
                yield from map(Cited, new)
                yield Delta(said, event.statement)
                said += 1
            elif isinstance(event, Voided):
                said, cited = 0, set()
                yield Restart(event.reason)
            else:
                yield from closing(event)
    except PlaybookError as error:
        yield Failed(error.code, error.cause, error.remedy)


def closing(over: Over) -> Iterator[StreamEvent]:
    """What comes behind the last statement."""
    made = over.answer
    failed = next((line for line in made.degraded if line.startswith(MODEL_FAILED)), "")
    if failed:
        yield Failed("model-failed", failed, "The pages are quoted instead; the answer is complete.", "extractive")
    yield Judged(
        made.status, COVERAGE[made.status], made.confidence, made.mode, tuple(made.degraded), tuple(made.suggestions)
    )
    stamp = made.stamp
    yield Used(stamp.tokens, stamp.cost_usd, stamp.cached, stamp.timings_ms)
    yield Finished(made)


def event_record(event: StreamEvent) -> tuple[str, dict[str, Any]]:
    """The name of an event and its record."""
    if isinstance(event, Retrieval):
        hits = [hit_record(hit) for hit in event.hits]
        return "retrieval", {"coverage": event.coverage, "searched": event.searched, "hits": hits}
    if isinstance(event, Cited):
        return "citation", dataclasses.asdict(event.citation)
    if isinstance(event, Finished):
        return "done", dataclasses.asdict(event.answer)
    return NAMES[type(event)], dataclasses.asdict(event)
