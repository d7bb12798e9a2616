from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.records import ModelFailed, Usage
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget, Purse, nano, read_usd, spent_on
from mlplaybook.server.usage.prices import Price, Rate

MODEL = "openai:x"
# A dollar per million tokens either way: 1,000 tokens are a tenth of a cent.
PRICES = {MODEL: Price(Rate(*map(Decimal, (1, 1, 1, 1))), "2026-11", "")}
TODAY = date(2026, 11, 21)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "home" / "usage.sqlite")
    yield book
    book.close()


def budget(book: Book, answer: str = "", day: str = "", today: date = TODAY) -> Budget:
    return Budget(book, PRICES, read_usd(answer, "answer"), read_usd(day, "day"), lambda: today)


def refused(purse: Purse, tokens: int, model: str = MODEL) -> str:
    with pytest.raises(ModelFailed) as raised:
        purse.reserve(model, tokens, 0)
    assert raised.value.kind == "budget"
    return raised.value.public


def spent(book: Book, day: date = TODAY) -> Decimal:
    with book.writing() as connection:
        return Decimal(spent_on(connection, day.isoformat())) / 1_000_000_000


def test_a_call_is_held_at_its_worst_and_then_costs_what_it_cost(book: Book) -> None:
    purse = Purse(budget(book, day="1"))
    hold = purse.reserve(MODEL, 1000, 500)
    assert (hold.usd, spent(book)) == (Decimal("0.0015"), Decimal("0.0015"))
    purse.settle(hold, Usage(900, 100, 50))
    assert (purse.usd, purse.usage, spent(book)) == (Decimal("0.001"), Usage(900, 100, 50), Decimal("0.001"))


def test_a_day_that_is_spent_says_so(book: Book) -> None:
    purse = Purse(budget(book, day="0.50"))
    purse.settle(purse.reserve(MODEL, 500_000, 0), Usage(500_000, 0))
    assert refused(purse, 1) == "daily budget of 0.50 USD is spent"


def test_what_does_not_fit_says_what_is_left(book: Book) -> None:
    purse = Purse(budget(book, day="0.50"))
    assert refused(purse, 600_000) == "call may cost up to 0.60 USD, more than the daily budget of 0.50 USD"
    purse.settle(purse.reserve(MODEL, 450_000, 0), Usage(450_000, 0))
    left = "daily budget of 0.50 USD is almost spent, 0.05 USD are left and a call may cost 0.06 USD"
    assert refused(purse, 60_000) == left
    assert purse.reserve(MODEL, 50_000, 0).usd == Decimal("0.05")


def test_tomorrow_has_its_own_budget(book: Book) -> None:
    Purse(budget(book, day="0.50")).reserve(MODEL, 500_000, 0)
    tomorrow = Purse(budget(book, day="0.50", today=date(2026, 11, 22)))
    assert tomorrow.reserve(MODEL, 500_000, 0).usd == Decimal("0.5")


def test_an_answer_has_its_own_limit_over_all_its_calls(book: Book) -> None:
    limited = budget(book, answer="0.01")
    purse = Purse(limited)
    purse.settle(purse.reserve(MODEL, 9000, 0), Usage(4000, 0))
    purse.reserve(MODEL, 6000, 0)
    assert refused(purse, 1000) == "answer may cost up to 0.011 USD and 0.01 USD are allowed"
    assert Purse(limited).reserve(MODEL, 10_000, 0).usd == Decimal("0.01")


def test_a_limit_of_nothing_allows_nothing(book: Book) -> None:
    assert refused(Purse(budget(book, day="0")), 1) == "daily budget of 0.00 USD is spent"


def test_a_call_that_nobody_settled_counts_at_its_worst(book: Book) -> None:
    Purse(budget(book, day="0.50")).reserve(MODEL, 300_000, 0)
    book.close()
    assert "0.20 USD are left" in refused(Purse(budget(Book(book.file), day="0.50")), 300_000)


def test_a_call_that_was_never_worked_on_is_given_back(book: Book) -> None:
    purse = Purse(budget(book, answer="0.5", day="0.50"))
    purse.release(purse.reserve(MODEL, 500_000, 0))
    assert (purse.usd, spent(book)) == (0, 0)
    purse.reserve(MODEL, 500_000, 0)


