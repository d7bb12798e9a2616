from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.answers import cached_answer
from mlplaybook.server.cache.flight import Flights
from mlplaybook.server.cache.redis import RedisStore, create_redis_store, without_password
from mlplaybook.server.cache.store import Counts, Stats
from tests.server.cache.redis_server import RedisServer, serving
from tests.server.cache.worlds import Clock, an_answer

pytest.importorskip("redis", reason="the client is the extra [redis]")


@pytest.fixture
def server() -> RedisServer:
    return RedisServer()


@pytest.fixture
def url(server: RedisServer) -> Iterator[str]:
    with serving(server) as url:
        yield url


def test_a_value_is_kept_under_a_name_of_its_own_and_for_its_time(server: RedisServer, url: str) -> None:
    store = create_redis_store(url, pytest.fail)
    store.put("answer:a", b"\x00one\r\n", 60)
    store.put("answer:short", b"gone", 0.02)
    assert list(server.held()) == [b"mlplaybook:answer:a", b"mlplaybook:answer:short"]
    time.sleep(0.03)
    assert (store.get("answer:a"), store.get("answer:short"), store.get("answer:b")) == (b"\x00one\r\n", None, None)
    store.close()


def test_what_one_machine_keeps_another_finds(url: str) -> None:
    one, other = create_redis_store(url, pytest.fail), create_redis_store(url, pytest.fail)
    cached_answer(one, Flights(), "answer:a", an_answer)
    assert cached_answer(other, Flights(), "answer:a", pytest.fail) == an_answer(stamp_cached=True)
    one.close()
    other.close()


def test_statistics_and_clearing_touch_only_what_is_ours(server: RedisServer, url: str) -> None:
    server.values[b"somebody:else"] = (b"1", time.monotonic() + 60)
    store = create_redis_store(url, pytest.fail)
    for name in "abcde":
        store.put(f"answer:{name}", b"12", 60)
    store.put("embedding:a", b"123", 60)
    assert store.stats() == Stats(
        url, None, {"answer": Counts(5, 10, None, None), "embedding": Counts(1, 3, None, None)}
    )
    assert store.clear("embedding") == 1
    assert store.stats().kinds["answer"].entries == 5
    store.clear()
    store.clear()
    assert list(server.held()) == [b"somebody:else"]
    store.close()


def test_nothing_is_sent_before_the_cache_is_used(server: RedisServer, url: str) -> None:
    create_redis_store(url, pytest.fail).close()
    assert server.commands == []


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("behaviour", ["silent", "garbage", "refusing", "absent"])
def test_a_server_that_does_not_serve_is_no_cache_said_once(behaviour: str) -> None:
    said: list[str] = []
    with serving(RedisServer(behaviour)) as url:
        used = f"redis://me:secret@127.0.0.1:{closed_port()}/0" if behaviour == "absent" else url
        store = create_redis_store(used, said.append, seconds=0.05)
        started = time.monotonic()
        for _ in range(5):
            store.put("answer:a", b"1", 60)
            assert store.get("answer:a") is None
        waited = time.monotonic() - started
        assert store.clear() == 0
        assert store.stats().kinds["answer"] == Counts(0, 0, None, None)
        store.close()
    assert len(said) == 1
    assert said[0].startswith("no cache: redis://127.0.0.1:")
    assert "secret" not in said[0]
    # One question waits for the server, the others do not; generous, since the machine may be busy.
    assert waited < 1


def test_a_server_that_comes_back_serves_again() -> None:
    class Client:
        """Fails until it is mended."""

        broken = True

        def get(self, key: str) -> bytes:
            if self.broken:
                raise ConnectionError
            return b"value"

    said: list[str] = []
    clock = Clock()
    client = Client()
    store = RedisStore(client, "redis://cache", (), said.append, clock)
    assert store.get("answer:a") is None
    client.broken = False
    assert store.get("answer:a") is None
    clock.now += 30
    assert store.get("answer:a") == b"value"
    assert said == ["no cache: redis://cache does not serve (ConnectionError)"]


@pytest.mark.parametrize("url", ["http://cache", "redis://cache:port", "redis://["])
def test_an_address_that_is_none_is_named_without_its_password(url: str) -> None:
    with pytest.raises(BadSetting, match="is no address of a Redis") as raised:
        create_redis_store(url.replace("://", "://me:secret@"), pytest.fail)
    assert "secret" not in str(raised.value)


def test_a_password_is_never_shown() -> None:
    assert without_password("rediss://:secret@cache:6380/1?password=secret") == "rediss://cache:6380/1"


WITHOUT_CLIENT = """
import sys
sys.modules["redis"] = None
from mlplaybook.server.cache.redis import create_redis_store
create_redis_store("redis://127.0.0.1/0", print)
"""


def test_without_the_client_the_remedy_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_CLIENT], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith("Install it with: pip install 'mlplaybook[redis]'")
    assert "BadSetting: The cache is to be in Redis, and its client is not installed." in done.stderr
