"""A token bucket keeps a rate; the time here is made of numbers."""

import asyncio

import pytest

from qantara.transport.limits import TokenBucket


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
