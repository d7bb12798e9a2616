"""`mlplaybook serve`: the playbook over HTTP, with a page, and MCP beside it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from mlplaybook.server.console.screen import say
from mlplaybook.server.settings import read_settings

Host = Annotated[
    str,
    typer.Option("--host", help="The address; another than this machine's own needs a key.", show_default="127.0.0.1"),
]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.", show_default="8000")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, max=64, help="How many processes answer.", show_default="1")
]
Corpus = Annotated[str, typer.Option("--corpus", help="Which corpus to serve.", show_default="playbook")]


def serve_command(host: Host = "", port: Port = None, workers: Workers = None, corpus: Corpus = "") -> None:
    """Serve the playbook over HTTP: a page at /, REST and OpenAI-compatible endpoints (/docs), MCP at /mcp.

    Keys are made with `mlplaybook keys`; everything else is set by MLPLAYBOOK_REST_* (docs/rest.md). The log on stderr has one
    line of JSON a request and no words of questions.
    """
    # The web packages take half a second to import, which no other command should wait for.
    from mlplaybook.server.rest.serving import serve  # noqa: PLC0415

    given = {"REST_HOST": host, "REST_PORT": port, "REST_WORKERS": workers, "CORPUS": corpus}
    # Workers are processes of their own and know only the environment.
    os.environ.update({f"MLPLAYBOOK_{name}": str(value) for name, value in given.items() if value not in ("", None)})
    serve(read_settings(), say)
