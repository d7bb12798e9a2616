"""A model writes what is verified; whatever goes wrong with it, there is an answer."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.ingest.encoder import Encoded
from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.history import Turn, create_history
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.llm.breaker import Breakers
from mlplaybook.server.llm.chain import Chain, create_chain
from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.llm.records import Model, ModelFailed
from mlplaybook.server.llm.retry import Retries
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Query, Service, answer, create_means, create_purse, open_models, open_service
from mlplaybook.server.settings import Settings
from mlplaybook.server.tracing.spans import NOOP, NoSpan
from tests.conftest import WordEncoder
from tests.server.llm.fault_server import LIES, SECRET, STATUSES, FaultServer
from tests.server.test_writer import CUT_OFFS, QUESTION, QUOTE, Scripted, reply

pytest.importorskip("langchain_openai")

WELL = {"ok", "double-done", "no-finish", "cut"}
SILENT = ("silent", "silent-stream", "after-first", "stall", "pings")
ODD = ("html", "truncated", "invalid-utf8", "no-blank-line", "empty", "content-filter", "tool-calls", "huge", "ends")
FAULTS = [*STATUSES, "429+retry-after", *SILENT, *ODD, "sse-error", "reset", *LIES]
SHORT = Limits(connect=0.3, first=0.3, idle=0.3, total=0.6)
LONG = Limits(connect=5.0, first=10.0, idle=10.0, total=15.0)
TRUE = reply(("An index above 0.2 raises an alert.", CUT_OFFS, QUOTE))


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def service(handbook: Index, tmp_path: Path) -> Iterator[Service]:
    with open_service(Settings(home=tmp_path), handbook, lambda line: None) as opened:
        yield opened


def with_model(service: Service, *replies: str) -> tuple[Service, Scripted]:
    model = Scripted(replies)
    return dataclasses.replace(service, models=(model,)), model


def shown(made: Answer) -> str:
    return json.dumps(dataclasses.asdict(made))


@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("fault", ["ok", *FAULTS])
def test_every_fault_ends_in_a_verified_answer(
    handbook: Index, provider: FaultServer, fault: str, *, streaming: bool
) -> None:
    limits = SHORT if fault in SILENT else LONG
    model = create_model(f"openai:{fault}", provider.openai, {"OPENAI_API_KEY": "k"}, limits, streaming=streaming)
    chain = create_chain([model], limits, Breakers(time.monotonic), Retries(attempts=1))
    started = time.monotonic()
    made = ask(handbook, QUESTION, means=Means(Writer(chain, load_prompt("answer"), len, seconds=limits.total)))
    assert time.monotonic() - started < limits.total + 5
    assert made.status == "answered"
    assert SECRET not in shown(made)
    assert (made.mode == "llm") is not bool(made.degraded)
    for statement in made.statements:
        for one in statement.citations:
            assert (
                one.quote
                in handbook.catalog.connection.execute(
                    "SELECT text FROM documents WHERE id = ?", (one.document,)
                ).fetchone()[0]
            )


def test_a_model_writes_and_the_stamp_says_so(service: Service) -> None:
    made = answer(with_model(service, TRUE)[0], Query(QUESTION))
    assert (made.mode, made.text, made.degraded) == ("llm", "An index above 0.2 raises an alert. [1]", ())
    assert made.stamp.prompt == load_prompt("answer").stamp
    assert (made.stamp.model, made.stamp.tokens, made.stamp.cost_usd) == ("test:scripted", 15, None)
    assert made.stamp.asked is not None
    assert made.stamp.asked.mode == "llm"


def test_the_same_question_is_answered_once(service: Service) -> None:
    asked, model = with_model(service, TRUE)
    first, second = answer(asked, Query(QUESTION)), answer(asked, Query(f"  {QUESTION} "))
    assert len(model.asked) == 1
    assert second == dataclasses.replace(first, stamp=dataclasses.replace(first.stamp, cached=True))


def test_nothing_is_kept_while_degraded(service: Service) -> None:
    asked = dataclasses.replace(service, models=(Failing(),))
    for _ in range(2):
        made = answer(asked, Query(QUESTION))
        assert (made.mode, made.stamp.cached) == ("extractive", False)
        assert made.degraded[0].startswith("llm: test:failing ")


class Counting(WordEncoder):
    """Counts questions."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_query(self, text: str) -> Encoded:
        self.asked.append(text)
        return super().encode_query(text)


def test_a_question_is_encoded_once_and_its_vectors_are_those_of_the_encoder(handbook: Index, tmp_path: Path) -> None:
    encoder = Counting()
    counted = dataclasses.replace(handbook, encoder=encoder)
    for _ in range(2):
        with open_service(Settings(home=tmp_path), counted, pytest.fail) as service:
            made = [answer(service, Query(QUESTION, k=k, wish="extractive")) for k in (3, 4, 3)]
            remembered = service.index.encoder
            assert remembered is not None
            again = remembered.encode_query(QUESTION)
    assert encoder.asked == [QUESTION]
    assert [one.stamp.cached for one in made] == [True, True, True]
    assert [one.status for one in made] == ["answered"] * 3
    fresh = WordEncoder().encode_query(QUESTION)
    for mine, its in ((again.sentence, fresh.sentence), (again.tokens, fresh.tokens), (again.spans, fresh.spans)):
        assert (mine.dtype, mine.tobytes()) == (its.dtype, its.tobytes())