def test_a_reply_without_a_count_costs_the_worst(book: Book) -> None:
    purse = Purse(budget(book))
    purse.settle(purse.reserve(MODEL, 1000, 1000), None)
    assert (purse.usd, spent(book)) == (Decimal("0.002"), Decimal("0.002"))


def test_an_unknown_price_is_refused_where_there_is_a_limit(book: Book) -> None:
    reason = "price of ollama:llama is not known, so no budget can be kept; MLPLAYBOOK_PRICES can add it"
    assert refused(Purse(budget(book, day="1")), 1, "ollama:llama") == reason
    assert refused(Purse(budget(book, answer="1")), 1, "ollama:llama") == reason


def test_an_unknown_price_makes_a_sum_that_is_not_known(book: Book) -> None:
    purse = Purse(budget(book))
    purse.settle(purse.reserve("ollama:llama", 1000, 10), Usage(1000, 10))
    purse.settle(purse.reserve(MODEL, 1000, 10), Usage(1000, 10))
    assert (purse.usd, purse.usage) == (None, Usage(2000, 20))


def test_what_was_spent_without_a_limit_counts_when_one_is_set(book: Book) -> None:
    free = Purse(budget(book))
    free.settle(free.reserve(MODEL, 500_000, 0), Usage(500_000, 0))
    assert refused(Purse(budget(book, day="0.50")), 1) == "daily budget of 0.50 USD is spent"


def test_a_book_that_cannot_be_written_refuses_only_what_has_a_daily_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    book = Book(tmp_path / "file" / "usage.sqlite")
    assert refused(Purse(budget(book, day="1")), 1) == "daily budget cannot be kept: usage.sqlite cannot be written"
    purse = Purse(budget(book, answer="1"))
    purse.settle(purse.reserve(MODEL, 1000, 0), Usage(1000, 0))
    assert purse.usd == Decimal("0.001")


def test_a_damaged_book_keeps_the_limit(book: Book) -> None:
    book.file.parent.mkdir()
    book.file.write_bytes(b"this is no database " * 100)
    assert "cannot be kept" in refused(Purse(budget(book, day="1")), 1)


def test_threads_do_not_overspend(book: Book) -> None:
    limited = budget(book, day="0.05")

    def call(_: int) -> bool:
        purse = Purse(limited)
        try:
            purse.settle(purse.reserve(MODEL, 1000, 0), Usage(1000, 0))
        except ModelFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(120))) == 50
    assert spent(book) == Decimal("0.05")


CHILD = """
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from mlplaybook.server.llm.records import ModelFailed, Usage
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget, Purse
from mlplaybook.server.usage.prices import Price, Rate
prices = {"openai:x": Price(Rate(*map(Decimal, (1, 1, 1, 1))), "2026-11", "")}
book = Book(Path(sys.argv[1]), busy=20)
budget = Budget(book, prices, None, Decimal("0.1"), lambda: date(2026, 11, 21))
done = 0
for _ in range(100):
    purse = Purse(budget)
    try:
        hold = purse.reserve("openai:x", 1000, 0)
    except ModelFailed:
        break
    purse.settle(hold, Usage(1000, 0))
    done += 1
print(done)
"""


def test_processes_do_not_overspend(book: Book) -> None:
    with book.writing():
        pass
    command = [sys.executable, "-c", CHILD, str(book.file)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    ended = [child.communicate(timeout=60) for child in children]
    assert [error for _, error in ended] == [b""] * 4
    assert sum(int(out) for out, _ in ended) == 100
    assert spent(book) == Decimal("0.1")


def test_money_is_rounded_up_and_never_to_nothing() -> None:
    assert (nano(Decimal("0.0000000001")), nano(Decimal(0)), nano(Decimal("1.5"))) == (1, 0, 1_500_000_000)


@pytest.mark.parametrize("text", ["free", "-1", "nan", "inf", "1e999999999"])
def test_a_limit_that_is_no_amount_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadSetting, match="MLPLAYBOOK_BUDGET"):
        read_usd(text, "MLPLAYBOOK_BUDGET")


def test_a_limit_that_is_empty_is_none() -> None:
    assert (read_usd("", "x"), read_usd("0.50", "x")) == (None, Decimal("0.50"))
