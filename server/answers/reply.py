"""What is said to a question that was searched for: written by a model and checked, or quoted."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.assess import Findings
from mlplaybook.server.answers.compose import compose
from mlplaybook.server.answers.events import Said, Voided
from mlplaybook.server.answers.everything import read_everything
from mlplaybook.server.answers.history import EMPTY, History
from mlplaybook.server.answers.length import wanted_words
from mlplaybook.server.answers.records import Mode, Statement
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.answers.writer import Writer, Written, fits, write
from mlplaybook.server.llm.records import Done, ModelFailed, Restart
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile
from mlplaybook.server.retrieval.search import Hit
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import NOOP, Tracer


@dataclass(frozen=True, slots=True)
class Means:
    """What answering may use beside the index.

    `writer` writes the answer instead of quoting it; where one was wanted and there is none, `unavailable` says why.
    `history` are the turns before the question; with `condense` the model makes a question of its own of a follow-up, else
    rules do. With `everything` the writer is shown all pages instead of the best sections; where they do not fit, the best
    ones by the prompt `narrow`. `words` is the most that an extractive answer may have, where that was said. `profile` is the
    project that asks.
    """

    writer: Writer | None = None
    unavailable: str = ""
    history: History = EMPTY
    condense: Prompt | None = None
    tracer: Tracer = NOOP
    everything: bool = False
    narrow: Prompt | None = None
    words: int | None = None
    profile: Profile = UNKNOWN

    @property
    def mode(self) -> str:
        """What is wanted, whatever comes of it."""
        if not self.writer and not self.unavailable:
            return "extractive"
        return "full-context" if self.everything else "llm"


ALONE = Means()


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said: verified statements, how many were removed, by whom, and what did not work.

    `shown` is what it was said from, where that is not what was found.
    """

    statements: tuple[Statement, ...] = ()
    removed: int = 0
    mode: Mode = "extractive"
    degraded: tuple[str, ...] = ()
    prompt: str = ""
    done: Done | None = None
    shown: tuple[Hit, ...] = ()


# Statements as they are ready, then the reply that they make.
Telling = Generator[Said | Voided, None, Reply]


def tell(index: Index, found: Findings, means: Means, only: Filter) -> Telling:
    """What the pages say, written by the model where there is one and it succeeds, else quoted; nothing when not covered."""
    if means.writer and means.everything:
        return (yield from tell_from_everything(index, found, means, only))
    if found.status == "abstained":
        return Reply()
    if means.writer is None:
        return (yield from quoted(index, found, means, (means.unavailable,) if means.unavailable else ()))
    return (yield from written(index, found, means, found.hits))


def tell_from_everything(index: Index, found: Findings, means: Means, only: Filter) -> Telling:
    """A reply from all pages; from the best sections where the model's window does not hold them all."""
    assert means.writer is not None
    pages = read_everything(index, only, means.profile)
    if fits(means.writer, found.question, pages):
        reply = yield from written(index, found, means, pages)
        return replace(reply, shown=pages)
    model = means.writer.model
    reason = f"full-context: {len(pages)} sections do not fit into the {model.window:,} tokens of {model.name}; "
    reason += "only the best ones were looked at"
    writer = replace(means.writer, prompt=means.narrow or means.writer.prompt, keeps=False)
    reply = yield from tell(index, found, replace(means, writer=writer, everything=False), only)
    return replace(reply, degraded=(*reply.degraded, reason))


def written(index: Index, found: Findings, means: Means, shown: Sequence[Hit]) -> Telling:
    """What the model writes from what it is shown; quoted instead when it fails or nothing of it holds."""
    assert means.writer is not None
    over, said = None, False
    try:
        for event in write(means.writer, found.question, shown):
            if isinstance(event, Written):
                over = event
            elif isinstance(event, Restart):
                yield Voided(event.reason)
            else:
                said = True
                yield Said(event)
    except ModelFailed as failed:
        reason = f"llm: {failed.public}"
        if said:
            yield Voided(reason)
        return (yield from quoted(index, found, means, (reason,)))
    # The last event of a stream that did not fail.
    assert over is not None
    if over.removed and not over.statements:
        reason = f"llm: none of the {over.removed} statements of {over.done.model} has its words on the pages"
        reply = yield from quoted(index, found, means, (reason,))
        return replace(reply, removed=over.removed, done=over.done)
    return Reply(over.statements, over.removed, "llm", (), means.writer.prompt.stamp, over.done)


def quoted(index: Index, found: Findings, means: Means, degraded: tuple[str, ...]) -> Telling:
    """The answer in the words of the pages; nothing when they do not cover the question."""
    if found.status == "abstained":
        return Reply(degraded=degraded)
    words = wanted_words(found.question, means.words)
    with means.tracer.span(names.COMPOSE):
        drafts = compose(index, found.question, found.hits, found.relevance, words=words)
    with means.tracer.span(names.VERIFY):
        statements, removed = verify(drafts, {hit.document.id: hit.document for hit in found.hits})
    yield from map(Said, statements)
    return Reply(statements, removed, degraded=degraded)
