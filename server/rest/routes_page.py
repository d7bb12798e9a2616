"""The page for people, and sections ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from mlplaybook.ingest.blocks import Span
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.guard import POLICY
from mlplaybook.server.rest.named import Id, named
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.page_files import Asset, read_assets
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.rest.reply import reply
from mlplaybook.server.rest.sections import ShownRecord, show_section
from mlplaybook.server.service import Service

START = "index.html"
# The page makes elements and texts only, so that a browser may refuse all else.
PAGE_POLICY = f"{POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
# Kept by the browser, and asked for again by its tag, so that nobody sees half of a new version.
CACHE = "no-cache"

# No file has as many characters.
FAR = 1_000_000_000
Heading = Annotated[str, Query(max_length=500, description="Only this section, by its anchor.")]
# One answer cites one section no more often.
MOST_QUOTES = 50
Offset = Annotated[int, Field(ge=0, le=FAR)]
Offsets = Annotated[
    Sequence[Offset],
    Query(max_length=MOST_QUOTES, description="Of the page's characters, as in a citation; one for each quote."),
]


def create_page_router(deps: Deps) -> APIRouter:
    """The page with its files, open to all, since they hold nothing of the corpus; and sections for whoever may read."""
    router = APIRouter()
    add_files(router, read_assets())
    add_sections(deps, router)
    return router


def add_files(router: APIRouter, assets: dict[str, Asset]) -> None:
    """The routes of the files."""

    @router.get("/", include_in_schema=False)
    async def start_route(request: Request) -> Response:
        return send(assets[START], request)

    @router.get("/page/{name}", include_in_schema=False)
    async def file_route(request: Request, name: str) -> Response:
        if name not in assets:
            raise Problem(404, "no-file", "The page has no such file.", "Load the page again.")
        return send(assets[name], request)


def add_sections(deps: Deps, router: APIRouter) -> None:
    """The route of what a citation opens."""
    keys = deps.keys is not None

    @router.get(
        "/v1/sections/{id:path}", response_model=ShownRecord, tags=["read"], summary="A page or section ready to be shown",
        dependencies=[Depends(deps.allow("read"))], responses=problems(keys=keys, name=True),
    )  # fmt: skip
    async def section_route(
        id: Id,  # noqa: A002 (what the URL calls it)
        heading: Heading = "",
        char_start: Offsets = (),
        char_end: Offsets = (),
    ) -> Response:
        """Rendered as a tree of a few kinds of elements and texts, never as HTML; the ranges of citations are marked."""
        name = f"{id}#{heading}" if heading else id
        quotes = [Span(*ends) for ends in zip(char_start, char_end, strict=False)]
        return reply(await deps.search(lambda service: section_record(service, name, quotes)))


def section_record(service: Service, name: str, quotes: list[Span]) -> dict[str, object]:
    """A section; raises Problem 404."""
    with named():
        return show_section(service.index, name, quotes)


def send(asset: Asset, request: Request) -> Response:
    """A file, or 304 where the browser has it."""
    headers = {"Cache-Control": CACHE, "ETag": asset.tag, "Vary": "Accept-Encoding"}
    if asset.media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = PAGE_POLICY
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, 200, {**headers, "Content-Encoding": "gzip"}, asset.media_type)
    return Response(asset.content, 200, headers, asset.media_type)
