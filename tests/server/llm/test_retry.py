from __future__ import annotations

import pytest

from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, Kind, ModelFailed, Part
from mlplaybook.server.llm.retry import PASSING, Retries, retry
from tests.server.llm.doubles import ASK, USED, Clock, Scripted

GOOD = ("text",)


def retries(clock: Clock, jitter: float = 0.5) -> Retries:
    return Retries(sleep=clock.sleep, jitter=lambda: jitter)


def run(model: Scripted, clock: Clock, seconds: float = 60.0, **terms: float) -> list[object]:
    deadline = Deadline(seconds, clock)
    return list(retry(lambda: model.stream(ASK, deadline), retries(clock), deadline, **terms))


@pytest.mark.parametrize("kind", sorted(PASSING))
def test_what_may_pass_is_tried_three_times_with_growing_pauses(kind: Kind) -> None:
    clock = Clock()
    model = Scripted("m", [[ModelFailed(kind)], [ModelFailed(kind)], GOOD])
    assert run(model, clock) == [Part("text"), Done("m", USED, "stop", 0.0)]
    assert (model.calls, clock.slept) == (3, [0.25, 0.5])


def test_the_third_failure_is_the_last() -> None:
    model = Scripted("m", [[ModelFailed("server")]])
    with pytest.raises(ModelFailed):
        run(model, Clock())
    assert model.calls == 3


@pytest.mark.parametrize(
    "kind", ["auth", "quota", "bad-request", "unknown-model", "too-long", "content", "garbage", "resting"]
)
def test_what_would_fail_again_is_not_tried_again(kind: Kind) -> None:
    model = Scripted("m", [[ModelFailed(kind)], GOOD])
    with pytest.raises(ModelFailed) as failed:
        run(model, Clock())
    assert (failed.value.kind, model.calls) == (kind, 1)


def test_nothing_is_tried_again_once_text_has_come() -> None:
    model = Scripted("m", [["te", ModelFailed("server", began=True)], GOOD])
    with pytest.raises(ModelFailed):
        run(model, Clock())
    assert model.calls == 1


def test_a_wait_the_provider_asks_for_is_kept() -> None:
    clock = Clock()
    model = Scripted("m", [[ModelFailed("rate-limit", retry_after=7.0)], GOOD])
    run(model, clock)
    assert clock.slept == [7.25]


def test_nobody_waits_for_a_time_after_the_deadline() -> None:
    clock = Clock()
    model = Scripted("m", [[ModelFailed("rate-limit", retry_after=70.0)], GOOD])
    with pytest.raises(ModelFailed) as failed:
        run(model, clock)
    assert (failed.value.retry_after, clock.slept) == (70.0, [])


def test_nobody_waits_beyond_their_patience() -> None:
    clock = Clock()
    model = Scripted("m", [[ModelFailed("rate-limit", retry_after=7.0)], GOOD])
    with pytest.raises(ModelFailed):
        run(model, clock, patience=2.0)
    assert clock.slept == []


def test_pauses_are_spread_from_zero_up_to_the_cap() -> None:
    clock = Clock()
    deadline = Deadline(1000.0, clock)
    longest = Retries(attempts=9, sleep=clock.sleep, jitter=lambda: 1.0)
    model = Scripted("m", [[ModelFailed("server")]])
    with pytest.raises(ModelFailed):
        list(retry(lambda: model.stream(ASK, deadline), longest, deadline))
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
