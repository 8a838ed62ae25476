"""Stock is set to what was decided, unless the store has sold meanwhile."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Written
from qantara.connectors.woocommerce.connector import WooCommerce
from qantara.model import Ref, StockLevel
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.testing.faults import Exchange, FaultProxy, passed
from qantara.transport import NotFound, Rejected, RetryLater
from tests.connectors.woocommerce.entering import connection, entered, intent, news, outcome, read


def level(variant: object, free: str, seen: str | None = None) -> StockLevel:
    return StockLevel(
        product=Ref("variant", str(variant)),
        warehouse=Ref("warehouse", "store"),
        free=Decimal(free),
        seen=None if seen is None else Decimal(seen),
    )


async def put(connector: WooCommerce, record: StockLevel) -> Any:
    one = f"{record.product.id}@store"
    return await outcome(connector, "stock_level", intent(record, "free", one=one))


async def test_a_sale_made_meanwhile_is_not_undone(shop: WooCommerceStandIn):
    shirt = _item(shop, 10)
    async with entered(shop) as connector:
        seen = await read(connector, "stock_level", f"{shirt}@store")
        shop.order((shirt, 3))
        late = await put(connector, level(shirt, "12", seen=str(seen.free)))
        again = await put(connector, level(shirt, "9", seen="7"))

    assert isinstance(late, RetryLater)
    assert late.after == 0
    assert again == Written(external_id=f"{shirt}@store")
    assert shop.stock(shirt) == 9


async def test_what_is_so_already_is_not_written(shop: WooCommerceStandIn):
    """The store spends as much on it as on a change, and would tell us of it."""
    shirt = _item(shop, 10)
    async with entered(shop) as connector:
        shop.clear()
        done = await put(connector, level(shirt, "10", seen="10"))

    assert done == Written(external_id=f"{shirt}@store")
    assert shop.writes() == []


@pytest.mark.parametrize(("free", "kept"), [("2.75", 2), ("-1.5", -2), ("-3", -3), ("0", 0)])
async def test_a_part_of_a_piece_is_not_sold(shop: WooCommerceStandIn, free: str, kept: int):
    shirt = _item(shop, 10)
    async with entered(shop) as connector:
        await put(connector, level(shirt, free))

    assert shop.stock(shirt) == kept


async def test_what_cannot_be_counted_is_refused_before(shop: WooCommerceStandIn):
    shirt = _item(shop, 10)
    async with entered(shop) as connector:
        refused = [
            await put(connector, level(shirt, free)) for free in ("NaN", "Infinity", "99999999999")
        ]
        lost = await put(connector, level("987654", "1"))

    assert [type(one) for one in refused] == [Rejected] * 3
    assert isinstance(lost, NotFound)
    assert shop.stock(shirt) == 10


async def test_variations_are_counted_each_for_itself(shop: WooCommerceStandIn):
    """One look and one batch for each product; a connector that has just started finds them, too."""
    parents, variations = zip(*(_sizes(shop, number) for number in range(2)), strict=True)
    every = [one for some in variations for one in some]
    writes = [
        intent(level(one, str(number)), "free", one=f"{one}@store")
        for number, one in enumerate(every)
    ]
    async with entered(shop) as connector:
        done = await connector.write("stock_level", writes)
        ids = await connector.ids("stock_level")
        back = [await read(connector, "stock_level", f"{one}@store") for one in every]

    assert all(isinstance(one, Written) for one in done)
    assert [shop.stock(one) for one in every] == [0, 1, 2, 3]
    assert ids == {f"{one}@store" for one in every}
    assert [one.free for one in back] == [0, 1, 2, 3]
    assert parents[0] != parents[1]


async def test_a_store_that_does_not_list_all_variations_is_asked_for_each(
    shop: WooCommerceStandIn,
):
    """As those of before 2025."""

    async def older(exchange: Exchange) -> None:
        if b"/wc/v3/variations" in exchange.request.partition(b"\r\n")[0]:
            body = b'{"code":"rest_no_route","message":"No route","data":{"status":404}}'
            head = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
            length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            await exchange.answer(head + length + body)
            return
        await passed(exchange)

    tee, (small, medium) = _sizes(shop, 1)
    async with FaultProxy(shop.url) as proxy:
        proxy.always(older)
        async with WooCommerce(replace(connection(shop), url=proxy.url)) as connector:
            done = await put(connector, level(small, "4"))
            known = await read(connector, "product", tee)
            ids = await connector.ids("stock_level")

    assert done == Written(external_id=f"{small}@store")
    assert shop.stock(small) == 4
    assert len(known.variants) == 2
    assert ids == {f"{small}@store", f"{medium}@store"}


async def test_an_order_of_a_variation_is_heard_of_by_the_poll(shop: WooCommerceStandIn):
    _, (small, _) = _sizes(shop, 1)
    async with entered(shop) as connector:
        await put(connector, level(small, "5"))
        pages = [page async for page in connector.changes("stock_level", "")]
        await asyncio.sleep(1.1)
        shop.order((small, 2))
        came = await news(connector, "stock_level", pages[-1].cursor)

    assert {one.product.id: one.free for one in came}[str(small)] == 3


async def test_what_the_store_does_not_count_has_no_level(shop: WooCommerceStandIn):
    loose = shop.add("products", name="Loose")["id"]
    async with entered(shop) as connector:
        ids = await connector.ids("stock_level")
        found = await connector.read("stock_level", [f"{loose}@store", "nonsense", f"{loose}@moon"])

    assert (ids, list(found)) == (set(), [])


def _item(shop: WooCommerceStandIn, quantity: int) -> int:
    made = shop.add(
        "products",
        name="Shirt",
        sku="S-1",
        regular_price="5",
        manage_stock=True,
        stock_quantity=quantity,
    )
    return int(made["id"])


def _sizes(shop: WooCommerceStandIn, number: int) -> tuple[int, list[int]]:
    attributes = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
    tee = shop.add("products", name=f"Tee {number}", type="variable", attributes=attributes)["id"]
    made = [
        shop.add(
            f"products/{tee}/variations",
            sku=f"T-{number}-{size}",
            regular_price="5",
            manage_stock=True,
            stock_quantity=9,
            attributes=[{"name": "Size", "option": size}],
        )["id"]
        for size in ("S", "M")
    ]
    return int(tee), made
