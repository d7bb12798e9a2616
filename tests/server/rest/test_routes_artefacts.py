"""Templates, checks, rubrics, decisions and formulas over HTTP: the core's records, and 404 only for what a path names."""

from __future__ import annotations

import dataclasses
import json

import pytest
from starlette.testclient import TestClient

from mlplaybook.server.calls.artefacts import calculate, decide, score
from mlplaybook.server.calls.library import list_artefacts

NOTES = "Goal: cut churn of monthly subscribers from 5% to 4% by July. Latency: 200 ms at p95."


@pytest.mark.parametrize("kind", ["template", "checklist", "rubric", "decision", "calculator"])
def test_everything_that_is_listed_can_be_shown(client: TestClient, kind: str) -> None:
    listed = client.get(f"/v1/{kind}s").json()["items"]
    assert [one["id"] for one in listed] == [one.id for one in list_artefacts(kind)]  # type: ignore[arg-type]
    for one in listed:
        got = client.get(f"/v1/{kind}s/{one['id']}")
        assert (got.status_code, got.json()["id"]) == (200, one["id"])


@pytest.mark.parametrize("kind", ["template", "checklist", "rubric", "decision", "calculator"])
def test_what_is_not_there_is_404_with_what_is(client: TestClient, kind: str) -> None:
    got = client.get(f"/v1/{kind}s/no-such-thing")
    assert (got.status_code, got.json()["code"]) == (404, "bad-name")
    assert got.json()["remedy"]


def test_a_template_is_filled_from_notes_with_their_words_as_evidence(client: TestClient) -> None:
    body = {"notes": [{"name": "kickoff.md", "text": NOTES}], "values": {"ml_task_type": "binary classification"}}
    got = client.post("/v1/templates/problem-brief/fill", json=body)
    made = got.json()
    assert (got.status_code, made["file"], made["media_type"]) == (200, "problem-brief.yaml", "application/yaml")
    field = made["fill"]["fields"]["problem_brief.latency_requirement"]
    evidence = field["evidence"][0]
    assert field["status"] == "filled"
    assert NOTES[evidence["char_start"] : evidence["char_end"]] == evidence["quote"]
    assert "200 ms" in made["document"]


def test_a_document_that_was_filled_before_keeps_its_edits(client: TestClient) -> None:
    first = client.post("/v1/templates/problem-brief/fill", json={}).json()["document"]
    edited = first.replace("- Data still too poor after 2 weeks of cleaning", "- A rule is as good as the model")
    assert edited != first
    body = {"notes": [{"name": "kickoff.md", "text": NOTES}], "earlier": edited}
    again = client.post("/v1/templates/problem-brief/fill", json=body).json()["document"]
    assert "- A rule is as good as the model" in again
    assert "200 ms" in again


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"values": {"no_such_field": 1}}, "bad-name"),
        ({"format": "hub"}, "bad-setting"),
        ({"earlier": "a: 1"}, "bad-document"),
    ],
)
def test_what_a_body_names_and_is_not_there_is_422(client: TestClient, body: dict[str, object], code: str) -> None:
    got = client.post("/v1/templates/problem-brief/fill", json=body)
    assert (got.status_code, got.json()["code"]) == (422, code)


def test_a_template_that_is_not_there_cannot_be_filled(client: TestClient) -> None:
    assert client.post("/v1/templates/nothing/fill", json={}).status_code == 404


def test_what_was_filled_can_be_checked(client: TestClient) -> None:
    document = client.post("/v1/templates/problem-brief/fill", json={}).json()
    got = client.post("/v1/check", json={"text": document["document"], "file": document["file"]}).json()
    assert (got["template"], got["errors"] > 0) == ("problem-brief", True)
    assert got["errors"] + got["warnings"] + got["notes"] == len(got["findings"])


def test_a_document_that_fits_no_template_is_422(client: TestClient) -> None:
    assert client.post("/v1/check", json={"text": "a: 1"}).json()["code"] == "bad-document"


def test_ratings_come_to_the_score_of_the_core(client: TestClient) -> None:
    ratings = {"completeness": 4, "accuracy": {"score": 2, "evidence": "an audit"}}
    got = client.post("/v1/rubrics/data-quality/score", json={"ratings": ratings})
    expected = json.loads(json.dumps(dataclasses.asdict(score("data-quality", ratings)[0])))
    assert got.json() == expected
    assert (got.json()["status"], client.post("/v1/rubrics/none/score", json={}).status_code) == ("partial", 404)


def test_a_rating_off_the_scale_is_422_and_says_the_scale(client: TestClient) -> None:
    got = client.post("/v1/rubrics/data-quality/score", json={"ratings": {"completeness": 9}})
    assert got.status_code == 422
    assert "from 0 to 5" in got.json()["remedy"]


def test_a_decision_is_that_of_the_core_also_under_another_name(client: TestClient) -> None:
    inputs = {"must_work_offline": True, "fits_device": False}
    got = client.post("/v1/decisions/serving-strategy", json={"inputs": inputs}).json()
    verdict = decide("serving-strategy", inputs)[0]
    assert got["verdict"] == json.loads(json.dumps(dataclasses.asdict(verdict)))
    assert client.post("/v1/decisions/Serving%20Strategy", json={"inputs": inputs}).json()["verdict"] == got["verdict"]


def test_an_input_that_a_decision_does_not_have_is_422(client: TestClient) -> None:
    got = client.post("/v1/decisions/serving-strategy", json={"inputs": {"latency": 5}})
    assert (got.status_code, got.json()["code"]) == (422, "bad-name")
    assert "must_work_offline" in got.json()["remedy"]


def test_a_formula_is_worked_out_as_by_the_core(client: TestClient) -> None:
    inputs = {"baseline": "4%", "lift": "5%"}
    got = client.post("/v1/calculate/sample%20size", json={"inputs": inputs})
    assert got.json() == json.loads(json.dumps(dataclasses.asdict(calculate("ab-sample-size", inputs))))


def test_a_formula_takes_the_columns_of_tables(client: TestClient) -> None:
    reference = "score\n" + "\n".join(str(n % 10) for n in range(200))
    actual = "score\n" + "\n".join(str(n % 7) for n in range(200))
    got = client.post("/v1/calculate/psi", json={"csv": actual, "reference": reference, "column": "score"})
    assert (got.status_code, got.json()["calculator"]) == (200, "psi")


def test_an_input_that_is_missing_is_asked_for(client: TestClient) -> None:
    got = client.post("/v1/calculate/kv-cache", json={})
    assert (got.status_code, got.json()["code"]) == (422, "bad-document")


def test_steps_are_listed_and_one_that_is_not_there_is_404(client: TestClient) -> None:
    steps = client.get("/v1/steps").json()["steps"]
    assert (len(steps), steps[0]["number"]) == (21, 1)
    assert client.post("/v1/steps/nothing/guide", json={}).status_code == 404


def test_an_option_that_a_project_does_not_have_is_422(client: TestClient) -> None:
    got = client.post("/v1/search", json={"query": "drift", "profile": {"stage": "prototype"}})
    assert (got.status_code, got.json()["code"]) == (422, "bad-setting")
