"""The command in a process of its own: what it refuses, and an end that lets what has begun be finished."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import command, one_line

SECONDS = 60.0


@contextmanager
def serving(home: Path, *arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running service and where it is; killed at last, whatever happens."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    log = home / "serve.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlplaybook.server", "serve", "--port", "0", "--corpus", "handbook", *arguments],
            stderr=stderr, text=True, env={**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), **env},
        )  # fmt: skip
    try:
        wait_for(lambda: "serving on" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        url = log.read_text().split("serving on ")[1].split()[0]
        wait_for(lambda: httpx.get(f"{url}/health").status_code == 200)
        yield process, url
    finally:
        process.kill()
        process.wait()


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("not within the time")


def test_an_address_that_others_reach_is_refused_without_a_key(home: Path) -> None:
    for arguments, env in ((("--host", "0.0.0.0"), {}), ((), {"MLPLAYBOOK_REST_HOSTS": "playbook.example.org"})):
        done = command("serve", "--port", "0", *arguments, home=home, **env)
        assert "needs a key" in one_line(done)
        assert "mlplaybook keys create" in done.stderr


def test_a_port_that_is_taken_is_said_in_one_line(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("serve", "--port", str(port), "--corpus", "handbook", home=home)
    assert f"127.0.0.1:{port} cannot be listened on" in one_line(done)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_corpus_that_is_not_there_is_said_in_one_line(home: Path, workers: str) -> None:
    done = command("serve", "--port", "0", "--corpus", "nothing", "--workers", workers, home=home)
    assert "nothing" in one_line(done)


def test_ctrl_c_is_a_good_end(home: Path) -> None:
    with serving(home) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0


def test_a_service_answers_and_stops_when_told(home: Path, models: Path) -> None:
    with serving(home, MLPLAYBOOK_MODELS=str(models)) as (process, url):
        wait_for(lambda: httpx.get(f"{url}/ready").status_code == 200)
        got = httpx.post(f"{url}/v1/search", json={"query": "Which index raises an alert?"})
        assert got.json()["hits"][0]["document"] == "drift"
        assert "server" not in got.headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health")


def test_a_request_that_has_begun_is_finished_after_the_signal(home: Path) -> None:
    with serving(home) as (process, url):
        port = int(url.rpartition(":")[2])
        body = b'{"query": "Which index raises an alert?"}'
        head = (
            "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as slow:
            slow.sendall(head.encode() + body[:10])
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.7)
            assert process.poll() is None
            slow.sendall(body[10:])
            received = b""
            while part := slow.recv(65_536):
                received += part
        assert received.startswith(b"HTTP/1.1 200")
        assert b"drift#which-cut-offs" in received
        process.wait(SECONDS)


def test_a_request_that_never_ends_does_not_keep_the_service(home: Path) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
    with (
        serving(home, MLPLAYBOOK_REST_GRACE_SECONDS="1") as (process, url),
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=SECONDS) as slow,
    ):
        slow.sendall(head)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_workers_answer_share_their_figures_and_their_limits(home: Path) -> None:
    made = command("keys", "create", "ci", "--scope", "admin", "--per-minute", "5", home=home)
    key = {"Authorization": f"Bearer {made.stdout.strip()}"}
    with serving(home, "--workers", "2", MLPLAYBOOK_REST_KEYS="true", MLPLAYBOOK_REST_BURST="5") as (process, url):
        statuses: list[int] = []
        for _ in range(8):
            # A connection of its own, so that either worker may get it.
            statuses.append(httpx.get(f"{url}/v1/pages", headers=key).status_code)
        assert sorted(statuses) == [200] * 5 + [429] * 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_keys_are_made_listed_and_revoked(home: Path) -> None:
    made = command("keys", "create", "Ann", "--scope", "read", "--days", "30", home=home)
    key = made.stdout.strip()
    assert (made.returncode, key[:4]) == (0, "mlp_")
    assert "cannot be shown again" in made.stderr
    listed = command("keys", "list", home=home).stdout
    assert ("Ann" in listed, "read" in listed, "until" in listed, key in listed) == (True, True, True, False)
    record: dict[str, Any] = json.loads(command("keys", "list", "--json", home=home).stdout)
    assert "hash" not in record["keys"][0]
    assert command("keys", "revoke", "Ann", home=home).returncode == 0
    assert "revoked" in command("keys", "list", home=home).stdout
    assert "There is no key 'Ann' in use" in one_line(command("keys", "revoke", "Ann", home=home))
    assert "There is no scope 'all'" in one_line(command("keys", "create", "Ben", "--scope", "all", home=home))
