"""What command line, HTTP and MCP ask: an index with a model, a cache and a purse, opened once."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.prompts.library import choose_version, load_prompt, parse_pin, parse_pins
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.ask import ask, ask_events
from mlplaybook.server.answers.events import Event, Over, Said
from mlplaybook.server.answers.history import EMPTY, History
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.answers.writer import MOST_TOKENS, PASSAGES, Writer
from mlplaybook.server.audit.holds import holds
from mlplaybook.server.cache.answers import cached_answer, keep, lookup
from mlplaybook.server.cache.encoder import CachedEncoder
from mlplaybook.server.cache.flight import Flights
from mlplaybook.server.cache.keys import Wanted, answer_key, history_hash, program_version
from mlplaybook.server.cache.open import open_store
from mlplaybook.server.cache.store import Store
from mlplaybook.server.llm.breaker import Breakers
from mlplaybook.server.llm.chain import create_chain
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.llm.records import Model
from mlplaybook.server.prompting import own_prompts, prompts_refused
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import Settings
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import NOOP, Span, Tracer, open_tracer, record_attempts, record_request
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget, Purse
from mlplaybook.server.usage.ledger import create_entry, record
from mlplaybook.server.usage.metered import MeteredModel
from mlplaybook.server.usage.prices import load_prices
from mlplaybook.server.usage.tokens import create_counter
from mlplaybook.server.wiring import Say, project_folder

Wish = Literal["auto", "extractive", "llm", "full-context"]
PROMPT, CONDENSE = "answer", "condense"
# Models that run on this machine are small as a rule.
LOCAL = "ollama:"
SMALL = "small-models"
EVERYTHING_SHOWN = "full-context"
CITES = "cites"
# The provider that cites passages by itself.
CITING = "anthropic:"
# What a question takes beside its answer: a follow-up to rewrite, the search.
AROUND_SECONDS = 15.0
# Texts whose tokens one request remembers: every section of a corpus twice.
COUNTED = 8_192
NO_MODEL = "llm: no model is named; set MLPLAYBOOK_LLM, for example to ollama:llama3.1:8b"


def to_nobody(made: Answer) -> None:
    """Nobody counts answers."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that outlives a question. `trouble` says why there is no model although the settings name one.

    `told` is called with every answer that `answer` and `answer_events` give.
    """

    index: Index
    settings: Settings
    models: tuple[Model, ...]
    trouble: str
    store: Store | None
    book: Book
    say: Say
    tracer: Tracer = NOOP
    flights: Flights[Answer] = field(default_factory=Flights)
    breakers: Breakers = field(default_factory=Breakers)
    told: Callable[[Answer], None] = to_nobody


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is put.

    `prompt` pins a version, NAME@VERSION; `key` makes shares of requests sticky; `words` is the most an extractive answer has.
    """

    question: str
    k: int = 5
    only: Filter = EVERYTHING
    method: Method = Method()  # noqa: RUF009 (frozen)
    wish: Wish = "auto"
    history: History = EMPTY
    prompt: str = ""
    key: str = ""
    max_usd: Decimal | None = None
    words: int | None = None


@contextmanager
def open_service(settings: Settings, index: Index, say: Say) -> Iterator[Service]:
    """A service on an index; a model that cannot be opened is said with every answer and costs only its prose."""
    store = open_store(settings.cache, settings.cache_file, say, settings.cache_mb)
    book = Book(settings.usage_file)
    models, trouble = open_models(settings)
    tracer = open_tracer(settings.otel, program_version() if settings.otel else "", text=settings.otel_text)
    try:
        yield Service(remembering(index, store), settings, models, trouble, store, book, say, tracer)
    finally:
        book.close()
        if store is not None:
            store.close()


def remembering(index: Index, store: Store | None) -> Index:
    """The index with an encoder that remembers questions."""
    return replace(index, encoder=CachedEncoder(index.encoder, store)) if index.encoder else index


def open_models(settings: Settings, create: Callable[..., Model] = create_model) -> tuple[tuple[Model, ...], str]:
    """The models that the settings name, in order, and why one of them cannot be used."""
    specs = [spec.strip() for spec in settings.llm.split(",") if spec.strip()]
    try:
        bases = [settings.llm_base_url, *("" for _ in specs[1:])]
        cites = settings.llm_cites and all(spec.startswith(CITING) for spec in specs)
        return tuple(
            create(spec, base, os.environ, settings.llm_limits, window=settings.llm_window, cites=cites)
            for spec, base in zip(specs, bases, strict=False)
        ), ""
    except BadSetting as error:
        return (), f"llm: {error.cause.rstrip('.')}"


def answer(service: Service, query: Query) -> Answer:
    """The answer, from the cache where it was asked before; what it cost is written down.

    :raises PlaybookError: the question, a filter or a prompt cannot be used.
    """
    purse = create_purse(service, query)
    with service.tracer.span(names.REQUEST) as span:
        means = create_means(service, query, purse, span)

        def work() -> Answer:
            made = ask(service.index, query.question, query.k, query.only, query.method, means)
            return with_cost(made, purse) if means.writer else made

        made = cached_answer(
            service.store, service.flights, key_of(service, query, means), work,
            service.settings.llm_limits.total + AROUND_SECONDS, holds=functools.partial(holds, service.index), tracer=span,
        )  # fmt: skip
        record_request(span, made)
    record(service.book, create_entry(made, purse.usage, purse.usd), service.say)
    service.told(made)
    return made


