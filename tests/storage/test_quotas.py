"""The shared bucket of a connection: nobody gets more than is there, whoever asks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from qantara.storage import quotas
from qantara.storage.quotas import Draft
from qantara.storage.store import Store
from qantara.transport.limits import Allowance


class Time:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


async def told(store: Store, time: Time, rate: float = 2.0, burst: float = 40.0) -> None:
    await store.run(quotas.learn, "shop", Allowance(rate=rate, burst=burst), time)


async def wait(store: Store, time: Time, cost: float = 1.0, back: float = 0.0) -> float:
    return (await store.run(quotas.draw, "shop", Draft(cost=cost, back=back), time)).wait


async def test_a_connection_without_limits_lets_everybody_ask(store: Store, time: Time):
    grant = await store.run(quotas.draw, "shop", Draft(cost=1e9), time)

    assert (grant.tokens, grant.wait) == (float("inf"), 0.0)


async def test_the_burst_goes_at_once_and_then_each_waits_for_the_one_before(
    store: Store, time: Time
):
    await told(store, time)

    waits = [await wait(store, time) for _ in range(42)]

    assert waits[:39] == [0.0] * 39
    assert waits[39:] == pytest.approx([0.5, 1.0, 1.5])


async def test_time_fills_the_bucket_to_its_burst_and_no_further(store: Store, time: Time):
    await told(store, time)
    await wait(store, time, cost=39.0)
    time.passes(5.0)
    assert await wait(store, time, cost=10.0) == 0.0

    time.passes(1000.0)
    await wait(store, time, cost=39.0)
    assert await wait(store, time) == pytest.approx(0.5)


async def test_what_was_not_used_is_given_back(store: Store, time: Time):
    await told(store, time)
    await wait(store, time, cost=39.0)

    assert await wait(store, time, cost=5.0, back=5.0) == 0.0
    await store.run(quotas.give_back, "shop", 3.0, time)
    assert await wait(store, time, cost=3.0) == 0.0


async def test_a_large_bucket_gives_more_at_a_time_but_not_for_long(store: Store, time: Time):
    await told(store, time, rate=100.0, burst=1000.0)

    grant = await store.run(quotas.draw, "shop", Draft(), time)

    assert (grant.tokens, grant.lasts) == (50.0, 0.5)


async def test_a_pause_holds_everybody_and_leaves_one_token(store: Store, time: Time):
    await told(store, time)
    await store.run(quotas.pause, "shop", 60.0, time)
    await store.run(quotas.pause, "shop", 10.0, time)

    waits = [await wait(store, time) for _ in range(3)]

    assert waits == pytest.approx([60.0, 60.5, 61.0])
    time.passes(59.0)
    assert await store.run(quotas.paused, "shop", time) == pytest.approx(1.0)
    time.passes(2.0)
    assert await store.run(quotas.paused, "shop", time) == 0.0


async def test_a_connection_without_limits_can_be_paused_too(store: Store, time: Time):
    await store.run(quotas.pause, "shop", 60.0, time)

    assert await wait(store, time) == pytest.approx(60.0)


async def test_the_owners_bound_holds_whatever_the_system_allows(store: Store, time: Time):
    bound = Allowance(rate=1.0, burst=2.0)

    async def bounded() -> float:
        return (await store.run(quotas.draw, "shop", Draft(bound=bound), time)).wait

    first = [await bounded() for _ in range(4)]
    await told(store, time, rate=50.0, burst=500.0)

    assert [wait > 0 for wait in first] == [False, True, True, True]
    assert await bounded() >= first[-1]


async def test_a_clock_that_goes_back_mints_nothing(store: Store, time: Time):
    await told(store, time)
    await wait(store, time, cost=39.0)
    for step in (-100.0, 100.0, -50.0, 50.0):
        time.passes(step)
        await store.run(quotas.give_back, "shop", 0.0, time)

    assert await wait(store, time) == pytest.approx(0.5)


async def test_many_at_once_get_what_is_there_once(store: Store, time: Time):
    await told(store, time)

    waits = await asyncio.gather(*(wait(store, time) for _ in range(50)))

    assert sorted(waits)[38:41] == pytest.approx([0.0, 0.5, 1.0])


async def test_the_database_has_a_clock_of_its_own(store: Store):
    await store.run(quotas.learn, "shop", Allowance(rate=2.0, burst=40.0))
    await store.run(quotas.pause, "shop", 3600.0)

    assert 3500 < await store.run(quotas.paused, "shop") <= 3600
    assert (await store.run(quotas.draw, "shop", Draft())).wait > 3500
