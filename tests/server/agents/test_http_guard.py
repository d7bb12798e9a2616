"""Pages of other sites cannot reach the HTTP server, also where it listens on every address."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from mlplaybook.server.agents.server import create_http_app
from tests.server.agents.talking import HELLO, request
from tests.server.agents.world import World

NAME = "playbook.example"


@pytest.fixture(scope="module")
def port(world: World) -> Iterator[int]:
    """The port of a server that listens on all addresses, for its own name and the loopback names."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    hosts = [NAME, f"127.0.0.1:{number}", f"localhost:{number}"]
    config = uvicorn.Config(create_http_app(world.deps, hosts), host="0.0.0.0", port=number, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield number
    server.should_exit = True
    thread.join(10)


def status(port: int, host: str | None, origin: str | None = None, method: str = "POST") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, "/mcp", skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    if origin is not None:
        connection.putheader("Origin", origin)
    body = json.dumps(request("initialize", HELLO)).encode()
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Accept", "application/json, text/event-stream")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answered = connection.getresponse().status
    connection.close()
    return answered


@pytest.mark.parametrize("host", [NAME, "127.0.0.1:PORT", "localhost:PORT"])
def test_its_own_names_are_taken(port: int, host: str) -> None:
    own = host.replace("PORT", str(port))
    assert status(port, own) == 200
    assert status(port, own, f"http://{own}") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "0.0.0.0", "0.0.0.0:PORT", "localhost.evil.example",
        f"{NAME}.evil.example", f"evil-{NAME}", f"{NAME}@evil.example", f"evil.example#{NAME}", "", "[::1]:PORT",
        "2130706433:PORT",        f"{NAME}, evil.example", f"{NAME}:80", "127.1:PORT",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_another_host_is_misdirected(port: int, host: str, method: str) -> None:
    assert status(port, host.replace("PORT", str(port)), method=method) == 421


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "https://evil.example", "null", "http://127.0.0.1", "http://0.0.0.0:PORT", "file://",
        f"http://{NAME}.evil.example", f"http://evil.example/{NAME}", f"http://{NAME}@evil.example", f"ftp://{NAME}",
        f"http://{NAME}:8080", "http://localhost:1", "chrome-extension://abc", f"http://{NAME} http://evil.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_another_origin_is_forbidden(port: int, origin: str, method: str) -> None:
    assert status(port, NAME, origin.replace("PORT", str(port)), method) == 403


def test_a_request_without_a_host_gets_nothing(port: int) -> None:
    assert status(port, None) in {400, 421}
