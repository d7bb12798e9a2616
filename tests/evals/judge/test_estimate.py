"""The estimate before spending is what judging then costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.evals.judge.engine import Desk
from mlplaybook.evals.judge.estimate import Estimate, Part, estimate, invented
from mlplaybook.evals.judge.judged import METRICS
from mlplaybook.evals.judge.records import Sample
from mlplaybook.evals.judge.replies import Replies
from tests.evals.judge.desk import PRICES, SAMPLE, WORDS, encode, engine, seat, till
from tests.evals.judge.scripted import judge
from tests.server.llm.fault_server import FaultServer


def made(folder: Path, url: str, cases: int = 1, again: int = 0, sample: Sample = SAMPLE) -> Estimate:
    desk = Desk(seat(url), Replies(folder / "replies"), encode, WORDS)
    return estimate(desk, Part(cases, [sample]), Part(again, [sample] if again else []), PRICES)


def test_it_counts_the_calls_that_are_then_made(tmp_path: Path) -> None:
    with FaultServer(reply=judge) as server:
        before = made(tmp_path, server.openai)
        assert server.requests == []
        with engine(tmp_path, seat(server.openai), till(tmp_path)) as asked:
            asked.score(SAMPLE, METRICS, 0)
        after, again = made(tmp_path, server.openai), made(tmp_path, server.openai, again=1)
    assert (before.calls, before.kept) == (len(server.requests), 0)
    assert (after.calls, after.kept, after.usd) == (0, len(server.requests), Decimal(0))
    assert (again.calls, again.kept) == (2 * before.calls, before.calls)


def test_cases_that_are_asked_three_times_count_three_times(tmp_path: Path) -> None:
    one, ten = made(tmp_path, "http://x/v1"), made(tmp_path, "http://x/v1", 8, 1)
    assert (ten.calls, ten.usage.prompt_tokens) == (10 * one.calls, 10 * one.usage.prompt_tokens)
    assert ten.usd == 10 * (one.usd or 0)


def test_money_is_that_of_the_price_list_and_unknown_where_it_has_none(tmp_path: Path) -> None:
    one = made(tmp_path, "http://x/v1")
    wanted = (Decimal(one.usage.prompt_tokens) + 10 * Decimal(one.usage.completion_tokens)) / 1_000_000
    assert one.usd == wanted
    desk = Desk(seat("http://x/v1"), Replies(tmp_path), encode, WORDS)
    assert estimate(desk, Part(1, [SAMPLE]), Part(0, []), {}).usd is None


def test_a_run_that_was_stopped_is_estimated_by_what_is_left(tmp_path: Path) -> None:
    longer = replace(SAMPLE, answer="One thing. Another thing. A third thing. Buy faster hardware today.")
    with FaultServer(reply=judge) as server:
        with engine(tmp_path, seat(server.openai), till(tmp_path)) as asked:
            asked.score(longer, METRICS, 0)
        whole = made(tmp_path, server.openai, sample=longer)
        kept = sorted((tmp_path / "replies").rglob("*.json"))
        for file in kept[::2]:
            file.unlink()
        left = made(tmp_path, server.openai, sample=longer)
    assert (whole.calls, whole.kept) == (0, len(kept))
    assert len(kept[::2]) <= left.calls <= len(kept)
    assert left.calls + left.kept == len(kept)


def test_a_refusal_is_only_judged_by_its_passages(tmp_path: Path) -> None:
    refused = Sample(SAMPLE.question, "", SAMPLE.contexts, SAMPLE.reference)
    assert made(tmp_path, "http://x/v1", sample=refused).calls == 3


def test_replies_that_nobody_wrote_are_not_kept(tmp_path: Path) -> None:
    made(tmp_path, "http://x/v1")
    assert list((tmp_path / "replies").rglob("*.json")) == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1.0),
        ({"type": "boolean"}, True),
        ({"type": "array", "items": {"type": "string"}}, ["a", "b"]),
    ],
)
def test_a_reply_of_a_schema_has_its_form(schema: dict[str, object], expected: object) -> None:
    assert invented(schema, ["a", "b"]) == expected
