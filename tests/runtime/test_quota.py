"""Several workers share one limit through the journal; the hours here are made of numbers."""

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from qantara.runtime.quota import SharedLimits
from qantara.storage import quotas
from qantara.storage.errors import StorageUnavailable
from qantara.storage.quotas import Draft
from qantara.storage.steps import observed
from qantara.storage.store import Store
from qantara.transport import RetryLater
from qantara.transport.http import HttpClient
from qantara.transport.limits import UNLIMITED, Allowance
from tests.transport import virtual
from tests.transport.leaky import Leaky, Window, as_shopify
from tests.transport.test_learning import READ, client_of, serving
from tests.transport.virtual import clock

LIMIT = Allowance(rate=2.0, burst=10.0)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def moment() -> datetime:
    return EPOCH + timedelta(seconds=_now())


class _Now:
    """The loop's time, for the database's threads: it stands still while they work."""

    loop: asyncio.AbstractEventLoop | None = None


def _now() -> float:
    assert _Now.loop
    return _Now.loop.time()


@pytest.fixture(autouse=True)
def _forget():
    yield
    _Now.loop = None


def shared(store: Store, bound: Allowance = UNLIMITED) -> SharedLimits:
    _Now.loop = asyncio.get_running_loop()
    return SharedLimits(store=store, connection="shop", bound=bound, clock=clock, moment=moment)


async def flood(workers: list[HttpClient], seconds: float) -> None:
    end = clock() + seconds

    async def caller(client: HttpClient) -> None:
        while clock() < end:
            with suppress(RetryLater):
                await client.request(READ)

    tasks = [asyncio.create_task(caller(worker)) for worker in workers for _ in range(5)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def flooded(server, store: Store, *phases: float, workers: int = 3) -> None:
    """One phase after the other, each with new workers; what was refused in the first is forgotten."""

    async def main() -> None:
        async with serving(server) as url:
            for number, seconds in enumerate(phases):
                if number:
                    server.refused.clear()
                limits = [shared(store) for _ in range(workers)]
                clients = [client_of(url, limits=each) for each in limits]
                await flood(clients, seconds)
                for client, each in zip(clients, limits, strict=True):
                    await client.close()
                    await each.close()

    virtual.run(main())


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_use_up_a_bucket_that_is_told_and_once_learnt_never_overflow_it(
    store: Store, workers: int
):
    server = Leaky(headers=as_shopify)

    flooded(server, store, 5, 300, workers=workers)

    assert server.refused == []
    assert server.used(1000, 1305) >= 0.95


def test_three_workers_use_up_a_window_that_is_told(store: Store):
    server = Window()

    flooded(server, store, 5, 300)

    assert server.refused == []
    assert len(server.accepted) >= 0.95 * 300


@pytest.mark.parametrize(("rate", "burst"), [(2, 40), (50, 50), (1, 1), (100, 200), (7.5, 3)])
def test_at_no_moment_do_workers_together_get_more_than_rate_and_burst(
    store: Store, rate: float, burst: float
):
    async def main() -> list[float]:
        bound = Allowance(rate=rate, burst=burst)
        chance = random.Random(5)  # noqa: S311 - moods are no secret
        workers = [shared(store, bound) for _ in range(3)]
        taken: list[float] = []

        async def work(limits: SharedLimits) -> None:
            for _ in range(100):
                await asyncio.sleep(chance.choice([0, 0, 0, 0.01, 0.3, 3]) / rate)
                await limits.take()
                taken.append(clock())

        await asyncio.gather(*(work(each) for each in workers))
        return taken

    taken = sorted(virtual.run(main()))

    excess = [
        last - first + 1 - burst - rate * (taken[last] - taken[first])
        for first in range(len(taken))
        for last in range(first, len(taken))
    ]
    assert max(excess) <= 1e-3


def test_what_workers_hold_counts_as_used(store: Store):
    async def main() -> int:
        holding, other = (shared(store, Allowance(rate=100.0, burst=200.0)) for _ in range(2))
        await holding.take()
        await asyncio.sleep(0.099)
        at_once, now = 0, clock()
        while clock() == now:
            at_once += 1
            await (holding.take() if at_once < 10 else other.take())
        return at_once - 1

    assert 190 <= virtual.run(main()) <= 200


def test_a_large_bucket_costs_few_transactions(store: Store):
    transactions = 0

    def count(step: str) -> None:
        nonlocal transactions
        transactions += step.startswith("quota") and step.endswith("after its commit")

    async def main() -> None:
        limits = shared(store, Allowance(rate=100.0, burst=1000.0))
        for _ in range(500):
            await limits.take()

    with observed(count):
        virtual.run(main())

    assert transactions <= 25


def test_a_pause_that_one_worker_is_asked_for_holds_the_other(store: Store):
    async def main() -> float:
        one, other = shared(store, LIMIT), shared(store, LIMIT)
        await one.take()
        await other.take()
        began = clock()
        one.pause(60.0)
        await asyncio.sleep(0.6)
        await other.take()
        return clock() - began

    assert virtual.run(main()) == pytest.approx(60.0, abs=1.0)


def test_a_pause_that_comes_while_a_worker_waits_holds_it_too(store: Store):
    async def main() -> float:
        one, other = shared(store, LIMIT), shared(store, LIMIT)
        for _ in range(10):
            await one.take()
        waiting = asyncio.create_task(one.take())
        await asyncio.sleep(0.1)
        began = clock()
        other.pause(60.0)
        await waiting
        return clock() - began

    assert virtual.run(main()) == pytest.approx(60.0, abs=1.0)


def test_who_stops_waiting_leaves_its_tokens_to_the_next(store: Store):
    async def main() -> float:
        limits = shared(store, LIMIT)
        for _ in range(10):
            await limits.take()
        began = clock()
        for _ in range(5):
            waiting = asyncio.create_task(limits.take())
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await limits.take()
        return clock() - began

    assert virtual.run(main()) <= 1.1


def test_who_stops_while_the_journal_is_asked_leaves_its_tokens_too(store: Store):
    async def main() -> float:
        limits = shared(store, LIMIT)
        for _ in range(9):
            await limits.take()
        began = clock()
        for _ in range(5):
            asking = asyncio.create_task(limits.take())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.sleep(0.01)
        await limits.take()
        return clock() - began

    assert virtual.run(main()) <= 1.1


def test_what_a_worker_did_not_use_goes_back_when_it_ends(store: Store):
    bound = Allowance(rate=100.0, burst=1000.0)

    async def main() -> float:
        limits = shared(store, bound)
        await limits.take()
        await limits.close()
        return (await store.run(quotas.draw, "shop", Draft(cost=949.0, bound=bound), moment)).wait

    assert virtual.run(main()) == 0.0


def test_when_the_journal_is_away_the_caller_hears_of_it_and_the_news_is_kept(store: Store):
    async def main() -> float:
        limits = shared(store, LIMIT)
        limits.store = Away(store)
        with pytest.raises(StorageUnavailable):
            await limits.take()
        limits.pause(60.0)
        await asyncio.sleep(0.1)
        limits.store = store
        began = clock()
        await limits.take()
        return clock() - began

    assert virtual.run(main()) == pytest.approx(60.0)


class Away(Store):
    """A journal whose database has gone."""

    def __init__(self, store: Store) -> None:
        self.__dict__ |= store.__dict__

    async def run(self, *_: object, **__: object):
        raise StorageUnavailable("The database cannot be used now.")
