"""Who asks, and whether they may."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mlplaybook.server.rest.keys import Key, KeyRing
from mlplaybook.server.rest.limits import Buckets
from mlplaybook.server.rest.problem import Problem

Scope = Literal["read", "ask", "admin"]
# What a scope allows beside itself.
INCLUDES: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "ask": frozenset({"read", "ask"}),
    "admin": frozenset({"read", "ask", "admin"}),
}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="mlplaybook"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request; `id` is that of the key, "" where nobody has to show one.

    `owner` is what things are bound to that only this caller may see: a hash of the key, never the key.
    """

    id: str = ""
    owner: str = "local"
    key: Key | None = None


LOCAL = Caller()
# `auto_error` is off because a missing key is answered with a problem as everything else is.
BEARER = HTTPBearer(auto_error=False, description="A key made by `mlplaybook keys create NAME`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def create_door(keys: KeyRing | None, buckets: Buckets, scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """The dependency that lets callers with a scope in, and each not too often."""

    async def open_to_all(request: Request) -> Caller:
        request.state.caller = LOCAL
        return LOCAL

    async def check_key(request: Request, given: Bearer) -> Caller:
        caller = identify(keys, given.credentials if given else "")
        request.state.caller = caller
        admit(caller, scope, buckets)
        return caller

    return open_to_all if keys is None else check_key


def identify(keys: KeyRing | None, credentials: str) -> Caller:
    """The caller with this key; raises Problem 401."""
    if keys is None:
        return LOCAL
    if not credentials:
        remedy = "Send the header `Authorization: Bearer KEY`; `mlplaybook keys create NAME` makes a key."
        raise Problem(401, "key-missing", "No key was sent.", remedy, headers=CHALLENGE)
    found = keys.find(credentials)
    if found is None:
        remedy = "Check it for missing characters, or ask for a new one: mlplaybook keys create NAME."
        raise Problem(
            401, "key-unknown", "The key is not known, has expired or was revoked.", remedy, headers=CHALLENGE
        )
    return Caller(found.id, hashlib.sha256(f"owner:{found.hash}".encode()).hexdigest(), found)


def admit(caller: Caller, scope: Scope, buckets: Buckets) -> None:
    """Let a caller in; raises Problem 403 without the scope and 429 when it asks too often."""
    if caller.key is None:
        return
    if not any(scope in INCLUDES[held] for held in caller.key.scopes):
        has = ", ".join(caller.key.scopes)
        cause = f"The key {caller.id} is for {has}; this needs {scope}."
        raise Problem(403, "scope-missing", cause, f"Make another: mlplaybook keys create NAME --scope {scope}.")
    wait = buckets.take(caller.id, caller.key.per_minute)
    if wait:
        cause = f"The key {caller.id} may ask {buckets.rate(caller.key.per_minute):g} times a minute."
        raise Problem(429, "too-often", cause, f"Wait {wait} s.", headers={"Retry-After": str(wait)})