def test_answers_with_and_without_remembered_questions_are_the_same(handbook: Index, tmp_path: Path) -> None:
    with open_service(Settings(home=tmp_path, cache="none"), handbook, pytest.fail) as service:
        one, other = answer(service, Query(QUESTION)), answer(service, Query(QUESTION))
    plain = ask(handbook, QUESTION)
    for made in (one, other):
        assert dataclasses.replace(made, stamp=plain.stamp) == plain


class Spans(NoSpan):
    """Notes the spans that are begun, and what is said of them."""

    def __init__(self, seen: list[tuple[str, dict[str, object]]], own: dict[str, object] | None = None) -> None:
        self.seen, self.own = seen, own if own is not None else {}

    def span(self, name: str, **attributes: object) -> Spans:  # type: ignore[override]
        begun = Spans(self.seen, dict(attributes))
        self.seen.append((name, begun.own))
        return begun

    def set(self, **attributes: object) -> None:
        self.own |= attributes


def test_a_look_into_the_cache_is_a_span_of_its_own_and_says_whether_it_helped(service: Service) -> None:
    seen: list[tuple[str, dict[str, object]]] = []
    traced = dataclasses.replace(service, tracer=Spans(seen))
    for _ in range(2):
        answer(traced, Query(QUESTION))
    looked = [own for name, own in seen if name == "mlplaybook.cache"]
    assert [(own["mlplaybook.cache.kind"], own["mlplaybook.cache.hit"]) for own in looked] == [
        ("answer", False), ("answer", True),
    ]  # fmt: skip
    requests = [own for name, own in seen if name == "mlplaybook.request"]
    assert requests == [{"mlplaybook.cache.hit": False, "mlplaybook.cost_usd": 0.0}, {"mlplaybook.cache.hit": True}]
    assert [name for name, _ in seen].count("invoke_workflow ask") == 1
    assert next(own for name, own in seen if name.startswith("retrieval"))["mlplaybook.hits"] == 5


def test_the_time_for_a_model_is_that_of_the_settings(service: Service) -> None:
    slow = dataclasses.replace(service, settings=Settings(llm_first_seconds=90, llm_seconds=300))
    slow, _ = with_model(slow, TRUE)
    writer = create_means(slow, Query(QUESTION), create_purse(slow, Query(QUESTION)), NOOP).writer
    assert writer is not None
    assert isinstance(writer.model, Chain)
    assert (writer.seconds, writer.model.limits) == (300, Limits(first=90, total=300))


class Failing(Scripted):
    """A model of a provider that is down."""

    def __init__(self) -> None:
        super().__init__([], name="test:failing")

    def stream(self, request: object, deadline: object) -> Iterator[object]:  # type: ignore[override]
        raise ModelFailed("server", self.name)
        yield


def test_statements_without_support_are_counted_and_quoted_instead(service: Service) -> None:
    lie = reply(("Anything above 7 is fine.", CUT_OFFS, QUOTE))
    made = answer(with_model(service, lie)[0], Query(QUESTION))
    assert (made.mode, made.removed, made.status) == ("extractive", 1, "answered")
    assert made.degraded == ("llm: none of the 1 statements of test:scripted has its words on the pages",)


def test_a_model_that_finds_no_answer_abstains(service: Service) -> None:
    made = answer(with_model(service, '{"statements": []}')[0], Query(QUESTION))
    assert (made.mode, made.status, made.statements) == ("llm", "abstained", ())
    assert made.suggestions


def test_extractive_mode_asks_no_model(service: Service) -> None:
    asked, model = with_model(service, TRUE)
    made = answer(asked, Query(QUESTION, wish="extractive"))
    assert (made.mode, model.asked, made.degraded) == ("extractive", [], ())


def test_a_model_that_is_wanted_and_missing_is_said(service: Service) -> None:
    made = answer(service, Query(QUESTION, wish="llm"))
    assert made.degraded == ("llm: no model is named; set MLPLAYBOOK_LLM, for example to ollama:llama3.1:8b",)
    assert answer(service, Query(QUESTION)).degraded == ()


def test_a_budget_costs_the_prose_and_not_the_answer(service: Service) -> None:
    made = answer(with_model(service, TRUE)[0], Query(QUESTION, max_usd=Decimal("0.01")))
    assert (made.mode, made.status) == ("extractive", "answered")
    assert made.degraded[0].startswith("llm: price of test:scripted is not known")


def test_a_prompt_can_be_pinned(service: Service) -> None:
    made = answer(with_model(service, TRUE)[0], Query(QUESTION, prompt="answer@2"))
    assert made.stamp.prompt.startswith("answer@2#")


def test_a_follow_up_is_searched_for_with_what_it_means(service: Service) -> None:
    history = create_history([Turn("user", "Which cut-offs of the population stability index raise an alert?")])
    made = answer(service, Query("and why?", history=history))
    assert made.stamp.asked is not None
    assert "stability" in made.stamp.asked.searched
    assert made.question == "and why?"


def test_models_are_opened_in_order_and_a_bad_one_is_said() -> None:
    def create(spec: str, base: str, environment: object, limits: object, **more: object) -> Model:
        return Scripted([base], name=spec)

    models, trouble = open_models(Settings(llm="openai:a, ollama:b", llm_base_url="http://127.0.0.1:1"), create)
    assert ([model.name for model in models], trouble) == (["openai:a", "ollama:b"], "")
    assert open_models(Settings(llm="nobody:x"))[1] == "llm: The model 'nobody:x' has no known provider"
