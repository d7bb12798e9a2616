"""From the question to the answer with a model that cites its documents by itself."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.history import Turn, create_history
from mlplaybook.server.llm.records import Model
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Query, Service, answer, open_models, open_service
from mlplaybook.server.settings import Settings
from tests.server.llm.fault_server import QUOTE, REPLY, SECTION, FaultServer
from tests.server.test_writer import QUESTION, Scripted

pytest.importorskip("langchain_anthropic")

CITES = "anthropic:claude-haiku-4-5"
STABLE = "An index below 0.1 counts as stable."


def block(text: str, quote: str = "", document: int = 0) -> dict[str, Any]:
    """A block of text, cited where a quote is given."""
    place = {"document_title": None, "start_block_index": 0, "end_block_index": 1, "file_id": None}
    cited = {"type": "content_block_location", "cited_text": quote, "document_index": document, **place}
    return {"type": "text", "text": text, **({"citations": [cited]} if quote else {})}


@contextmanager
def asked(
    handbook: Index, home: Path, blocks: Sequence[Mapping[str, Any]] | None = None, **settings: Any
) -> Iterator[tuple[Service, FaultServer]]:
    """A service whose model is served by a scripted Anthropic."""
    with FaultServer(blocks=blocks) as server:
        own = Settings(home=home, **{"llm": CITES, "llm_base_url": server.root, "cache": "none", **settings})
        with open_service(own, handbook, pytest.fail) as service:
            yield service, server


def sent(server: FaultServer, number: int = 0) -> tuple[list[dict[str, Any]], str]:
    """The documents of a request, and all other words of it."""
    body = server.requests[number]["body"]
    (message,) = body["messages"]
    texts = [part["text"] for part in [*body["system"], *message["content"]] if part["type"] == "text"]
    return [part for part in message["content"] if part["type"] == "document"], "\n".join(texts)


def test_passages_go_as_documents_and_come_back_as_checked_statements(handbook: Index, tmp_path: Path) -> None:
    blocks = [block("An index above 0.2 raises an alert", QUOTE), block(". "), block("Below 0.1 is stable.", STABLE)]
    with asked(handbook, tmp_path, blocks) as (service, server):
        made = answer(service, Query(QUESTION))
    documents, words = sent(server)
    assert documents[0]["context"] == SECTION
    assert "cache_control" not in json.dumps(documents)
    assert "<passage" not in words
    assert QUOTE not in words
    assert "output_config" not in server.requests[0]["body"]
    assert (made.mode, made.status, made.removed, made.degraded) == ("llm", "answered", 0, ())
    assert [(one.text, one.citations[0].section) for one in made.statements] == [
        ("An index above 0.2 raises an alert", SECTION),
        ("Below 0.1 is stable.", SECTION),
    ]
    page = handbook.catalog.connection.execute("SELECT text FROM documents WHERE id = 'drift'").fetchone()[0]
    for statement in made.statements:
        for one in statement.citations:
            assert page[one.char_start : one.char_end] == one.quote
    assert made.stamp.prompt == load_prompt("answer", audience="cites").stamp


def test_a_citation_that_is_not_on_the_page_is_removed_with_its_sentence(handbook: Index, tmp_path: Path) -> None:
    altered = QUOTE.replace("0.2", "0.25")
    blocks = [block("An index above 0.25 raises an alert. ", altered), block("Below 0.1 is stable.", STABLE)]
    with asked(handbook, tmp_path, blocks) as (service, _):
        made = answer(service, Query(QUESTION))
    assert ([one.text for one in made.statements], made.removed, made.mode) == (["Below 0.1 is stable."], 1, "llm")


def test_a_sentence_without_a_citation_is_removed(handbook: Index, tmp_path: Path) -> None:
    blocks = [block("Nobody has ever measured this. "), block("Below 0.1 is stable.", STABLE)]
    with asked(handbook, tmp_path, blocks) as (service, _):
        made = answer(service, Query(QUESTION))
    assert ([one.text for one in made.statements], made.removed) == (["Below 0.1 is stable."], 1)


def test_where_no_citation_holds_the_pages_are_quoted(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path, [block("Anything above 7 is fine.", "Anything above 7 is fine.")]) as (service, _):
        made = answer(service, Query(QUESTION))
    assert (made.mode, made.removed) == ("extractive", 1)
    assert made.degraded == (f"llm: none of the 1 statements of {CITES} has its words on the pages",)


@pytest.mark.parametrize(
    "said", ["NOT COVERED", " NOT COVERED.\n", "**NOT COVERED**", "NOT COVERED. The documents are about drift."]
)
def test_not_covered_abstains(handbook: Index, tmp_path: Path, said: str) -> None:
    with asked(handbook, tmp_path, [block(said)]) as (service, _):
        made = answer(service, Query(QUESTION))
    assert (made.mode, made.status, made.statements, made.removed, made.degraded) == ("llm", "abstained", (), 0, ())


def test_not_covered_behind_an_answer_is_not_shown(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path, [block("Below 0.1 is stable.", STABLE), block(" NOT COVERED")]) as (service, _):
        made = answer(service, Query(QUESTION))
    assert ([one.text for one in made.statements], made.removed) == (["Below 0.1 is stable."], 0)


def test_a_pinned_prompt_with_passages_still_works(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path) as (service, server):
        made = answer(service, Query(QUESTION, prompt="answer@1"))
    documents, words = sent(server)
    assert (documents, made.mode, made.text) == ([], "llm", f"{QUOTE} [1]")
    assert QUOTE in words
    assert "output_config" in server.requests[0]["body"]
    assert made.stamp.prompt == load_prompt("answer", 1).stamp


def test_a_setting_leaves_citing_to_us(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path, llm_cites=False) as (service, server):
        made = answer(service, Query(QUESTION))
    documents, words = sent(server)
    assert (documents, made.stamp.prompt) == ([], load_prompt("answer").stamp)
    assert QUOTE in words
    assert made.text == f"{QUOTE} [1]"


def test_models_of_which_one_does_not_cite_all_get_the_passages() -> None:
    opened: dict[str, bool] = {}

    def create(spec: str, *rest: object, cites: bool, **more: object) -> Model:
        opened[spec] = cites
        return Scripted([], name=spec, cites=cites)

    for llm in (f"{CITES}, openai:gpt-4o", f"{CITES}, anthropic:other", "openai:gpt-4o"):
        open_models(Settings(llm=llm), create)
        assert set(opened.values()) == {llm == f"{CITES}, anthropic:other"}
        opened.clear()


def test_the_one_that_steps_in_gets_the_documents_too(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path, [block("Below 0.1 is stable.", STABLE)]) as (service, server):
        others, _ = open_models(Settings(llm="anthropic:401", llm_base_url=server.root))
        made = answer(dataclasses.replace(service, models=(*others, *service.models)), Query(QUESTION))
    assert [len(sent(server, number)[0]) > 0 for number in (0, 1)] == [True, True]
    assert (made.text, made.stamp.model) == ("Below 0.1 is stable. [1]", CITES)


def test_a_prompt_without_passages_is_refused_where_the_model_does_not_cite(handbook: Index, tmp_path: Path) -> None:
    with (
        asked(handbook, tmp_path, llm_cites=False) as (service, server),
        pytest.raises(BadSetting) as refused,
    ):
        answer(service, Query(QUESTION, prompt="answer@4"))
    assert server.requests == []
    assert str(refused.value) == (
        f"The prompt answer@4 is for models that cite by themselves, and {CITES} does not. "
        "Name another version; see: mlplaybook prompts list"
    )


def test_every_page_goes_as_documents_that_the_provider_keeps(handbook: Index, tmp_path: Path) -> None:
    with asked(handbook, tmp_path, [block("Below 0.1 is stable.", STABLE, document=3)]) as (service, server):
        made = [answer(service, Query(question, wish="full-context")) for question in (QUESTION, "What is leakage?")]
    (first, words), (second, others) = sent(server, 0), sent(server, 1)
    assert first == second
    assert [one["context"] for one in first][:2] == [
        "data/leakage#preventing-leakage",
        "data/leakage#when-should-data-be-split",
    ]
    assert ["cache_control" in one for one in first] == [False] * 4 + [True]
    assert words.replace(QUESTION, "") != others.replace(QUESTION, "")
    assert [one.stamp.prompt for one in made] == [load_prompt("answer", audience="cites").stamp] * 2
    assert made[0].text == "Below 0.1 is stable. [1]"


def test_a_follow_up_is_rewritten_by_schema_and_answered_by_citation(handbook: Index, tmp_path: Path) -> None:
    history = create_history([Turn("user", "Which cut-offs of the population stability index raise an alert?")])
    with asked(handbook, tmp_path) as (service, server):
        server.reply = lambda body: (
            json.dumps({"question": "Why do cut-offs of the population stability index raise an alert?"})
            if "output_config" in body
            else REPLY
        )
        made = answer(service, Query("and why?", history=history))
    assert ["output_config" in request["body"] for request in server.requests] == [True, False]
    assert made.stamp.asked is not None
    assert made.stamp.asked.searched == "Why do cut-offs of the population stability index raise an alert?"
    assert (made.mode, made.degraded) == ("llm", ())


def test_tokens_that_anthropic_keeps_are_priced_as_written(handbook: Index, tmp_path: Path) -> None:
    """36 fresh at 4.00, 64 kept at 0.20, 500 written at 5.00, 20 out at 20.00, all per million."""
    model = "anthropic:claude-opus-5-5"
    with asked(handbook, tmp_path, [block("Below 0.1 is stable.", STABLE)], llm=model) as (service, server):
        server.written = 500
        made = answer(service, Query(QUESTION))
    assert (made.stamp.tokens, made.stamp.cost_usd) == (620, pytest.approx(0.0030568, abs=1e-12))
