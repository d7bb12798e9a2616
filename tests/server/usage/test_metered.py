from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.server.llm.deadline import Deadline, create_deadline
from mlplaybook.server.llm.records import Done, Kind, Message, ModelFailed, Part, Request, Source, Usage
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget, Purse
from mlplaybook.server.usage.metered import MeteredModel, prompt_tokens
from mlplaybook.server.usage.prices import Price, Rate
from mlplaybook.server.usage.tokens import Counter

MODEL = "openai:x"
PRICES = {MODEL: Price(Rate(*map(Decimal, (1, 1, 1, 1))), "2026-11", "")}
WORDS = Counter("words", lambda text: len(text.split()))
# 6 words and 4 for the format; with 90 for the reply the worst case is 100 tokens.
REQUEST = Request((Message("user", "How do I detect drift early?"),), max_tokens=90)
WORST = Decimal("0.0001")


class Scripted:
    """A model that says what the test wrote."""

    name = MODEL
    window = 1000

    def __init__(self, *events: Part | Done | ModelFailed) -> None:
        self.events = events
        self.asked = 0

    def stream(self, request: Request, deadline: Deadline) -> Iterator[Part | Done]:
        self.asked += 1
        for event in self.events:
            if isinstance(event, ModelFailed):
                raise event
            yield event


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "usage.sqlite")
    yield book
    book.close()


def done(usage: Usage) -> Done:
    return Done(MODEL, usage, "stop", 0.1)


def metered(book: Book, model: Scripted, day: str = "1") -> tuple[MeteredModel, Purse]:
    purse = Purse(Budget(book, PRICES, None, Decimal(day)))
    return MeteredModel(model, purse, WORDS), purse


def test_a_whole_reply_costs_what_the_provider_counted(book: Book) -> None:
    model, purse = metered(book, Scripted(Part("Yes."), done(Usage(12, 3))))
    assert (model.name, model.window) == (MODEL, 1000)
    assert list(model.stream(REQUEST, create_deadline())) == [Part("Yes."), done(Usage(12, 3))]
    assert (purse.usage, purse.usd) == (Usage(12, 3), Decimal("0.000015"))


def test_the_cost_is_known_as_soon_as_the_reply_is_done(book: Book) -> None:
    model, purse = metered(book, Scripted(done(Usage(12, 3))))
    next(iter(model.stream(REQUEST, create_deadline())))
    assert purse.usd == Decimal("0.000015")


def test_a_reply_whose_tokens_nobody_counted_costs_the_worst(book: Book) -> None:
    model, purse = metered(book, Scripted(Part("Yes."), done(Usage())))
    list(model.stream(REQUEST, create_deadline()))
    assert purse.usd == WORST


def test_a_reader_who_stops_early_has_paid_the_worst(book: Book) -> None:
    model, purse = metered(book, Scripted(Part("Yes."), Part("No."), done(Usage(12, 3))))
    stream = iter(model.stream(REQUEST, create_deadline()))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert purse.usd == WORST


@pytest.mark.parametrize(
    ("kind", "began", "usd"),
    [
        ("refused", False, Decimal(0)),
        ("rate-limit", False, Decimal(0)),
        ("auth", False, Decimal(0)),
        ("server", False, Decimal(0)),
        ("server", True, WORST),
        ("timeout", False, WORST),
        ("garbage", True, WORST),
        ("content", False, WORST),
    ],
)
def test_a_failure_costs_nothing_only_where_nothing_was_worked_on(
    book: Book, kind: Kind, began: bool, usd: Decimal
) -> None:
    model, purse = metered(book, Scripted(ModelFailed(kind, MODEL, began=began)))
    with pytest.raises(ModelFailed, match=MODEL):
        list(model.stream(REQUEST, create_deadline()))
    assert purse.usd == usd


def test_what_the_budget_does_not_allow_is_never_sent(book: Book) -> None:
    scripted = Scripted(done(Usage(12, 3)))
    model, purse = metered(book, scripted, day="0.00009")
    with pytest.raises(ModelFailed) as raised:
        list(model.stream(REQUEST, create_deadline()))
    assert (raised.value.kind, scripted.asked, purse.usd) == ("budget", 0, 0)


def test_what_the_provider_keeps_from_now_on_is_paid_as_written(book: Book) -> None:
    """100 tokens sent: 20 fresh at 1, 30 kept at 0.1, 50 written at 1.25; 3 out at 5, all per million."""
    prices = {MODEL: Price(Rate(*map(Decimal, ("1", "0.1", "1.25", "5"))), "2026-11", "")}
    purse = Purse(Budget(book, prices))
    used = Usage(100, 3, 30, 50)
    list(MeteredModel(Scripted(done(used)), purse, WORDS).stream(REQUEST, create_deadline()))
    assert (purse.usage, purse.usd) == (used, Decimal("0.0001005"))


def test_every_attempt_is_paid_for(book: Book) -> None:
    model, purse = metered(book, Scripted(done(Usage(12, 3))))
    for _ in range(2):
        list(model.stream(REQUEST, create_deadline()))
    assert (purse.usage, purse.usd) == (Usage(24, 6), Decimal("0.00003"))


def test_schema_and_passages_are_sent_too() -> None:
    request = Request(
        REQUEST.messages, schema={"type": "object"}, sources=(Source("a#b", "A title", "three more words"),)
    )
    # 6 + 4, then '{"type": "object"}' has 2 words, title and text 5, each with 4 for its format.
    assert prompt_tokens(WORDS, request, MODEL) == 10 + 6 + 9
