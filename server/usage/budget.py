"""Money that may be spent: reserved by the worst case before a call, settled after it, counted over all processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.records import ModelFailed, Usage
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.prices import SETTING, Prices, cost, worst_cost

NANO = Decimal(1_000_000_000)
# A limit above this is a slip.
MOST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one answer and one day in UTC may cost in US dollars; None is no limit.

    Every call is held at its worst case until it is settled. One that never is, because its process died, counts as that: the
    limits hold whatever happens.
    """

    book: Book
    prices: Prices
    per_answer_usd: Decimal | None = None
    per_day_usd: Decimal | None = None
    today: Callable[[], date] = lambda: datetime.now(UTC).date()

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.per_answer_usd is not None or self.per_day_usd is not None


@dataclass(frozen=True, slots=True)
class Hold:
    """Money put aside for one call; `row` is None where it could not be written and nothing limits it."""

    model: str
    usd: Decimal | None
    row: int | None = None


class Purse:
    """What one answer spends over all its calls: its tokens, and its money, None when some price is not known."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = Decimal(0)
        self.usage = Usage()
        self.usd: Decimal | None = Decimal(0)

    def reserve(self, model: str, prompt_tokens: int, max_tokens: int) -> Hold:
        """Put the worst case of a call aside.

        :raises ModelFailed: kind `budget`; it does not fit, or nobody knows what it costs. `public` says which.
        """
        worst = worst_cost(prompt_tokens, max_tokens, model, self._budget.prices)
        if worst is None and self._budget.limited:
            reason = f"price of {model} is not known, so no budget can be kept; {SETTING} can add it"
            raise ModelFailed("budget", model, public=reason)
        limit = self._budget.per_answer_usd
        if limit is not None and worst is not None and self._held + worst > limit:
            reason = f"answer may cost up to {dollars(self._held + worst)} USD and {dollars(limit)} USD are allowed"
            raise ModelFailed("budget", model, public=reason)
        hold = hold_for_today(self._budget, model, worst)
        self._held += worst or 0
        return hold

    def settle(self, hold: Hold, usage: Usage | None) -> None:
        """Replace what was held by what the call cost; `usage` None keeps the worst case, since nobody said."""
        actual = hold.usd if usage is None else cost(usage, hold.model, self._budget.prices)
        self._spend(hold, actual)
        self.usage += usage or Usage()

    def release(self, hold: Hold) -> None:
        """Give back what was held for a call that the provider never worked on."""
        self._spend(hold, Decimal(0))

    def _spend(self, hold: Hold, usd: Decimal | None) -> None:
        self._held += (usd or 0) - (hold.usd or 0)
        self.usd = None if self.usd is None or usd is None else self.usd + usd
        if hold.row is None or usd is None:
            return
        try:
            with self._budget.book.writing() as connection:
                connection.execute("UPDATE spending SET spent = ? WHERE id = ?", (nano(usd), hold.row))
        except (sqlite3.Error, OSError):
            return  # the worst case stays, which breaks no limit


def hold_for_today(budget: Budget, model: str, worst: Decimal | None) -> Hold:
    """Money of today; raises ModelFailed when the day's limit does not allow it, or nobody can count."""
    if worst is None:
        return Hold(model, None)
    day = budget.today().isoformat()
    try:
        with budget.book.writing() as connection:
            spent = spent_on(connection, day)
            if budget.per_day_usd is not None and spent + nano(worst) > nano(budget.per_day_usd):
                raise ModelFailed("budget", model, public=too_much(budget.per_day_usd, spent, worst))
            row = connection.execute(
                "INSERT INTO spending (day, model, held) VALUES (?, ?, ?)", (day, model, nano(worst))
            ).lastrowid
    except (sqlite3.Error, OSError) as error:
        if budget.per_day_usd is None:
            return Hold(model, worst)
        reason = f"daily budget cannot be kept: {budget.book.file.name} cannot be written"
        raise ModelFailed("budget", model, public=reason) from error
    return Hold(model, worst, row)


def spent_on(connection: sqlite3.Connection, day: str) -> int:
    """Billionths of a dollar spent or held on a day."""
    found = connection.execute("SELECT coalesce(sum(coalesce(spent, held)), 0) FROM spending WHERE day = ?", (day,))
    return int(found.fetchone()[0])


def too_much(limit: Decimal, spent: int, worst: Decimal) -> str:
    """Why a day's limit does not allow a call."""
    left = limit - Decimal(spent) / NANO
    if left <= 0 or spent:
        rest = f", {dollars(left)} USD are left and a call may cost {dollars(worst)} USD" if left > 0 else ""
        return f"daily budget of {dollars(limit)} USD is {'almost ' if rest else ''}spent{rest}"
    return f"call may cost up to {dollars(worst)} USD, more than the daily budget of {dollars(limit)} USD"


def nano(usd: Decimal) -> int:
    """Whole billionths of a dollar, rounded up."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


def dollars(usd: Decimal) -> str:
    """An amount with two decimals, or with more where its first two figures need them.

    >>> dollars(Decimal("0.5")), dollars(Decimal("0.00423")), dollars(Decimal("0.060")), dollars(Decimal(12))
    ('0.50', '0.0042', '0.06', '12.00')
    """
    places = max(2, 1 - usd.adjusted()) if usd else 2
    whole, _, part = f"{usd:.{min(places, 9)}f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def read_usd(text: str, name: str) -> Decimal | None:
    """A limit as it was set, None for an empty one; raises BadSetting naming the setting."""
    if not text:
        return None
    try:
        usd = Decimal(text)
    except ArithmeticError:
        usd = Decimal("NaN")
    if not usd.is_finite() or not 0 <= usd <= MOST:
        raise BadSetting(f"{name}={text!r} is no amount of US dollars.", "Write it for example as 0.50.")
    return usd
