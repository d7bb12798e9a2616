"""The playbook as a model of OpenAI's chat completions, for clients that speak nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Coroutine, Generator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.answers.history import create_history
from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.rest import sse
from mlplaybook.server.rest.chat import Chat, answer_chat, tell_chat
from mlplaybook.server.rest.completions import Completion, chunks, error_record, whole
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.gate import Busy
from mlplaybook.server.rest.models import LONGEST_NAME
from mlplaybook.server.rest.openai_models import CompletionBody, read_talk
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.problem import Problem, problem_of, problem_record
from mlplaybook.server.rest.records import Record
from mlplaybook.server.rest.reply import JSON, reply
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Query, Service, Wish
from mlplaybook.server.wiring import project_profile

ModelName = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME)]
# The corpus itself answers as well as it can; its name with one of these answers in that way.
WAYS: tuple[Wish, ...] = ("extractive", "llm", "full-context")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ModelRecord(Record):
    """A way in which the playbook answers."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "mlplaybook"


class ModelsRecord(Record):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[ModelRecord]


class OpenAIRoute(APIRoute):
    """A route whose errors OpenAI's clients understand."""

    def get_route_handler(self) -> Handler:
        """The handler, with errors as responses."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except (Problem, PlaybookError, Busy, RequestValidationError) as error:
                return refuse(request, error)

        return handle


def create_openai_router(deps: Deps) -> APIRouter:
    """Chat completions and models."""
    described = problems(keys=deps.keys is not None, name=True)
    router = APIRouter(prefix="/v1", tags=["openai"], responses=described, route_class=OpenAIRoute)
    asking, reading = [Depends(deps.allow("ask"))], [Depends(deps.allow("read"))]
    told: dict[int | str, dict[str, Any]] = {
        200: {"content": {JSON: {"schema": {"type": "object"}}, sse.MEDIA_TYPE: {"schema": sse.event_schema()}}}
    }

    @router.post("/chat/completions", dependencies=asking, responses=told, summary="Answers for OpenAI's clients")
    async def completion_route(request: Request, body: CompletionBody) -> Response:
        """The last message of the user is the question. Sources stand below the answer and in the field `mlplaybook`."""
        return await complete(deps, request, body)

    @router.get(
        "/models", dependencies=reading, response_model=ModelsRecord, summary="Ways in which the playbook answers"
    )
    async def models_route() -> Response:
        """The corpus answers as well as it can; with `-extractive` behind its name it is quoted, with `-llm` written."""
        return reply(ModelsRecord(data=await deps.search(list_models)))

    @router.get("/models/{id}", dependencies=reading, response_model=ModelRecord, summary="One of them")
    async def model_route(id: ModelName) -> Response:  # noqa: A002
        """404 for one that is not there."""
        return reply((await deps.search(lambda service: find_model(service, id)))[0])

    return router


async def complete(deps: Deps, request: Request, body: CompletionBody) -> Response:
    """The answer, whole or in chunks."""
    if body.n not in {None, 1}:
        raise Problem(422, "unsupported-n", f"n is {body.n}; there is one answer to a question.", "Leave n out.")
    question, turns = read_talk(body)
    request.state.question = question
    options = body.mlplaybook
    model, mode = await deps.search(lambda service: find_model(service, body.model))
    profile = [f"{name}={value}" for name, value in options.profile.items()]
    method = Method(profile=await deps.searches.in_thread(lambda: project_profile(deps.settings, profile)))
    caller = request.state.caller
    asked = Query(
        question, options.k, options.only.create(), method, mode, create_history(turns), key=caller.id,
        max_usd=options.limit, words=options.words,
    )  # fmt: skip
    chat = Chat(request.state.id, caller, asked)
    wants_usage = body.stream_options is not None and bool(body.stream_options.include_usage)
    base = deps.settings.rest_url.rstrip("/") or str(request.base_url).rstrip("/")
    completion = Completion(chat.id, model.id, int(time.time()), base, body.ignored, wants_usage)
    if body.stream:
        return stream_completion(deps, request, chat, completion)
    return reply(whole(completion, await deps.answer(lambda service: answer_chat(deps, service, chat))))


def stream_completion(deps: Deps, request: Request, chat: Chat, completion: Completion) -> sse.EventStream:
    """The answer in chunks."""

    def make(stop: Stop) -> Generator[bytes, None, None]:
        with deps.live.lend() as service, deps.turns.turn() as turn:
            for piece in chunks(completion, tell_chat(deps, turn.lent(service), chat, stop)):
                # Nothing is told before the search is over, which is most of the work.
                turn.end()
                yield piece

    def trouble(error: Exception) -> bytes:
        deps.log.failure(error, chat.id)
        return sse.data(json.dumps(error_record(problem_of(error))))

    heartbeat = deps.settings.rest_heartbeat_seconds
    return sse.EventStream(deps.answers, make, trouble, heartbeat, lambda error: refuse(request, error))


def refuse(request: Request, error: Exception) -> Response:
    """A problem with what OpenAI's clients look for."""
    problem = problem_of(error)
    request.state.problem = problem.code
    record = problem_record(problem, request.state.id) | error_record(problem)
    return Response(json.dumps(record), problem.status, problem.headers, "application/problem+json")


def list_models(service: Service) -> list[ModelRecord]:
    """The corpus, and the ways of answering that it has."""
    manifest = service.index.manifest
    created = int(datetime.fromisoformat(manifest.created).timestamp())
    ways = WAYS if service.models or service.trouble else WAYS[:1]
    return [
        ModelRecord(id=name, created=created)
        for name in (manifest.corpus, *(f"{manifest.corpus}-{way}" for way in ways))
    ]


def find_model(service: Service, name: str) -> tuple[ModelRecord, Wish]:
    """A model by its name, and how it answers; raises Problem 404."""
    found = list_models(service)
    for model, way in zip(found, ("auto", *WAYS), strict=False):
        if model.id == name:
            return model, way
    names = ", ".join(model.id for model in found)
    raise Problem(404, "model_not_found", f"There is no model '{name[:100]}'.", f"Use one of: {names}.")
