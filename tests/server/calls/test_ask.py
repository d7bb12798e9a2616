"""Answers, and the same as events with names and records."""

from __future__ import annotations

import dataclasses
import json

import pytest

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.calls.ask import (
    Delta,
    Failed,
    Finished,
    Restart,
    StreamEvent,
    ask_events,
    event_record,
)
from mlplaybook.server.service import Query, Service, answer
from tests.server.test_writer import CUT_OFFS, QUOTE, Scripted, reply

QUESTION = "Which population stability index raises an alert?"
TRUE = reply(("An index above 0.2 raises an alert.", CUT_OFFS, QUOTE))


def names(events: list[StreamEvent]) -> list[str]:
    return [event_record(event)[0] for event in events]


def answer_of(events: list[StreamEvent]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def test_events_tell_the_answer_statement_by_statement(service: Service) -> None:
    events = list(ask_events(service, Query(QUESTION, wish="extractive")))
    made = answer_of(events).answer
    said = [event.statement for event in events if isinstance(event, Delta)]
    assert tuple(said) == made.statements
    assert names(events)[:2] == ["meta", "retrieval"]
    assert names(events)[-3:] == ["status", "usage", "done"]
    assert [event.number for event in events if isinstance(event, Delta)] == list(range(len(said)))
    cited = {c for statement in made.statements for c in statement.citations}
    assert names(events).count("citation") == len(cited)


def test_the_answer_is_that_of_the_plain_call(service: Service) -> None:
    request = Query(QUESTION, wish="extractive")
    made = answer_of(list(ask_events(service, request))).answer
    assert answer(service, request).text == made.text


def test_an_answer_that_was_kept_is_told_without_a_search(service: Service) -> None:
    request = Query(QUESTION, wish="extractive")
    answer(service, request)
    events = list(ask_events(service, request))
    assert "retrieval" not in names(events)
    assert answer_of(events).answer.stamp.cached


def test_what_a_model_said_before_it_began_anew_is_void(service: Service) -> None:
    other = reply(("An index below 0.1 is stable.", CUT_OFFS, "An index below 0.1 counts as stable."))
    model = Scripted((TRUE, other))
    events = list(ask_events(dataclasses.replace(service, models=(model,)), Query(QUESTION, wish="llm")))
    last = max(number for number, event in enumerate(events) if isinstance(event, Restart))
    said = [event.statement for event in events[last:] if isinstance(event, Delta)]
    assert tuple(said) == answer_of(events).answer.statements
    assert [event.number for event in events[last:] if isinstance(event, Delta)] == list(range(len(said)))
    assert [statement.text for statement in said] == ["An index below 0.1 is stable."]


def test_a_model_that_lies_ends_in_an_error_with_an_answer(service: Service) -> None:
    model = Scripted((reply(("An index above 9 raises an alert.", CUT_OFFS, "no page has these words")),))
    events = list(ask_events(dataclasses.replace(service, models=(model,)), Query(QUESTION, wish="llm")))
    assert [event.fallback for event in events if isinstance(event, Failed)] == ["extractive"]
    made = answer_of(events).answer
    assert (made.status, made.mode) == ("answered", "extractive")


def test_without_a_model_the_reason_comes_as_an_error_with_an_answer(service: Service) -> None:
    events = list(ask_events(service, Query(QUESTION, wish="llm")))
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert "no model is named" in failed.cause
    assert failed.fallback == "extractive"
    assert answer_of(events).answer.status == "answered"


def test_a_question_that_cannot_be_asked_ends_the_stream_with_an_error(service: Service) -> None:
    events = list(ask_events(service, Query("  ")))
    assert names(events) == ["meta", "error"]
    assert event_record(events[-1])[1]["code"] == "bad-question"
    with pytest.raises(BadQuestion):
        answer(service, Query("  "))


def test_every_record_is_json(service: Service) -> None:
    for question in (QUESTION, "How are pancakes baked?", ""):
        for event in ask_events(service, Query(question)):
            json.dumps(event_record(event)[1])
