from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from mlplaybook.server.llm.faults import LONGEST_WAIT, classify, retry_after
from mlplaybook.server.llm.records import WORDS, Kind, ModelFailed

SECRET = "provider-words-nobody-may-see"


class Response:
    def __init__(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = headers or {}


class ProviderError(Exception):
    """As the libraries make them: a status, a response, a body."""

    def __init__(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(SECRET)
        self.response = Response(status, headers)
        self.status_code = status
        self.body = body


class APIConnectionError(Exception):
    pass


class ReadTimeout(TimeoutError):
    pass


class RemoteProtocolError(Exception):
    pass


class TransportError(Exception):
    pass


class ReadError(TransportError):
    pass


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, "bad-request"),
        (400, "bad-request"),
        (401, "auth"),
        (402, "quota"),
        (403, "auth"),
        (404, "unknown-model"),
        (408, "timeout"),
        (409, "server"),
        (413, "too-long"),
        (422, "bad-request"),
        (429, "rate-limit"),
        (500, "server"),
        (503, "server"),
        (529, "server"),
    ],
)
def test_a_status_says_what_happened(status: int, kind: Kind) -> None:
    assert classify(ProviderError(status), "m").kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ProviderError(429, {"error": {"code": "insufficient_quota", "type": "insufficient_quota"}}), "quota"),
        (ProviderError(400, {"code": "context_length_exceeded"}), "too-long"),
        (ProviderError(400, {"error": {"type": "invalid_request_error", "code": "content_filter"}}), "content"),
        (ProviderError(200, {"type": "error", "error": {"type": "overloaded_error"}}), "server"),
        (ProviderError(200, {"type": "error", "error": {"type": "rate_limit_error"}}), "rate-limit"),
        (caused(APIConnectionError(), ReadTimeout()), "timeout"),
        (caused(APIConnectionError(), ReadError()), "server"),
        (caused(APIConnectionError(), ConnectionRefusedError()), "refused"),
        (caused(APIConnectionError(), ValueError()), "refused"),
        (ConnectionError(), "refused"),
        (ConnectionResetError(), "server"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), "garbage"),
        (KeyError("choices"), "garbage"),
        (caused(KeyError(), ModelFailed("timeout", retry_after=2.0)), "timeout"),
    ],
)
def test_bodies_and_causes_say_it_more_exactly(error: Exception, kind: Kind) -> None:
    assert classify(error, "m").kind == kind


def test_a_circle_of_causes_ends() -> None:
    one, two = KeyError(), ValueError()
    one.__cause__, two.__cause__ = two, one
    assert classify(one, "m").kind == "garbage"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e300"}, LONGEST_WAIT),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, 20.0),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "٣"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers: Mapping[str, str], seconds: float | None) -> None:
    ten_past = 1_795_255_210.0  # 2026-11-21 10:00:10 UTC
    assert retry_after(headers, ten_past) == seconds


def test_what_the_provider_says_goes_to_the_debug_log_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        failed = classify(ProviderError(500, {"message": SECRET}, {"retry-after": "2"}), "openai:m", began=True)
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert SECRET in caplog.text
    assert SECRET not in f"{failed} {failed!r} {failed.public} {failed.reasons} {failed.__dict__}"
    assert (failed.retry_after, failed.began) == (2.0, True)
    assert str(failed) == "openai:m failed on the provider's side. Try again, or name another model."


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_every_kind_has_words_for_people(kind: Kind) -> None:
    assert str(ModelFailed(kind)).startswith("The model ")
    assert str(ModelFailed(kind, "openai:m")).startswith("openai:m ")
