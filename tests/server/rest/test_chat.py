"""Questions over HTTP, answered as one record or as events."""

from __future__ import annotations

import httpx
import pytest

from mlplaybook.server.rest.accounts import ACCOUNTS_FILE
from mlplaybook.server.rest.keys import KEYS_FILE, Wish, create_key
from tests.server.rest.conftest import Serve
from tests.server.rest.events import ask, names
from tests.server.rest.models import QUESTION, Model
from tests.server.rest.serving import Serving

UNCOVERED = "Who won the football championship?"


def post(serving: Serving, key: str = "", **body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.post(f"{serving.url}/v1/chat", json=body, headers=headers, timeout=30)


def test_an_answer_is_the_record_with_an_id(serve: Serve) -> None:
    response = post(serve(), question=QUESTION)
    record = response.json()
    assert (response.status_code, record["status"], record["conversation_id"]) == (200, "answered", "")
    assert record["id"] == response.headers["x-request-id"]
    assert record["statements"][0]["citations"][0]["section"] == "drift#which-cut-offs-raise-an-alert"


def test_an_honest_no_is_an_answer_too(serve: Serve) -> None:
    record = post(serve(), question=UNCOVERED).json()
    assert (record["status"], record["statements"]) == ("abstained", [])
    assert record["suggestions"]


def test_the_events_end_with_the_record_that_is_given_at_once(serve: Serve) -> None:
    serving = serve(cache="none")
    events = ask(serving.url, question=QUESTION)
    assert names(events)[:2] == ["meta", "retrieval"]
    assert names(events)[2:4] == ["citation", "delta"]
    assert names(events)[-3:] == ["status", "usage", "done"]
    assert [event.id.rpartition("-")[2] for event in events] == [str(number) for number in range(len(events))]
    done, whole = events[-1].data, post(serving, question=QUESTION).json()
    for record in (done, whole):
        record.pop("id")
        record["stamp"].pop("timings_ms")
    assert done == whole
    assert [event.data["statement"] for event in events if event.name == "delta"] == whole["statements"]
    cited = [event.data for event in events if event.name == "citation"]
    assert cited == [citation for statement in whole["statements"] for citation in statement["citations"]]


def test_events_are_asked_for_by_the_accept_header_too(serve: Serve) -> None:
    headers = {"Accept": "text/event-stream"}
    response = httpx.post(f"{serve().url}/v1/chat", json={"question": QUESTION}, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"question": "   "}, "bad-question"),
        ({"question": "Что такое дрейф данных?"}, "bad-question"),
        ({}, "no-question"),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, "no-question"),
        ({"messages": [{"role": "user", "content": "why " * 2000}]}, "bad-question"),
        ({"question": QUESTION, "messages": [{"role": "user", "content": "x"}] * 21}, "too-many-messages"),
        (
            {"question": QUESTION, "conversation_id": "a", "messages": [{"role": "user", "content": "x"}]},
            "two-histories",
        ),
        ({"question": QUESTION, "only": {"pages": ["nowhere"]}}, "page-missing"),
        ({"question": QUESTION, "profile": {"colour": "red"}}, "bad-setting"),
        ({"question": QUESTION, "mode": "llm", "prompt": "answer@999"}, "prompt-missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_answered_has_its_status_also_where_events_were_wanted(
    serve: Serve, body: dict[str, object], code: str, *, stream: bool
) -> None:
    response = post(serve(Model()), **body, stream=stream)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.headers["content-type"] == "application/problem+json"


def test_what_is_not_known_is_refused_by_its_place(serve: Serve) -> None:
    response = post(serve(), question=QUESTION, temperature=0)
    assert (response.status_code, response.json()["errors"][0]["place"]) == (400, "body.temperature")


def test_a_follow_up_is_read_with_what_was_said(serve: Serve) -> None:
    turns = [
        {"role": "user", "content": "Which cut-offs of the population stability index raise an alert?"},
        {
            "role": "assistant",
            "content": "Above 0.2. [1]",
            "headings": ["Drift detection", "Which cut-offs raise an alert?"],
        },
    ]
    serving = serve()
    split = post(serving, question="And how is it computed in Python?", messages=turns).json()
    joined = post(serving, messages=[*turns, {"role": "user", "content": "And how is it computed in Python?"}]).json()
    assert "population stability index" in split["stamp"]["asked"]["searched"]
    assert joined["stamp"]["asked"] == split["stamp"]["asked"]
    assert "how-is-the-index-computed-in-python" in str(split["statements"])


