"""Orders of a web store beside a storm: how soon each is a sale order, with and without it.

A WooCommerce stand-in rings the entrance of one process on SQLite; an Odoo 18 stand-in takes the
orders. The store keeps the catalogue here, so that each product's webhook is work for the hub, and
in the storm every product has changed.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.flows.commerce.post import Letter
from tests.flows.commerce.tills import Business, Woo, business, happens, woo

FLOW = """catalogue = "from_store"
parts = ["category", "product", "customer", "order"]
"""
LINKS = 4

ORDERS, EVERY = 60, 0.5
"""Orders that are measured, and the seconds between two."""

ON_SALE = 8
LOOK = 0.02


async def measure(products: int) -> None:
    """First on a quiet hub, then beside webhooks of so many products."""
    print(f"\nOrders of a store, beside webhooks of {products} products")
    with woo() as till, tempfile.TemporaryDirectory() as folder:
        goods = _seed(till.stand, products)
        till.goods = goods[:ON_SALE]
        async with (
            business(till, Path(folder), more=FLOW, links=LINKS) as shop,
            shop.open(),
        ):
            quiet = await _bought(shop, 0)
            _told("without the storm", quiet)
            letters = await _changed(shop, goods)
            began = time.perf_counter()
            storm = asyncio.create_task(shop.bring(letters))
            stormy = await _bought(shop, ORDERS)
            left = await shop.left()
            _told("with it", stormy)
            await storm
            await shop.rests()
            wall = time.perf_counter() - began
            print(f"  {'the storm':30}{len(letters)} webhooks, over after {wall:.1f} s; {left} ")
            print(f"  {'':30}products had not been looked at when the last order was there")
            for share in (0.5, 0.95):
                ratio = _at(stormy, share) / _at(quiet, share)
                print(f"  {f'p{share * 100:.0f} with / without':30}{ratio:.2f}")


def _seed(stand: WooCommerceStandIn, count: int) -> list[int]:
    plenty = {"manage_stock": True, "stock_quantity": 100_000, "regular_price": "10.00"}
    return [
        stand.add("products", name=f"Chair {number}", sku=f"S-{number}", **plenty)["id"]
        for number in range(max(count, ON_SALE))
    ]


async def _changed(shop: Business, goods: Sequence[int]) -> list[Letter]:
    """Every product is dearer; the webhooks of that."""
    till = shop.till
    assert isinstance(till, Woo)  # noqa: S101 - the bench opened it
    for one in goods:
        till.stand.edit(f"products/{one}", regular_price="11.00")
    return await shop.posted()


async def _bought(shop: Business, start: int) -> list[float]:
    """Seconds from each order to its sale order, in which it is confirmed."""
    placed: dict[str, float] = {}
    there: dict[str, float] = {}

    async def look() -> bool:
        now = time.perf_counter()
        for number in shop.sold("sale"):
            if number in placed:
                there.setdefault(number, now)
        return len(there) == ORDERS

    async def shoppers() -> None:
        began = time.perf_counter()
        for number in range(ORDERS):
            await asyncio.sleep(max(0.0, began + number * EVERY - time.perf_counter()))
            known = set(shop.till.orders)
            moment = time.perf_counter()
            shop.till.sell(start + number)
            placed.update(dict.fromkeys(set(shop.till.orders) - known, moment))
            await shop.bring(await shop.posted())

    async with asyncio.TaskGroup() as group:
        group.create_task(shoppers())
        group.create_task(happens(look, LOOK))
    return [there[number] - placed[number] for number in there]


def _told(what: str, seconds: Sequence[float]) -> None:
    p50, p95 = (_at(seconds, share) for share in (0.5, 0.95))
    print(f"  {f'order to sale order {what}':42}p50 {p50:.2f} s, p95 {p95:.2f} s, {len(seconds)}")


def _at(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]
