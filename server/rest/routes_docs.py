"""The page that describes the endpoints."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from mlplaybook.server.rest.docs_page import write_docs

STYLE = Path(__file__).parent / "docs" / "docs.css"


def create_docs_router() -> APIRouter:
    """The page and its style sheet, without a key."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs_route(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return HTMLResponse(write_docs(request.app.openapi(), base))

    @router.get("/docs.css")
    async def style_route() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    return router
