"""A filter lets through what every kind of it allows, and says what there is when nothing passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadSetting, PageMissing
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter, allowed_rows, create_filter
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import search
from tests.conftest import WordEncoder, WritePages

PAGES = {
    "ops/drift.md": ("[data-drift, psi]", "stable"),
    "ops/alerts.md": ("[alerting]", "evolving"),
    "llm/agents.md": ("[Agents, data-drift]", "fast-moving"),
    "notes.md": ("[]", ""),
}


@pytest.fixture
def index(write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder) -> Index:
    """Four pages that say the same and differ in folder, topics and volatility."""
    write_pages(
        {
            name: f"---\ntopics: {topics}\nvolatility: {volatility}\n---\n# Page\n\nWatch the model.\n"
            for name, (topics, volatility) in PAGES.items()
        }
    )
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ""))


def found(index: Index, only: Filter) -> set[str]:
    return {hit.document.id for hit in search(index, "watch the model", only=only)}


@pytest.mark.parametrize(
    ("only", "pages"),
    [
        (Filter(topics=("data-drift",)), {"ops/drift", "llm/agents"}),
        (Filter(topics=("Data  Drift",)), {"ops/drift", "llm/agents"}),
        (Filter(topics=("agents", "alerting")), {"llm/agents", "ops/alerts"}),
        (Filter(volatilities=("stable", "evolving")), {"ops/drift", "ops/alerts"}),
        (Filter(topics=("data-drift",), volatilities=("stable",)), {"ops/drift"}),
        (Filter(folders=("ops",), topics=("data-drift", "alerting"), volatilities=("evolving",)), {"ops/alerts"}),
        (Filter(pages=("notes", "ops/drift"), topics=("psi",)), {"ops/drift"}),
        (Filter(topics=("drift",)), set()),
    ],
    ids=["topic", "case and hyphen", "or", "volatility", "and", "three kinds", "page and topic", "whole topics only"],
)
def test_kinds_hold_together_and_values_of_a_kind_are_alternatives(index: Index, only: Filter, pages: set[str]) -> None:
    assert found(index, only) == pages


def test_no_filter_is_all_rows_and_a_filter_that_nothing_passes_is_none(index: Index) -> None:
    assert allowed_rows(index, EVERYTHING) is None
    assert allowed_rows(index, Filter(topics=("gone",))) == frozenset()


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (
            Filter(topics=("data-drfit",)),
            "No page of 'handbook' passes the filter (topic data-drfit). Topics near it: data-drift.",
        ),
        (
            Filter(topics=("zzz",), pages=("notes",)),
            "No page of 'handbook' passes the filter (notes, topic zzz)."
            " No topic is near; some there are: Agents, alerting, data-drift, psi.",
        ),
        (
            Filter(topics=("psi",), volatilities=("evolving",)),
            "No page of 'handbook' passes the filter (topic psi, volatility evolving)."
            " All that is given must hold together: leave something out.",
        ),
    ],
    ids=["near", "not near", "together"],
)
def test_a_filter_that_no_page_passes_says_which_topics_there_are(index: Index, only: Filter, message: str) -> None:
    with pytest.raises(PageMissing) as error:
        find(index, "watch the model", only=only)
    assert str(error.value) == message


def test_pages_without_any_topic_say_so(handbook: Index) -> None:
    with pytest.raises(PageMissing, match="Its pages have no topics: leave out --topic"):
        find(handbook, "drift", only=Filter(topics=("psi",)))


def test_a_volatility_that_there_is_not_names_the_three() -> None:
    with pytest.raises(BadSetting) as error:
        create_filter(volatilities=["stable", "slow"])
    assert str(error.value) == "There is no volatility 'slow'. Use one of: stable, evolving, fast-moving."


def test_a_filter_is_made_of_what_was_given() -> None:
    made = create_filter(["a"], ["b"], ["c"], ["stable"])
    assert made == Filter(("a",), ("b",), ("c",), ("stable",))
