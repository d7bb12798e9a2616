"""RAGAS' metrics by a scripted judge over HTTP: known scores, every way to fail, and what it costs."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.evals.judge.engine import Seat, settings_of
from mlplaybook.evals.judge.judged import METRICS
from mlplaybook.evals.judge.records import Sample, Stopped
from mlplaybook.evals.records import Score, Usage
from tests.evals.judge.desk import CALL_USD, SAMPLE, engine, seat, till
from tests.evals.judge.scripted import judge
from tests.server.llm.fault_server import SECRET, FaultServer, closed_port

# By hand: one of two statements is in the passages and in the reference, one of two of the reference is in the passages and in
# the answer; the first passage helps and the second does not; no passage that says something wrong is taken up.
BY_HAND = {
    "faithfulness": 0.5,
    "context-precision": 1.0,
    "context-recall": 0.5,
    "factual-correctness": 0.5,
    "noise-sensitivity": 0.0,
    "response-relevancy": 1.0,
}
# Statements and verdicts, one question three times, two passages, one, both ways, and two times one and two passages and one.
CALLS = 2 + 3 + 2 + 1 + 4 + 7


def score(server: FaultServer, folder: Path, metrics: tuple[str, ...] = METRICS, **changes: Any) -> dict[str, Score]:
    """Scores of the sample, asked once by a fresh engine."""
    with engine(folder, seat(server.openai, **changes), till(folder)) as made:
        return dict(made.score(SAMPLE, metrics, 0))


def test_a_good_judge_gives_the_scores_that_can_be_worked_out_by_hand(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        scores = score(server, tmp_path)
    assert {name: one.value for name, one in scores.items()} == BY_HAND


def test_a_wrong_statement_that_a_passage_says_counts_against_the_answer(tmp_path: Path) -> None:
    noisy = Sample(SAMPLE.question, SAMPLE.answer, ("Clip gradients to norm one. Buy faster hardware today.",), "Clip gradients to norm one.")  # fmt: skip # noqa: E501
    with (
        FaultServer(reply=judge) as server,
        engine(tmp_path, seat(server.openai), till(tmp_path)) as made,
    ):
        scores = made.score(noisy, ("noise-sensitivity", "faithfulness"), 0)
    assert {name: one.value for name, one in scores.items()} == {"noise-sensitivity": 0.5, "faithfulness": 1.0}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("500", "failed on the provider's side"),
        ("429+retry-after", "is asked too often"),
        ("401", "did not accept the key"),
        ("404", "is not known there"),
        ("html", "returned something that is no answer"),
        ("empty", "returned something that is no answer"),
        ("truncated", "returned something that is no answer"),
        ("cut", "returned something that is no answer"),
        ("redirect", "did not accept the request"),
        ("silent", "did not answer in time"),
    ],
)
def test_a_judge_that_fails_is_an_error_in_words_of_ours_and_no_score(tmp_path: Path, model: str, words: str) -> None:
    with FaultServer(reply=judge) as server:
        scores = score(server, tmp_path, ("faithfulness",), model=model, seconds=0.3)
    assert scores["faithfulness"] == Score(None, "error", f"openai:{model} {words}")
    assert SECRET not in json.dumps(scores["faithfulness"].why)


def test_a_judge_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with engine(tmp_path, seat(closed_port()), till(tmp_path)) as made:
        assert made.score(SAMPLE, ("faithfulness",), 0)["faithfulness"].why == "openai:good could not be reached"


def test_a_reply_that_is_no_json_is_asked_for_once_more_and_both_are_paid(tmp_path: Path) -> None:
    with (
        FaultServer(reply=judge, scripts={"clumsy": ["empty", "good"]}) as server,
        engine(tmp_path, seat(server.openai, "clumsy"), paid := till(tmp_path, "clumsy")) as made,
    ):
        assert made.score(SAMPLE, ("context-recall",), 0)["context-recall"].value == 0.5
    assert paid.spent == Usage(2, 240, 2 * CALL_USD, 0)


def test_a_server_that_fails_for_a_moment_is_asked_again_for_nothing(tmp_path: Path) -> None:
    with (
        FaultServer(reply=judge, scripts={"busy": ["429+retry-after", "503", "good"]}) as server,
        engine(tmp_path, seat(server.openai, "busy"), paid := till(tmp_path, "busy")) as made,
    ):
        assert made.score(SAMPLE, ("context-recall",), 0)["context-recall"].value == 0.5
    assert paid.spent == Usage(1, 120, CALL_USD, 0)


def test_verdicts_that_do_not_fit_together_are_an_error(tmp_path: Path) -> None:
    replies = iter([["a", "b"], ["a", "b"], ["a"], ["a"], ["a", "b"], ["a", "b"], ["a", "b"]])

    def careless(body: dict[str, Any]) -> str:
        if "verdict" not in body["messages"][0]["content"]:
            return json.dumps({"statements": next(replies)})
        said = [{"statement": one, "reason": "", "verdict": 1} for one in next(replies)]
        return json.dumps({"statements": said})

    with FaultServer(reply=careless) as server:
        found = score(server, tmp_path, ("noise-sensitivity",))["noise-sensitivity"]
    assert (found.status, found.why) == ("error", "no number comes of the judge's replies (ValueError)")


def test_what_was_paid_once_is_free_the_next_time_and_asking_again_is_not(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        first, second, third = (till(tmp_path) for _ in range(3))
        for paid, ask in ((first, 0), (second, 0), (third, 1)):
            with engine(tmp_path, seat(server.openai), paid) as made:
                made.score(SAMPLE, METRICS, ask)
    assert first.spent == Usage(CALLS, 120 * CALLS, pytest.approx(CALLS * CALL_USD), 0)
    assert second.spent == Usage(0, 0, 0.0, CALLS)
    assert third.spent == first.spent


@pytest.mark.parametrize("changes", [{"model": "other"}, {"url": "localhost"}])
def test_another_model_or_another_server_has_replies_of_its_own(tmp_path: Path, changes: dict[str, str]) -> None:
    with FaultServer(reply=judge) as server:
        here = seat(server.openai)
        url = here.url.replace("127.0.0.1", changes.get("url", "127.0.0.1"))
        there = Seat(here.name, changes.get("model", here.model), url, here.key, here.seconds)
        for taken in (here, there):
            with engine(tmp_path, taken, paid := till(tmp_path)) as made:
                made.score(SAMPLE, ("context-recall",), 0)
            assert paid.spent.cache_hits == 0


def test_a_damaged_reply_is_asked_for_again(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        score(server, tmp_path, ("context-recall",))
        (file,) = (tmp_path / "replies").rglob("*.json")
        for damage in ("{", '{"classifications": 3}'):
            file.write_text(damage, "utf-8")
            assert score(server, tmp_path, ("context-recall",))["context-recall"].value == 0.5
    assert len(server.requests) == 3


def test_a_budget_stops_before_it_is_overdrawn_and_what_was_paid_is_kept(tmp_path: Path) -> None:
    told: list[str] = []
    with FaultServer(reply=judge) as server:
        with engine(tmp_path, seat(server.openai), paid := till(tmp_path, limit="0.1"), told=told) as made:
            with suppress(Stopped):
                for number in range(100):
                    made.score(SAMPLE, METRICS, number)
            done = paid.spent
            with pytest.raises(Stopped):
                made.score(SAMPLE, METRICS, 101)
            assert made.score(SAMPLE, METRICS, 0)["context-recall"].value == 0.5
        assert done.usd is not None
        assert 0.05 < done.usd <= 0.1
        assert len(server.requests) == done.calls
    (line,) = told
    assert line.startswith("the judge stops: 0.0")
    assert line.endswith(" of 0.10 USD are spent, and the next call might cost more than is left")


def test_no_more_calls_are_on_their_way_than_are_allowed(tmp_path: Path) -> None:
    lock, here, most = threading.Lock(), 0, 0

    def slow(body: dict[str, Any]) -> str:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        threading.Event().wait(0.02)
        with lock:
            here -= 1
        return judge(body)

    with (
        FaultServer(reply=slow) as server,
        engine(tmp_path, seat(server.openai), till(tmp_path), jobs=3) as made,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda number: made.score(SAMPLE, METRICS, number), range(4)))
    assert most == 3


def test_a_judge_that_is_told_to_stop_gives_up_what_is_on_its_way(tmp_path: Path) -> None:
    with (
        FaultServer(reply=judge) as server,
        engine(tmp_path, seat(server.openai, "silent", 60.0), till(tmp_path)) as made,
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(made.score, SAMPLE, METRICS, 0)
        while not server.requests:
            threading.Event().wait(0.01)
        made.stop()
        with pytest.raises(Stopped):
            asked.result(5)


def test_the_key_goes_to_the_server_and_nothing_else_is_sent(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        score(server, tmp_path, ("context-recall",))
    (request,) = server.requests
    assert {name.lower(): value for name, value in request["headers"].items()}["authorization"] == "Bearer none"
    assert {name: request["body"][name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "good", "temperature": 0.0, "max_tokens": 4096
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "url", "expected"),
    [
        ("gpt-6-luna", "https://api.openai.com/v1", {"reasoning_effort": "low"}),
        ("gpt-6-luna", "https://elsewhere.example/v1", {}),
        ("gpt-4.1-mini", "https://api.openai.com/v1", {}),
    ],
)
def test_only_openais_own_models_that_think_are_told_to_think_little(
    model: str, url: str, expected: dict[str, str]
) -> None:
    assert settings_of(seat(url, model)) == {"temperature": 0.0, "max_tokens": 4096, **expected}


def test_a_model_of_openais_that_thinks_gets_its_tokens_by_their_new_name(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        score(server, tmp_path, ("context-recall",), model="gpt-6-luna")
    body = server.requests[0]["body"]
    assert (body["max_completion_tokens"], "max_tokens" in body, body["temperature"]) == (4096, False, 1.0)
