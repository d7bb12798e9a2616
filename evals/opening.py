"""The world that suites measure, opened from the settings of who runs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlplaybook.evals.suites.world import POISONED, Config, World
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.console.screen import embedding_progress, say
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import PLAYBOOK, create_encoder_loader, create_job, open_corpus

# Under the evaluations' own folder, so that it is no corpus of the user's.
FOLDER, CORPUS = "evals", "poisoned"


@contextmanager
def open_world(config: Config) -> Iterator[World]:
    """The playbook's index under a configuration, and that of the poisoned pages when a case wants it."""
    settings = read_settings()
    with embedding_progress() as progress:
        index = open_corpus(settings, PLAYBOOK, say, progress)
    yield World(index, config, poisoned=once(lambda: open_poisoned(settings)))


def once(make: Callable[[], Index]) -> Callable[[], Index]:
    """The same index for every case, made by the first of the threads that want it."""
    lock, made = threading.Lock(), list[Index]()

    def get() -> Index:
        with lock:
            if not made:
                made.append(make())
        return made[0]

    return get


def open_poisoned(settings: Settings) -> Index:
    """The index of pages that give orders, built when it is not up to date: some seconds."""
    own = settings.model_copy(update={"home": settings.index_folder.parent / FOLDER})
    ingest(create_job(own, CORPUS, POISONED, prepare(settings.weights, say)))
    return open_index(own.index_folder, CORPUS, create_encoder_loader(settings))
