"""The service on a free port of this machine, with what a test gives it."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.live import Live
from mlplaybook.server.llm.records import Model
from mlplaybook.server.rest.app import create_deps, create_guarded
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.gate import Busy
from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.problem import Problem, tell
from mlplaybook.server.rest.routes_chat import create_chat_router, create_conversation_router, create_feedback_router
from mlplaybook.server.rest.routes_openai import create_openai_router
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings

ROUTERS: tuple[Callable[[Deps], APIRouter], ...] = (
    create_chat_router,
    create_openai_router,
    create_conversation_router,
    create_feedback_router,
)


@dataclasses.dataclass
class Serving:
    """A running service: its address, what it works with, and what it has logged."""

    url: str
    deps: Deps
    log: io.StringIO
    server: uvicorn.Server


def create_chat_app(deps: Deps) -> FastAPI:
    """The routes of chats alone."""
    app = FastAPI()
    for kind in (Problem, PlaybookError, Busy, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, tell)
    for create in ROUTERS:
        app.include_router(create(deps))
    return app


@contextlib.contextmanager
def serving(index: Index, home: Path, models: tuple[Model, ...] = (), **settings: object) -> Iterator[Serving]:
    """Serve an index with these models until the block ends."""
    chosen = Settings(home=home, **settings)  # type: ignore[arg-type]
    with open_service(chosen, index, lambda line: None) as service:
        live = Live(dataclasses.replace(service, models=models), lambda: index, lambda: "", complete=True)
        stream = io.StringIO()
        deps = create_deps(live, chosen, Log(stream))
        app = create_guarded(deps, create_chat_app(deps))
        with running(app) as (url, server):
            yield Serving(url, deps, stream, server)


@contextlib.contextmanager
def running(app: object) -> Iterator[tuple[str, uvicorn.Server]]:
    """An application under uvicorn in a thread."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=20)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
