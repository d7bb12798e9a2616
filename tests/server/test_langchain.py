"""The retriever gives what the search gives, in LangChain's form."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadQuestion, BadSetting, PageMissing
from mlplaybook.server.answers.assess import Findings, find, search_record
from mlplaybook.server.langchain import PlaybookRetriever, create_retriever, create_search
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.profiles import Profile, create_profile
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import Settings
from tests.conftest import WordEncoder, WritePages

ALERT = "Which cut-offs raise an alert?"
FOOTBALL = "Who won the football championship?"
PAGE = (Path(__file__).parents[2] / "docs" / "langchain.md").read_text("utf-8")


def retriever_of(index: Index, **fields: Any) -> PlaybookRetriever:
    return PlaybookRetriever(search=create_search(index), corpus="handbook", **fields)


def test_documents_are_the_hits_of_the_search(handbook: Index) -> None:
    record = search_record(handbook, find(handbook, ALERT, 2))
    found = retriever_of(handbook, k=2).invoke(ALERT)
    assert [d.page_content for d in found] == [hit.pop("text") for hit in record["hits"]]
    assert [d.metadata for d in found] == [
        {**hit, "coverage": "full", "source": f"{hit['document']}.md"} for hit in record["hits"]
    ]
    assert found[0].id == found[0].metadata["section"] == "drift#which-cut-offs-raise-an-alert"
    assert found[0].metadata["heading_path"] == ["Drift detection", "Which cut-offs raise an alert?"]


def test_what_is_not_covered_is_empty_unless_the_nearest_is_asked_for(handbook: Index) -> None:
    assert retriever_of(handbook).invoke(FOOTBALL) == []
    nearest = retriever_of(handbook, when_uncovered="nearest").invoke(FOOTBALL)
    assert {d.metadata["coverage"] for d in nearest} == {"none"}


def test_the_filter_and_k_narrow_the_search(handbook: Index) -> None:
    inside = retriever_of(handbook, folders=("data",), when_uncovered="nearest").invoke(ALERT)
    assert {d.metadata["document"] for d in inside} == {"data/leakage"}
    page = retriever_of(handbook, pages=("drift",), when_uncovered="nearest")
    assert [len(page.invoke(ALERT, k=k)) for k in (1, 2)] == [1, 2]
    with pytest.raises(PageMissing, match="passes the filter"):
        retriever_of(handbook, pages=("gone",)).invoke(ALERT)


def test_topics_volatilities_and_the_profile_reach_the_search(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    head = "---\ntopics: [{}]\nvolatility: {}\napplies_to: {}\n---\n"
    write_pages(
        {
            "drift.md": head.format("psi", "stable", "{modelType: [llm]}") + "# Drift\n\nWatch the drift index.\n",
            "alerts.md": head.format("alerts", "evolving", "all") + "# Alerts\n\nWatch the drift alert.\n",
        }
    )
    ingest(job())
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ""))
    nearest: dict[str, Any] = {"when_uncovered": "nearest"}
    (by_topic,) = retriever_of(index, topics=("PSI",), **nearest).invoke("watch")
    (by_volatility,) = retriever_of(index, volatilities=("evolving",), **nearest).invoke("watch")
    assert (by_topic.id, by_volatility.id) == ("drift#drift", "alerts#alerts")
    profile = create_profile({"modelType": "classical"})
    found = retriever_of(index, profile=profile, **nearest).invoke("watch the drift index")
    whys = {d.metadata["document"]: d.metadata.get("why") for d in found}
    assert whys == {"drift": "for modelType llm; the project's is classical", "alerts": None}


def test_a_question_that_cannot_be_searched_for_is_an_error_of_ours(handbook: Index) -> None:
    with pytest.raises(BadQuestion):
        retriever_of(handbook).invoke("  ")


@pytest.mark.parametrize("fields", [{"k": 0}, {"k": 101}, {"when_uncovered": "guess"}, {"top_k": 3}])
def test_a_field_that_makes_no_sense_is_refused(handbook: Index, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        retriever_of(handbook, **fields)


def test_it_is_a_link_of_a_chain(handbook: Index) -> None:
    chain = retriever_of(handbook, k=1) | RunnableLambda(lambda documents: documents[0].metadata["section"])
    assert chain.invoke(ALERT) == "drift#which-cut-offs-raise-an-alert"
    assert chain.batch([ALERT] * 8) == ["drift#which-cut-offs-raise-an-alert"] * 8


def test_many_questions_at_once_get_the_answers_of_one(handbook: Index) -> None:
    retriever = retriever_of(handbook)
    questions = [ALERT, "When should data be split?", FOOTBALL] * 10

    async def ask_all() -> list[Any]:
        return await asyncio.gather(*(retriever.ainvoke(question) for question in questions))

    assert asyncio.run(ask_all()) == [retriever.invoke(question) for question in questions]


def test_the_event_loop_goes_on_while_a_question_is_searched(handbook: Index) -> None:
    released = threading.Event()

    def search(question: str, k: int, only: Filter, profile: Profile) -> Findings:
        assert released.wait(5)
        return find(handbook, question, k, only, Method(profile=profile))

    async def ask() -> Any:
        task = asyncio.create_task(PlaybookRetriever(search=search, corpus="handbook").ainvoke(ALERT))
        await asyncio.sleep(0.01)
        released.set()
        return await task

    assert asyncio.run(ask()) == retriever_of(handbook).invoke(ALERT)


def test_a_retriever_is_made_from_the_settings(ingested: Path, models: Path) -> None:
    retriever = create_retriever(k=1, settings=Settings(home=ingested, models=models, corpus="handbook"))
    assert (retriever.corpus, len(retriever.invoke(ALERT))) == ("handbook", 1)


def test_the_profile_is_that_of_the_projects_file_unless_one_is_given(
    ingested: Path, models: Path, tmp_path: Path
) -> None:
    (tmp_path / ".mlplaybook").mkdir()
    (tmp_path / ".mlplaybook" / "profile.yaml").write_text("modelType: llm\n")
    settings = Settings(home=ingested, models=models, corpus="handbook", project=tmp_path)
    profiles = [None, {}, {"modelType": "classical"}]
    made = [create_retriever(settings=settings, profile=profile).profile.options for profile in profiles]
    assert made == [(("modelType", "llm"),), (), (("modelType", "classical"),)]
    with pytest.raises(BadSetting, match="There is no volatility 'slow'"):
        create_retriever(settings=settings, volatilities=("slow",))


def test_the_example_of_the_documentation_prints_what_it_says(ingested: Path, models: Path) -> None:
    code, printed = (re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[0] for kind in ("python", "text"))
    place = {"MLPLAYBOOK_HOME": str(ingested), "MLPLAYBOOK_MODELS": str(models)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **place}
    )
    assert (done.stdout, done.stderr) == (printed, "")
