"""`mlplaybook mcp`: the playbook for a coding agent."""

from __future__ import annotations

from typing import Annotated

import typer

from mlplaybook.server.settings import read_settings

Corpus = Annotated[str, typer.Option("--corpus", help="Which corpus to serve.", show_default="playbook")]
Http = Annotated[
    int,
    typer.Option(
        "--http", metavar="PORT", help="Serve http://127.0.0.1:PORT/mcp instead of stdio.", show_default=False
    ),
]
NoFront = Annotated[
    bool,
    typer.Option("--no-front", help="Serve without the process that answers the handshake while this one loads."),
]


def mcp_command(corpus: Corpus = "", http: Http = 0, no_front: NoFront = False) -> None:
    """Serve the playbook to a coding agent over the Model Context Protocol, on stdin and stdout.

    `mlplaybook setup AGENT` writes this command into the agent's settings.
    """
    # The protocol's packages take most of a second to load, and only this command needs them.
    if http:
        from mlplaybook.server.agents.serve_http import serve_http  # noqa: PLC0415

        serve_http(read_settings(), http, corpus)
    else:
        from mlplaybook.server.agents.serve import serve_stdio  # noqa: PLC0415

        serve_stdio(read_settings(), corpus)
