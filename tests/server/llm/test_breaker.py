from __future__ import annotations

import contextlib
import threading

import pytest

from mlplaybook.server.llm.breaker import GIVEN_UP, WELL, Breaker, Breakers, Outcome
from mlplaybook.server.llm.records import ModelFailed
from tests.server.llm.doubles import Clock


def call(breaker: Breaker, outcome: Outcome) -> None:
    breaker.leave(breaker.enter(), outcome)


def test_five_failures_in_a_row_open_it_and_a_success_between_starts_the_count_again() -> None:
    breaker = Breaker(clock=Clock())
    for outcome in ["server", "timeout", "server", "refused", WELL, "server", "garbage", "server", "rate-limit"]:
        call(breaker, outcome)
    assert breaker.state == "closed"
    call(breaker, "server")
    assert breaker.state == "open"
    with pytest.raises(ModelFailed, match="left alone") as failed:
        breaker.enter()
    assert failed.value.kind == "resting"


@pytest.mark.parametrize("kind", ["auth", "quota"])
def test_a_key_that_is_not_accepted_opens_it_at_once(kind: Outcome) -> None:
    breaker = Breaker(clock=Clock())
    call(breaker, kind)
    assert breaker.state == "open"


@pytest.mark.parametrize("kind", ["bad-request", "unknown-model", "too-long", "content", "budget", GIVEN_UP])
def test_what_says_nothing_of_the_model_never_opens_it(kind: Outcome) -> None:
    breaker = Breaker(clock=Clock())
    for _ in range(20):
        call(breaker, kind)
    assert breaker.state == "closed"


def test_after_half_a_minute_one_call_finds_out_and_its_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, failures=1)
    call(breaker, "server")
    clock.sleep(29.9)
    with pytest.raises(ModelFailed):
        breaker.enter()
    clock.sleep(0.1)
    assert breaker.state == "half-open"
    probe = breaker.enter()
    with pytest.raises(ModelFailed):
        breaker.enter()
    breaker.leave(probe, WELL)
    assert breaker.state == "closed"


def test_a_failed_probe_opens_it_for_another_half_minute() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, failures=1)
    call(breaker, "server")
    clock.sleep(30)
    call(breaker, "timeout")
    clock.sleep(29)
    assert breaker.state == "open"
    clock.sleep(1)
    assert breaker.state == "half-open"


def test_a_probe_that_is_given_up_leaves_room_for_the_next() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, failures=1)
    call(breaker, "server")
    clock.sleep(30)
    call(breaker, GIVEN_UP)
    assert breaker.state == "half-open"
    call(breaker, WELL)
    assert breaker.state == "closed"


def test_calls_that_began_before_it_opened_change_nothing_when_they_end() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, failures=1)
    early, late = breaker.enter(), breaker.enter()
    call(breaker, "server")
    clock.sleep(20)
    breaker.leave(early, WELL)
    breaker.leave(late, "server")
    clock.sleep(10)
    assert breaker.state == "half-open"


def test_only_one_of_many_threads_probes() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, failures=1)
    call(breaker, "server")
    clock.sleep(30)
    admitted: list[bool] = []
    gate = threading.Barrier(8)

    def enter() -> None:
        gate.wait()
        with contextlib.suppress(ModelFailed):
            admitted.append(breaker.enter().probe)

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted == [True]


def test_every_model_has_a_breaker_of_its_own() -> None:
    breakers = Breakers(Clock(), failures=1)
    call(breakers.of("openai:a"), "server")
    breakers.of("openai:b")
    assert breakers.states() == {"openai:a": "open", "openai:b": "closed"}
