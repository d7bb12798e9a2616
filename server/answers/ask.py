"""A question to an answer: search, decide, compose or have it written, verify."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.assess import Findings, find
from mlplaybook.server.answers.compose import compose
from mlplaybook.server.answers.everything import read_everything
from mlplaybook.server.answers.followup import Condensed, condense
from mlplaybook.server.answers.history import EMPTY, History
from mlplaybook.server.answers.length import wanted_words
from mlplaybook.server.answers.records import Answer, Mode, Stamp, Statement, Status
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.answers.rewrite import Rewritten, condense_with
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.answers.writer import Writer, Written, fits, write
from mlplaybook.server.cache.keys import history_hash
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.llm.records import Done, ModelFailed
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights
from mlplaybook.server.retrieval.question import other_language
from mlplaybook.server.retrieval.search import Hit, Method
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import NOOP, Tracer, ask_span, record_answer, search_span

SUGGESTIONS = 3
# A follow-up is one short sentence; whoever waits longer for it has nothing left for the answer.
CONDENSE_SECONDS = 10.0
NOT_COVERED = "The corpus '{corpus}' does not answer this."


@dataclass(frozen=True, slots=True)
class Means:
    """What answering may use beside the index.

    `writer` writes the answer instead of quoting it; where one was wanted and there is none, `unavailable` says why.
    `history` are the turns before the question; with `condense` the model makes a question of its own of a follow-up, else
    rules do. With `everything` the writer is shown all pages instead of the best sections. `words` is the most that an
    extractive answer may have, where that was said.
    """

    writer: Writer | None = None
    unavailable: str = ""
    history: History = EMPTY
    condense: Prompt | None = None
    tracer: Tracer = NOOP
    everything: bool = False
    words: int | None = None

    @property
    def mode(self) -> str:
        """What is wanted, whatever comes of it."""
        if not self.writer and not self.unavailable:
            return "extractive"
        return "full-context" if self.everything else "llm"


ALONE = Means()


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said: verified statements, how many were removed, by whom, and what did not work."""

    statements: tuple[Statement, ...] = ()
    removed: int = 0
    mode: Mode = "extractive"
    degraded: tuple[str, ...] = ()
    prompt: str = ""
    done: Done | None = None


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
    with ask_span(means.tracer, index.manifest.corpus, means.mode, question) as span:
        started = time.perf_counter()
        means = replace(means, tracer=span)
        rewritten = understand(index, question, means)
        condensed = rewritten.condensed
        with search_span(span, index.manifest.corpus, k, condensed.question):
            found = find(index, condensed.question, k, only, method)
        searched = time.perf_counter()
        reply = Reply() if condensed.kind == "small talk" else reply_to(index, found, means, only)
        if rewritten.failed:
            reply = replace(reply, degraded=(*reply.degraded, f"condense: {rewritten.failed}"))
        ended = time.perf_counter()
        timings = {"search": milliseconds(searched - started), "answer": milliseconds(ended - searched)}
        asked = describe(k, only, method, means, condensed)
        stamp = replace(create_stamp(index, method, reply), timings_ms=timings, asked=asked)
        answer = create_answer(index, question, found, reply, stamp)
        record_answer(span, answer)
        return answer


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


def reply_to(index: Index, found: Findings, means: Means, only: Filter) -> Reply:
    """What the pages say, written by the model where there is one and it succeeds, else quoted; nothing when not covered."""
    if means.writer and means.everything:
        return reply_from_everything(index, found, means, only)
    if found.status == "abstained":
        return Reply()
    if means.writer is None:
        return quoted(index, found, means, (means.unavailable,) if means.unavailable else ())
    return written(index, found, means, found.hits)


def reply_from_everything(index: Index, found: Findings, means: Means, only: Filter) -> Reply:
    """A reply from all pages; from the best sections where the model's window does not hold them all."""
    assert means.writer is not None
    pages = read_everything(index, only)
    if fits(means.writer, found.question, pages):
        return written(index, found, means, pages)
    reason = (
        f"full-context: {len(pages)} sections do not fit into {means.writer.model.name}; it was shown the best ones"
    )
    reply = reply_to(index, found, replace(means, everything=False), only)
    return replace(reply, degraded=(*reply.degraded, reason))


def written(index: Index, found: Findings, means: Means, shown: Sequence[Hit]) -> Reply:
    """What the model writes from what it is shown; quoted instead when it fails or nothing of it holds."""
    assert means.writer is not None
    try:
        over = [event for event in write(means.writer, found.question, shown) if isinstance(event, Written)][-1]
    except ModelFailed as failed:
        return quoted(index, found, means, (f"llm: {failed.public}",))
    if over.removed and not over.statements:
        reason = f"llm: none of the {over.removed} statements of {over.done.model} has its words on the pages"
        return replace(quoted(index, found, means, (reason,)), removed=over.removed, done=over.done)
    return Reply(over.statements, over.removed, "llm", (), means.writer.prompt.stamp, over.done)


def quoted(index: Index, found: Findings, means: Means, degraded: tuple[str, ...]) -> Reply:
    """The answer in the words of the pages; nothing when they do not cover the question."""
    if found.status == "abstained":
        return Reply(degraded=degraded)
    words = wanted_words(found.question, means.words)
    with means.tracer.span(names.COMPOSE):
        drafts = compose(index, found.question, found.hits, found.relevance, words=words)
    with means.tracer.span(names.VERIFY):
        statements, removed = verify(drafts, {hit.document.id: hit.document for hit in found.hits})
    return Reply(statements, removed, degraded=degraded)


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
        inapplicable=inapplicable(found.hits, reply.statements),
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
