"""Searching, reading and verifying quotes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mlplaybook.server.calls.cited import quotes_in
from mlplaybook.server.calls.library import list_pages
from mlplaybook.server.calls.read import ReadRequest, read, read_reply_record
from mlplaybook.server.calls.search import SearchRequest, search, search_reply_record
from mlplaybook.server.calls.tokens import counter_of
from mlplaybook.server.calls.verify import QuoteAsked, verify_quotes
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.models import SearchBody, VerifyBody
from mlplaybook.server.rest.named import Id, named
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.rest.records import PagesRecord, ReadRecord, SearchRecord, VerifyRecord
from mlplaybook.server.rest.reply import reply
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Service
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import project_profile

# No page is longer; whoever has a small window asks for less.
WHOLE_PAGE = 100_000

Folder = Annotated[str, Query(max_length=200, description="Only pages below this folder.")]
Heading = Annotated[str, Query(max_length=500, description="Only this section, by its anchor.")]
MaxTokens = Annotated[int, Query(ge=50, le=WHOLE_PAGE, description="About how much to read at once.")]
Cursor = Annotated[str, Query(max_length=500, description="`next_cursor` of the reply before.")]


def create_read_router(deps: Deps) -> APIRouter:
    """Endpoints for everybody with a key for reading."""
    keys = deps.keys is not None
    router = APIRouter(
        prefix="/v1", tags=["read"], dependencies=[Depends(deps.allow("read"))], responses=problems(keys=keys)
    )

    @router.post("/search", response_model=SearchRecord, summary="Sections that match a question")
    async def search_route(request: Request, body: SearchBody) -> Response:
        """The best sections with how far they answer the question, a page of them at a time."""
        request.state.question = body.query
        return reply(
            await deps.search(lambda service: search_reply_record(search(service, search_request(deps.settings, body))))
        )

    @router.get("/pages", response_model=PagesRecord, summary="All pages, or those below a folder")
    async def pages_route(folder: Folder = "") -> Response:
        """The playbook's table of contents."""
        return reply(await deps.search(lambda service: list_record(service, folder)))

    @router.get(
        "/pages/{id:path}",
        response_model=ReadRecord,
        summary="A page or a section",
        responses=problems(keys=keys, name=True),
    )
    async def page_route(
        name: Id, heading: Heading = "", max_tokens: MaxTokens = WHOLE_PAGE, cursor: Cursor = ""
    ) -> Response:
        """The exact words, so that character offsets of citations hold, with the sources of the page."""
        wanted = ReadRequest(f"{name}#{heading}" if heading else name, max_tokens, cursor)
        return reply(await deps.search(lambda service: read_record(service, wanted)))

    @router.post("/verify", response_model=VerifyRecord, summary="Are these quotes really in the playbook?")
    async def verify_route(body: VerifyBody) -> Response:
        """Each quote holds, has moved, was altered (with the words as they are) or is missing."""
        asked = [QuoteAsked(one.quote, one.section) for one in body.quotes] or quotes_of(body.text)
        return reply(await deps.work(lambda service: verify_record(service, asked)))

    return router


def search_request(settings: Settings, body: SearchBody) -> SearchRequest:
    """A search as it was asked for, with the project of the service and what the request says of another."""
    profile = project_profile(settings, [f"{name}={value}" for name, value in body.profile.items()])
    return SearchRequest(body.query, body.k, body.only.create(), Method(profile=profile, mmr=body.mmr), body.cursor)


def list_record(service: Service, folder: str) -> PagesRecord:
    """The pages below a folder."""
    return PagesRecord(generation=service.index.manifest.generation, pages=list(list_pages(service, folder)))


def read_record(service: Service, request: ReadRequest) -> dict[str, object]:
    """A page, as much of it as is wanted."""
    with named():
        return read_reply_record(read(service, request, counter_of(service.index).count))


def verify_record(service: Service, asked: list[QuoteAsked]) -> VerifyRecord:
    """What became of quotes."""
    found = verify_quotes(service, asked)
    holds = all(one.state == "holds" and not one.note for one in found)
    return VerifyRecord(generation=service.index.manifest.generation, all_hold=holds, quotes=list(found))


def quotes_of(text: str) -> list[QuoteAsked]:
    """The quotes of a text; raises Problem 422 when there is none."""
    found = list(quotes_in(text)) if text.strip() else []
    if not found:
        remedy = (
            'Send "quotes": [{"quote": "...", "section": "page#heading"}], or a "text" that quotes or cites sections.'
        )
        raise Problem(422, "no-quotes", "There is no quote to verify.", remedy)
    return found
