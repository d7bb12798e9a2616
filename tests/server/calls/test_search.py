"""Sections a page of them at a time."""

from __future__ import annotations

import dataclasses

import pytest

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.calls.search import SearchRequest, first_hits, search, search_reply_record
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Trouble
from mlplaybook.server.service import Service

TROUBLE = Trouble("dense", "still loading")
REQUEST = SearchRequest("Which index raises an alert?", k=2)


def test_pages_of_hits_have_each_section_once(service: Service) -> None:
    whole = [hit.section.id for hit in search(service, dataclasses.replace(REQUEST, k=20)).hits]
    found: list[str] = []
    request = REQUEST
    while True:
        reply = search(service, request)
        found += [hit.section.id for hit in reply.hits]
        if not reply.next_cursor:
            break
        request = dataclasses.replace(request, cursor=reply.next_cursor)
    assert found == whole
    assert len(whole) > 2


def test_a_reply_cut_to_its_first_hits_leads_to_the_others(service: Service) -> None:
    reply = search(service, dataclasses.replace(REQUEST, k=3))
    one = first_hits(dataclasses.replace(REQUEST, k=3), reply, 1)
    rest = search(service, dataclasses.replace(REQUEST, k=2, cursor=f"{one.next_cursor}."))
    assert (*one.hits, *rest.hits) == reply.hits
    assert first_hits(REQUEST, reply, 3) is reply


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(REQUEST, query="What is leakage?"),
        dataclasses.replace(REQUEST, only=Filter(pages=("drift",))),
    ],
)
def test_a_cursor_is_for_the_same_search_only(service: Service, other: SearchRequest) -> None:
    cursor = search(service, REQUEST).next_cursor
    with pytest.raises(BadQuestion, match="does not belong to this request"):
        search(service, dataclasses.replace(other, cursor=cursor))


def test_a_cursor_does_not_outlive_what_is_searched_with(service: Service) -> None:
    cursor = search(service, REQUEST).next_cursor
    bare = dataclasses.replace(service, index=dataclasses.replace(service.index, encoder=None, nearest=None))
    with_trouble = dataclasses.replace(bare, index=dataclasses.replace(bare.index, troubles=(TROUBLE,)))
    with pytest.raises(BadQuestion, match="does not belong"):
        search(with_trouble, dataclasses.replace(REQUEST, cursor=cursor))


@pytest.mark.parametrize("cursor", ["x", "%%%", "W10", "eyJhIjogMX0", "WzAsICIiXQ", "é", "A" * 10_000])
def test_what_is_no_cursor_is_refused(service: Service, cursor: str) -> None:
    with pytest.raises(BadQuestion, match="does not belong"):
        search(service, dataclasses.replace(REQUEST, cursor=cursor))


def test_what_is_not_covered_says_so_and_names_what_is_near(service: Service) -> None:
    record = search_reply_record(search(service, SearchRequest("How are pancakes baked with blueberries?")))
    assert record["coverage"] == "none"
    assert record["hint"].startswith("The playbook does not cover this. Say so")
    covered = search_reply_record(search(service, SearchRequest("Which population stability index raises an alert?")))
    assert (covered["coverage"], covered["hint"]) == ("full", "")
    assert covered["hits"][0]["section"] == "drift#which-cut-offs-raise-an-alert"
