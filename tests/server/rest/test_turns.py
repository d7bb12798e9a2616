"""So many answers work at once; whoever waits for a model, for another thread or for a reader lets others work."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest

from mlplaybook.server.answers.records import Answer, Stamp
from mlplaybook.server.cache.flight import Flights
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.llm.records import Done, Part, Request, Stream, Usage
from mlplaybook.server.rest.turns import RestingFlights, RestingModel, Turns
from tests.server.rest.conftest import Serve
from tests.server.rest.events import ask
from tests.server.rest.models import QUESTION, Model
from tests.server.rest.serving import until
from tests.server.rest.world import World

ANSWER = Answer("q", "answered", 1.0, "t", (), (), "extractive", (), Stamp("c", "g", "e", "v"))


class Threads:
    """Starts threads and knows of what became of them."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.made: list[object] = []

    def start(self, work: Callable[[], object]) -> None:
        self.threads.append(threading.Thread(target=lambda: self.made.append(work()), daemon=True))
        self.threads[-1].start()

    def join(self) -> list[object]:
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        return self.made


@pytest.fixture
def threads() -> Threads:
    return Threads()


def test_there_are_as_many_turns_as_places(threads: Threads) -> None:
    turns, go_on, most = Turns(2), threading.Event(), list[int]()

    def work() -> None:
        with turns.turn():
            most.append(turns.inside)
            assert go_on.wait(10)

    for _ in range(6):
        threads.start(work)
    until(lambda: len(most) == 2)
    go_on.set()
    threads.join()
    assert (len(most), max(most), turns.inside) == (6, 2, 0)


def test_a_turn_that_has_ended_is_not_taken_again() -> None:
    turns = Turns(1)
    with turns.turn() as turn:
        turn.end()
        turn.end()
        turn.take()
        with turn.working(), turn.resting():
            assert turns.inside == 0
    with turns.turn() as again, again.resting():
        assert turns.inside == 0
    assert turns.inside == 0


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.turn() as turn, turn.resting():
        raise ZeroDivisionError
    assert turns.inside == 0


def test_whoever_waits_for_a_model_lets_others_work_and_so_does_whoever_leaves_it() -> None:
    turns, inside = Turns(1), list[int]()

    @dataclasses.dataclass
    class Telling(Model):
        def stream(self, request: Request, deadline: object) -> Stream:  # type: ignore[override]
            inside.append(turns.inside)
            yield Part("{")
            yield Done(self.name, Usage(), "stop", 0.1)

    with turns.turn() as turn:
        model = RestingModel(Telling(), turn)
        assert (model.name, model.window, model.cites) == ("test:model", 100_000, False)
        stream = model.stream(Request((), 1), create_deadline())
        assert turns.inside == 1
        assert [type(item) for item in stream] == [Part, Done]
        assert (inside, turns.inside) == ([0], 1)
        left: Iterator[object] = model.stream(Request((), 1), create_deadline())
        next(left)
        assert turns.inside == 0
        left.close()  # type: ignore[attr-defined]
        assert turns.inside == 1


def test_threads_that_want_the_same_answer_do_not_keep_each_other_from_making_it(threads: Threads) -> None:
    turns, flights, waiting = Turns(1), Flights[Answer](), threading.Event()

    def ask_model() -> Answer:
        assert waiting.wait(10)
        return ANSWER

    def work() -> tuple[Answer, bool]:
        with turns.turn() as turn:

            def make() -> Answer:
                assert turns.inside == 1
                with turn.resting():
                    return ask_model()

            return RestingFlights(flights, turn).run("key", make)

    for _ in range(5):
        threads.start(work)
    until(lambda: turns.inside == 0)
    with turns.turn():
        waiting.set()
    made = threads.join()
    assert sorted(shared for _, shared in made) == [False, True, True, True, True]  # type: ignore[misc]
    assert turns.inside == 0


def test_who_has_waited_too_long_for_another_works_by_itself() -> None:
    turns, flights, go_on = Turns(1), Flights[Answer](), threading.Event()
    other = threading.Thread(target=lambda: flights.run("key", lambda: go_on.wait(10) and ANSWER))  # type: ignore[arg-type, return-value]
    other.start()
    late = dataclasses.replace(ANSWER, text="late")
    with turns.turn() as turn:
        resting = RestingFlights(flights, turn)
        assert resting.run("key", lambda: ANSWER, 0.01) == (ANSWER, False)
        assert resting.run("key", lambda: ANSWER, 0.01, lambda: late) == (late, False)
        assert turns.inside == 1
    go_on.set()
    other.join(10)


def test_streams_that_wait_for_their_model_leave_room_for_those_that_do_not(serve: Serve) -> None:
    go_on = threading.Event()
    serving = serve(Model(lambda: go_on.wait(20) and None), cache="none", rest_searches=1)
    asked = Threads()
    for number in range(3):
        asked.start(lambda number=number: ask(serving.url, question=f"{QUESTION} {number}", mode="llm")[-1].name)  # type: ignore[misc]
    until(lambda: serving.deps.answers.inside == 3)
    assert ask(serving.url, question=QUESTION, mode="extractive")[-1].data["mode"] == "extractive"
    go_on.set()
    assert asked.join() == ["done"] * 3
    until(lambda: serving.deps.turns.inside == 0)


def test_lent_service_has_the_same_models_by_name(world: World) -> None:
    with Turns(1).turn() as turn:
        lent = turn.lent(dataclasses.replace(world.service, models=(Model(),)))
    assert [model.name for model in lent.models] == ["test:model"]
