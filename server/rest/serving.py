"""The running service: an address, workers, and an end that lets streams finish."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.live import open_live
from mlplaybook.server.rest.app import create_app, needs_keys
from mlplaybook.server.rest.batching import batching
from mlplaybook.server.rest.keys import KEYS_FILE, KeyRing, read_hashes
from mlplaybook.server.rest.log import Log, take_over
from mlplaybook.server.rest.memory import few_arenas
from mlplaybook.server.rest.metrics import SHARED_FOLDER
from mlplaybook.server.retrieval.index import close_index
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import Say, open_by_words

FACTORY = "mlplaybook.server.rest.serving:create_from_environment"
# Longer than clients keep a connection that they do not use, so that none is closed under a request.
KEEP_ALIVE_SECONDS = 65
BACKLOG = 2048
# After so long a thread that works makes room for another one. The event loop is one of those that wait, with every stream: while
# 500 readers left, beside other work, it was more than 0.1 s late 8 times of 100, and 16 times with Python's own 5 ms.
SWITCH_SECONDS = 0.001


def serve(settings: Settings, say: Say) -> None:
    """Listen until told to stop; then finish what has begun, within the time that the settings give.

    Workers read the settings anew from the environment.

    :raises BadSetting: the address cannot be listened on, or needs a key and there is none.
    """
    check_keys(settings)
    listening = bind(settings.rest_host, settings.rest_port)
    if settings.rest_workers == 1:
        app = create_from_environment()
        greet(settings, listening, say)
        run(uvicorn.Server(create_config(settings, app)).run, listening)
        return
    # What is wrong with the corpus is said here, once, and an index that is not there yet is made by one process.
    close_index(open_by_words(settings, settings.corpus))
    greet(settings, listening, say)
    folder = tempfile.mkdtemp(prefix="mlplaybook-metrics-")
    os.environ[SHARED_FOLDER] = folder
    take_over(Log(sys.stderr))
    try:
        run(lambda sockets: Multiprocess(create_config(settings, FACTORY), sockets).run(), listening)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def greet(settings: Settings, listening: socket.socket, say: Say) -> None:
    """Where the service is."""
    keys = "with keys" if needs_keys(settings) else "without keys"
    say(f"serving on http://{url_host(settings.rest_host)}:{listening.getsockname()[1]} ({keys})")
    say("the page is at /, what programs need at /docs, MCP at /mcp; stop with Ctrl-C")


def run(serve_on: Callable[[list[socket.socket]], None], listening: socket.socket) -> None:
    """Serve until a signal, which is a good end: uvicorn finishes what has begun and raises the signal again."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        serve_on([listening])


def create_config(settings: Settings, app: ASGIApp | str) -> uvicorn.Config:
    """How the server runs: no log but ours, no name in headers, no web sockets."""
    return uvicorn.Config(
        app, factory=isinstance(app, str), host=settings.rest_host, port=settings.rest_port, workers=settings.rest_workers,
        log_config=None, access_log=False, server_header=False, ws="none", lifespan="on", backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=settings.rest_grace_seconds,
    )  # fmt: skip


def create_from_environment() -> ASGIApp:
    """The application of one process, with an index of its own that is let go when the service stops."""
    few_arenas()
    sys.setswitchinterval(SWITCH_SECONDS)
    settings, stack = read_settings(), ExitStack()
    one_thread_for_products()
    log = Log(sys.stderr, questions=settings.log_questions)
    live = stack.enter_context(open_live(settings, settings.corpus, log.say, batching))
    app = create_app(live, settings, log=log, closing=stack.close)
    take_over(log)
    return app


def check_keys(settings: Settings, ring: Callable[[], KeyRing] | None = None) -> None:
    """Refuse to be reachable by others without a key; raises BadSetting."""
    if not needs_keys(settings):
        return
    keys = KeyRing(settings.rest_folder / KEYS_FILE, read_hashes(settings.rest_key_hashes)) if ring is None else ring()
    try:
        if keys.any_usable():
            return
    finally:
        keys.close()
    cause = f"Others can reach {settings.rest_hosts or settings.rest_host}, which needs a key, and there is none."
    raise BadSetting(cause, "Make one with `mlplaybook keys create NAME`, or listen on 127.0.0.1 only.")


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; raises BadSetting naming the address."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        found = socket.socket(family, kind)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        cause = f"{host}:{port} cannot be listened on: {error.strerror or error}."
        raise BadSetting(cause, "Stop what uses it, or name another with --port or --host.") from error
    found.listen(BACKLOG)
    found.set_inheritable(True)
    return found


def url_host(host: str) -> str:
    """An address as it stands in a URL.

    >>> url_host("::1"), url_host("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{host}]" if ":" in host else host
