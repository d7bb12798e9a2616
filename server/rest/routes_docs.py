"""The description of the endpoints, for programs and for people."""

from __future__ import annotations

import json
from pathlib import Path

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from mlplaybook.server.rest.docs_page import write_docs
from mlplaybook.server.rest.reply import JSON

STYLE = Path(__file__).parent / "docs" / "docs.css"


def create_docs_router() -> APIRouter:
    """The description, the page and its style sheet, without a key; the first time it takes a second to make."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi_route(request: Request) -> Response:
        return Response(await anyio.to_thread.run_sync(lambda: json.dumps(request.app.openapi())), media_type=JSON)

    @router.get("/docs")
    async def docs_route(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return HTMLResponse(await anyio.to_thread.run_sync(lambda: write_docs(request.app.openapi(), base)))

    @router.get("/docs.css")
    async def style_route() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    return router
