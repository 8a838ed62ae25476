"""The limits of a system are learnt from its answers; the hours here are made of numbers."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from qantara.transport import RetryLater
from qantara.transport.hints import Hint
from qantara.transport.http import HttpClient, Request
from qantara.transport.learning import Learner, Refusals
from qantara.transport.limits import TokenBucket
from tests.transport import virtual
from tests.transport.leaky import Leaky, Window, as_shopify
from tests.transport.virtual import clock

READ = Request(path="/x", idempotent=True)


@asynccontextmanager
async def serving(server):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def client_of(url: str, concurrency: int = 4, limits=None) -> HttpClient:
    limits = limits or TokenBucket(clock=clock)
    return HttpClient(url, private=True, concurrency=concurrency, limits=limits, clock=clock)


async def flood(client: HttpClient, seconds: float, callers: int = 8) -> None:
    """Ask as much as the client lets through, for so long; what is refused is asked again."""
    end = clock() + seconds

    async def caller() -> None:
        while clock() < end:
            with suppress(RetryLater):
                await client.request(READ)

    tasks = [asyncio.create_task(caller()) for _ in range(callers)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def flooded(server, seconds: float, concurrency: int = 4) -> None:
    async def main() -> None:
        async with serving(server) as url:
            client = client_of(url, concurrency)
            await flood(client, seconds)
            await client.close()

    virtual.run(main())


@pytest.mark.parametrize("concurrency", [1, 2, 10])
def test_a_bucket_that_is_told_is_used_up_and_never_overflows(concurrency):
    server = Leaky(headers=as_shopify)

    flooded(server, 600, concurrency)

    assert server.refused == []
    assert server.used(1000, 1600) >= 0.95


def test_a_bucket_found_half_full_is_not_overflown_either():
    server = Leaky(headers=as_shopify, level=32.0, at=1000.0)

    flooded(server, 600)

    assert server.refused == []
    assert len(server.accepted) >= 0.95 * 1208


def test_after_a_rest_the_whole_burst_is_there_again():
    server = Leaky(headers=as_shopify, level=32.0, at=1000.0, slow=(0.01, 0.01))

    async def main() -> int:
        async with serving(server) as url:
            client = client_of(url, concurrency=10)
            await flood(client, 10)
            await asyncio.sleep(60)
            server.accepted.clear()
            await flood(client, 2)
            await client.close()
        return len(server.accepted)

    assert 38 <= virtual.run(main()) <= 44
    assert server.refused == []


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_window_that_is_told_is_used_up_and_never_overrun(concurrency):
    server = Window()

    flooded(server, 1200, concurrency)

    assert server.refused == []
    assert len(server.accepted) >= 0.95 * 1200


def test_a_bucket_that_tells_nothing_is_learnt_from_its_refusals():
    server = Leaky(refusal={"Retry-After": "2"})

    flooded(server, 2 * 3600)

    late = [at for at in server.refused if at > 1000 + 3600]
    assert len(server.refused) <= 12
    assert len(late) <= 3
    assert sum(at > 1000 + 3600 for at in server.accepted) >= 0.95 * 3600 * 2


def test_what_a_body_tells_is_learnt_and_a_call_that_cost_more_is_made_up_for():
    server = Leaky(rate=1e9, size=1e9, slow=(0, 0))

    async def main() -> list[float]:
        async with serving(server) as url:
            client = client_of(url)
            client.told(Hint(size=100.0, left=100.0, rate=10.0))
            for _ in range(3):
                await client.request(Request(path="/x", cost=30.0))
            client.spent(25.0)
            await client.request(Request(path="/x", cost=30.0))
            client.spent(-10.0)
            await client.request(Request(path="/x", cost=30.0))
            await client.close()
        return [round(at - 1000.0, 6) for at in server.accepted]

    assert virtual.run(main()) == [0.0, 0.0, 0.0, 5.0, 7.0]


def test_refusals_bring_the_rate_down_at_once_and_quiet_brings_it_up_slowly():
    now = 0.0
    refusals = Refusals(bucket=TokenBucket(clock=lambda: now), clock=lambda: now)
    rates = []
    for _ in range(3):
        refusals.refused(1.0)
        rates.append(refusals.bucket.rate)
        now += 1.5
    for _ in range(10):
        now += 1.0
        refusals.accepted()

    assert rates[0] > rates[1] > rates[2] > 0
    assert rates[2] < refusals.bucket.rate < 1.2 * rates[2]


def test_several_refusals_at_once_are_one():
    refusals = Refusals(bucket=TokenBucket(clock=lambda: 0.0), clock=lambda: 0.0)
    refusals.refused(5.0)
    once = refusals.bucket.rate
    refusals.refused(5.0)

    assert refusals.bucket.rate == once


def test_three_programs_that_share_a_bucket_unknown_to_each_other_get_along():
    server = Leaky(headers=as_shopify, refusal={"Retry-After": "2"})

    async def main() -> None:
        async with serving(server) as url:
            clients = [client_of(url) for _ in range(3)]
            await asyncio.gather(*(flood(client, 1800) for client in clients))
            for client in clients:
                await client.close()

    virtual.run(main())

    assert sum(at > 1600 for at in server.refused) <= 30
    assert sum(at > 1600 for at in server.accepted) >= 0.95 * 1200 * 2


def test_plenty_that_is_told_lets_refusals_be_forgotten():
    limits = TokenBucket()
    learner = Learner(limits)
    learner.heard(429, {"x-shopify-shop-api-call-limit": "40/40"})
    pace = learner._refusals.bucket
    slow = pace.rate

    learner.heard(200, {"x-shopify-shop-api-call-limit": "30/40"})
    still = pace.rate
    learner.heard(200, {"x-shopify-shop-api-call-limit": "10/40"})

    assert slow == pytest.approx(0.7, rel=0.05)
    assert still == pytest.approx(slow, rel=0.05)
    assert pace.rate == float("inf")


def test_more_room_is_noticed_within_hours():
    now = 0.0
    refusals = Refusals(bucket=TokenBucket(clock=lambda: now), clock=lambda: now)
    for _ in range(3):
        refusals.refused(1.0)
        for _ in range(30):
            now += 1.0
            refusals.accepted()
    ceiling = refusals.ceiling

    for _ in range(6 * 3600):
        now += 1.0
        refusals.accepted()

    assert refusals.bucket.rate > 2 * ceiling
