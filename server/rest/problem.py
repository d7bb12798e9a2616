"""Errors as application/problem+json (RFC 9457): what was wrong, what to do, and the request's id; never how it came about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import anyio.to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.rest.gate import Busy

MEDIA_TYPE = "application/problem+json"
# The status of each error of the core that is none of the request's; what a path names and is not there is 404 (named.py).
STATUSES: Mapping[str, int] = {
    "corpus-missing": 503,
    "index-corrupt": 503,
    "ingest-busy": 503,
    "storage-failed": 503,
    "weights-refused": 503,
}
# Not of the form that the endpoint takes; what has that form and still cannot be used is the other.
MALFORMED, FAULT_OF_THE_REQUEST = 400, 422
# Beyond these a list of what is wrong helps nobody.
MOST_ERRORS = 20
NOT_JSON = "Send well-formed JSON in UTF-8."
# What the framework refuses by itself: cause and remedy.
PLAIN: Mapping[int, tuple[str, str]] = {
    400: ("The body cannot be read.", NOT_JSON),
    404: ("There is no such endpoint.", "See the list of endpoints at /docs."),
    405: ("The endpoint does not take this method.", "Use one of the methods in the header Allow; see /docs."),
}


class Problem(Exception):
    """A request that is refused, ready to be told."""

    def __init__(
        self, status: int, code: str, cause: str, remedy: str, *, headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:  # fmt: skip
        super().__init__(cause)
        self.status, self.code, self.cause, self.remedy = status, code, cause, remedy
        self.headers, self.errors = dict(headers or {}), list(errors)


def problem_of(error: Exception) -> Problem:
    """Any error as a problem; of one that nobody foresaw nothing is told but that it happened."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, PlaybookError):
        return Problem(STATUSES.get(error.code, FAULT_OF_THE_REQUEST), error.code, error.cause, error.remedy)
    if isinstance(error, Busy):
        headers = {"Retry-After": str(error.retry_after)}
        return Problem(429, "busy", "Too many requests are being worked on.", "Try again soon.", headers=headers)
    if isinstance(error, RequestValidationError):
        return invalid(error)
    if isinstance(error, HTTPException):
        status = error.status_code
        cause, remedy = PLAIN.get(status, (str(error.detail), "See /docs."))
        return Problem(status, code_of(status), cause, remedy, headers=error.headers)
    remedy = "Try again; if it happens again, tell whoever runs this service the request's id."
    return Problem(500, "failed", "Something went wrong that was not foreseen.", remedy)


def invalid(error: RequestValidationError) -> Problem:
    """What is wrong with a request, place by place, without the values that were sent."""
    found = error.errors()[:MOST_ERRORS]
    if any(one["type"] == "json_invalid" for one in found):
        return Problem(MALFORMED, "bad-json", "The body is not JSON.", NOT_JSON)
    errors = [{"place": place_of(one["loc"]), "message": str(one["msg"])} for one in found]
    cause = "; ".join(f"{one['place']}: {one['message']}" for one in errors[:3])
    return Problem(MALFORMED, "bad-request", cause, "Correct it; /docs has an example.", errors=errors)


def place_of(location: Sequence[Any]) -> str:
    """Where in a request something is, as `body.inputs.0.text`.

    >>> place_of(("body", "k"))
    'body.k'
    """
    return ".".join(str(part) for part in location)[:200]


def code_of(status: int) -> str:
    """A status in words for programs.

    >>> code_of(405)
    'method-not-allowed'
    """
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def problem_record(problem: Problem, request_id: str) -> dict[str, Any]:
    """The body of a problem."""
    record: dict[str, Any] = {
        "type": f"urn:mlplaybook:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.cause,
        "remedy": problem.remedy,
        "request_id": request_id,
    }
    return record | ({"errors": problem.errors} if problem.errors else {})


def problem_response(problem: Problem, request_id: str) -> Response:
    """A problem as a response; characters that are no text are written as escapes."""
    body = json.dumps(problem_record(problem, request_id), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


def allowed_methods(request: Request, given: str) -> str:
    """The methods of a path as it is described; the framework names those of the first route only."""
    paths = request.app.openapi()["paths"]
    described = [path for path in paths if re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(path)), request.url.path)]
    # Of two that fit, the longer one says more: a page's name may hold what looks like the end of another path.
    return ", ".join(sorted(paths[max(described, key=len)])).upper() if described else given


async def tell(request: Request, error: Exception) -> Response:
    """The handler of every error."""
    problem = problem_of(error)
    request.state.problem = problem.code
    if problem.status == 405:
        given = problem.headers.get("Allow", "")
        problem.headers["Allow"] = await anyio.to_thread.run_sync(allowed_methods, request, given)
    return problem_response(problem, getattr(request.state, "id", ""))
