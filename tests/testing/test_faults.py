"""The proxy passes requests on unchanged, and breaks those that it is told to."""

import asyncio
from collections import Counter

import aiohttp
import pytest
from aiohttp import web

from qantara.testing.faults import (
    FaultProxy,
    cut_after,
    cut_before,
    doubled,
    dripping,
    half,
    late,
    refused,
)

BODY = b"\x00 body of some length"


@pytest.fixture
async def echo():
    """A server that says what it was sent, and how often: (url, counter of paths)."""
    came: Counter[str] = Counter()

    async def handler(request: web.Request) -> web.Response:
        came[request.path] += 1
        return web.Response(body=await request.read(), headers={"X-Told": request.method})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", came
    await runner.cleanup()


@pytest.fixture
async def proxy(echo):
    async with FaultProxy(echo[0]) as proxy:
        yield proxy


async def post(proxy: FaultProxy, path: str = "/x") -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.post(proxy.url + path, data=BODY) as got:
        return got.status, await got.read()


async def test_a_request_passes_as_it_is(proxy, echo):
    assert await post(proxy) == (200, BODY)
    assert (proxy.requests, echo[1]) == (1, {"/x": 1})


@pytest.mark.parametrize(("fault", "done"), [(cut_before, 0), (cut_after, 1), (half, 1)])
async def test_a_cut_leaves_the_request_done_or_undone(proxy, echo, fault, done):
    proxy.strike(fault)

    with pytest.raises((aiohttp.ClientError, OSError)):
        await post(proxy)

    assert echo[1]["/x"] == done
    assert await post(proxy) == (200, BODY)


async def test_a_doubled_request_arrives_twice_and_is_answered_once(proxy, echo):
    proxy.strike(doubled)

    assert await post(proxy) == (200, BODY)
    assert echo[1]["/x"] == 2


async def test_a_refusal_comes_instead_of_the_server_after_so_many_good_ones(proxy, echo):
    proxy.strike(refused(429, retry_after="7"), after=1, times=2)

    assert [(await post(proxy))[0] for _ in range(4)] == [200, 429, 429, 200]
    assert echo[1]["/x"] == 2


@pytest.mark.parametrize("fault", [late(0.01), dripping(0.01)])
async def test_a_slow_answer_is_whole(proxy, fault):
    proxy.strike(fault)

    assert await post(proxy) == (200, BODY)


async def test_it_counts_how_many_were_under_way_together(proxy):
    proxy.always(late(0.05))

    await asyncio.gather(*(post(proxy) for _ in range(3)))

    assert proxy.most_at_once == 3


async def test_calm_ends_all_faults(proxy):
    proxy.always(cut_before)
    proxy.strike(cut_before, after=1)

    proxy.calm()

    assert [(await post(proxy))[0] for _ in range(2)] == [200, 200]
