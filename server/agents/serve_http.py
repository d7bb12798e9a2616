"""The MCP server over streamable HTTP on this machine alone; `mlplaybook serve` is the one with keys, for others."""

from __future__ import annotations

import uvicorn

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.serve import say
from mlplaybook.server.agents.server import create_http_app
from mlplaybook.server.live import open_live
from mlplaybook.server.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve_http(settings: Settings, port: int, corpus: str = "") -> None:
    """Answer streamable HTTP at /mcp on the loopback address until stopped.

    :raises BadSetting: there is no such port.
    :raises CorpusMissing: nothing has been published under that name.
    """
    if not 0 < port < 65_536:
        raise BadSetting(f"There is no port {port}.", "Use one from 1 to 65535.")
    hosts = [name for host in LOOPBACK for name in (host, f"{host}:{port}")]
    with open_live(settings, corpus or settings.corpus, say) as live:
        say(f"MCP on http://127.0.0.1:{port}/mcp")
        uvicorn.run(
            create_http_app(Deps(live, settings), hosts), host="127.0.0.1", port=port, log_level="warning",
            # A client that keeps a connection open does not keep the process.
            timeout_graceful_shutdown=5,
        )  # fmt: skip
