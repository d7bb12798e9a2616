"""Asking: one record or events, conversations that are kept, and what people think of answers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from mlplaybook.server.answers.records import Answer
from mlplaybook.server.calls.ask import NAMES, Finished, Meta, StreamEvent, event_record
from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.rest import sse
from mlplaybook.server.rest.callers import Caller
from mlplaybook.server.rest.chat import Chat, answer_chat, chat_record, create_request, history_of, tell_chat
from mlplaybook.server.rest.chat_models import LONGEST_ID, ChatBody, FeedbackBody
from mlplaybook.server.rest.conversations import Conversation, Conversations, create_conversations
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.feedback import Feedback, keep_feedback
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.problem import problem_of, problem_record
from mlplaybook.server.rest.records import Record
from mlplaybook.server.rest.reply import reply

ConversationId = Annotated[str, Path(min_length=1, max_length=LONGEST_ID, description="As it was given when it began.")]
EVENTS = """Events in the order `meta`, `retrieval`, any number of `citation` and `delta`, `status`, `usage`, `done`.

`restart` voids every citation and delta before it. `error` says what did not work: with a `fallback` the stream goes on,
without one it is over. Comments are signs of life. Every event has an id, and a line of JSON as its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRecord(Answer):
    """An answer, its `id`, and the conversation it is kept in."""

    id: str
    conversation_id: str


class TurnRecord(Record):
    """What one side said; `headings` lead to what an answer cites first."""

    role: Literal["user", "assistant"]
    content: str
    headings: list[str]


class ConversationRecord(Record):
    """A conversation, oldest turn first; after `expires`, in UTC, it is forgotten."""

    id: str
    expires: str
    turns: list[TurnRecord]


class Stored(Record):
    """It has been kept."""

    stored: Literal[True] = True


def create_chat_router(deps: Deps) -> APIRouter:
    """The endpoint that answers."""
    described = problems(keys=deps.keys is not None, name=True)
    router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(deps.allow("ask"))], responses=described)
    kept = create_conversations(deps.settings)
    told: dict[int | str, dict[str, Any]] = {
        200: {"description": EVENTS, "content": {sse.MEDIA_TYPE: {"schema": sse.event_schema(*NAMES.values())}}}
    }

    @router.post(
        "/chat", response_model=ChatRecord, summary="An answer with verified citations, or an honest no", responses=told
    )
    async def chat_route(request: Request, body: ChatBody) -> Response:
        """Quoted from the playbook, or written by a model where there is one; every citation holds its exact words."""
        body.check()
        caller: Caller = request.state.caller
        request.state.question = body.asked
        chat = await deps.searches.in_thread(lambda: create_chat(deps, kept, body, caller, request.state.id))
        if body.stream or sse.MEDIA_TYPE in request.headers.get("accept", ""):
            return stream_chat(deps, chat)
        return reply(chat_record(chat, await deps.answer(lambda service: answer_chat(deps, service, chat))))

    return router


def create_chat(deps: Deps, kept: Conversations, body: ChatBody, caller: Caller, identifier: str) -> Chat:
    """The question with what was said before it; from a thread, because it may have to be looked up."""
    history = history_of(body, caller, kept)
    asked = create_request(deps.settings, body, history, caller)
    return Chat(identifier, caller, asked, body.conversation_id, kept)


def stream_chat(deps: Deps, chat: Chat) -> sse.EventStream:
    """The answer as events."""

    def make(stop: Stop) -> Generator[bytes, None, None]:
        with deps.live.lend() as service, deps.turns.turn() as turn:
            for number, event in enumerate(tell_chat(deps, turn.lent(service), chat, stop)):
                # Nothing is told before the search is over, which is most of the work.
                turn.end()
                name, record = chat_event(chat, event)
                yield sse.event(name, record, f"{chat.id}-{number}")

    def trouble(error: Exception) -> bytes:
        deps.log.failure(error, chat.id)
        problem = problem_record(problem_of(error), chat.id)
        told = {"code": problem["code"], "cause": problem["detail"], "remedy": problem["remedy"], "fallback": ""}
        return sse.event("error", told, f"{chat.id}-e")

    return sse.EventStream(deps.answers, make, trouble, deps.settings.rest_heartbeat_seconds)


def chat_event(chat: Chat, event: StreamEvent) -> tuple[str, dict[str, Any]]:
    """The name and the record of an event; first and last say of which answer they are."""
    name, record = event_record(event)
    if isinstance(event, Meta | Finished):
        record |= {"id": chat.id, "conversation_id": chat.conversation}
    return name, record


def create_conversation_router(deps: Deps) -> APIRouter:
    """Conversations that the service keeps; each is for the key that began it."""
    described = problems(keys=deps.keys is not None, name=True)
    asking = [Depends(deps.allow("ask"))]
    router = APIRouter(prefix="/v1/conversations", tags=["chat"], dependencies=asking, responses=described)
    kept = create_conversations(deps.settings)

    @router.post("", status_code=201, response_model=ConversationRecord, summary="Begin a conversation that is kept")
    async def begin_route(request: Request) -> Response:
        """Its id goes into `conversation_id` of the questions; without questions it is forgotten after a day or so."""
        owner = request.state.caller.owner
        return reply(await deps.searches.run(lambda: conversation_record(kept.create(owner))), 201)

    @router.get("/{id}", response_model=ConversationRecord, summary="What was said")
    async def read_route(request: Request, id: ConversationId) -> Response:  # noqa: A002
        """The turns that the next question is read with."""
        owner = request.state.caller.owner
        return reply(await deps.searches.run(lambda: conversation_record(kept.read(id, owner))))

    @router.delete("/{id}", status_code=204, response_class=Response, summary="Forget it")
    async def delete_route(request: Request, id: ConversationId) -> Response:  # noqa: A002
        """For good: its words are overwritten."""
        owner = request.state.caller.owner
        await deps.searches.run(lambda: kept.delete(id, owner))
        return Response(status_code=204)

    return router


def conversation_record(found: Conversation) -> ConversationRecord:
    """The record of a conversation."""
    turns = [TurnRecord(role=turn.role, content=turn.text, headings=list(turn.headings)) for turn in found.turns]
    return ConversationRecord(id=found.id, expires=found.expires, turns=turns)


def create_feedback_router(deps: Deps) -> APIRouter:
    """The endpoint that takes ratings."""
    described = problems(keys=deps.keys is not None)
    router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(deps.allow("ask"))], responses=described)

    @router.post("/feedback", status_code=201, response_model=Stored, summary="Was the answer any good?")
    async def feedback_route(request: Request, body: FeedbackBody) -> Response:
        """Kept in a file of the service, with the words that are sent along and no others."""
        given = body.model_dump() | {"sections": tuple(body.sections), "key": request.state.caller.id}
        await deps.searches.run(lambda: keep_feedback(deps.settings.rest_folder, Feedback(**given)))
        return reply(Stored(), 201)

    return router
