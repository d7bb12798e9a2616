"""A judge from its options to a run that it judged: what it will cost is told first, and a run that is stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlplaybook.evals.__main__ import app
from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import Baseline, from_run
from mlplaybook.evals.judge.estimate import Estimate
from mlplaybook.evals.judge.judged import judge_of
from mlplaybook.evals.judge.options import create_consent
from mlplaybook.evals.judge.seating import (
    Choice,
    Consent,
    Mode,
    Wanted,
    create_wanted,
    judge_cases,
    name_of,
    scores_before,
    seated,
)
from mlplaybook.evals.judge.weigh import weigh
from mlplaybook.evals.records import Case, Run
from mlplaybook.evals.runner import Job, execute, read_kept
from mlplaybook.evals.suites.world import World
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.records import Usage
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.settings import Settings
from tests.evals.judge.desk import CALL_USD, seat
from tests.evals.judge.scripted import judge
from tests.server.llm.fault_server import FaultServer

PLAN = read_plan()
# One case is asked again whatever it gets, so that a test makes 150 calls and not 300.
PLAN = replace(PLAN, judging=replace(PLAN.judging, again=1))
QUOTES = {
    "alert": ("Which cut-offs raise an alert?", "drift", "A population stability index above 0.2 raises an alert."),
    "split": ("When should data be split?", "leakage", "Split the rows by time before any scaling is fitted."),
    "leak": ("What is leakage?", "leakage", "Leakage is information that the model will not have in production."),
}
# With 4,096 tokens at 10 dollars a million a call is held at 0.043 and more; it then costs 0.0003.
ENOUGH_FOR_ONE = "0.05"
PRICED = 'models: {"openai:good": {prompt: 1, completion: 10, as-of: 2026-11}}'


def cases() -> tuple[Case, ...]:
    return tuple(
        Case(
            f"judge/{name}", "judge", "which", "x", 1, {"question": question, "judge": "openai:good at 127.0.0.1"},
            {"gold": [{"page": page, "quote": quote}], "facts": []},
        )
        for name, (question, page, quote) in QUOTES.items()
    )  # fmt: skip


def settings(folder: Path) -> Settings:
    (folder / "prices.yaml").write_text(PRICED, "utf-8")
    return Settings(home=folder, prices=folder / "prices.yaml")


def yes(estimate: Estimate, line: str) -> bool:
    return True


class Bench:
    """A folder with an index, in which cases are judged by whoever listens at an address."""

    def __init__(self, index: Index, folder: Path) -> None:
        self.index, self.folder = index, folder
        self.told: list[str] = []

    def wanted(
        self, url: str, *, gate: bool = False, limit: str | None = None, model: str = "good", consent: Consent = yes
    ) -> Wanted:
        most = Decimal(limit) if limit else None
        return Wanted(seat(url, model), gate, most, 2, settings(self.folder), consent, self.told.append)

    @contextmanager
    def world(self, by: Wanted | None, baseline: Baseline | None = None) -> Iterator[World]:
        with seated(World(self.index), PLAN, cases(), by, baseline) as world:
            yield world

    def run(self, by: Wanted, baseline: Baseline | None = None, *, resume: bool = False) -> Run:
        kept = self.folder / "results.jsonl"
        done = read_kept(kept, cases()) if resume else {}
        with self.world(by, baseline) as world:
            return execute(world, PLAN, Job("core", cases(), True, kept, 2, done), lambda result, total: None)


@pytest.fixture
def bench(handbook: Index, tmp_path: Path) -> Bench:
    return Bench(handbook, tmp_path)


def test_a_run_is_judged_and_paid_once(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        first, second = bench.run(bench.wanted(server.openai)), bench.run(bench.wanted(server.openai))
    assert (first.complete, len(first.results)) == (True, 3)
    assert first.usage.calls == len(server.requests)
    assert first.usage.usd == pytest.approx(len(server.requests) * CALL_USD)
    assert (second.usage.calls, second.usage.usd, second.usage.cache_hits) == (0, 0.0, len(server.requests))
    assert [one.scores for one in first.results] == [one.scores for one in second.results]


def test_a_budget_ends_a_run_that_goes_on_where_it_stopped(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        stopped = bench.run(bench.wanted(server.openai, limit=ENOUGH_FOR_ONE))
        paid = len(server.requests)
        assert not stopped.complete
        assert len(stopped.results) < 3
        assert stopped.usage.usd is not None
        assert stopped.usage.usd <= float(ENOUGH_FOR_ONE)
        whole = bench.run(bench.wanted(server.openai), resume=True)
        assert (whole.complete, len(whole.results)) == (True, 3)
        assert whole.usage.calls == len(server.requests) - paid
        at_once = bench.run(bench.wanted(server.openai))
    assert [one.scores for one in whole.results] == [one.scores for one in at_once.results]
    (line,) = bench.told
    assert line.startswith("the judge stops: 0.00")


def test_a_daily_limit_holds_for_judges_too(bench: Bench) -> None:
    own = settings(bench.folder).model_copy(update={"daily_usd": Decimal("0.01")})
    with FaultServer(reply=judge) as server:
        run = bench.run(replace(bench.wanted(server.openai), settings=own))
    assert (run.results, server.requests) == ((), [])
    assert "daily budget" in bench.told[0]


def flipping(body: dict[str, Any], turn: Iterator[int]) -> str:
    """A judge whose verdicts on statements are those of a coin."""
    said = json.loads(judge(body))
    for entry in said["statements"] if isinstance(said.get("statements"), list) else []:
        if isinstance(entry, dict):
            entry["verdict"] = next(turn) % 2
    return json.dumps(said)


def test_a_judge_that_flips_is_asked_again_and_does_not_gate(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        before = from_run(bench.run(bench.wanted(server.openai)))
    turn = iter(range(10_000))
    with FaultServer(reply=lambda body: flipping(body, turn)) as server:
        run = bench.run(bench.wanted(server.openai, gate=True), before)
    told = [one.output["asked again"] for one in run.results]
    assert any(len(set(values)) > 1 for again in told for values in again.values())
    judgement = weigh(run, PLAN, before, gate=True)
    assert judgement.exit_code == 0
    assert "otherwise" in judgement.notes[0]


def test_a_judge_that_is_down_makes_errors_and_no_verdict(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        before = from_run(bench.run(bench.wanted(server.openai)))
    with FaultServer(reply=judge, scripts={"good": ["401"]}) as server:
        run = bench.run(bench.wanted(server.openai, gate=True), before)
    errors = {score.status for one in run.results for score in one.scores.values()}
    assert errors == {"error"}
    assert [weigh(run, PLAN, before, gate=gate).exit_code for gate in (False, True)] == [0, 3]


def test_nothing_is_asked_before_somebody_agrees_to_what_it_costs(bench: Bench) -> None:
    seen: list[str] = []

    def no(estimate: Estimate, line: str) -> bool:
        seen.append(line)
        return False

    with (
        FaultServer(reply=judge) as server,
        pytest.raises(BadSetting, match="not asked"),
        bench.world(bench.wanted(server.openai, consent=no)),
    ):
        pass
    assert server.requests == []
    (line,) = seen
    assert line.startswith("judge openai:good at 127.0.0.1: 3 cases, 1 of them asked 3 times: about ")
    assert line.endswith(" USD at prices of 2026-11")


def test_what_is_kept_needs_no_consent(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        bench.run(bench.wanted(server.openai))
        with bench.world(bench.wanted(server.openai, consent=lambda estimate, line: False)) as world:
            assert world.judge is not None


def test_a_gate_with_nothing_to_compare_with_is_refused_before_it_costs(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        for baseline, why in ((None, "there is no baseline"), (from_run(empty_run()), "no scores of a judge")):
            with pytest.raises(BadSetting, match=why), bench.world(bench.wanted(server.openai, gate=True), baseline):
                pass
    assert server.requests == []


def test_scores_of_another_judge_are_no_reason_to_ask_again_and_nothing_to_gate_by(bench: Bench) -> None:
    with FaultServer(reply=judge) as server:
        before = from_run(bench.run(bench.wanted(server.openai)))
    assert judge_of(before.fingerprint) == "openai:good at 127.0.0.1"
    assert set(scores_before(before, "openai:good at 127.0.0.1")) == {case.id for case in cases()}
    other = replace(before, fingerprint=replace(before.fingerprint, cases={"judge": "x by sol"}))
    assert scores_before(other, "openai:good at 127.0.0.1") == {}
    by = bench.wanted("http://127.0.0.1:1/v1", gate=True)
    with pytest.raises(BadSetting, match="the baseline was judged by sol"), bench.world(by, other):
        pass


def empty_run() -> Run:
    from tests.evals.runs import run_of

    return run_of({"retrieval/success@5": [1.0]})


def test_a_limit_that_cannot_be_kept_is_refused(bench: Bench) -> None:
    by = bench.wanted("http://127.0.0.1:1/v1", limit="1", model="unpriced")
    with pytest.raises(BadSetting, match="price of openai:unpriced is not known"), bench.world(by):
        pass


def test_without_a_judge_or_without_its_cases_the_world_stays_as_it_is(bench: Bench) -> None:
    with bench.world(None) as world:
        assert world.judge is None
    plain = World(bench.index)
    with seated(plain, PLAN, (), bench.wanted("x"), None) as world:
        assert world is plain


def options(
    mode: Mode = "advisory", model: str = "good", url: str = "", own: Settings | None = None, **env: str
) -> Wanted | None:
    return create_wanted(Choice(mode, model, url), 2, own or Settings(), env, yes)


def test_options_come_before_settings_and_settings_before_the_environment() -> None:
    own = Settings(judge_model="openai:luna", judge_url="http://127.0.0.1:1/v1", judge_seconds=7)
    made = options(model="", own=own)
    assert made is not None
    assert (made.seat.name, made.seat.model, made.seat.seconds, made.seat.url) == (
        "openai:luna", "luna", 7, "http://127.0.0.1:1/v1"
    )  # fmt: skip
    there = options(url="https://judge.example/v1/", own=own, OPENAI_API_KEY="secret")
    assert there is not None
    assert (there.seat.model, there.seat.url, there.seat.key) == ("good", "https://judge.example/v1", "secret")
    elsewhere = options(OPENAI_BASE_URL="http://localhost:2/v1")
    assert elsewhere is not None
    assert (elsewhere.seat.url, name_of(elsewhere.seat)) == ("http://localhost:2/v1", "openai:good at localhost")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"model": ""}, "No judge is named"),
        ({"model": "good"}, "OPENAI_API_KEY is not set"),
        ({"model": "anthropic:claude-opus-5-5"}, "not asked in OpenAI's protocol"),
        ({"url": "ftp://x"}, "no web address"),
    ],
)
def test_what_is_missing_is_named(given: Mapping[str, Any], why: str) -> None:
    with pytest.raises(BadSetting, match=why):
        options(**given)


def test_a_name_with_a_tag_is_a_name() -> None:
    made = options(model="qwen3:8b", url="http://127.0.0.1:1/v1")
    assert made is not None
    assert made.seat.model == "qwen3:8b"


def test_off_is_no_judge() -> None:
    assert options("off", "") is None


def test_the_cases_of_a_judge_name_it_and_are_as_many_as_the_plan_says(bench: Bench) -> None:
    by = bench.wanted("http://127.0.0.1:1/v1")
    assert judge_cases(PLAN, "core", "dev", None) == ()
    with pytest.raises(BadSetting, match="No case of 'redteam' is judged"):
        judge_cases(PLAN, "redteam", "dev", by)
    smoke = judge_cases(PLAN, "smoke", "dev", by)
    assert (len(smoke), len(judge_cases(PLAN, "core", "dev", by))) == (10, 159)
    assert {case.input["judge"] for case in smoke} == {"openai:good at 127.0.0.1"}


def test_scores_of_other_suites_are_not_the_judges() -> None:
    assert scores_before(from_run(empty_run()), "luna") == {}


@pytest.mark.parametrize(
    ("agreed", "limited", "expected"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_where_nobody_sits_yes_or_a_limit_is_needed(
    agreed: bool, limited: bool, expected: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    estimate = Estimate(1, 0, 1, 0, Usage(), None)
    choice = Choice("advisory", max_usd=Decimal(1) if limited else None, yes=agreed)
    assert create_consent(choice)(estimate, "it costs a lot") is expected
    assert capsys.readouterr().err == "mlplaybook: it costs a lot\n"


@pytest.mark.parametrize(
    "arguments", [("--judge", "advisory"), ("--judge", "gate", "--judge-model", "x"), ("--max-usd", "much")]
)
def test_usage_is_told_before_anything_is_measured(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert isinstance(CliRunner().invoke(app, ["run", *arguments]).exception, BadSetting)
