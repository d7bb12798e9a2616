from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.audit.replay import Recorded, Verdict, read_recorded, replay
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.profiles import Profile
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

QUESTION = "Which population stability index raises an alert?"


def printed(answer: Answer, asked: Asked | None = Asked(), **changes: Any) -> str:  # noqa: B008 (frozen)
    """What `ask --json` prints, once a stamp says how it was asked."""
    record = {**dataclasses.asdict(answer), **changes}
    record["stamp"]["asked"] = dataclasses.asdict(asked) if asked else None
    return json.dumps(record)


@pytest.fixture
def recorded(handbook: Index) -> Recorded:
    return read_recorded(printed(ask(handbook, QUESTION)))


@pytest.fixture
def edited(
    handbook: Index, write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> Index:
    """The handbook with another cut-off."""
    write_pages({"drift.md": DRIFT.replace("above 0.2 raises", "above 0.25 raises"), "data/leakage.md": LEAKAGE})
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))


def model_answer(recorded: Recorded, **changes: Any) -> Recorded:
    answer = dataclasses.replace(recorded.answer, mode="llm", **changes)
    return Recorded(answer, dataclasses.replace(recorded.asked, mode="llm"))


def test_a_record_is_read_with_its_request(handbook: Index) -> None:
    answer = ask(handbook, QUESTION)
    asked = Asked(k=3, pages=("drift",), mmr=0.7, searched="drift cut-offs", parameters={"temperature": 0.0})
    recorded = read_recorded(printed(answer, asked, id="q1"))
    assert recorded.asked == asked
    assert (recorded.answer.text, recorded.answer.statements) == (answer.text, answer.statements)


def test_an_extractive_answer_is_the_same_in_every_byte(handbook: Index, recorded: Recorded) -> None:
    verdict = replay(recorded, handbook)
    assert verdict == Verdict(True, True, (), (), verdict.quotes)
    assert {quote.state for quote in verdict.quotes} == {"holds"}


def test_a_refusal_is_the_same_too(handbook: Index) -> None:
    recorded = read_recorded(printed(ask(handbook, "Who won the football championship?")))
    assert recorded.answer.status == "abstained"
    assert replay(recorded, handbook).same is True


def test_the_request_is_asked_again_as_it_was(handbook: Index) -> None:
    asked = Asked(k=1, folders=("data",))
    answer = ask(handbook, "When should data be split?", 1, asked.only)
    assert replay(read_recorded(printed(answer, asked)), handbook).same is True
    assert replay(read_recorded(printed(answer, Asked(k=5))), handbook).same is False


def test_a_page_that_changed_is_named_with_the_quotes_it_lost(edited: Index, recorded: Recorded) -> None:
    verdict = replay(recorded, edited)
    assert verdict.same is False
    was, now = recorded.answer.stamp.generation, edited.manifest.generation
    assert verdict.changes == (f"corpus: generation {was} is not kept any more, {now} serves",)
    assert {"text", "statements"} <= set(verdict.differences)
    assert "gone" in {quote.state for quote in verdict.quotes}


def test_everything_that_an_answer_rested_on_is_compared(handbook: Index, recorded: Recorded) -> None:
    stamp = dataclasses.replace(
        recorded.answer.stamp, version="0.0.9", encoder="older", tuned_config="abc", prompt="answer@1#0123"
    )
    older = Recorded(dataclasses.replace(recorded.answer, stamp=stamp), recorded.asked)
    verdict = replay(older, handbook, prompt_now=lambda prompt: "answer@1#4567")
    assert verdict.changes == (
        "program: version 0.0.9 then, 0.1.0 now",
        "encoder: older then, words@test now",
        "tuning: abc then, none now",
        "prompt: answer@1#0123 then, answer@1#4567 now",
    )
    assert verdict.same is True


def test_a_search_that_does_not_work_is_named(handbook: Index, recorded: Recorded, tmp_path: Path) -> None:
    lexical = open_index(tmp_path / "index", "handbook", lambda wanted: (None, "no weights"))
    verdict = replay(recorded, lexical)
    assert "search: dense does not work: no weights" in verdict.changes
    assert "degraded" in verdict.differences


def test_an_answer_of_a_model_is_not_made_again(handbook: Index, recorded: Recorded) -> None:
    verdict = replay(model_answer(recorded), handbook)
    assert (verdict.same, verdict.called, verdict.differences) == (True, False, ())


def test_its_quotes_are_looked_up(edited: Index, recorded: Recorded) -> None:
    verdict = replay(model_answer(recorded), edited)
    assert (verdict.same, verdict.called, verdict.differences) == (False, False, ("statements",))


def test_its_text_must_be_what_its_statements_say(handbook: Index, recorded: Recorded) -> None:
    verdict = replay(model_answer(recorded, text="Always retrain. [1]"), handbook)
    assert (verdict.same, verdict.differences) == (False, ("text",))


def test_without_a_quote_nothing_can_be_compared(handbook: Index, recorded: Recorded) -> None:
    assert replay(model_answer(recorded, statements=(), status="abstained"), handbook).same is None


def test_a_model_that_is_called_is_asked_what_was_asked(handbook: Index, recorded: Recorded) -> None:
    calls: list[tuple[str, Asked, Profile]] = []
    by_model = model_answer(recorded, stamp=dataclasses.replace(recorded.answer.stamp, profile={"modelType": "llm"}))
    followed = Recorded(by_model.answer, dataclasses.replace(by_model.asked, searched="index cut-offs"))

    def again(index: Index, question: str, asked: Asked, profile: Profile) -> Answer:
        calls.append((question, asked, profile))
        return dataclasses.replace(followed.answer, question=question)

    assert replay(followed, handbook, again).same is True
    assert calls == [("index cut-offs", followed.asked, Profile((("modelType", "llm"),)))]


def test_why_a_model_had_failed_is_no_difference(handbook: Index, recorded: Recorded) -> None:
    fallback = dataclasses.replace(recorded.answer, degraded=("llm: openai:x did not answer in time",))
    assert replay(Recorded(fallback, dataclasses.replace(recorded.asked, mode="llm")), handbook).same is True


def test_a_cached_answer_is_the_same_as_a_fresh_one(handbook: Index, recorded: Recorded) -> None:
    stamp = dataclasses.replace(recorded.answer.stamp, cached=True, timings_ms={"search": 99.0})
    assert replay(Recorded(dataclasses.replace(recorded.answer, stamp=stamp), recorded.asked), handbook).same is True


def test_a_profile_that_is_not_understood_any_more_is_an_error(handbook: Index, recorded: Recorded) -> None:
    stamp = dataclasses.replace(recorded.answer.stamp, profile={"colour": "red"})
    with pytest.raises(BadSetting, match="no option 'colour'"):
        replay(Recorded(dataclasses.replace(recorded.answer, stamp=stamp), recorded.asked), handbook)


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "null", '{"answer": 42}', '{"error": {"code": "bad-question"}}', "[" * 100_000]
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(BadSource, match="This is no answer of `ask --json`"):
        read_recorded(text)


def test_a_record_without_its_request_is_refused_with_the_remedy(handbook: Index) -> None:
    answer = ask(handbook, QUESTION)
    with pytest.raises(BadSource, match=r"does not say how it was asked .* Ask again with --json"):
        read_recorded(printed(answer, None))
    with pytest.raises(BadSource, match=r"The record's request cannot be read: Asked\.k"):
        read_recorded(printed(answer).replace('"k": 5', '"k": "five"'))
