"""The MCP server: tools, resources, prompts, skills, over stdio and streamable HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from mcp.server import CacheHint, MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route

from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.headers import trim_headers
from mlplaybook.server.agents.instructions import INSTRUCTIONS
from mlplaybook.server.agents.prompts import register_prompts
from mlplaybook.server.agents.resources import register_resources
from mlplaybook.server.agents.skills_extension import create_skills
from mlplaybook.server.agents.tools import create_tools
from mlplaybook.server.agents.unknown import register_unknown

NAME, TITLE = "mlplaybook", "ML playbook"
DESCRIPTION = "Grounded machine learning engineering guidance: cited pages, filled and checked documents, decisions."
# Lists change with a release only; pages with a generation.
LISTS = CacheHint(ttl_ms=3_600_000, scope="public")
# A request is a question or a document, never more.
LARGEST_BODY = 1_000_000


def create_server(deps: Deps) -> MCPServer[Any]:
    """The server on an open index; nothing is loaded that the first call does not need."""
    server: MCPServer[Any] = MCPServer(
        NAME, title=TITLE, description=DESCRIPTION, instructions=INSTRUCTIONS, version=version("mlplaybook"),
        tools=create_tools(deps), extensions=[create_skills()],
        # The SDK logs the words of a failed call at INFO.
        log_level="WARNING",
        cache_hints={
            "tools/list": LISTS, "prompts/list": LISTS, "resources/list": LISTS, "resources/templates/list": LISTS,
        },
    )  # fmt: skip
    register_resources(server, deps)
    register_prompts(server, deps)
    register_unknown(server)
    return server


def create_http_app(deps: Deps, hosts: Sequence[str], path: str = "/mcp") -> Starlette:
    """The server over streamable HTTP, without sessions, for `hosts` alone (`127.0.0.1:8000`, `playbook.example:*`).

    To serve it beside other routes, add its `routes` to theirs and run its `router.lifespan_context` in their lifespan.
    A request with another Host gets 421, one with another Origin 403.
    """
    app = create_server(deps).streamable_http_app(
        streamable_http_path=path, json_response=True, stateless_http=True, max_request_body_size=LARGEST_BODY,
        transport_security=security_for(hosts),
    )  # fmt: skip
    for route in app.routes:
        if isinstance(route, Route):
            route.app = trim_headers(route.app)
    return app


def security_for(hosts: Sequence[str]) -> TransportSecuritySettings:
    """Which Host and Origin headers are taken; given always, since the SDK checks neither for hosts it does not know."""
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=list(hosts), allowed_origins=origins
    )