def answer_events(service: Service, query: Query) -> Iterator[Event]:
    """The same as it happens, for streams; an answer that was kept is told without a search.

    Two streams that ask the same at once both work. Whoever stops reading stops the model.

    :raises PlaybookError: the question, a filter or a prompt cannot be used.
    """
    purse = create_purse(service, query)
    with service.tracer.span(names.REQUEST) as span:
        means = create_means(service, query, purse, span)
        key = key_of(service, query, means)
        made = lookup(service.store, key, functools.partial(holds, service.index), span)
        if made is not None:
            yield from map(Said, made.statements)
        else:
            for event in ask_events(service.index, query.question, query.k, query.only, query.method, means):
                if isinstance(event, Over):
                    made = keep(service.store, key, with_cost(event.answer, purse) if means.writer else event.answer)
                else:
                    yield event
        assert made is not None
        record_request(span, made)
    record(service.book, create_entry(made, purse.usage, purse.usd), service.say)
    service.told(made)
    yield Over(made)


def create_purse(service: Service, query: Query) -> Purse:
    """What may be spent on a question."""
    limit = service.settings.max_usd if query.max_usd is None else query.max_usd
    return Purse(Budget(service.book, load_prices(service.settings.prices), limit, service.settings.daily_usd))


def create_means(service: Service, query: Query, purse: Purse, span: Span) -> Means:
    """What answering may use: a model where one is wanted and there is one, and what was said before."""
    wanted = query.wish != "extractive" and (bool(service.models) or bool(service.trouble) or query.wish != "auto")
    writer = create_writer(service, query, purse, span) if wanted and service.models else None
    unavailable = "" if writer or not wanted else service.trouble or NO_MODEL
    rewriter = load_pinned(service, CONDENSE) if writer and query.history.turns else None
    everything = query.wish == EVERYTHING_SHOWN
    narrow = choose_prompt(service, replace(query, wish="llm")) if everything and writer else None
    return Means(writer, unavailable, query.history, rewriter, span, everything, narrow, query.words)


def with_cost(made: Answer, purse: Purse) -> Answer:
    """The answer with what all calls for it cost."""
    tokens = purse.usage.prompt_tokens + purse.usage.completion_tokens
    usd = None if purse.usd is None else float(purse.usd)
    return replace(made, stamp=replace(made.stamp, tokens=tokens, cost_usd=usd))


def create_writer(service: Service, query: Query, purse: Purse, span: Span) -> Writer:
    """The chain of models with the prompt that this request gets.

    :raises BadSetting: the prompt leaves citing to models that cannot.
    """
    encoder, limits = service.index.encoder, service.settings.llm_limits
    counter = create_counter(encoder.count_tokens if encoder else None)
    # A whole corpus is half a second's counting, and is asked for by the window, the request and the budget.
    counter = replace(counter, count=functools.lru_cache(COUNTED)(counter.count))
    metered = [MeteredModel(model, purse, counter) for model in service.models]
    chain = create_chain(metered, limits, service.breakers, observe=record_attempts(span, MOST_TOKENS))
    prompt = choose_prompt(service, query)
    if PASSAGES not in prompt.inputs and not chain.cites:
        cause = f"The prompt {prompt.id} is for models that cite by themselves, and {chain.name} does not."
        raise BadSetting(cause, "Name another version; see: mlplaybook prompts list")
    return Writer(chain, prompt, counter.count, limits.total, keeps=query.wish == EVERYTHING_SHOWN)


def audience_of(service: Service, query: Query) -> str:
    """For whom the prompt has to be."""
    if all(getattr(model, "cites", False) for model in service.models):
        return CITES
    if query.wish == EVERYTHING_SHOWN:
        return EVERYTHING_SHOWN
    return SMALL if service.models[0].name.startswith(LOCAL) else ""


def choose_prompt(service: Service, query: Query) -> Prompt:
    """The version asked for, else that of the settings, else that of the split, else the default for the models."""
    settings = service.settings
    with prompts_refused():
        pin = parse_pin(query.prompt) if query.prompt else None
        asked = pin.version if pin and pin.name == PROMPT else None
        key = query.key or query.question
        number = choose_version(PROMPT, parse_pins(settings.prompts), settings.prompt_split, key, asked=asked)
        own = own_prompts(project_folder(settings))
        return load_prompt(PROMPT, number, own=own, audience=audience_of(service, query))


def load_pinned(service: Service, name: str) -> Prompt:
    """A prompt in the version that the settings pin, or its default."""
    with prompts_refused():
        number = parse_pins(service.settings.prompts).get(name)
        return load_prompt(name, number, own=own_prompts(project_folder(service.settings)))


def key_of(service: Service, query: Query, means: Means) -> str:
    """The cache's key: everything that the answer depends on."""
    manifest, writer = service.index.manifest, means.writer
    return answer_key(
        Wanted(
            manifest.corpus,
            manifest.generation,
            manifest.encoder,
            query.question,
            program_version(),
            means.mode,
            query.k,
            query.only,
            dict(query.method.profile.options),
            query.method.mmr,
            service.index.tuned.digest if service.index.tuned else "",
            prompts=tuple(one.stamp for one in (writer and writer.prompt, means.narrow, means.condense) if one),
            model=",".join(model.name for model in service.models) if writer else "",
            parameters=parameters_of(service, writer) if writer else {},
            history=history_hash((turn.role, turn.text) for turn in query.history.turns),
            options={"degraded": service.index.degraded, "words": query.words},
        )
    )


def parameters_of(service: Service, writer: Writer) -> dict[str, object]:
    """What a model's words depend on beside its name and prompt."""
    window, server = writer.model.window, service.settings.llm_base_url
    return {"temperature": writer.temperature, "max_tokens": writer.max_tokens, "window": window, "server": server}
