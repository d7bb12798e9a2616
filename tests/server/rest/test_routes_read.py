"""Searching, reading and verifying over HTTP: the records of the command line, with statuses."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from mlplaybook.server.calls.search import SearchRequest, search, search_reply_record
from tests.conftest import DRIFT
from tests.server.rest.world import Reach, World

INDEX = "drift#which-cut-offs-raise-an-alert"


def test_a_search_gives_the_record_of_the_command_line(client: TestClient, world: World) -> None:
    got = client.post("/v1/search", json={"query": "Which index raises an alert?", "k": 1})
    asked = SearchRequest("Which index raises an alert?", 1)
    assert (got.status_code, got.json()) == (200, search_reply_record(search(world.service, asked)))
    assert got.json()["hits"][0]["section"] == INDEX


def test_cursors_lead_through_all_hits_once(client: TestClient) -> None:
    seen: list[str] = []
    body: dict[str, Any] = {"query": "drift index leakage rows", "k": 1, "cursor": ""}
    while True:
        got = client.post("/v1/search", json=body).json()
        seen += [hit["section"] for hit in got["hits"]]
        body["cursor"] = got["next_cursor"]
        if not got["next_cursor"]:
            break
    assert len(seen) == len(set(seen)) > 2


def test_only_the_pages_of_the_filter_are_found(client: TestClient) -> None:
    got = client.post("/v1/search", json={"query": "drift", "only": {"pages": ["data/leakage"]}}).json()
    assert {hit["document"] for hit in got["hits"]} == {"data/leakage"}


def test_a_filter_that_no_page_passes_is_told_with_what_to_do(client: TestClient) -> None:
    got = client.post("/v1/search", json={"query": "drift", "only": {"pages": ["nothing"]}})
    assert (got.status_code, got.json()["code"]) == (422, "page-missing")
    assert got.json()["remedy"]


def test_a_question_of_4000_characters_is_read_and_a_longer_one_refused(client: TestClient) -> None:
    longest = ("drift " * 667)[:4_000]
    assert client.post("/v1/search", json={"query": longest}).status_code == 200
    got = client.post("/v1/search", json={"query": f"{longest}!"})
    assert (got.status_code, got.json()["errors"][0]["place"]) == (400, "body.query")


def test_pages_are_listed_by_folder(client: TestClient) -> None:
    listed = client.get("/v1/pages").json()["pages"]
    below = client.get("/v1/pages", params={"folder": "data"}).json()["pages"]
    assert ([page["id"] for page in listed], [page["id"] for page in below]) == (
        ["data/leakage", "drift"],
        ["data/leakage"],
    )


def test_a_page_is_read_whole_and_exactly(client: TestClient) -> None:
    got = client.get("/v1/pages/drift").json()
    assert DRIFT[got["char_start"] : got["char_end"]] == got["text"]
    assert (got["truncated"], got["sources"][0]["key"]) == (False, "siddiqi-2006")
    assert INDEX in got["sections"]


def test_a_section_is_read_by_heading_or_by_its_whole_name(client: TestClient) -> None:
    by_heading = client.get("/v1/pages/drift", params={"heading": "which-cut-offs-raise-an-alert"}).json()
    by_name = client.get("/v1/pages/drift%23which-cut-offs-raise-an-alert").json()
    assert by_heading == by_name
    assert by_name["section"] == INDEX


def test_a_long_page_is_read_piece_by_piece(client: TestClient) -> None:
    pieces, cursor = [], ""
    while True:
        got = client.get("/v1/pages/drift", params={"max_tokens": 50, "cursor": cursor}).json()
        pieces.append(got["text"])
        cursor = got["next_cursor"]
        if not cursor:
            break
    assert len(pieces) > 1
    assert "".join(pieces) == client.get("/v1/pages/drift").json()["text"]


def test_a_page_that_is_not_there_is_404_with_the_nearest(client: TestClient) -> None:
    for name in ("drif", "drift%23nothing", "../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "drift%00"):
        got = client.get(f"/v1/pages/{name}")
        assert (got.status_code, got.headers["content-type"]) == (404, "application/problem+json"), name
    assert "drift" in client.get("/v1/pages/drif").json()["remedy"]


def test_quotes_hold_or_are_altered_or_missing(client: TestClient) -> None:
    true = "A population stability index above 0.2 raises an alert."
    quotes = [
        {"quote": true, "section": INDEX},
        {"quote": true.replace("0.2", "0.3"), "section": INDEX},
        {"quote": "Bananas are yellow fruit of the tropics."},
    ]
    got = client.post("/v1/verify", json={"quotes": quotes}).json()
    assert [one["state"] for one in got["quotes"]] == ["holds", "altered", "missing"]
    assert "0.2" in got["quotes"][1]["nearest"]
    assert got["all_hold"] is False


def test_the_quotes_of_a_text_are_verified_where_it_says_they_stand(client: TestClient) -> None:
    text = f'The page says "An index below 0.1 counts as stable." ({INDEX}), see also data/leakage#preventing-leakage.'
    got = client.post("/v1/verify", json={"text": text}).json()
    assert got["all_hold"] is True
    assert [(one["quote"], one["section"]) for one in got["quotes"]] == [
        ("An index below 0.1 counts as stable.", INDEX), ("", "data/leakage#preventing-leakage"),
    ]  # fmt: skip


def test_a_text_without_quotes_cannot_be_verified(client: TestClient) -> None:
    got = client.post("/v1/verify", json={"text": "Nothing is quoted here."})
    assert (got.status_code, got.json()["code"]) == (422, "no-quotes")


def test_reading_needs_a_key_for_reading(reach: Reach, world: World) -> None:
    for path in ("/v1/pages", "/v1/pages/drift", "/v1/pages/data/leakage"):
        assert reach(rest_keys=True).get(path).status_code == 401
        assert reach(world.key("read"), rest_keys=True).get(path).status_code == 200
