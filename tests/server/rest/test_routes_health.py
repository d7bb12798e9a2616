"""Alive, ready, figures, and the page of endpoints."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from starlette.testclient import TestClient

from mlplaybook.server.answers.records import Answer, Stamp
from mlplaybook.server.live import Live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.metrics import Metrics, age_seconds
from tests.server.rest.world import HOME, Reach, World


def test_a_process_that_answers_is_alive(client: TestClient) -> None:
    assert client.get("/health").json()["status"] == "ok"


def test_a_service_is_ready_when_everything_is_loaded(client: TestClient, world: World) -> None:
    got = client.get("/ready")
    generation = world.service.index.manifest.generation
    assert (got.status_code, got.json()) == (
        200, {"status": "ready", "generation": generation, "degraded": [], "trouble": ""},
    )  # fmt: skip


def test_a_service_that_still_loads_answers_and_says_that_it_is_not_ready(world: World) -> None:
    class Loading(Live):
        def follow(self) -> None:
            """It goes on loading."""

    live = Loading(world.service, lambda: world.service.index, lambda: "")
    client = TestClient(create_app(live, world.settings()), HOME)
    assert (client.get("/ready").status_code, client.get("/ready").json()["status"]) == (503, "loading")
    assert client.get("/health").status_code == 200
    assert client.post("/v1/search", json={"query": "drift"}).status_code == 200


def figures(text: str) -> dict[str, float]:
    return {
        name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{.*?\})?) ([\d.e+-]+)$", text, re.MULTILINE)
    }


def test_requests_are_counted_by_route_and_not_by_what_people_type(client: TestClient) -> None:
    client.get("/v1/pages/drift")
    client.get("/v1/pages/nothing-at-all")
    client.get("/wp-admin")
    client.request("PROPFIND", "/v1/pages")
    text = client.get("/metrics").text
    found = figures(text)
    assert found['mlplaybook_requests_total{method="GET",route="/v1/pages/{id:path}",status="200"}'] == 1
    assert found['mlplaybook_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['mlplaybook_refused_total{code="page-missing"}'] == 1
    client.get("/openapi.json")
    assert (
        figures(client.get("/metrics").text)[
            'mlplaybook_requests_total{method="GET",route="/openapi.json",status="200"}'
        ]
        == 1
    )
    assert "nothing-at-all" not in text
    assert "PROPFIND" not in text


def test_figures_say_what_serves_and_how_old_it_is(client: TestClient) -> None:
    found = figures(client.get("/metrics").text)
    assert found['mlplaybook_state{what="ready"}'] == 1
    assert found['mlplaybook_state{what="searches_inside"}'] == 0
    assert 0 <= found['mlplaybook_state{what="generation_age_seconds"}'] < 3_600
    assert age_seconds("2026-11-21T12:00:00", datetime(2026, 11, 21, 13, tzinfo=UTC)) == 3_600


def test_answers_are_counted_with_what_became_of_their_statements() -> None:
    metrics = Metrics()
    stamp = Stamp(
        "c", "g", "e", "v", model="openai:m", tokens=120, cost_usd=0.5, timings_ms={"search": 20.0, "answer": 400.0}
    )
    made = Answer(
        "q", "partial", 0.5, "t", (), (), "extractive", ("dense", "llm: openai:m timed out"), stamp, removed=2
    )
    metrics.answered(made)
    found = figures(metrics.write().decode())
    assert found['mlplaybook_answers_total{mode="extractive",status="partial"}'] == 1
    assert found['mlplaybook_statements_total{verified="no"}'] == 2
    assert found['mlplaybook_fallbacks_total{reason="llm"}'] == 1
    assert found['mlplaybook_tokens_total{model="openai:m"}'] == 120
    assert found['mlplaybook_usd_total{model="openai:m"}'] == 0.5
    assert found['mlplaybook_stage_seconds_count{stage="search"}'] == 1


def test_figures_need_a_key_for_admins_unless_the_settings_open_them(reach: Reach) -> None:
    assert reach(rest_keys=True).get("/metrics").status_code == 401
    assert reach(rest_keys=True, rest_open_metrics=True).get("/metrics").status_code == 200


class Reader(HTMLParser):
    """Collects what a page loads, and whatever could run."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loads += [
            str(values[name]) for name in ("src", "href") if name in values and tag in {"link", "script", "img"}
        ]
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag in {"style", "iframe"} or (tag == "script" and "src" not in values) else []
        self.ids += [str(values["id"])] if "id" in values else []


def test_the_page_of_endpoints_has_all_of_them_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    got, reader = client.get("/docs"), Reader()
    reader.feed(got.text)
    operations = client.get("/openapi.json").json()["paths"].values()
    assert sorted(reader.ids) == sorted(
        operation["operationId"] for methods in operations for operation in methods.values()
    )
    assert (reader.loads, reader.inline) == (["/docs.css"], [])
    assert client.get("/docs.css").headers["content-type"].startswith("text/css")


def test_a_host_header_cannot_write_into_the_page(client: TestClient) -> None:
    got = client.get("/docs", headers={"Host": 'localhost"><script>'})
    assert got.status_code == 421
    assert "<script" not in client.get("/docs").text
