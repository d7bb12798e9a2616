"""Cursors lead to everything once, whatever fits into one reply."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from mlplaybook.ingest.catalog import read_document
from tests.server.agents.world import World, record_of

LONG_BRIEF = "problem_brief:\n" + "".join(f"  field_{number}: TBD\n" for number in range(40))


def walk(world: World, tool: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records until there are no more."""
    cursor = ""
    for _ in range(100):
        record = record_of(world.call(tool, {**arguments, "cursor": cursor}))
        yield record
        cursor = record.get("next_cursor", "")
        if not cursor:
            return
    raise AssertionError("the cursor never ends")


@pytest.mark.parametrize("most", [500, 900, 4000])
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_every_hit_comes_once_in_the_same_order(world: World, limit: int, most: int) -> None:
    arguments = {"query": "How is step 3 of serving done?", "limit": limit, "max_tokens": most}
    found = [hit["section"] for record in walk(world, "search_playbook", arguments) for hit in record["hits"]]
    whole = record_of(world.call("search_playbook", {"query": arguments["query"], "limit": 20, "max_tokens": 10_000}))
    sections = [hit["section"] for hit in whole["hits"]]
    assert len(found) == len(set(found))
    assert found[: len(sections)] == sections


def test_what_does_not_answer_is_named_in_few_words(world: World) -> None:
    record = record_of(world.call("search_playbook", {"query": "How are pancakes baked with blueberries?", "limit": 3}))
    assert record["coverage"] == "none"
    assert record["hint"].startswith("The playbook does not cover this.")
    assert sum(len(hit["text"].split()) for hit in record["hits"]) <= 60 * 3


def test_a_hit_is_exactly_the_words_of_its_page(world: World) -> None:
    record = record_of(world.call("search_playbook", {"query": "How is serving done?", "max_tokens": 700}))
    with world.deps.live.lend() as service:
        for hit in record["hits"]:
            document = read_document(service.index.catalog, hit["document"])
            assert document is not None
            assert document.text[hit["char_start"] : hit["char_end"]] == hit["text"]


@pytest.mark.parametrize("most", [500, 800, 10_000])
def test_a_page_that_is_read_in_parts_is_the_page(world: World, most: int) -> None:
    parts = list(walk(world, "read_playbook", {"name": "serving", "max_tokens": most}))
    ends = [(part["char_start"], part["char_end"]) for part in parts]
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(ends))
    with world.deps.live.lend() as service:
        document = read_document(service.index.catalog, "serving")
    assert document is not None
    assert (ends[0][0], ends[-1][1]) == (document.body_start, len(document.text.rstrip()))
    assert [part["truncated"] for part in parts] == [True] * (len(parts) - 1) + [False]


def test_a_document_that_is_filled_in_parts_is_the_document(world: World) -> None:
    parts = list(walk(world, "fill_template", {"template": "model-card", "max_tokens": 700}))
    whole = record_of(world.call("fill_template", {"template": "model-card", "max_tokens": 10_000}))
    assert "".join(part["document"] for part in parts) == whole["document"]
    assert len(parts) > 1
    assert not whole["truncated"]


def test_every_finding_comes_once_worst_first(world: World) -> None:
    arguments = {"document": LONG_BRIEF, "template": "problem-brief"}
    parts = list(walk(world, "check_document", {**arguments, "max_tokens": 600}))
    whole = record_of(world.call("check_document", {**arguments, "max_tokens": 10_000}))
    assert [finding for part in parts for finding in part["findings"]] == whole["findings"]
    assert len(parts) > 1


def test_lists_are_told_in_parts(world: World) -> None:
    for tool, key in (("decide", "names"), ("fill_template", "templates"), ("read_playbook", "text")):
        parts = list(walk(world, tool, {"max_tokens": 500}))
        whole = record_of(world.call(tool, {"max_tokens": 10_000}))
        if key == "text":
            assert "".join("".join(part[key].split()) for part in parts) == "".join(whole[key].split())
        else:
            assert [entry for part in parts for entry in part[key]] == whole[key]


def test_every_quote_is_answered_once(world: World) -> None:
    quotes = [{"quote": f"Then worker {number}-3 loads its model", "section": "serving"} for number in range(60)]
    parts = list(walk(world, "verify_citations", {"quotes": quotes, "max_tokens": 800}))
    results = [one for part in parts for one in part["results"]]
    assert [one["quote"] for one in results] == [one["quote"] for one in quotes]
    assert [one["state"] for one in results[:12]] == ["holds"] * 12
    assert all(part["checked"] == 60 for part in parts)
