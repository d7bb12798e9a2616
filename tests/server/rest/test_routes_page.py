"""The files of the page, and sections ready to be shown."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from mlplaybook.server.rest.page_files import read_assets
from mlplaybook.server.rest.routes_page import PAGE_POLICY, START
from mlplaybook.server.rest.sections import ShownRecord
from tests.conftest import DRIFT
from tests.server.rest.world import Reach, World

CUTS = "which-cut-offs-raise-an-alert"
QUOTE = "An index below 0.1 counts as stable."
START_OF_QUOTE = DRIFT.index(QUOTE)
IMPORTED = re.compile(r"(?:from |import\()\"\./([a-z-]+\.js)\"")
RANGE = {"char_start": START_OF_QUOTE, "char_end": START_OF_QUOTE + len(QUOTE)}


def test_the_page_comes_with_the_strictest_policy(client: TestClient) -> None:
    found = client.get("/")
    assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert found.headers["content-security-policy"] == PAGE_POLICY
    assert "default-src 'none'" in PAGE_POLICY
    assert "require-trusted-types-for 'script'" in PAGE_POLICY


def test_the_page_names_only_files_that_it_has_and_none_from_elsewhere(client: TestClient) -> None:
    named = re.findall(r'(?:src|href)="([^"]*)"', client.get("/").text)
    files = [name for name in named if name.startswith("/page/")]
    assert [name for name in named if name.startswith(("http", "//"))] == []
    assert [name for name in files if client.get(name).status_code != 200] == []
    assert reached({name.removeprefix("/page/") for name in files}) == set(read_assets()) - {START}


def reached(names: set[str]) -> set[str]:
    """The files with those that their scripts import, at once or when a view is opened."""
    code = {name: asset.content.decode() for name, asset in read_assets().items()}
    more = {found for name in names for found in IMPORTED.findall(code[name])} - names
    return reached(names | more) if more else names


def test_the_page_has_no_script_or_style_of_its_own() -> None:
    page = read_assets()[START].content.decode()
    assert re.findall(r"<style|<script>|\sstyle=|\son\w+=", page) == []


def test_no_file_parses_html_or_asks_another_machine() -> None:
    code = {name: asset.content.decode() for name, asset in read_assets().items() if name.endswith((".js", ".css"))}
    parsers = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc|createContextualFragment"
    )
    remote = re.compile(r"https?://(?!www\.w3\.org/)|@import|url\(")
    assert {name: parsers.findall(text) for name, text in code.items() if parsers.search(text)} == {}
    assert {name: remote.findall(text) for name, text in code.items() if remote.search(text)} == {}


def test_a_file_is_sent_packed_and_once(client: TestClient) -> None:
    first = client.get("/page/main.js")
    assert first.headers["content-encoding"] == "gzip"
    again = client.get("/page/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/page/main.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == first.text


def test_nothing_but_the_page_s_files_is_sent(client: TestClient) -> None:
    for name in ("app.py", "..%2Fapp.py", "%2e%2e/app.py", "main.js%00"):
        assert client.get(f"/page/{name}").status_code == 404


def test_the_page_needs_no_key_but_sections_do(world: World, reach: Reach) -> None:
    client = reach(rest_keys=True)
    assert client.get("/").status_code == 200
    assert client.get("/v1/sections/drift").status_code == 401
    with_key = reach(world.key("read"), rest_keys=True)
    assert with_key.get("/v1/sections/drift").status_code == 200


def test_a_section_is_a_tree_with_the_quoted_words_marked(client: TestClient) -> None:
    found = client.get("/v1/sections/drift", params={"heading": CUTS, **RANGE}).json()
    ShownRecord.model_validate(found)
    assert (found["section"], found["marked"]) == (f"drift#{CUTS}", True)
    assert found["nodes"][0] == {"tag": "h", "nodes": ["Which cut-offs raise an alert?"], "level": 2, "anchor": CUTS}
    assert {"tag": "mark", "nodes": [QUOTE]} in found["nodes"][1]["nodes"]
    assert found["sources"] == [
        {"key": "siddiqi-2006", "title": "Credit Risk Scorecards", "url": "https://example.org/book"}
    ]


def test_a_page_lists_its_sections(client: TestClient) -> None:
    found = client.get("/v1/sections/drift").json()
    ShownRecord.model_validate(found)
    assert (found["marked"], found["title"]) == (False, "Drift detection")
    assert [(one["title"], one["structural"]) for one in found["sections"]] == [
        ("Drift detection", True), ("Which cut-offs raise an alert?", False), ("How is the index computed in Python?", False),
    ]  # fmt: skip


def test_a_page_or_section_that_does_not_exist_is_not_found(client: TestClient) -> None:
    assert client.get("/v1/sections/nothing").status_code == 404
    assert client.get("/v1/sections/drift", params={"heading": "nothing"}).status_code == 404


def test_ranges_that_are_none_mark_nothing(client: TestClient) -> None:
    for params in ({"char_start": 9, "char_end": 3}, {"char_start": 5}, {"char_start": 10**9, "char_end": 10**9}):
        assert client.get("/v1/sections/drift", params=params).json()["marked"] is False
    assert client.get("/v1/sections/drift", params={"char_start": -1, "char_end": 3}).status_code == 400
