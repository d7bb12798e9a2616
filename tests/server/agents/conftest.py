"""One small playbook for all tests of the MCP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.server import create_server
from mlplaybook.server.live import Live
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from tests.conftest import DRIFT, ID, LEAKAGE, WordEncoder
from tests.server.agents.world import World

SERVING = "# Serving\n\n" + "\n\n".join(
    f"## How is step {number} of serving done?\n\nServing step {number} begins with a check of the queue. "
    + " ".join(f"Then worker {number}-{part} loads its model and answers requests." for part in range(12))
    for number in range(12)
)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server on three pages, two of them short."""
    folder = tmp_path_factory.mktemp("agents")
    (folder / "source" / "data").mkdir(parents=True)
    for name, text in {"drift.md": DRIFT, "data/leakage.md": LEAKAGE, "serving.md": SERVING}.items():
        (folder / "source" / name).write_text(text, "utf-8")
    encoder = WordEncoder()
    ingest(Job(folder / "source", "handbook", folder / "index", encoder_id=ID, encoder=lambda: encoder))
    index = open_index(folder / "index", "handbook", lambda wanted: (encoder, "test"))
    settings = Settings(home=folder / "home", project=folder)
    with open_service(settings, index, lambda line: None) as service:
        live = Live(service, lambda: index, lambda: index.folder.name, complete=True)
        deps = Deps(live, settings)
        yield World(create_server(deps), deps)
        live.close()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server on the whole playbook, searched by words, for a project that has said nothing of itself."""
    folder = tmp_path_factory.mktemp("library")
    ingest(Job(pages_folder(), "playbook", folder / "index", encoder_id="", encoder=lambda: None))
    index = open_index(folder / "index", "playbook", lambda wanted: (None, ""))
    settings = Settings(home=folder / "home", project=folder)
    with open_service(settings, index, lambda line: None) as service:
        live = Live(service, lambda: index, lambda: index.folder.name, complete=True)
        deps = Deps(live, settings)
        yield World(create_server(deps), deps)
        live.close()
