"""The outer wall, before any route: whom a request is for, where it comes from, how long it is, and what every response says."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.metrics import Metrics
from mlplaybook.server.rest.problem import Problem, problem_of, problem_response

LARGEST_BODY = 64 * 1024
BODY_SECONDS = 30.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = "max-age=31536000"
# What has no route of its own is one label for Prometheus.
NO_ROUTE = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """Names that requests may be sent to, and pages of other origins that may send them; in lower case."""

    hosts: frozenset[str] = frozenset(LOOPBACK)
    origins: frozenset[str] = frozenset()
    largest_body: int = LARGEST_BODY
    body_seconds: float = BODY_SECONDS


@dataclass(slots=True)
class Sent:
    """What of a response has gone out."""

    status: int = 0
    ended: bool = False
    started: float = field(default_factory=time.perf_counter)


class Guard:
    """Wraps the application; whatever happens within becomes a whole response with an id, one line in the log, and figures."""

    def __init__(self, app: ASGIApp, rules: Rules, metrics: Metrics, log: Log) -> None:
        self._app, self._rules, self._metrics, self._log = app, rules, metrics, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is no HTTP request is passed on or, as web sockets are, closed."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, sent = Headers(scope=scope), Sent()
        state = scope.setdefault("state", {})
        state["id"] = request_id(headers.get("x-request-id", ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.status = message["status"]
                complete(
                    MutableHeaders(raw=message.setdefault("headers", [])),
                    state["id"],
                    secure=scope["scheme"] == "https",
                )
            elif message["type"] == "http.response.body":
                sent.ended = not message.get("more_body", False)
            await send(message)

        try:
            check_host(headers, self._rules)
            check_origin(headers, self._rules)
            body = await read_body(scope, headers, receive, self._rules)
            await self._app(scope, body, send_with_headers)
        except Exception as error:
            problem = problem_of(error)
            if problem.status >= 500:
                self._log.failure(error, state["id"])
            state["problem"] = problem.code
            # A response that has begun cannot become another one: the connection is closed, so that nobody takes it for whole.
            if not sent.status:
                await problem_response(problem, state["id"])(scope, receive, send_with_headers)
        finally:
            self._note(scope, state, sent)

    def _note(self, scope: Scope, state: dict[str, Any], sent: Sent) -> None:
        seconds, code = time.perf_counter() - sent.started, state.get("problem", "")
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.request(route, method, sent.status, seconds, code)
        caller = state.get("caller")
        self._log.write(
            "request", request=state["id"], method=method, route=route, status=sent.status, ms=round(seconds * 1000, 1),
            key=caller.id if caller else "", problem=code, question=state.get("question", "") if self._log.questions else "",
        )  # fmt: skip


def route_of(scope: Scope) -> str:
    """The path of the route that answered, with names in it left open; the framework notes that of its own routes only."""
    path = getattr(scope.get("route"), "path", "")
    fixed = "endpoint" in scope and not scope.get("path_params")
    return path or (str(scope["path"]) if fixed else NO_ROUTE)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def request_id(given: str) -> str:
    """The id that a proxy gave, where it is one, else a new one."""
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def complete(headers: MutableHeaders, identifier: str, *, secure: bool) -> None:
    """Security headers on every response; a route may have set its own."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-ID"] = identifier
    if secure:
        headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)


def check_host(headers: Headers, rules: Rules) -> None:
    """Refuse a request that was sent to another name, as one is whose name somebody else has pointed at this machine.

    :raises Problem: 421.
    """
    given = headers.getlist("host")
    if len(given) == 1 and host_name(given[0]) in rules.hosts:
        return
    remedy = "Whoever runs this service can add the name to MLPLAYBOOK_REST_HOSTS."
    raise Problem(421, "wrong-host", "This service is not reached by that name.", remedy)


def check_origin(headers: Headers, rules: Rules) -> None:
    """Refuse what a page of another origin sends; raises Problem 403."""
    given = headers.getlist("origin")
    if not given or all(origin_allowed(one, headers.get("host", ""), rules) for one in given):
        return
    remedy = "Whoever runs this service can add the origin to MLPLAYBOOK_REST_ORIGINS."
    raise Problem(403, "wrong-origin", "Pages of that origin may not call this service.", remedy)


def origin_allowed(origin: str, host: str, rules: Rules) -> bool:
    """Whether an origin is that of the service itself or one that may call it."""
    return origin.lower() in rules.origins or origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


def host_name(header: str) -> str:
    """The name in a Host header without its port, "" where there is none.

    >>> host_name("[::1]:8000"), host_name("LocalHost:8000"), host_name("evil.example@localhost"), host_name("a/b")
    ('::1', 'localhost', '', '')
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", header):
        return ""
    return urlsplit(f"//{header}").hostname or ""


async def read_body(scope: Scope, headers: Headers, receive: Receive, rules: Rules) -> Receive:
    """The whole body, read before anything is done about it; raises Problem 413 for a long one and 408 for a slow one."""
    if (
        scope["method"] in {"GET", "HEAD", "OPTIONS"}
        and "content-length" not in headers
        and "transfer-encoding" not in headers
    ):
        return receive
    too_long = Problem(
        413, "too-long", f"The body has more than {rules.largest_body:,} bytes.", "Send the part that matters."
    )  # fmt: skip
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length[:12]) > rules.largest_body:
        raise too_long
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(rules.body_seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > rules.largest_body:
                    raise too_long
    except TimeoutError:
        cause = f"The body did not arrive within {rules.body_seconds:g} s."
        raise Problem(408, "too-slow", cause, "Send it at once.") from None
    return replay(bytes(body), receive)


def replay(body: bytes, receive: Receive) -> Receive:
    """A body that was read, told once more; after it whatever else comes."""
    told = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def next_message() -> Message:
        return next(told, None) or await receive()

    return next_message


def create_rules(host: str, hosts: Iterable[str], origins: Iterable[str]) -> Rules:
    """The rules of a service that listens on an address and is known by names."""
    names = {name.strip().lower().strip("[]") for name in (host, *hosts)} - {"", "0.0.0.0", "::"}  # noqa: S104 (not bound here)
    return Rules(frozenset({*LOOPBACK, *names}), frozenset(o.strip().lower().rstrip("/") for o in origins if o.strip()))
