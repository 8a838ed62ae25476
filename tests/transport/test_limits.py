"""A token bucket keeps a rate, a gate lets the most urgent in; the time here is made of numbers."""

import asyncio

import pytest

from qantara.transport.limits import Allowance, Gate, TokenBucket, urgency
from tests.transport import virtual


class Time:
    """A clock that runs only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def bucket(time: Time, rate: float = 2.0, burst: float = 4.0) -> TokenBucket:
    return TokenBucket(rate=rate, burst=burst, clock=time.clock, sleep=time.sleep)


async def take(limit: TokenBucket, times: int) -> None:
    for _ in range(times):
        await limit.take()


async def test_a_burst_passes_at_once(time: Time):
    await take(bucket(time), 4)

    assert time.now == 100.0


async def test_after_the_burst_the_rate_holds(time: Time):
    await take(bucket(time), 14)

    assert time.now == pytest.approx(105.0)


async def test_rest_fills_the_bucket_up_to_its_burst(time: Time):
    limit = bucket(time)
    await take(limit, 4)
    time.now += 1000
    before = time.now

    await take(limit, 5)

    assert time.now - before == pytest.approx(0.5)


async def test_a_learnt_rate_counts_from_now_on(time: Time):
    limit = bucket(time)
    await take(limit, 4)

    limit.learn(rate=10.0, burst=1.0)
    await take(limit, 10)

    assert time.now == pytest.approx(101.0)


async def test_a_pause_lets_nobody_pass_and_forgets_the_burst(time: Time):
    limit = bucket(time)
    limit.pause(30.0)

    await take(limit, 1)
    first = time.now
    await take(limit, 1)

    assert first == pytest.approx(130.0)
    assert time.now == pytest.approx(130.5)


async def test_those_who_wait_together_pass_one_after_the_other():
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    limit = TokenBucket(rate=1.0, burst=1.0, clock=lambda: 0.0, sleep=sleep)
    await asyncio.gather(*(limit.take() for _ in range(4)))

    assert waits == [1.0, 2.0, 3.0]


async def test_who_stops_waiting_gives_his_token_back():
    limit = TokenBucket(rate=0.001, burst=1.0)
    await limit.take()
    waiting = asyncio.create_task(limit.take())
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert limit._tokens == pytest.approx(0.0, abs=0.01)


async def test_what_the_system_tells_never_widens_what_the_owner_allows(time: Time):
    limit = TokenBucket(
        bound=Allowance(rate=2.0, burst=4.0), clock=time.clock, sleep=time.sleep, rate=1.0
    )
    limit.learn(rate=50.0, burst=100.0)

    await take(limit, 14)

    assert time.now == pytest.approx(105.0)


async def test_a_pause_that_comes_while_somebody_waits_holds_him_too(time: Time):
    limit = bucket(time, rate=1.0, burst=1.0)

    async def sleep(seconds: float) -> None:
        if time.now == 100.0:
            limit.pause(60.0)
        time.now += seconds

    limit._sleep = sleep
    await take(limit, 2)

    assert time.now == pytest.approx(160.0)


async def test_without_numbers_nobody_waits():
    await asyncio.wait_for(take(TokenBucket(), 10_000), 10)


async def worked(gate: Gate, who: str, how_urgent: float, order: list[str], lasts: float = 1.0):
    urgency.set(how_urgent)
    async with gate.turn():
        order.append(who)
        await asyncio.sleep(lasts)


async def queue(gate: Gate, *waiting: tuple[str, float]) -> list[str]:
    """Who got in, in order; the first is let in before the others come."""
    order: list[str] = []
    async with asyncio.TaskGroup() as group:
        for who, how_urgent in waiting:
            group.create_task(worked(gate, who, how_urgent, order))
            await asyncio.sleep(0 if order else 0.001)
    return order


def test_the_most_urgent_goes_first_and_equals_in_the_order_they_came():
    async def main() -> list[str]:
        gate = Gate(concurrency=1, clock=virtual.clock)
        waiting = [("first", 0), ("image", 0), ("order", 5), ("stock", 9), ("order too", 5)]
        return await queue(gate, *waiting)

    assert virtual.run(main()) == ["first", "stock", "order", "order too", "image"]


def test_a_turn_that_comes_with_time_goes_to_who_is_most_urgent_then():
    async def main() -> list[str]:
        limit = TokenBucket(rate=0.1, burst=1.0, clock=virtual.clock)
        gate = Gate(concurrency=9, limits=(limit,), clock=virtual.clock)
        order: list[str] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(worked(gate, "first", 0, order))
            group.create_task(worked(gate, "image", 0, order))
            await asyncio.sleep(9)
            group.create_task(worked(gate, "stock", 30, order))
        return order

    assert virtual.run(main()) == ["first", "stock", "image"]


def test_the_least_urgent_has_its_turn_in_bounded_time_under_a_flood():
    async def main() -> float:
        gate = Gate(concurrency=1, clock=virtual.clock)
        order: list[str] = []

        async def flood() -> None:
            async with asyncio.TaskGroup() as group:
                while True:
                    group.create_task(worked(gate, "flood", 10, order, lasts=1.0))
                    group.create_task(worked(gate, "flood", 10, order, lasts=1.0))
                    await asyncio.sleep(2)

        flooding = asyncio.create_task(flood())
        await asyncio.sleep(5)
        began = virtual.clock()
        await worked(gate, "image", 0, order, lasts=0)
        waited = virtual.clock() - began
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
        return waited

    assert 9 <= virtual.run(main()) <= 13


@pytest.mark.parametrize("after", [0.5, 1.0, 1.5])
def test_who_gives_up_leaves_no_gap(after):
    async def main() -> list[str]:
        limit = TokenBucket(rate=1.0, burst=1.0, clock=virtual.clock)
        gate = Gate(concurrency=1, limits=(limit,), clock=virtual.clock)
        order: list[str] = []
        await worked(gate, "first", 0, order, lasts=0)
        impatient = asyncio.create_task(worked(gate, "impatient", 9, order, lasts=9))
        await asyncio.sleep(after)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        began = virtual.clock()
        await worked(gate, "next", 0, order, lasts=0)
        assert virtual.clock() - began <= 1.0
        assert (gate._running, gate._flying, gate._server) == (0, 0.0, None)
        return order

    assert virtual.run(main())[-1] == "next"


def test_who_is_cancelled_in_the_moment_of_his_turn_gives_it_on(monkeypatch):
    async def main() -> int:
        gate = Gate(concurrency=1, clock=virtual.clock)
        order: list[str] = []
        holder = asyncio.create_task(worked(gate, "first", 0, order, lasts=1))
        unlucky = asyncio.create_task(worked(gate, "unlucky", 0, order))
        await asyncio.sleep(0.5)
        admit = gate._admit
        monkeypatch.setattr(gate, "_admit", lambda: (admit(), unlucky.cancel()))
        await asyncio.gather(holder, unlucky, return_exceptions=True)
        await asyncio.wait_for(worked(gate, "next", 0, order), 5)
        assert "unlucky" not in order
        return gate._running

    assert virtual.run(main()) == 0


def test_when_the_limits_cannot_be_asked_the_caller_hears_of_it_and_the_next_is_served():
    class Away(TokenBucket):
        down = True

        async def take(self, cost: float = 1.0) -> None:
            if self.down:
                raise OSError("The database is away.")
            await super().take(cost)

    async def main() -> list[str]:
        away = Away()
        gate = Gate(concurrency=1, limits=(away,), clock=virtual.clock)
        with pytest.raises(OSError, match="away"):
            await worked(gate, "unlucky", 0, [])
        away.down = False
        return await queue(gate, ("next", 0), ("last", 0))

    assert virtual.run(main()) == ["next", "last"]


async def test_a_rate_without_a_burst_lets_a_second_pass_at_once(time: Time):
    limit = TokenBucket(clock=time.clock, sleep=time.sleep)
    limit.learn(rate=5.0)

    await take(limit, 15)

    assert time.now == pytest.approx(102.0)
