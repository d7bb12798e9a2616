"""Artefacts with a model, as command line, HTTP and MCP call them: paid from a purse, written down, never without an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.prompts.library import load_prompt, parse_pin, parse_pins
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.artefacts.documents.reuse import reuse
from mlplaybook.server.artefacts.filling.by_model import MOST_TOKENS, fill_by_model, with_reason
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.records import Fill, Template
from mlplaybook.server.artefacts.scoring.explain import Explanation, explain
from mlplaybook.server.artefacts.scoring.records import Score
from mlplaybook.server.llm.chain import create_chain
from mlplaybook.server.llm.records import Model
from mlplaybook.server.prompting import own_prompts, prompts_refused
from mlplaybook.server.service import NO_MODEL, Service
from mlplaybook.server.tracing.spans import Span, record_attempts
from mlplaybook.server.usage.budget import Budget, Purse
from mlplaybook.server.usage.ledger import LONGEST_REASON, Entry, record
from mlplaybook.server.usage.metered import MeteredModel
from mlplaybook.server.usage.prices import load_prices
from mlplaybook.server.usage.tokens import create_counter
from mlplaybook.server.wiring import project_folder

Wish = Literal["auto", "extractive", "llm"]
FILL, EXPLAIN = "fill", "explain-score"
# A model's reply takes at most this share of its window; the rest is for what it reads.
REPLY_SHARE = 4
MOST_EXPLAINED = 1_200


@dataclass(frozen=True, slots=True)
class Call:
    """How a model is to be asked: `prompt` pins a version, NAME@VERSION; `max_usd` is the most that it may cost."""

    wish: Wish = "auto"
    prompt: str = ""
    max_usd: Decimal | None = None


AUTO = Call()


def read_wish(text: str) -> Wish:
    """A mode by its name; raises BadSetting for another."""
    known: dict[str, Wish] = {"auto": "auto", "extractive": "extractive", "llm": "llm"}
    if text not in known:
        raise BadSetting(f"There is no mode '{text}'.", f"Use one of: {', '.join(known)}.")
    return known[text]


def fill_document(
    service: Service, template: Template, inputs: Sequence[InputText], given: Mapping[str, tuple[Any, str]], call: Call = AUTO
) -> Fill:  # fmt: skip
    """A template filled from inputs and from what a person gave, by a model where there is one and it is wanted.

    Inputs that were filled from the same template give their values as they stand.

    :param given: value and where it comes from by field name; no model is asked for these.
    :raises PromptRefused: the prompt cannot be used.
    :raises BadDocument: an input that was filled before can no longer be read.
    """
    return reuse(
        template, {one.source: one.text for one in inputs}, read_inputs(service, template, inputs, given, call)
    )


def read_inputs(
    service: Service, template: Template, inputs: Sequence[InputText], given: Mapping[str, tuple[Any, str]], call: Call
) -> Fill:  # fmt: skip
    """What the inputs say, read as notes, configs and logs."""
    extracted = fill(template, inputs, given, service.index.encoder)
    reason = why_not(service, call)
    if reason is not None:
        return with_reason(extracted, reason) if reason else extracted
    started, purse = time.perf_counter(), create_purse(service, call)
    with service.tracer.span("fill") as span:
        writer = create_writer(service, load_wanted(service, FILL, call), purse, span, MOST_TOKENS)
        made = fill_by_model(template, inputs, extracted, writer, service.index.encoder, set(given))
    made = replace(made, tokens=tokens_of(purse), cost_usd=usd_of(purse))
    kept = sum(one.by == "llm" and one.status == "filled" for one in made.fields.values())
    note = (made.prompt, made.model, made.mode, kept, made.removed, made.degraded)
    record(service.book, entry(note, purse, started), service.say)
    return made


def explain_score(service: Service, score: Score, call: Call = AUTO) -> Explanation:
    """What a score means and what to do first, in verified statements of a model, else in the playbook's own words.

    :raises PromptRefused: the prompt cannot be used.
    """
    reason = why_not(service, call)
    if reason is not None:
        plain = explain(service.index, score, None)
        return replace(plain, degraded=(*plain.degraded, reason)) if reason else plain
    started, purse = time.perf_counter(), create_purse(service, call)
    with service.tracer.span("explain") as span:
        writer = create_writer(service, load_wanted(service, EXPLAIN, call), purse, span, MOST_EXPLAINED)
        made = explain(service.index, score, writer)
    made = replace(made, tokens=tokens_of(purse), cost_usd=usd_of(purse))
    note = (made.prompt, made.model, made.mode, len(made.statements), made.removed, made.degraded)
    record(service.book, entry(note, purse, started), service.say)
    return made


def why_not(service: Service, call: Call) -> str | None:
    """Why no model is asked, "" where nobody needs to know; None where one is."""
    if call.wish == "extractive":
        return ""
    if service.models:
        return None
    return service.trouble or (NO_MODEL if call.wish == "llm" else "")


def create_purse(service: Service, call: Call) -> Purse:
    """The money for all requests of one call."""
    settings = service.settings
    limit = settings.max_usd if call.max_usd is None else call.max_usd
    return Purse(Budget(service.book, load_prices(settings.prices), limit, settings.daily_usd))


def create_writer(service: Service, prompt: Prompt, purse: Purse, span: Span, most: int) -> Writer:
    """The chain of models with a prompt; every request is paid from the purse."""
    encoder, limits = service.index.encoder, service.settings.llm_limits
    counter = create_counter(encoder.count_tokens if encoder else None)
    metered: list[Model] = [MeteredModel(model, purse, counter) for model in service.models]
    window = min(model.window for model in metered)
    tokens = min(most, max(1, window // REPLY_SHARE))
    chain = create_chain(metered, limits, service.breakers, observe=record_attempts(span, tokens))
    return Writer(chain, prompt, counter.count, limits.total, tokens)


def load_wanted(service: Service, name: str, call: Call) -> Prompt:
    """The version of a prompt that the call pins, else the settings, else its default."""
    with prompts_refused():
        pin = parse_pin(call.prompt) if call.prompt else None
        number = pin.version if pin and pin.name == name else parse_pins(service.settings.prompts).get(name)
        return load_prompt(name, number, own=own_prompts(project_folder(service.settings)))


def tokens_of(purse: Purse) -> int:
    """Tokens of all requests."""
    return purse.usage.prompt_tokens + purse.usage.completion_tokens


def usd_of(purse: Purse) -> float | None:
    """What all requests cost, None where a price is not known."""
    return None if purse.usd is None else float(purse.usd)


def entry(note: tuple[str, str, str, int, int, Sequence[str]], purse: Purse, started: float) -> Entry:
    """One call as a row of the ledger; `note` is prompt, model, mode, what was kept, what was removed, what did not work."""
    prompt, model, mode, kept, removed, degraded = note
    return Entry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        prompt=prompt,
        model=model,
        status="answered" if kept else "abstained",
        mode=mode,
        statements=kept,
        removed=removed,
        prompt_tokens=purse.usage.prompt_tokens,
        cached_tokens=purse.usage.cached_tokens,
        completion_tokens=purse.usage.completion_tokens,
        usd=usd_of(purse),
        ms=round((time.perf_counter() - started) * 1000, 1),
        cached=False,
        degraded="; ".join(degraded)[:LONGEST_REASON],
    )