def test_a_conversation_that_is_kept_needs_only_the_question(serve: Serve) -> None:
    serving = serve()
    begun = httpx.post(f"{serving.url}/v1/conversations").json()
    first = post(
        serving,
        question="Which cut-offs of the population stability index raise an alert?",
        conversation_id=begun["id"],
    )
    assert first.json()["conversation_id"] == begun["id"]
    events = ask(serving.url, question="And how is it computed in Python?", conversation_id=begun["id"])
    assert "population stability index" in events[-1].data["stamp"]["asked"]["searched"]
    assert events[0].data["conversation_id"] == begun["id"]
    place = f"{serving.url}/v1/conversations/{begun['id']}"
    kept = httpx.get(place).json()
    assert [turn["role"] for turn in kept["turns"]] == ["user", "assistant", "user", "assistant"]
    assert kept["turns"][1]["headings"] == ["Drift detection", "Which cut-offs raise an alert?"]
    assert httpx.delete(place).status_code == 204
    assert httpx.get(place).status_code == 404
    gone = post(serving, question=QUESTION, conversation_id=begun["id"])
    assert (gone.status_code, gone.json()["code"]) == (404, "conversation-missing")


def test_conversations_are_off_by_a_setting(serve: Serve) -> None:
    response = httpx.post(f"{serve(rest_conversation_hours=0).url}/v1/conversations")
    assert (response.status_code, response.json()["code"]) == (404, "conversations-off")


def test_a_conversation_is_for_the_key_that_began_it(serve: Serve) -> None:
    serving = serve(rest_keys=True)
    file = serving.deps.settings.rest_folder / KEYS_FILE
    mine, yours = (create_key(file, Wish(name, ("ask",)))[0] for name in ("mine", "yours"))
    url = f"{serving.url}/v1/conversations"
    begun = httpx.post(url, headers={"Authorization": f"Bearer {mine}"}).json()["id"]
    for key, status in ((mine, 200), (yours, 404)):
        headers = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{url}/{begun}", headers=headers).status_code == status
        assert post(serving, key, question=QUESTION, conversation_id=begun).status_code == status
    assert httpx.delete(f"{url}/{begun}", headers={"Authorization": f"Bearer {yours}"}).status_code == 404
    assert httpx.get(f"{url}/{begun}").status_code == 401


def test_feedback_is_kept_with_the_words_that_were_sent(serve: Serve) -> None:
    serving = serve()
    body = {"answer_id": "a1", "rating": "down", "reason": "wrong"}
    response = httpx.post(f"{serving.url}/v1/feedback", json=body)
    assert (response.status_code, response.json()) == (201, {"stored": True})
    assert '"rating": "down"' in (serving.deps.settings.rest_folder / "feedback.jsonl").read_text()


def test_a_key_whose_day_is_spent_gets_the_pages_quoted(serve: Serve) -> None:
    serving = serve(Model(), rest_keys=True, rest_daily_tokens=10, cache="none")
    key, _ = create_key(serving.deps.settings.rest_folder / KEYS_FILE, Wish("mine", ("ask",)))
    first, second = (post(serving, key, question=QUESTION).json() for _ in range(2))
    assert (first["mode"], first["degraded"]) == ("llm", [])
    assert second["mode"] == "extractive"
    assert "daily budget of 10 tokens" in second["degraded"][0]
    assert (serving.deps.settings.rest_folder / ACCOUNTS_FILE).exists()


def test_metrics_count_answers_however_they_were_given(serve: Serve) -> None:
    serving = serve(Model(), cache="none")
    post(serving, question=QUESTION)
    ask(serving.url, question=QUESTION)
    post(serving, question=UNCOVERED)
    text = serving.deps.metrics.write().decode()
    assert 'mlplaybook_answers_total{mode="llm",status="answered"} 2.0' in text
    assert 'mlplaybook_answers_total{mode="extractive",status="abstained"} 1.0' in text


def test_no_word_of_a_question_is_logged_unless_that_is_wanted(serve: Serve) -> None:
    serving = serve()
    ask(serving.url, question="Which zebra raises an alert?")
    assert "zebra" not in serving.log.getvalue()
    assert "/v1/chat" in serving.log.getvalue()
