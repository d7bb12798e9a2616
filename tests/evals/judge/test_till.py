"""Money of a judge: the worst case before a call, what it was after it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mlplaybook.evals.judge.records import Stopped
from mlplaybook.evals.records import Usage as Spent
from mlplaybook.server.llm.records import ModelFailed, Usage
from tests.evals.judge.desk import till

TOLD = Usage(100, 20)


@pytest.mark.parametrize(
    ("bill", "failure", "expected"),
    [
        ([TOLD], None, Spent(1, 120, 0.0003)),
        ([TOLD], ModelFailed("garbage"), Spent(1, 120, 0.0003)),
        ([], ModelFailed("rate-limit"), Spent(0, 0, 0.0)),
        ([], ModelFailed("timeout"), Spent(0, 0, 0.0102)),
        ([None], None, Spent(1, 0, 0.0102)),
        ([], None, Spent(0, 0, 0.0102)),
    ],
    ids=["told", "told though useless", "not worked on", "nobody knows", "not told", "given up"],
)
def test_a_call_costs_what_was_told_and_the_worst_where_nobody_knows(
    tmp_path: Path, bill: list[Usage | None], failure: ModelFailed | None, expected: Spent
) -> None:
    paid = till(tmp_path)

    async def call() -> None:
        await paid.settle(await paid.hold(200, 1000), bill, failure)

    asyncio.run(call())
    assert paid.spent == expected


def test_a_call_that_does_not_fit_waits_for_those_that_are_cheaper_than_they_might_be(tmp_path: Path) -> None:
    paid, order = till(tmp_path, limit="0.015"), list[str]()

    async def first() -> None:
        hold = await paid.hold(200, 1000)
        await asyncio.sleep(0.05)
        order.append("first is settled")
        await paid.settle(hold, [TOLD], None)

    async def second() -> None:
        await asyncio.sleep(0.01)
        hold = await paid.hold(200, 1000)
        order.append("second begins")
        await paid.settle(hold, [TOLD], None)

    async def both() -> None:
        await asyncio.gather(first(), second())

    asyncio.run(both())
    assert order == ["first is settled", "second begins"]


def test_a_call_that_fits_no_more_stops_everything(tmp_path: Path) -> None:
    paid = till(tmp_path, limit="0.0105")

    async def twice() -> None:
        await paid.settle(await paid.hold(200, 1000), [Usage(100, 50)], None)
        await paid.hold(200, 1000)

    with pytest.raises(
        Stopped, match=r"^0\.0006 of 0\.01.* USD are spent, and the next call might cost more than is left$"
    ):
        asyncio.run(twice())
