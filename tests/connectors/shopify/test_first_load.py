"""A first load of products pays what Shopify gives back, all of it, and is refused nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from qantara.connectors.base import Connection, Write, Written
from qantara.connectors.shopify.connector import Shopify
from qantara.connectors.shopify.mapping.product import PIECE
from qantara.model import Money, Product, Text, Variant, VariantPrice
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.shopify.state import Clock
from qantara.transport.limits import TokenBucket
from tests.transport import virtual
from tests.transport.virtual import clock

RATE = 100.0
FIELDS = frozenset({"name", "kind", "variants", "prices", "active", "published", "tags", "html"})
AT_ONCE = Shopify.manifest.batch["product"]


class LoopClock(Clock):
    """The shop's time is the loop's."""

    def seconds(self) -> float:
        return clock()


class Answering(ShopifyStandIn):
    """A shop that lives in the test's own loop, and takes its time to answer."""

    def __init__(self) -> None:
        super().__init__(currency="SAR", country="SA", restore=RATE)
        self.bucket.clock = LoopClock()
        self.chance = random.Random(4)  # noqa: S311 - a server's moods are no secret

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[str]:
        @web.middleware
        async def slowly(request: web.Request, handler) -> web.StreamResponse:
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))
            answer = await handler(request)
            await asyncio.sleep(self.chance.uniform(0.01, 0.1))
            return answer

        app = web.Application(middlewares=[slowly])
        app.add_routes(self.routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    @property
    def refused(self) -> int:
        return sum(call.error == "Throttled" for call in self.calls)


def goods(number: int) -> Write:
    code = f"P-{number:05}"
    price = VariantPrice(variant="", price=Money.of("9.99", "SAR"))
    record = Product(
        name=Text(f"Product {code}"),
        kind="goods",
        unit=PIECE,
        variants=(Variant(sku=code),),
        prices=(price,),
    )
    return Write(key=code, record=record, fields=FIELDS)


async def load(shop: Answering, count: int) -> float:
    """The part of all points that could be had until the last product was read back."""
    async with shop.answering() as url:
        connection = Connection(
            name="shop",
            connector="shopify",
            url=url,
            secrets={"key": shop.token},
            private=True,
            concurrency=Shopify.manifest.concurrency,
            limits=TokenBucket(clock=clock),
        )
        async with Shopify(connection) as hub:
            began = clock()
            lanes = asyncio.Semaphore(2)

            async def lane(start: int) -> None:
                async with lanes:
                    await portion(hub, start, AT_ONCE)

            await asyncio.gather(*(lane(start) for start in range(0, count, AT_ONCE)))
            given = shop.bucket.size + RATE * (clock() - began)
            return 1 - shop.bucket.available() / given


async def portion(hub, start: int, count: int) -> None:
    """One page as the engine does it: written in a batch, then read back."""
    done = await hub.write("product", [goods(number) for number in range(start, start + count)])
    assert all(isinstance(one, Written) for one in done)
    await hub.read("product", [one.external_id for one in done])


@pytest.mark.parametrize("count", [400, pytest.param(4000, marks=pytest.mark.campaign)])
def test_a_first_load_uses_95_percent_of_the_points_and_is_refused_nothing(count: int) -> None:
    shop = Answering()

    used = virtual.run(load(shop, count))

    assert shop.refused == 0
    assert used >= 0.95
    assert len(shop.ids("Product")) == count
