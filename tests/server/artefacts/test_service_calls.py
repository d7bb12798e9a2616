"""What command line, HTTP and MCP call: models where they are, one purse, one row in the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.service_calls import Call, explain_score, fill_document, read_wish
from mlplaybook.server.llm.records import ModelFailed
from mlplaybook.server.prompting import PromptRefused
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import NO_MODEL, Service, open_service
from mlplaybook.server.settings import Settings
from mlplaybook.server.usage.ledger import read_rows
from tests.server.filling.scripted import Scripted, claim, reply
from tests.server.scoring.test_explain import SCORE

BRIEF = load_template("problem-brief")
WASTE = "problem_brief.business_objective"
LINE = "We throw away 9.4% of the loaves, about 31,000 pounds a month (owner: Ann Bell)."
NOTES = [InputText("notes.md", f"# Bread\n\n{LINE}\n")]
TRUE = reply(claim(WASTE, "9.4% of the loaves, about 31,000 pounds a month; owner Ann Bell", LINE))
PRICES = """
models:
  openai:priced:
    prompt: 1
    completion: 10
    as-of: "2026-11"
    source: https://example.org/prices
"""


@pytest.fixture
def service(handbook: Index, tmp_path: Path) -> Iterator[Service]:
    with open_service(Settings(home=tmp_path), handbook, lambda line: None) as opened:
        yield opened


def with_model(service: Service, said: str | ModelFailed, name: str = "test:scripted") -> Service:
    return dataclasses.replace(service, models=(Scripted([said], name=name),))


def test_a_fill_by_a_model_is_written_down(service: Service) -> None:
    made = fill_document(with_model(service, TRUE), BRIEF, NOTES, {})
    assert (made.mode, made.fields[WASTE].by, made.tokens) == ("llm", "llm", 120)
    (row,) = read_rows(service.book, 1)
    assert (row["prompt"], row["model"], row["mode"]) == (made.prompt, "test:scripted", "llm")
    assert (row["statements"], row["removed"], row["prompt_tokens"], row["completion_tokens"]) == (1, 0, 100, 20)
    assert made.cost_usd is None
    assert row["usd"] is None


def test_without_a_model_nothing_is_written_down_and_nothing_said(service: Service) -> None:
    made = fill_document(service, BRIEF, NOTES, {})
    assert (made.mode, read_rows(service.book, 1)) == ("extractive", [])
    assert not any(reason.startswith("llm") for reason in made.degraded)
    assert fill_document(service, BRIEF, NOTES, {}, Call("llm")).degraded[-1] == NO_MODEL
    troubled = dataclasses.replace(service, trouble="llm: the key is missing")
    assert fill_document(troubled, BRIEF, NOTES, {}).degraded[-1] == "llm: the key is missing"


def test_extractive_asks_nobody(service: Service) -> None:
    asked = with_model(service, TRUE)
    assert fill_document(asked, BRIEF, NOTES, {}, Call("extractive")).mode == "extractive"
    assert asked.models[0].asked == []  # type: ignore[attr-defined]


def test_the_budget_is_kept_over_all_requests(service: Service, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    settings = service.settings.model_copy(update={"prices": prices})
    priced = dataclasses.replace(with_model(service, TRUE, "openai:priced"), settings=settings)
    made = fill_document(priced, BRIEF, NOTES, {}, Call(max_usd=Decimal("0.0001")))
    assert made.mode == "extractive"
    assert "0.0001 USD are allowed" in made.degraded[-1]
    paid = fill_document(priced, BRIEF, NOTES, {}, Call(max_usd=Decimal(1)))
    assert paid.cost_usd == pytest.approx(100e-6 + 200e-6)


def test_what_a_person_gave_stays(service: Service) -> None:
    made = fill_document(with_model(service, TRUE), BRIEF, NOTES, {WASTE: ("cost of waste", "--set")})
    assert (made.fields[WASTE].value, made.fields[WASTE].evidence[0].source) == ("cost of waste", "--set")


def test_a_pinned_prompt_that_is_not_there_is_refused(service: Service) -> None:
    with pytest.raises(PromptRefused):
        fill_document(with_model(service, TRUE), BRIEF, NOTES, {}, Call(prompt="fill@77"))
    with pytest.raises(BadSetting, match="no mode"):
        read_wish("best")


def test_an_explanation_is_written_down_and_survives_its_model(service: Service) -> None:
    failed = explain_score(with_model(service, ModelFailed("timeout", "test:scripted")), SCORE)
    assert (failed.mode, failed.degraded) == ("extractive", ("llm: test:scripted did not answer in time",))
    assert explain_score(service, SCORE, Call("llm")).degraded == (NO_MODEL,)
    (row,) = read_rows(service.book, 1)
    assert (row["mode"], row["degraded"]) == ("extractive", "llm: test:scripted did not answer in time")
