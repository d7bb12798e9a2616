"""A question of a caller, answered at once or as events: paid for by the caller's key, counted, and kept where that is wanted."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from mlplaybook.server.answers.history import EMPTY, History, Turn, create_history
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.calls.ask import (
    Delta,
    Failed,
    Finished,
    Judged,
    Meta,
    Restart,
    Retrieval,
    StreamEvent,
    ask_events,
)
from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.rest.accounts import FREE, Allowance
from mlplaybook.server.rest.callers import Caller
from mlplaybook.server.rest.chat_models import ChatBody
from mlplaybook.server.rest.conversations import Conversations, turns_of
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.leaving import Begun, leaving
from mlplaybook.server.rest.problem import FAULT_OF_THE_REQUEST, STATUSES, Problem
from mlplaybook.server.rest.tap import Gone
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Query, Service, answer
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import project_profile

EXTRACTIVE: Final = "extractive"
GOES_ON = "The pages are quoted instead; the answer is complete."


@dataclass(frozen=True, slots=True)
class Chat:
    """A question as one caller puts it; `id` names its answer, `conversation` what it is kept in, if anything."""

    id: str
    caller: Caller
    request: Query
    conversation: str = ""
    conversations: Conversations | None = None


def create_request(settings: Settings, body: ChatBody, history: History, caller: Caller) -> Query:
    """The question with the project of the service and what the request says of another.

    :raises PlaybookError: a filter or a profile that cannot be used.
    """
    profile = project_profile(settings, [f"{name}={value}" for name, value in body.profile.items()])
    method = Method(profile=profile, mmr=body.mmr)
    only, limit = body.only.create(), body.limit
    key = body.conversation_id or caller.id
    return Query(body.asked, body.k, only, method, body.mode, history, body.prompt, key, limit, body.words)


def history_of(body: ChatBody, caller: Caller, conversations: Conversations) -> History:
    """The turns before a question, sent along or kept; raises Problem 404 for a conversation that is not there."""
    if body.conversation_id:
        return create_history(conversations.read(body.conversation_id, caller.owner).turns)
    turns = [Turn(turn.role, turn.content, tuple(turn.headings)) for turn in body.earlier]
    return create_history(turns) if turns else EMPTY


def answer_chat(deps: Deps, service: Service, chat: Chat) -> Answer:
    """The whole answer.

    :raises PlaybookError: the question, a filter or a prompt cannot be used.
    """
    with paid(deps, chat, Begun()) as bill:
        return bill.settled(answer(service, bill.request))


def tell_chat(deps: Deps, service: Service, chat: Chat, stop: Stop) -> Generator[StreamEvent, None, None]:
    """The answer as events, from a thread; whatever goes wrong after the first one, the last one is whole.

    Nothing is told before it is known that the question can be answered.

    :raises Problem: it cannot.
    :raises Gone: `stop` was set.
    """
    if stop.is_set:
        raise Gone
    lent, begun = leaving(service, stop)
    with paid(deps, chat, begun) as bill:
        for event in without_end(deps, lent, chat, bill.request):
            if isinstance(event, Finished):
                yield Finished(bill.settled(event.answer))
            elif isinstance(event, Judged):
                yield replace(event, degraded=(*event.degraded, *bill.degraded))
            else:
                yield event


def without_end(deps: Deps, service: Service, chat: Chat, request: Query) -> Iterator[StreamEvent]:
    """The events of an answer; where they break off, why, and the answer in the words of the pages."""
    opened: list[StreamEvent] = []
    said = begun = False
    failed: Failed | None = None
    try:
        for event in ask_events(service, request):
            if isinstance(event, Meta):
                opened.append(event)
            elif isinstance(event, Failed) and not event.fallback:
                failed = event
            else:
                said = isinstance(event, Delta) or (said and not isinstance(event, Restart))
                begun = True
                yield from opened
                opened.clear()
                yield event
    except Exception as error:
        if not begun:
            raise
        deps.log.failure(error, chat.id)
        failed = Failed("failed", "Something went wrong that was not foreseen.", GOES_ON)
    if failed is None:
        return
    if not begun:
        raise Problem(STATUSES.get(failed.code, FAULT_OF_THE_REQUEST), failed.code, failed.cause, failed.remedy)
    yield replace(failed, fallback=EXTRACTIVE)
    if said:
        yield Restart(failed.cause)
    yield from quoted_instead(deps, service, chat, request)


def quoted_instead(deps: Deps, service: Service, chat: Chat, request: Query) -> Iterator[StreamEvent]:
    """The rest of a stream whose first answer broke off; an error without a fallback when that breaks off too."""
    try:
        for event in ask_events(service, replace(request, wish=EXTRACTIVE, prompt="")):
            if not isinstance(event, Meta | Retrieval):
                yield event
    except Exception as error:
        deps.log.failure(error, chat.id)
        yield Failed("failed", "The pages could not be quoted either.", "Try again.")


@dataclass(slots=True)
class Bill:
    """What a caller's answer may cost, and what becomes of that."""

    deps: Deps
    chat: Chat
    allowance: Allowance
    done: bool = False

    @property
    def request(self) -> Query:
        """The request within what the key may still spend."""
        request = replace(self.chat.request, max_usd=self.allowance.max_usd)
        return request if self.allowance.model else replace(request, wish=EXTRACTIVE)

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why there is no model, where the key is why."""
        return (f"llm: {self.allowance.reason}",) if self.allowance.reason else ()

    def settled(self, made: Answer) -> Answer:
        """The answer, paid for, counted and kept."""
        stamp, chat = made.stamp, self.chat
        self.done = True
        cost = (0, 0.0) if stamp.cached else (stamp.tokens, stamp.cost_usd)
        self.deps.accounts.settle(self.allowance, *cost)
        made = replace(made, degraded=(*made.degraded, *self.degraded))
        self.deps.metrics.answered(made)
        if chat.conversation and chat.conversations is not None:
            try:
                chat.conversations.add(chat.conversation, chat.caller.owner, turns_of(chat.request.question, made))
            except (sqlite3.Error, OSError) as error:
                # An answer that is there is given, whatever becomes of the notes of it.
                self.deps.log.failure(error, chat.id)
        return made


@contextmanager
def paid(deps: Deps, chat: Chat, begun: Begun) -> Iterator[Bill]:
    """Money put aside for an answer; one that is not finished counts as what it had begun, at the price put aside."""
    request = chat.request
    free = request.wish == EXTRACTIVE
    allowance = FREE if free else deps.accounts.hold(chat.caller, request.max_usd)
    bill = Bill(deps, chat, allowance)
    try:
        yield bill
    finally:
        if not bill.done:
            deps.accounts.settle(allowance, begun.tokens, None if begun.characters else 0.0)


def chat_record(chat: Chat, made: Answer) -> dict[str, Any]:
    """The answer's record with its id and conversation."""
    return asdict(made) | {"id": chat.id, "conversation_id": chat.conversation}
