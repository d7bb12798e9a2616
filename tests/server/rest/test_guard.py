"""The wall: each of its stones is tested by what gets through without it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from mlplaybook.server.rest.guard import HEADERS, LARGEST_BODY, Guard, Rules, create_rules
from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.metrics import Metrics
from tests.server.rest.world import Reach, World

SEARCH = {"query": "Which index raises an alert?"}


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "", "127.0.0.1.evil", "[::1].a"]
)
def test_a_name_that_somebody_else_points_here_is_refused(client: TestClient, host: str) -> None:
    got = client.post("/v1/search", json=SEARCH, headers={"Host": host})
    assert (got.status_code, got.json()["code"]) == (421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
def test_names_of_this_machine_are_answered_at_any_port(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "http://localhost.evil.example",
        "file://",
        "http://127.0.0.1",
    ],
)
def test_a_page_of_another_origin_may_not_call(client: TestClient, origin: str) -> None:
    for send in (
        lambda h: client.post("/v1/search", json=SEARCH, headers=h),
        lambda h: client.get("/v1/pages", headers=h),
    ):
        got = send({"Origin": origin})
        assert (got.status_code, got.json()["code"]) == (403, "wrong-origin")
        assert "access-control-allow-origin" not in got.headers


def test_the_page_of_the_service_itself_may_call(client: TestClient) -> None:
    assert client.post("/v1/search", json=SEARCH, headers={"Origin": "http://localhost"}).status_code == 200


def test_no_other_origin_is_asked_in_by_cors(client: TestClient) -> None:
    asked = {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}
    got = client.options("/v1/search", headers=asked)
    assert (got.status_code, "access-control-allow-origin" in got.headers) == (405, False)


def test_an_origin_that_the_settings_name_may_call_and_no_other(reach: Reach) -> None:
    client = reach(rest_origins="https://wiki.example.org")
    asked = {"Origin": "https://wiki.example.org", "Access-Control-Request-Method": "POST"}
    assert (
        client.options("/v1/search", headers=asked).headers["access-control-allow-origin"] == "https://wiki.example.org"
    )
    got = client.post("/v1/search", json=SEARCH, headers={"Origin": "https://wiki.example.org"})
    assert (got.status_code, got.headers["access-control-allow-origin"]) == (200, "https://wiki.example.org")
    assert client.post("/v1/search", json=SEARCH, headers={"Origin": "https://other.example.org"}).status_code == 403


def test_a_body_of_64_kb_is_read_and_one_byte_more_is_not(client: TestClient) -> None:
    def body(size: int) -> bytes:
        start = b'{"query": "drift", "cursor": "'
        return start + b"x" * (size - len(start) - 2) + b'"}'

    exact = client.post("/v1/search", content=body(LARGEST_BODY), headers={"Content-Type": "application/json"})
    more = client.post("/v1/search", content=body(LARGEST_BODY + 1), headers={"Content-Type": "application/json"})
    assert (exact.status_code, more.status_code, more.json()["code"]) == (400, 413, "too-long")


def test_a_body_that_does_not_say_how_long_it_is_is_counted(client: TestClient) -> None:
    got = client.post("/v1/search", content=iter([b"x" * 40_000, b"x" * 40_000]))
    assert (got.status_code, got.json()["code"]) == (413, "too-long")


async def never(message: Any = None) -> Any:
    raise AssertionError(message)


async def call(guard: Guard, receive: Any, **scope: Any) -> list[dict[str, Any]]:
    """What a guard sends for a request."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(b"host", b"localhost"), *scope.pop("headers", [])]
    await guard(
        {"type": "http", "method": "POST", "path": "/", "scheme": "http", "headers": headers, **scope}, receive, send
    )
    return sent


@pytest.mark.anyio
async def test_a_body_that_says_that_it_is_too_long_is_not_even_read(world: World) -> None:
    guard = Guard(never, Rules(), Metrics(), Log(world.written))
    sent = await call(guard, never, headers=[(b"content-length", str(LARGEST_BODY + 1).encode())])
    assert sent[0]["status"] == 413


@pytest.mark.anyio
async def test_a_body_that_drips_is_given_up(world: World) -> None:
    import asyncio

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    guard, started = Guard(never, Rules(body_seconds=0.1), Metrics(), Log(world.written)), time.monotonic()
    sent = await call(guard, drip, headers=[(b"content-length", b"1000")])
    assert sent[0]["status"] == 408
    assert time.monotonic() - started < 3


@pytest.mark.anyio
async def test_a_response_that_breaks_off_is_not_ended_as_if_it_were_whole(world: World) -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("the question was: how do I?")

    sent = await call(Guard(breaks, Rules(), Metrics(), Log(world.written)), never, method="GET")
    assert [message.get("more_body") for message in sent] == [None, True]
    assert world.lines()[0]["error"] == "RuntimeError"


def test_every_response_carries_the_security_headers(client: TestClient) -> None:
    responses = [
        client.get("/health"), client.get("/docs"), client.get("/nothing"), client.put("/v1/search"), client.get("/openapi.json"),
        client.post("/v1/search", json={}), client.get("/health", headers={"Host": "evil.example"}),
        client.post("/v1/search", json=SEARCH),
    ]  # fmt: skip
    for got in responses:
        assert {name: got.headers.get(name) for name in HEADERS if name != "Cache-Control"} == {
            name: value for name, value in HEADERS.items() if name != "Cache-Control"
        }
        assert "server" not in got.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_browsers_keep_to_https_where_it_is_spoken(reach: Reach) -> None:
    client = reach()
    assert "strict-transport-security" not in client.get("/health").headers
    assert client.get("https://localhost/health").headers["strict-transport-security"]


def test_a_request_has_the_id_of_the_proxy_or_one_of_its_own(client: TestClient) -> None:
    assert client.get("/health", headers={"X-Request-ID": "abc-1.2"}).headers["x-request-id"] == "abc-1.2"
    for bad in ("a b", "x" * 65, "<script>", ""):
        assert client.get("/health", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad
    problem = client.get("/nothing")
    assert problem.json()["request_id"] == problem.headers["x-request-id"]


def test_web_sockets_are_closed(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/search"):
        pass


def test_the_address_of_everything_is_no_name() -> None:
    assert create_rules("0.0.0.0", ["Playbook.example.org "], []).hosts == {
        "localhost", "127.0.0.1", "::1", "playbook.example.org",
    }  # fmt: skip
