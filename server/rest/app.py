"""The service as one application: routes behind a wall."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from ipaddress import ip_address

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.live import Live
from mlplaybook.server.rest.accounts import ACCOUNTS_FILE, Accounts
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.gate import Busy, Gate, Width
from mlplaybook.server.rest.guard import Guard, create_rules
from mlplaybook.server.rest.keys import KEYS_FILE, KeyRing, read_hashes
from mlplaybook.server.rest.lag import watching
from mlplaybook.server.rest.limits import Buckets, InFile, InMemory, Rate
from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.metrics import Metrics
from mlplaybook.server.rest.mount import Mounted
from mlplaybook.server.rest.openapi import describe
from mlplaybook.server.rest.problem import Problem, tell
from mlplaybook.server.rest.routes_artefacts import create_artefact_router
from mlplaybook.server.rest.routes_chat import create_chat_router, create_conversation_router, create_feedback_router
from mlplaybook.server.rest.routes_docs import create_docs_router
from mlplaybook.server.rest.routes_health import create_health_router
from mlplaybook.server.rest.routes_openai import create_openai_router
from mlplaybook.server.rest.routes_page import create_page_router
from mlplaybook.server.rest.routes_read import create_read_router
from mlplaybook.server.rest.turns import Turns
from mlplaybook.server.settings import Settings

DESCRIPTION = "Questions answered from a sourced playbook of ML engineering, with verified citations."


def create_deps(live: Live, settings: Settings, log: Log | None = None) -> Deps:
    """What the routes work with; keys are asked for where the settings say so."""
    folder, hashes = settings.rest_folder, read_hashes(settings.rest_key_hashes)
    keys = KeyRing(folder / KEYS_FILE, hashes) if needs_keys(settings) else None
    store = InFile(folder / "buckets.sqlite") if settings.rest_workers > 1 else InMemory()
    many, few = settings.rest_searches, max(1, settings.rest_searches // 2)

    def gate(places: int) -> Gate:
        return Gate(Width(places, settings.rest_queue, settings.rest_wait_seconds))

    return Deps(
        live, settings, gate(many), gate(few), gate(many), gate(settings.rest_answers), Turns(many), Turns(few), keys,
        Buckets(Rate(settings.rest_per_minute, settings.rest_burst), store),
        Accounts(folder / ACCOUNTS_FILE, settings.rest_daily_tokens, settings.rest_daily_usd), Metrics(),
        log or Log(questions=settings.log_questions),
    )  # fmt: skip


def create_app(
    live: Live, settings: Settings, *, log: Log | None = None, closing: Callable[[], None] | None = None
) -> ASGIApp:
    """The whole service.

    :param closing: called when the service stops, after the last response.
    :raises BadSetting: the settings ask for what cannot be.
    """
    deps = create_deps(live, settings, log)
    return create_guarded(deps, create_inner(deps, closing))


def create_guarded(deps: Deps, inner: ASGIApp) -> ASGIApp:
    """The wall around an application, and around that nothing."""
    settings = deps.settings
    rules = create_rules(settings.rest_host, settings.rest_hosts.split(","), settings.rest_origins.split(","))
    if rules.origins:
        exposed = ["X-Request-ID", "Retry-After"]
        inner = CORSMiddleware(
            inner, allow_origins=sorted(rules.origins), allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID", "Last-Event-ID"], expose_headers=exposed,
        )  # fmt: skip
    return Guard(inner, rules, deps.metrics, deps.log)


def create_inner(deps: Deps, closing: Callable[[], None] | None = None) -> FastAPI:
    """The routes with their errors, without the wall."""
    mounted = Mounted(deps)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with mounted.running(), watching(deps.metrics.lag.observe):
                yield
        finally:
            close_deps(deps)
            if closing is not None:
                closing()

    app = FastAPI(
        title="mlplaybook", version=version("mlplaybook"), description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
    )  # fmt: skip
    for kind in (Problem, PlaybookError, Busy, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, tell)
    for router in create_routers(deps):
        app.include_router(router)
    app.router.routes.append(mounted.route)
    described = functools.cache(lambda: describe(app))
    # FastAPI's own way to replace the description.
    app.openapi = described  # type: ignore[method-assign]
    return app


def create_routers(deps: Deps) -> Sequence[APIRouter]:
    """Every router, each made in its own module."""
    return (
        create_chat_router(deps), create_openai_router(deps), create_conversation_router(deps), create_feedback_router(deps),
        create_read_router(deps), create_artefact_router(deps), create_health_router(deps), create_docs_router(),
        create_page_router(deps),
    )  # fmt: skip


def close_deps(deps: Deps) -> None:
    """Let go of files."""
    deps.accounts.close()
    if deps.keys is not None:
        deps.keys.close()


def needs_keys(settings: Settings) -> bool:
    """Whether a key is asked for: wanted, or reachable from elsewhere, by address or by a name that a proxy passes on."""
    rules = create_rules(settings.rest_host, settings.rest_hosts.split(","), ())
    return settings.rest_keys or not is_loopback(settings.rest_host) or rules.hosts != create_rules("", (), ()).hosts


def is_loopback(host: str) -> bool:
    """Whether an address is that of this machine alone.

    >>> is_loopback("127.0.0.2"), is_loopback("0.0.0.0"), is_loopback("localhost"), is_loopback("example.org")
    (True, False, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
