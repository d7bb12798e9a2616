"""MCP over HTTP beside the other routes, behind the same wall, keys and limits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mlplaybook.server.agents import deps as agents
from mlplaybook.server.agents.server import create_http_app
from mlplaybook.server.live import Live, State
from mlplaybook.server.rest.callers import admit, identify
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.guard import create_rules
from mlplaybook.server.rest.metrics import Metrics
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.service import Service

PATH = "/mcp"
QUOTED = "llm: the key has a budget of its own, and over /mcp pages are quoted instead; /v1/chat spends it"
BEARER = "bearer "


class Lent(Live):
    """A live service that lends another form of what it lends."""

    def __init__(self, live: Live, form: Callable[[Service], Service]) -> None:
        self._live, self._form = live, form

    @contextmanager
    def lend(self) -> Iterator[Service]:
        """The service in that form."""
        with self._live.lend() as service:
            yield self._form(service)

    def follow(self) -> None:
        """Follow new generations."""
        self._live.follow()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is loaded."""
        return self._live.wait(seconds)

    @property
    def state(self) -> State:
        """What serves now."""
        return self._live.state

    def close(self) -> None:
        """Whoever opened what is lent closes it."""


def counted(live: Live, metrics: Metrics) -> Live:
    """A live service whose answers are counted with those of the other endpoints."""
    return Lent(live, lambda service: replace(service, told=metrics.answered))


def quoting(live: Live) -> Live:
    """A live service that lends no models: what a tool would spend could not be put on the key's account."""
    return Lent(
        live, lambda service: replace(service, models=(), trouble=QUOTED if service.models else service.trouble)
    )


class Door:
    """Lets in whoever may ask."""

    def __init__(self, deps: Deps, plain: Starlette, quoting: Starlette) -> None:
        self._deps, self._plain, self._quoting = deps, plain, quoting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; raises Problem, and Busy when there is no place."""
        caller = identify(self._deps.keys, credentials(Request(scope)))
        scope["state"]["caller"] = caller
        admit(caller, "ask", self._deps.buckets)
        app = self._plain if self._deps.accounts.limits(caller) == (None, None) else self._quoting
        if scope["method"] != "POST":
            remedy = "Send JSON-RPC messages with POST; there is no session, so that nothing is left open."
            raise Problem(
                405,
                "method-not-allowed",
                "MCP is served without streams of its own.",
                remedy,
                headers={"Allow": "POST"},
            )
        async with self._deps.calls.place():
            await app(scope, receive, send)


def credentials(request: Request) -> str:
    """The key of a request, "" without one."""
    given = request.headers.get("authorization", "")
    return given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else ""


class Mounted:
    """The route of MCP, and what has to run as long as the service does."""

    def __init__(self, deps: Deps) -> None:
        hosts = hosts_of(deps)
        live = counted(deps.live, deps.metrics)
        self._apps = [create_http_app(agents.Deps(one, deps.settings), hosts, PATH) for one in (live, quoting(live))]
        self.route = Route(PATH, Door(deps, *self._apps), include_in_schema=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run both."""
        plain, quoting = self._apps
        async with plain.router.lifespan_context(plain), quoting.router.lifespan_context(quoting):
            yield


def hosts_of(deps: Deps) -> list[str]:
    """The names that the wall lets through, with and without a port, as the SDK writes them."""
    rules = create_rules(deps.settings.rest_host, deps.settings.rest_hosts.split(","), ())
    names = [f"[{name}]" if ":" in name else name for name in sorted(rules.hosts)]
    return [host for name in names for host in (name, f"{name}:*")]
