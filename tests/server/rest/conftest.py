"""A handbook that is served, with models that a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mlplaybook.server.live import Live
from mlplaybook.server.llm.records import Model
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from tests.server.rest.serving import Serving, serving
from tests.server.rest.world import Reach, World

Serve = Callable[..., Serving]


@pytest.fixture
def serve(handbook: Index, tmp_path: Path) -> Iterator[Serve]:
    """Serve the handbook with models and settings until the test is over."""
    with ExitStack() as stack:

        def start(*models: Model, **settings: object) -> Serving:
            return stack.enter_context(serving(handbook, tmp_path / "home", models, **settings))

        yield start


@pytest.fixture
def world(handbook: Index, tmp_path: Path) -> Iterator[World]:
    """The handbook without a model."""
    home = tmp_path / "home"
    with open_service(Settings(home=home), handbook, lambda line: None) as service:
        live = Live(service, lambda: handbook, lambda: handbook.folder.name, complete=True)
        yield World(live, service, home)
        live.close()


@pytest.fixture
def reach(world: World) -> Iterator[Reach]:
    """A client of the service under some settings, closed behind the test."""
    with ExitStack() as stack:
        yield lambda *key, **settings: stack.enter_context(world.client(*key, **settings))


@pytest.fixture
def client(reach: Reach) -> TestClient:
    """The service as it is on one's own machine."""
    return reach()
