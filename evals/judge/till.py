"""What a judge costs: held by the worst case before every call, settled after it, and never above the limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mlplaybook.evals.judge.records import Stopped
from mlplaybook.evals.records import Usage as Spent
from mlplaybook.server.llm.records import ModelFailed, Usage
from mlplaybook.server.usage.budget import Budget, Hold, Purse, dollars
from mlplaybook.server.usage.metered import FREE

# Money is kept in whole billionths.
PLACES = 9


@dataclass(slots=True)
class Count:
    """Replies of the model, and of the folder."""

    calls: int = 0
    hits: int = 0


class Till:
    """The money of a run. Calls that do not fit wait for those on their way, which are mostly cheaper than their worst case."""

    def __init__(self, model: str, budget: Budget) -> None:
        self._model = model
        self._limit = budget.per_answer_usd
        self._purse = Purse(budget)
        self._open = 0
        self._settled = asyncio.Condition()
        self.count = Count()

    @property
    def spent(self) -> Spent:
        """Calls, tokens of both kinds, and dollars, None where the price is not known."""
        used, usd = self._purse.usage, self._purse.usd
        money = None if usd is None else round(float(usd), PLACES)
        return Spent(self.count.calls, used.prompt_tokens + used.completion_tokens, money, self.count.hits)

    async def hold(self, prompt_tokens: int, completion_tokens: int) -> Hold:
        """Money for one call; raises Stopped when there is not enough of it and none will come back."""
        async with self._settled:
            while True:
                try:
                    hold = self._purse.reserve(self._model, prompt_tokens, completion_tokens)
                except ModelFailed as error:
                    if not self._open:
                        raise Stopped(self._why(error)) from error
                    await self._settled.wait()
                else:
                    self._open += 1
                    return hold

    async def settle(self, hold: Hold, bill: list[Usage | None], failure: ModelFailed | None) -> None:
        """What the call cost: as the provider said; nothing where it did not work on it; the worst case where nobody knows."""
        self.count.calls += len(bill)
        known = [usage for usage in bill if usage is not None]
        async with self._settled:
            if not bill and failure is not None and failure.kind in FREE:
                self._purse.release(hold)
            elif known and len(known) == len(bill):
                self._purse.settle(hold, sum(known, Usage()))
            else:
                self._purse.settle(hold, None)
            self._open -= 1
            self._settled.notify_all()

    def _why(self, error: ModelFailed) -> str:
        """Why nothing more is asked."""
        if self._limit is None or "daily" in error.public:
            return error.public
        spent = "an unknown sum" if self._purse.usd is None else dollars(self._purse.usd)
        return f"{spent} of {dollars(self._limit)} USD are spent, and the next call might cost more than is left"
