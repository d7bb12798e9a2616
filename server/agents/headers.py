"""Header values without the blanks around them, which one of uvicorn's two parsers leaves in."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

BLANKS = b" \t"


def trim_headers(app: ASGIApp) -> ASGIApp:
    """The app behind a field parser that leaves out surrounding blanks, as RFC 9110 section 5.5 wants it."""

    async def trimmed(scope: Scope, receive: Receive, send: Send) -> None:
        if "headers" in scope:
            scope = {**scope, "headers": [(name, value.strip(BLANKS)) for name, value in scope["headers"]]}
        await app(scope, receive, send)

    return trimmed
