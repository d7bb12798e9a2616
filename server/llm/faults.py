"""Any exception of a provider's library to a kind of failure in words of ours."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from mlplaybook.server.llm.records import Kind, ModelFailed

LOGGER = logging.getLogger(__name__)

# HTTP status -> kind; other 4xx and 3xx are a request that was not accepted, 5xx are the provider's.
STATUS: dict[int, Kind] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "unknown-model",
    408: "timeout",
    409: "server",
    413: "too-long",
    425: "server",
    429: "rate-limit",
}
# What providers write into `type` or `code` of an error's body. It is more exact than the status: a spent quota is a 429,
# and an error inside a stream has the status 200.
CODES: dict[str, Kind] = {
    "api_error": "server",
    "authentication_error": "auth",
    "billing_error": "quota",
    "content_filter": "content",
    "content_policy_violation": "content",
    "context_length_exceeded": "too-long",
    "insufficient_quota": "quota",
    "invalid_api_key": "auth",
    "model_not_found": "unknown-model",
    "not_found_error": "unknown-model",
    "overloaded_error": "server",
    "permission_error": "auth",
    "rate_limit_error": "rate-limit",
    "rate_limit_exceeded": "rate-limit",
    "request_too_large": "too-long",
    "server_error": "server",
    "timeout_error": "timeout",
}
# Class names anywhere in the chain of causes, the first row that fits: a connection that was never made wraps the same
# system errors as one that broke, and an SDK's APIConnectionError wraps both.
NAMES: tuple[tuple[frozenset[str], Kind], ...] = (
    (frozenset({"ContentFilterFinishReasonError"}), "content"),
    (frozenset({"TimeoutException", "APITimeoutError", "TimeoutError"}), "timeout"),
    (frozenset({"ConnectError", "ConnectionRefusedError", "gaierror", "UnsupportedProtocol"}), "refused"),
    (frozenset({"TransportError", "ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"}), "server"),
    (frozenset({"APIConnectionError", "ConnectionError", "OSError"}), "refused"),
    (frozenset({"APIStatusError"}), "server"),
)
# These say more than the status of the response they came with.
EXACT_NAMES: tuple[tuple[frozenset[str], Kind], ...] = (
    (frozenset({"ContextOverflowError"}), "too-long"),
    (frozenset({"ReplyTooLong", "JSONDecodeError", "UnicodeError", "DecodingError"}), "garbage"),
)
# A wait longer than a day is a mistake of the provider's.
LONGEST_WAIT = 86_400.0


def classify(error: BaseException, model: str, *, began: bool = False, now: float | None = None) -> ModelFailed:
    """The failure that an exception amounts to. What the provider said goes to the log at debug level and nowhere else.

    `now` is the wall clock in seconds since 1970; unknown exceptions are those of a reply that could not be read.
    """
    causes = list(chain_of(error))
    ours = next((cause for cause in causes if isinstance(cause, ModelFailed)), None)
    if ours is not None:
        return ModelFailed(ours.kind, model, retry_after=ours.retry_after, began=began)
    LOGGER.debug("%s failed: %r", model, error)
    headers = next((found for cause in causes if (found := headers_of(cause)) is not None), {})
    return ModelFailed(kind_of(causes), model, retry_after=retry_after(headers, now), began=began)


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it was raised from, outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def kind_of(causes: list[BaseException]) -> Kind:
    """By exact class names, by what the body says, by status, then by other class names."""
    names = {base.__name__ for cause in causes for base in type(cause).__mro__}
    found = kind_of_names(names, EXACT_NAMES)
    found = found or next((CODES[code] for cause in causes for code in codes_of(cause) if code in CODES), None)
    found = found or next((kind for cause in causes if (kind := kind_of_status(status_of(cause)))), None)
    return found or kind_of_names(names, NAMES) or "garbage"


def kind_of_names(names: set[str], rows: tuple[tuple[frozenset[str], Kind], ...]) -> Kind | None:
    """The kind of the first row with one of the names."""
    return next((kind for known, kind in rows if known & names), None)


def kind_of_status(status: int) -> Kind | None:
    """The kind of an HTTP status that is an error."""
    if status in STATUS or status < 300:
        return STATUS.get(status)
    return "bad-request" if status < 500 else "server"


def status_of(error: BaseException) -> int:
    """The HTTP status an exception carries, 0 for none."""
    found = getattr(error, "status_code", None)
    if not isinstance(found, int):
        found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else 0


def codes_of(error: BaseException) -> Iterator[str]:
    """What an error's body has as `type` and `code`, at the top or below `error`."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    for part in (inner, body):
        if isinstance(part, Mapping):
            yield from (value for key in ("code", "type") if isinstance(value := part.get(key), str))
    code = getattr(error, "code", None)
    if isinstance(code, str):
        yield code


def headers_of(error: BaseException) -> Mapping[str, Any] | None:
    """The headers of the response an exception carries."""
    found = getattr(getattr(error, "response", None), "headers", None)
    return found if isinstance(found, Mapping) else None


def retry_after(headers: Mapping[str, Any], now: float | None = None) -> float | None:
    """Seconds the provider asks to wait: a number, or an HTTP date counted from the response's own date.

    None where it asks for nothing that can be understood.
    """
    value = str(headers.get("retry-after", "")).strip()
    seconds = number(value)
    if seconds is None and value:
        until = instant(value)
        since = instant(str(headers.get("date", ""))) or (time.time() if now is None else now)
        seconds = None if until is None else until - since
    return None if seconds is None else min(max(0.0, seconds), LONGEST_WAIT)


def number(text: str) -> float | None:
    """A finite number of ASCII digits."""
    try:
        value = float(text) if text.isascii() else float("nan")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def instant(text: str) -> float | None:
    """An HTTP date in seconds since 1970."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
