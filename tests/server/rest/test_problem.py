"""Errors over HTTP: what was wrong and what to do, never how it came about."""

from __future__ import annotations

from typing import Never

import pytest
from starlette.testclient import TestClient

from mlplaybook.ingest.errors import IndexCorrupt
from mlplaybook.server.live import Live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.log import Log
from mlplaybook.server.rest.problem import problem_of
from tests.server.rest.world import HOME, Reach, World

SECRET = "what my secret question was"


class Broken(Live):
    """A service in which something is wrong that nobody foresaw."""

    def __init__(self) -> None:
        return

    def lend(self) -> Never:
        raise KeyError(SECRET)


def broken_client(world: World, *, questions: bool = False) -> TestClient:
    app = create_app(Broken(), world.settings(), log=Log(world.written, questions=questions))
    return TestClient(app, HOME, raise_server_exceptions=True)


def test_what_nobody_foresaw_is_told_without_a_word_of_it(world: World) -> None:
    got = broken_client(world).post("/v1/search", json={"query": SECRET})
    assert (got.status_code, got.headers["content-type"]) == (500, "application/problem+json")
    assert set(got.json()) == {"type", "title", "status", "code", "detail", "remedy", "request_id"}
    assert SECRET not in got.text
    assert "Traceback" not in got.text
    assert "KeyError" not in got.text


def test_the_log_says_where_it_happened_and_not_what_was_asked(world: World) -> None:
    got = broken_client(world).post("/v1/search", json={"query": SECRET})
    failed, request = world.lines()
    assert (failed["error"], failed["request"]) == ("KeyError", got.headers["x-request-id"])
    assert "lend" in failed["where"][-1]
    assert (request["status"], request["problem"]) == (500, "failed")
    assert SECRET not in world.written.getvalue()


def test_words_of_questions_stand_in_the_log_only_where_that_is_allowed(reach: Reach, world: World) -> None:
    reach().post("/v1/search", json={"query": SECRET})
    assert SECRET not in world.written.getvalue()
    reach(log_questions=True).post("/v1/search", json={"query": SECRET})
    assert world.lines()[-1]["question"] == SECRET


def test_what_was_sent_is_not_sent_back(client: TestClient) -> None:
    got = client.post("/v1/search", json={"query": ["<script>alert(1)</script>"], "k": "many"})
    assert got.status_code == 400
    assert [error["place"] for error in got.json()["errors"]] == ["body.query", "body.k"]
    assert "script" not in got.text


@pytest.mark.parametrize(
    "body",
    [b'{"query": "a', b"\xff\xfe", b"[" * 50_000, b'{"query": ' + b"9" * 5_000 + b"}", b"", b"null", b'"text"', b"[]"],
)
def test_what_is_no_json_or_no_object_is_refused(client: TestClient, body: bytes) -> None:
    got = client.post("/v1/search", content=body, headers={"Content-Type": "application/json"})
    assert (got.status_code, got.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/search", '{"query": "drift \\ud800"}'),
        ("/v1/search", '{"query": "drift", "profile": {"\\udfff": "a"}}'),
        ("/v1/calculate/psi", '{"inputs": {"a": NaN}}'),
        ("/v1/calculate/psi", '{"inputs": {"a": 1e999}}'),
        ("/v1/calculate/psi", '{"inputs": {"a": -Infinity}}'),
        ("/v1/decisions/x", '{"inputs": {"a": ' + "[" * 200 + "]" * 200 + "}}"),
        ("/v1/search", '{"query": "drift", "k": "5"}'),
        ("/v1/search", '{"query": "drift", "k": true}'),
        ("/v1/search", '{"query": "drift", "unknown": 1}'),
    ],
)
def test_what_is_no_text_or_number_or_was_not_asked_for_is_refused(client: TestClient, path: str, body: str) -> None:
    got = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (got.status_code, got.json()["code"]) == (400, "bad-request")


def test_a_whole_number_may_be_written_with_a_point(client: TestClient) -> None:
    assert client.post("/v1/search", json={"query": "drift", "k": 1.0}).status_code == 200


def test_methods_that_are_not_taken_are_405_with_those_that_are(client: TestClient) -> None:
    got = client.put("/v1/decisions/serving-strategy")
    assert (got.status_code, got.headers["allow"]) == (405, "GET, POST")
    assert client.get("/v1/rubrics/a/score").headers["allow"] == "POST"


def test_what_is_wrong_with_the_service_is_503() -> None:
    problem = problem_of(IndexCorrupt("The index is damaged.", "Run: mlplaybook ingest"))
    assert (problem.status, problem.code, problem.remedy) == (503, "index-corrupt", "Run: mlplaybook ingest")
