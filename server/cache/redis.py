"""The cache in a Redis that several machines share; one that does not answer counts as no cache."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.store import KINDS, MOST_VALUE, Clock, Counts, Kind, Rest, Say, Stats

# Every key begins with this, so that a Redis may serve others too.
PREFIX = "mlplaybook:"
# A cache that takes longer than this to answer saves no time.
SECONDS = 0.2
# Keys that are listed or deleted in one round trip.
PAGE = 500


class RedisStore:
    """A Redis behind the Store seam. `place` names it without its password; `failures` are the client's own errors."""

    def __init__(
        self, client: Any, place: str, failures: tuple[type[Exception], ...], say: Say, clock: Clock = time.monotonic  # noqa: ANN401 (redis types every reply as anything)
    ) -> None:  # fmt: skip
        self._client = client
        self._place = place
        self._failures: tuple[type[Exception], ...] = (*failures, OSError, ValueError)
        self._rest = Rest(say, clock)

    def get(self, key: str) -> bytes | None:
        """The value, or None."""
        value = self._ask("get", PREFIX + key)
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value; how much the server keeps in all is its own `maxmemory`."""
        if len(value) <= MOST_VALUE:
            self._ask("set", PREFIX + key, value, px=max(1, int(ttl * 1000)))

    def stats(self) -> Stats:
        """What is kept; hits and misses of all machines together nobody counts."""
        return Stats(self._place, None, {kind: self._count(kind) for kind in KINDS})

    def clear(self, kind: Kind | None = None) -> int:
        """Forget everything of ours, or one kind."""
        return sum(self._ask("unlink", *keys) or 0 for keys in self._pages(kind))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _count(self, kind: Kind) -> Counts:
        entries = size = 0
        for keys in self._pages(kind):
            entries += len(keys)
            size += sum(self._lengths(keys))
        return Counts(entries, size, None, None)

    def _pages(self, kind: Kind | None) -> Iterator[list[bytes]]:
        cursor = 0
        while True:
            reply = self._ask("scan", cursor, match=f"{PREFIX}{kind or ''}*", count=PAGE)
            if reply is None:
                return
            cursor, keys = reply
            if keys:
                yield keys
            if not cursor:
                return

    def _lengths(self, keys: list[bytes]) -> list[int]:
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.strlen(key)
        return self._guarded(pipeline.execute) or []

    def _ask(self, command: str, *arguments: object, **options: object) -> Any:  # noqa: ANN401 (see above)
        return self._guarded(lambda: getattr(self._client, command)(*arguments, **options))

    def _guarded(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 (see above)
        if not self._rest.over:
            return None
        try:
            return call()
        except self._failures as error:
            self._rest.begin(f"no cache: {self._place} does not serve ({type(error).__name__})")
            return None


def create_redis_store(url: str, say: Say, seconds: float = SECONDS) -> RedisStore:
    """A store in the Redis at a URL; nothing is sent before it is used.

    :param seconds: how long a connection or a reply may take.
    :raises BadSetting: the URL is none, or the package is not installed.
    """
    try:
        # The client is the extra [redis].
        import redis  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError as error:
        cause = "The cache is to be in Redis, and its client is not installed."
        raise BadSetting(cause, "Install it with: pip install 'mlplaybook[redis]'") from error
    place = without_password(url)
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0), protocol=2
        )
    except (ValueError, TypeError):
        # Without its cause, whose words may hold the password.
        raise BadSetting(f"{place} is no address of a Redis.", "Write it as redis://HOST:PORT/NUMBER.") from None
    return RedisStore(client, place, (redis.RedisError,), say)


def without_password(url: str) -> str:
    """A URL that may be shown.

    >>> without_password("redis://me:secret@cache.example:6379/2")
    'redis://cache.example:6379/2'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
