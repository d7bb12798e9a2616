from __future__ import annotations

import pytest

from mlplaybook.server.llm.breaker import Breakers
from mlplaybook.server.llm.chain import Attempt, Chain, create_chain
from mlplaybook.server.llm.deadline import Deadline, Limits
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Restart, Usage
from mlplaybook.server.llm.retry import Retries
from tests.server.llm.doubles import ASK, USED, Clock, Scripted

SERVER = ModelFailed("server", "a:one")
BROKEN = ModelFailed("timeout", "a:one", began=True)


def chain_of(clock: Clock, *models: Scripted, seen: list[Attempt] | None = None) -> Chain:
    retries = Retries(sleep=clock.sleep, jitter=lambda: 0.5)
    observe = (seen if seen is not None else []).append
    return create_chain(models, Limits(), Breakers(clock), retries, observe, clock)


def run(chain: Chain, clock: Clock, seconds: float = 60.0) -> list[object]:
    return list(chain.stream(ASK, Deadline(clock.now + seconds, clock)))


def test_the_first_model_answers_when_it_can() -> None:
    clock = Clock()
    one, two = Scripted("a:one", [["x", "y"]]), Scripted("b:two", [["z"]])
    assert run(chain_of(clock, one, two), clock) == [Part("x"), Part("y"), Done("a:one", USED, "stop", 0.0, 1)]
    assert two.calls == 0


def test_the_next_answers_when_it_cannot_and_all_attempts_are_counted() -> None:
    clock, seen = Clock(), list[Attempt]()
    chain = chain_of(clock, Scripted("a:one", [[SERVER]]), Scripted("b:two", [["z"]]), seen=seen)
    assert run(chain, clock) == [Part("z"), Done("b:two", USED, "stop", 0.75, 4)]
    assert seen == [
        Attempt("a:one", 1, 0.0, None, "server"),
        Attempt("a:one", 2, 0.0, None, "server"),
        Attempt("a:one", 3, 0.0, None, "server"),
        Attempt("b:two", 4, 0.0, 0.0, None, USED),
    ]


def test_what_a_model_said_before_it_broke_off_is_void() -> None:
    clock = Clock()
    one, two = Scripted("a:one", [["half a", BROKEN]]), Scripted("b:two", [["z"]])
    assert run(chain_of(clock, one, two), clock) == [
        Part("half a"),
        Restart("a:one did not answer in time"),
        Part("z"),
        Done("b:two", USED, "stop", 0.0, 2),
    ]


def test_when_all_fail_every_reason_is_named_in_order() -> None:
    clock = Clock()
    chain = chain_of(clock, Scripted("a:one", [["x", BROKEN]]), Scripted("b:two", [[ModelFailed("auth", "b:two")]]))
    with pytest.raises(ModelFailed) as failed:
        run(chain, clock)
    assert failed.value.kind == "auth"
    assert failed.value.reasons == ("a:one did not answer in time", "b:two did not accept the key")
    assert str(failed.value) == (
        "a:one did not answer in time; b:two did not accept the key. Check the provider's API key and what it may use."
    )


def test_a_single_model_fails_with_its_own_reason() -> None:
    clock = Clock()
    with pytest.raises(ModelFailed) as failed:
        run(chain_of(clock, Scripted("a:one", [[SERVER]])), clock)
    assert failed.value.reasons == ("a:one failed on the provider's side",)


def test_a_silent_model_is_asked_again_only_where_no_other_waits() -> None:
    clock = Clock()
    late = ModelFailed("timeout", "a:one")
    alone, first, second = Scripted("a:one", [[late]]), Scripted("a:one", [[late]]), Scripted("b:two", [["z"]])
    with pytest.raises(ModelFailed):
        run(chain_of(clock, alone), clock)
    run(chain_of(clock, first, second), clock)
    assert (alone.calls, first.calls, second.calls) == (3, 1, 1)


def test_a_busy_model_is_not_waited_for_while_another_is_free() -> None:
    clock = Clock()
    busy = Scripted("a:one", [[ModelFailed("rate-limit", "a:one", retry_after=20.0)]])
    assert run(chain_of(clock, busy, Scripted("b:two", [["z"]])), clock)[-1] == Done("b:two", USED, "stop", 0.0, 2)


def test_no_model_is_asked_once_the_time_is_over() -> None:
    clock = Clock()

    class Slow(Scripted):
        def stream(self, *given: object) -> object:  # type: ignore[override]
            clock.sleep(60)
            raise ModelFailed("timeout", self.name)

    two = Scripted("b:two", [["z"]])
    with pytest.raises(ModelFailed) as failed:
        run(chain_of(clock, Slow("a:one", []), two), clock)
    assert (failed.value.reasons, two.calls) == (("a:one did not answer in time",), 0)


def test_a_resting_model_is_passed_over_and_asked_again_when_it_is_back() -> None:
    clock = Clock()
    one, two = Scripted("a:one", [[SERVER]] * 5 + [["x"]]), Scripted("b:two", [["z"]])
    chain = chain_of(clock, one, two)
    for _ in range(4):
        assert run(chain, clock)[0] == Part("z")
    assert (one.calls, chain.breakers.states()["a:one"]) == (5, "open")
    clock.sleep(30)
    assert run(chain, clock) == [Part("x"), Done("a:one", USED, "stop", 0.0, 1)]
    assert chain.breakers.states() == {"a:one": "closed", "b:two": "closed"}


def test_a_model_that_was_left_too_little_time_is_not_held_to_blame() -> None:
    clock = Clock()
    late = Scripted("a:one", [[ModelFailed("timeout", "a:one")]])
    chain = chain_of(clock, late)
    for _ in range(9):
        with pytest.raises(ModelFailed):
            run(chain, clock, seconds=14.0)
    assert chain.breakers.states() == {"a:one": "closed"}


def test_an_asker_who_leaves_is_no_failure_and_frees_the_probe() -> None:
    clock, seen = Clock(), list[Attempt]()
    chain = chain_of(clock, Scripted("a:one", [["x", "y"]]), seen=seen)
    stream = chain.stream(ASK, Deadline(60.0, clock))
    assert next(stream) == Part("x")
    stream.close()  # type: ignore[attr-defined]
    assert seen == [Attempt("a:one", 1, 0.0, 0.0, None, Usage())]
    assert chain.breakers.states() == {"a:one": "closed"}


def test_the_window_of_a_chain_fits_all_its_models() -> None:
    chain = chain_of(Clock(), Scripted("a:one", [], window=100, cites=True), Scripted("b:two", [], window=50))
    assert (chain.name, chain.window, chain.cites) == ("a:one", 50, False)
