"""A service that answers at once, loads what is missing beside it and follows new generations."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import IndexCorrupt
from mlplaybook.server.answers.assess import find
from mlplaybook.server.live import Live, State
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.service import Service, open_service
from mlplaybook.server.settings import Settings
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

QUESTION = "How is drift measured?"


@dataclasses.dataclass
class World:
    """An index that can be written again and opened, and a clock that stands still."""

    create: Callable[..., Job]
    write: WritePages
    encoder: WordEncoder
    folder: Path
    seconds: float = 0.0
    lines: list[str] = dataclasses.field(default_factory=list)

    def build(self, pages: dict[str, str]) -> None:
        ingest(dataclasses.replace(self.create(), source=self.write(pages)))

    def open_bare(self) -> Index:
        return open_index(self.folder, "handbook", lambda wanted: (None, "still loading"))

    def open_newest(self) -> Index:
        return open_index(self.folder, "handbook", lambda wanted: (self.encoder, ""))

    def serving(self) -> str:
        folder = gen.current_folder(gen.corpus_folder(self.folder, "handbook"))
        return folder.name if folder else ""


@pytest.fixture
def world(job: Callable[..., Job], write_pages: WritePages, encoder: WordEncoder) -> World:
    made = World(lambda: job(corpus="handbook"), write_pages, encoder, job().index)
    made.build({"drift.md": DRIFT})
    return made


@pytest.fixture
def service(world: World, tmp_path: Path) -> Iterator[Service]:
    with open_service(Settings(home=tmp_path / "home"), world.open_bare(), world.lines.append) as opened:
        yield opened


def create_live(world: World, service: Service, open_newest: Callable[[], Index] | None = None) -> Live:
    return Live(service, open_newest or world.open_newest, world.serving, clock=lambda: world.seconds)


def test_questions_are_answered_by_words_while_the_rest_is_loading(world: World, service: Service) -> None:
    gate = threading.Event()

    def slowly() -> Index:
        assert gate.wait(30)
        return world.open_newest()

    live = create_live(world, service, slowly)
    with live.lend() as lent:
        assert lent.index.degraded == ["dense"]
        assert find(lent.index, QUESTION).hits[0].document.id == "drift"
    assert live.state == State(service.index.manifest.generation, ready=False, loading=True)
    gate.set()
    assert live.wait(30)
    with live.lend() as lent:
        assert lent.index.degraded == []
    live.close()


def test_loading_begins_when_the_first_question_is_answered(world: World, service: Service) -> None:
    asked = Live(service, world.open_newest, world.serving, grace=60)
    asked.follow()
    with asked.lend():
        assert not asked.wait(0.2)
    assert asked.wait(30)
    asked.close()


def test_where_nobody_asks_loading_waits_no_longer_than_its_grace(world: World, service: Service) -> None:
    unasked = Live(service, world.open_newest, world.serving, grace=0.1)
    assert unasked.wait(30)
    unasked.close()


def test_a_new_generation_is_followed_without_a_restart(world: World, service: Service) -> None:
    live = create_live(world, service)
    assert live.wait(30)
    before = live.state.generation
    world.build({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    live.follow()
    settle(live)
    with live.lend() as lent:
        assert lent.index.manifest.generation != before
        assert find(lent.index, "What is leakage?").hits[0].document.id == "leakage"
    live.close()


def test_who_reads_keeps_the_generation_that_was_lent(world: World, service: Service) -> None:
    live = create_live(world, service)
    assert live.wait(30)
    with live.lend() as lent:
        before = lent.index.manifest.generation
        world.build({"leakage.md": LEAKAGE})
        live.follow()
        settle(live)
        assert live.state.generation != before
        assert find(lent.index, QUESTION).hits[0].document.id == "drift"
    with pytest.raises(Exception, match="closed"):
        lent.index.catalog.connection.execute("SELECT 1")
    live.close()


def test_a_generation_that_cannot_be_opened_leaves_the_old_one_serving_and_is_tried_again(
    world: World, service: Service
) -> None:
    tries = []

    def broken() -> Index:
        tries.append(1)
        raise IndexCorrupt("It is damaged.", "Build it again.")

    live = create_live(world, service, broken)
    with live.lend():
        settle(live)
    with live.lend() as lent:
        assert find(lent.index, QUESTION).hits[0].document.id == "drift"
    assert live.state.trouble == "It is damaged. Build it again."
    assert len(tries) == 1
    world.seconds = 31.0
    live.follow()
    settle(live)
    assert len(tries) == 2
    assert world.lines == ["the index that served before still serves: It is damaged. Build it again."] * 2
    live.close()


def test_many_threads_read_while_generations_change(world: World, service: Service) -> None:
    live = create_live(world, service)
    errors: list[BaseException] = []
    over = threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                with live.lend() as lent:
                    assert find(lent.index, QUESTION).hits
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        world.build({"drift.md": f"{DRIFT}\nVersion {number}.\n"})
        live.follow()
        settle(live)
    over.set()
    for thread in threads:
        thread.join()
    assert errors == []
    live.close()


def settle(live: Live) -> None:
    """Wait until nothing is loading."""
    for _ in range(3000):
        if not live.state.loading:
            return
        threading.Event().wait(0.01)
    raise AssertionError("still loading")
