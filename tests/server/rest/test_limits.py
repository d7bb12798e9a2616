"""Rates, queues and budgets: exact refusals that say when to come back."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from mlplaybook.server.rest.accounts import Accounts
from mlplaybook.server.rest.callers import LOCAL, Caller
from mlplaybook.server.rest.gate import Busy, Gate, Width
from mlplaybook.server.rest.keys import Key
from mlplaybook.server.rest.limits import Buckets, InFile, InMemory, Rate
from mlplaybook.server.service import Service
from tests.server.rest.world import Reach, World

DAY = date(2026, 11, 21)


def test_a_bucket_gives_its_burst_then_one_every_so_often() -> None:
    now = [1_000.0]
    buckets = Buckets(Rate(60, 3), clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 1, 1]
    now[0] += 1
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    assert buckets.take("b") == 0


def test_a_clock_that_is_set_back_gives_nothing_away_and_locks_nobody_out() -> None:
    now = [1_000.0]
    buckets = Buckets(Rate(60, 1), clock=lambda: now[0])
    assert buckets.take("a") == 0
    now[0] -= 500
    assert buckets.take("a") == 1
    now[0] += 1
    assert buckets.take("a") == 0


def test_ten_times_too_many_requests_get_exactly_their_share(tmp_path: Path) -> None:
    now = [1_000.0]
    stores = (InMemory(), InFile(tmp_path / "buckets.sqlite"))
    for store in stores:
        buckets, passed = Buckets(Rate(60, 10), store, lambda: now[0]), 0
        for _ in range(600):
            passed += buckets.take("a") == 0
            now[0] += 0.1
        assert passed == 10 + 59


def test_workers_share_a_bucket(tmp_path: Path) -> None:
    workers = [Buckets(Rate(0.001, 20), InFile(tmp_path / "buckets.sqlite"), lambda: 1.0) for _ in range(4)]
    passed: list[int] = []

    def ask(buckets: Buckets) -> None:
        passed.extend(buckets.take("a") == 0 for _ in range(20))

    threads = [threading.Thread(target=ask, args=(buckets,)) for buckets in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 20


def test_a_key_that_asks_too_often_is_told_when_to_come_back(reach: Reach, world: World) -> None:
    client = reach(world.key(), rest_keys=True, rest_per_minute=60, rest_burst=2)
    got = [client.get("/v1/pages") for _ in range(3)]
    assert [one.status_code for one in got] == [200, 200, 429]
    assert (got[2].json()["code"], got[2].headers["retry-after"]) == ("too-often", "1")
    assert reach(world.key(), rest_keys=True).get("/v1/pages").status_code == 200


def test_a_key_may_have_a_rate_of_its_own(reach: Reach, world: World) -> None:
    client = reach(world.key("read", per_minute=1.0), rest_keys=True)
    got = [client.get("/v1/pages") for _ in range(2)]
    assert [one.status_code for one in got] == [200, 429]
    assert 58 <= int(got[1].headers["retry-after"]) <= 60


def test_requests_without_the_scope_do_not_empty_the_bucket(reach: Reach, world: World) -> None:
    client = reach(world.key("read"), rest_keys=True, rest_burst=1)
    for _ in range(3):
        assert client.get("/metrics").status_code == 403
    assert client.get("/v1/pages").status_code == 200


@pytest.mark.anyio
async def test_a_gate_lets_so_many_in_and_so_many_wait() -> None:
    gate, leave, busy = Gate(Width(2, 1, 30)), anyio.Event(), list[int]()

    async def enter() -> None:
        try:
            async with gate.place():
                await leave.wait()
        except Busy as error:
            busy.append(error.retry_after)

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(enter)
        await anyio.wait_all_tasks_blocked()
        assert (gate.inside, gate.waiting, busy) == (2, 1, [30])
        leave.set()
    assert (gate.inside, gate.waiting) == (0, 0)


@pytest.mark.anyio
async def test_whoever_waits_too_long_is_sent_away_and_leaves_nothing_behind() -> None:
    gate, started = Gate(Width(1, 5, 0.05)), anyio.current_time()
    async with gate.place():
        with pytest.raises(Busy):
            async with gate.place():
                raise AssertionError
    assert 0.05 <= anyio.current_time() - started < 2
    assert (gate.inside, gate.waiting) == (0, 0)
    async with gate.place():
        assert gate.inside == 1


def test_a_full_service_says_when_to_come_back(reach: Reach, world: World) -> None:
    client = reach(rest_searches=1, rest_queue=0, rest_wait_seconds=7)
    inside, go_on, statuses = threading.Event(), threading.Event(), list[int]()
    original = world.live.lend

    def lend() -> AbstractContextManager[Service]:
        inside.set()
        go_on.wait(10)
        return original()

    world.live.lend = lend  # type: ignore[method-assign] (a seam: the service is slow)
    first = threading.Thread(target=lambda: statuses.append(client.get("/v1/pages").status_code))
    first.start()
    assert inside.wait(10)
    refused = client.get("/v1/pages")
    go_on.set()
    first.join(10)
    assert statuses == [200]
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "busy", "7")


def caller(tokens: int | None = None, usd: str | None = None) -> Caller:
    key = Key("k", "test", "h", ("ask",), daily_tokens=tokens, daily_usd=Decimal(usd) if usd else None)
    return Caller("k", "o", key)


def test_a_key_spends_its_money_and_then_pages_are_quoted(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "a.sqlite", today=lambda: DAY)
    who = caller(usd="1")
    first = accounts.hold(who)
    assert (first.model, first.max_usd) == (True, Decimal("0.25"))
    second = accounts.hold(who)
    assert second.max_usd == Decimal("0.1875")
    accounts.settle(first, 100, 0.5)
    accounts.settle(second, 100, 0.5)
    third = accounts.hold(who)
    assert (third.model, third.reason) == (False, "daily budget of 1.00 USD of the key k is spent")
    accounts.close()


def test_what_is_put_aside_counts_until_it_is_settled(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "a.sqlite", today=lambda: DAY)
    held = [accounts.hold(caller(usd="1")).max_usd or Decimal(0) for _ in range(50)]
    assert sum(held) <= 1
    accounts.close()


def test_a_new_day_has_new_money(tmp_path: Path) -> None:
    today = [DAY]
    accounts = Accounts(tmp_path / "a.sqlite", today=lambda: today[0])
    accounts.settle(accounts.hold(caller(usd="1")), 10, 1.0)
    assert not accounts.hold(caller(usd="1")).model
    today[0] = date(2026, 11, 22)
    assert accounts.hold(caller(usd="1")).model
    accounts.close()


def test_a_key_uses_its_tokens_and_then_pages_are_quoted(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "a.sqlite", daily_tokens=1_000, today=lambda: DAY)
    accounts.settle(accounts.hold(caller()), 999, 0.0)
    assert accounts.hold(caller()).model
    accounts.settle(accounts.hold(caller()), 1, None)
    assert accounts.hold(caller()).reason == "daily budget of 1,000 tokens of the key k is spent"
    assert accounts.hold(caller(tokens=5_000)).model
    accounts.close()


def test_nobody_who_shows_no_key_has_an_account(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "a.sqlite", 0, Decimal(0))
    assert (accounts.hold(LOCAL).model, (tmp_path / "a.sqlite").exists()) == (True, False)


def test_the_smaller_limit_counts(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "a.sqlite", today=lambda: datetime.now(UTC).date())
    assert accounts.hold(caller(usd="100"), Decimal("0.01")).max_usd == Decimal("0.01")
    accounts.close()
