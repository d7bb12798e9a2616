"""A judge at a scripted server, with prices that make sums easy: a call, 100 tokens there and 20 back, costs 0.0003."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from mlplaybook.evals.judge.engine import Desk, Engine, Seat
from mlplaybook.evals.judge.records import Sample
from mlplaybook.evals.judge.replies import Replies
from mlplaybook.evals.judge.till import Till
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget
from mlplaybook.server.usage.prices import Prices, read_prices
from mlplaybook.server.usage.tokens import Counter

PRICES: Prices = read_prices('models: {"openai:*": {prompt: 1, completion: 10, as-of: 2026-11}}', "test")
CALL_USD = 0.0003
WORDS = Counter("words", lambda text: len(text.split()))
SAMPLE = Sample(
    "How do I stop losses that are not a number?",
    "Clip gradients to norm one. Buy faster hardware today.",
    ("Clip gradients to norm one always.", "Use stratified splits."),
    "Clip gradients to norm one. Check inputs without delay.",
)


def encode(text: str) -> tuple[float, ...]:
    """A text's length and its number of words: equal texts point the same way."""
    return float(len(text)), float(len(text.split()))


def seat(url: str, model: str = "good", seconds: float = 5.0) -> Seat:
    return Seat(f"openai:{model}", model, url, "none", seconds)


def till(folder: Path, model: str = "good", limit: str | None = None) -> Till:
    budget = Budget(
        Book(folder / "usage.sqlite"), PRICES, Decimal(limit) if limit else None, today=lambda: date(2026, 11, 21)
    )
    return Till(f"openai:{model}", budget)


@contextmanager
def engine(folder: Path, taken: Seat, paid: Till, jobs: int = 4, told: list[str] | None = None) -> Iterator[Engine]:
    desk = Desk(taken, Replies(folder / "replies"), encode, WORDS)
    made = Engine(desk, paid, jobs, (told if told is not None else []).append)
    try:
        yield made
    finally:
        made.close()
