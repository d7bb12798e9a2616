"""A question to an answer: search, decide, compose or have it written, verify."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version

from mlplaybook.server.answers.assess import Findings, find
from mlplaybook.server.answers.events import Event, Over, Searched
from mlplaybook.server.answers.followup import Condensed, condense
from mlplaybook.server.answers.records import Answer, Stamp, Statement, Status
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.reply import ALONE, Means, Reply, tell
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.answers.rewrite import Rewritten, condense_with
from mlplaybook.server.cache.keys import history_hash
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights
from mlplaybook.server.retrieval.question import other_language
from mlplaybook.server.retrieval.search import Hit, Method
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import ask_span, record_answer, search_span

SUGGESTIONS = 3
# A follow-up is one short sentence; whoever waits longer for it has nothing left for the answer.
CONDENSE_SECONDS = 10.0
NOT_COVERED = "The corpus '{corpus}' does not answer this."


def ask(
    index: Index,
    question: str,
    k: int = 5,
    only: Filter = EVERYTHING,
    method: Method = Method(),  # noqa: B008 (frozen)
    means: Means = ALONE,
) -> Answer:
    """Answer from the corpus, or abstain and name the nearest sections.

    A model that fails costs its prose, never the answer: what the pages say is then quoted, and `degraded` says why.

    :raises BadQuestion: the question cannot be searched for.
    """
    for event in ask_events(index, question, k, only, method, means):
        if isinstance(event, Over):
            return event.answer
    raise AssertionError("a stream of events ends with Over")


def ask_events(
    index: Index,
    question: str,
    k: int = 5,
    only: Filter = EVERYTHING,
    method: Method = Method(),  # noqa: B008 (frozen)
    means: Means = ALONE,
) -> Iterator[Event]:
    """The same as it happens: what was found, each statement when it has been verified, at last the answer.

    :raises BadQuestion: the question cannot be searched for.
    """
    with ask_span(means.tracer, index.manifest.corpus, means.mode, question) as span:
        started = time.perf_counter()
        means = replace(means, tracer=span, profile=method.profile)
        rewritten = understand(index, question, means)
        condensed = rewritten.condensed
        with search_span(span, index.manifest.corpus, k, condensed.question) as step:
            found = find(index, condensed.question, k, only, method)
            step.set(**{names.HITS: len(found.hits)})
        searched = time.perf_counter()
        yield Searched(found, condensed.question if condensed.changed else "")
        reply = Reply() if condensed.kind == "small talk" else (yield from tell(index, found, means, only))
        if rewritten.failed:
            reply = replace(reply, degraded=(*reply.degraded, f"condense: {rewritten.failed}"))
        ended = time.perf_counter()
        timings = {"search": milliseconds(searched - started), "answer": milliseconds(ended - searched)}
        asked = describe(k, only, method, means, condensed)
        stamp = replace(create_stamp(index, method, reply), timings_ms=timings, asked=asked)
        answer = create_answer(index, question, found, reply, stamp)
        record_answer(span, answer)
        yield Over(answer)


def understand(index: Index, question: str, means: Means) -> Rewritten:
    """The question with what it leans on of the turns before it."""

    def weigh(terms: Iterable[str]) -> dict[str, float]:
        return term_weights(index.catalog, terms)

    if means.writer is None or means.condense is None:
        return Rewritten(condense(means.history, question, weigh))
    deadline = create_deadline(CONDENSE_SECONDS)
    with means.tracer.span(names.CONDENSE) as span:
        rewritten = condense_with(means.writer.model, means.condense, means.history, question, weigh, deadline)
        span.set(**{names.CARRIED: rewritten.condensed.changed})
    return rewritten


def create_answer(index: Index, question: str, found: Findings, reply: Reply, stamp: Stamp) -> Answer:
    """The record of a reply."""
    status: Status = found.status if reply.statements else "abstained"
    if reply.statements and status == "abstained":
        # A model that read every page found what the search had not.
        status = "partial"
    return Answer(
        question=question if stamp.asked and stamp.asked.searched else found.question,
        status=status,
        confidence=round(found.probability, 3),
        text=render(reply.statements) if reply.statements else refusal(index, found.question),
        statements=reply.statements,
        suggestions=suggest(found.hits, reply.statements),
        mode=reply.mode,
        degraded=(*index.degraded, *reply.degraded),
        stamp=stamp,
        removed=reply.removed,
        inapplicable=inapplicable(reply.shown or found.hits, reply.statements),
    )


def describe(k: int, only: Filter, method: Method, means: Means, condensed: Condensed) -> Asked:
    """How the question was asked, for the stamp."""
    turns = ((turn.role, turn.text) for turn in means.history.turns)
    return Asked(
        k, means.mode, only.pages, only.folders, only.topics, only.volatilities, method.mmr,
        searched=condensed.question if condensed.changed else "",
        history=history_hash(turns),
        words=means.words,
        parameters={"temperature": means.writer.temperature} if means.writer else {},
    )  # fmt: skip


def create_stamp(index: Index, method: Method, reply: Reply) -> Stamp:
    """What the answer rests on."""
    manifest, done = index.manifest, reply.done
    config = index.tuned.digest if index.tuned else ""
    return Stamp(
        manifest.corpus,
        manifest.generation,
        manifest.encoder,
        version("mlplaybook"),
        prompt=reply.prompt,
        model=done.model if done else "",
        tokens=done.usage.prompt_tokens + done.usage.completion_tokens if done else 0,
        profile=dict(method.profile.options),
        tuned=bool(config),
        tuned_config=config,
    )


def milliseconds(seconds: float) -> float:
    """Rounded to a tenth."""
    return round(seconds * 1000, 1)


def suggest(hits: Sequence[Hit], statements: Sequence[Statement]) -> tuple[str, ...]:
    """Sections worth reading that the answer does not already quote."""
    cited = {citation.section for statement in statements for citation in statement.citations}
    return tuple(hit.section.id for hit in hits if hit.section.id not in cited)[:SUGGESTIONS]


def inapplicable(hits: Sequence[Hit], statements: Sequence[Statement]) -> dict[str, str]:
    """The cited pages that are not for the project, each with why."""
    cited = {citation.document for statement in statements for citation in statement.citations}
    return {hit.document.id: hit.why_lower for hit in hits if hit.why_lower and hit.document.id in cited}


def refusal(index: Index, question: str) -> str:
    """What is said instead of an answer."""
    said = NOT_COVERED.format(corpus=index.manifest.corpus)
    language = other_language(question)
    return f"{said} It is in English and the question looks {language}: ask in English." if language else said
