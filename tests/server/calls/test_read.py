"""Pages and sections in parts."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadQuestion, PageMissing
from mlplaybook.server.calls.read import ReadRequest, page_name, read, read_reply_record, uri_of
from mlplaybook.server.service import Service


def count(text: str) -> int:
    return len(text.split())


def test_parts_together_are_the_page(service: Service) -> None:
    whole = read(service, ReadRequest("drift", 10_000), count)
    assert (whole.truncated, whole.text) == (False, whole.reading.text)
    parts, cursor = [], ""
    while True:
        part = read(service, ReadRequest("drift", 20, cursor), count)
        parts.append(part.text)
        assert count(part.text) <= 20
        cursor = part.next_cursor
        if not cursor:
            break
    assert "".join(parts) == whole.text
    assert len(parts) > 3


def test_code_is_not_cut_where_it_fits(service: Service) -> None:
    part = read(service, ReadRequest("drift#how-is-the-index-computed-in-python", 25), count)
    assert part.text.count("```") == 2


@pytest.mark.parametrize(
    "name",
    [
        "data/leakage#when-should-data-be-split", "playbook://page/data%2Fleakage/when-should-data-be-split",
        "playbook://section/data%2Fleakage#when-should-data-be-split", "[data/leakage.md#when-should-data-be-split]",
    ],
)  # fmt: skip
def test_a_section_is_found_by_its_name_and_by_its_uri(service: Service, name: str) -> None:
    record = read_reply_record(read(service, ReadRequest(name), count))
    assert record["section"] == "data/leakage#when-should-data-be-split"
    assert "by time before any scaling" in record["text"]


def test_a_link_on_another_page_leads_to_its_page(service: Service) -> None:
    assert read(service, ReadRequest("../07-operations/drift.md"), count).reading.document.id == "drift"


def test_names_and_uris_are_the_same(service: Service) -> None:
    for section in read(service, ReadRequest("drift"), count).sections:
        assert page_name(uri_of(section)) == section


def test_a_page_that_is_not_there_is_refused_with_the_nearest(service: Service) -> None:
    with pytest.raises(PageMissing, match="drift"):
        read(service, ReadRequest("drfit"), count)


def test_a_cursor_is_for_one_page(service: Service) -> None:
    cursor = read(service, ReadRequest("drift", 20), count).next_cursor
    with pytest.raises(BadQuestion, match="does not belong"):
        read(service, ReadRequest("data/leakage", 20, cursor), count)
