"""What there is, by name."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.calls.library import (
    FINDERS,
    KINDS,
    artefact_names,
    kind_of,
    list_artefacts,
    list_pages,
    show_calculator,
    show_checklist,
    show_decision,
    show_rubric,
    show_template,
)
from mlplaybook.server.service import Service


def test_pages_are_listed_by_folder(service: Service) -> None:
    assert [(page.id, page.folder) for page in list_pages(service)] == [("data/leakage", "data"), ("drift", "")]
    assert [page.id for page in list_pages(service, "data")] == ["data/leakage"]
    assert list_pages(service, "dat") == ()


@pytest.mark.parametrize("kind", KINDS)
def test_artefacts_are_listed_with_what_they_are_for(kind: str) -> None:
    found = next(one for one in KINDS if one == kind)
    listed = list_artefacts(found)
    assert tuple(one.id for one in listed) == artefact_names(found)
    assert all(one.title and one.description and one.page for one in listed)


def test_every_artefact_can_be_shown() -> None:
    shows = {
        "template": show_template, "checklist": show_checklist, "decision": show_decision, "rubric": show_rubric,
        "calculator": show_calculator,
    }  # fmt: skip
    for kind in KINDS:
        for name in artefact_names(kind):
            assert shows[kind](name)


def test_one_name_means_one_kind() -> None:
    for kind in FINDERS:
        for name in artefact_names(kind):
            assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("name", "offered"),
    [("drift plan", "drift-response"), ("gpu kind", "gpu-selection"), ("PSI value", "psi"), ("", "")],
)
def test_a_name_that_is_none_offers_what_shares_its_words(name: str, offered: str) -> None:
    with pytest.raises(BadName, match="Without a name all are listed") as caught:
        kind_of(name)
    assert offered in caught.value.remedy
