"""The same shop's life where the shop is a Shopify: what is on sale, orders, parcels, refunds."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from qantara.sandbox.shopify import Carriage, Item, ShopifyStandIn, Tax
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.flows.commerce.mall import PLENTY, Mall, arcade

VAT = [Tax(percent=Decimal(15))]
POST = Carriage(title="Post", price=Decimal(20))


@pytest.fixture
def street(store: Store) -> Iterator[Mall]:
    with (
        standing(18) as odoo,
        ShopifyStandIn(currency="SAR", country="SA", bucket=PLENTY, restore=PLENTY) as shop,
    ):
        yield arcade(store, odoo, shop)


async def test_a_shopify_lives_the_same_life(street: Mall) -> None:
    hat = street.goods("HAT", 9.99, 20)
    await street.settle()
    assert [one.reason for one in await street.letters()] == []
    assert street.mall.available("HAT") == 20

    number = street.mall.order(items=[Item(sku="HAT", quantity=4)], shipping=POST, taxes=VAT)
    await street.settle()
    assert [one.reason for one in await street.letters()] == []
    [sale] = street.sales().values()
    assert (sale["state"], sale["amount_total"], sale["amount_tax"]) == ("sale", 68.95, 8.99)
    [invoice] = street.desk.moves(str(sale["id"]))
    assert (invoice["amount_total"], invoice["payment_state"]) == (68.95, "paid")
    assert street.mall.available("HAT") == 16

    street.deliver(sale["id"])
    await street.settle()
    assert street.row(number)["displayFulfillmentStatus"] == "FULFILLED"

    street.mall.refund(number, items={"HAT": 1})
    await street.settle()
    assert [one.reason for one in await street.letters()] == []
    [note] = street.desk.moves(str(sale["id"]), "out_refund")
    assert note["amount_total"] == 11.49
    assert (street.on_hand(hat), street.mall.available("HAT")) == (17, 17)


async def test_a_second_run_of_shopify_writes_nothing(street: Mall) -> None:
    street.goods("HAT", 9.99, 20)
    await street.settle()
    street.mall.order(items=[Item(sku="HAT", quantity=2)], taxes=VAT)
    await street.settle()
    street.odoo.clear()
    street.mall.clear()

    await street.settle()

    assert street.odoo.writes() == 0
    assert street.mall.writes() == 0
