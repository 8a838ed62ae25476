"""Other goods for those that came back: on the shelves, in the books and at the shop it is all one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from qantara.sandbox.shopify import Carriage, Item, Payment, ShopifyStandIn, Tax
from qantara.sandbox.shopify.orders import Totals
from qantara.storage.store import Store
from tests.connectors.odoo.places import OLD_AND_NEW, standing
from tests.flows.commerce.mall import PLENTY, Mall, arcade

VAT = [Tax(percent=Decimal(15))]
POST = Carriage(title="Post", price=Decimal(20))


@pytest.fixture(params=OLD_AND_NEW)
def street(request: pytest.FixtureRequest, store: Store) -> Iterator[Mall]:
    with (
        standing(request.param) as odoo,
        ShopifyStandIn(currency="SAR", country="SA", bucket=PLENTY, restore=PLENTY) as shop,
    ):
        yield arcade(store, odoo, shop)


async def sold(street: Mall, **wishes: Any) -> tuple[str, int, int]:
    """Two hats, invoiced, paid and sent; the order, and the variants of hats and mugs in Odoo."""
    hat, mug = street.goods("HAT", 100, 20), street.goods("MUG", 80, 20)
    street.goods("BAG", 150, 20)
    await street.settle()
    number = street.mall.order(
        items=[Item(sku="HAT", quantity=2)], shipping=POST, taxes=VAT, **wishes
    )
    await street.settle()
    [sale] = street.sales().values()
    street.deliver(sale["id"])
    await street.settle()
    assert street.row(number)["displayFulfillmentStatus"] == "FULFILLED"
    return number, hat, mug


async def swapped(street: Mall, number: str, wanted: Item, *, restock: bool = True) -> None:
    returned = street.mall.start_return(number, {"HAT": 1}, wanted=[wanted])
    await street.settle()
    street.mall.process_return(returned, restock=restock)
    await street.settle()


def books(street: Mall) -> dict[str, list[tuple[Any, ...]]]:
    """By kind what each document comes to, and what is open of it."""
    found: dict[str, list[tuple[Any, ...]]] = {"out_invoice": [], "out_refund": []}
    for row in street.odoo.rows("account.move"):
        if row["move_type"] in found and row["state"] == "posted":
            [told] = street.odoo.call(
                "account.move", "read", [row["id"]], ["amount_total", "amount_residual"]
            )
            found[row["move_type"]].append((told["amount_total"], told["amount_residual"]))
    return found


def balance(street: Mall) -> float:
    """Invoices less credit notes."""
    told = books(street)
    return sum(one for one, _ in told["out_invoice"]) - sum(one for one, _ in told["out_refund"])


def total(street: Mall, number: str) -> float:
    """What the order comes to in the shop by now."""
    held = street.mall.store
    return float(Totals(held, held.must("Order", number)).total_now())


async def test_cheaper_goods_are_sent_and_the_difference_goes_back(street: Mall) -> None:
    number, hat, mug = await sold(street)

    await swapped(street, number, Item(sku="MUG", taxes=VAT))

    assert [one.reason for one in await street.letters()] == []
    assert books(street) == {"out_invoice": [(253, 0), (92, 0)], "out_refund": [(115, 0)]}
    assert balance(street) == total(street, number) == 230
    assert (street.on_hand(hat), street.mall.available("HAT")) == (19, 19)
    first, second = street.sales().values()
    assert (first["state"], second["state"], second["amount_total"]) == ("sale", "sale", 92)

    street.deliver(second["id"])
    await street.settle()
    assert [one.reason for one in await street.letters()] == []
    assert (street.on_hand(mug), street.mall.available("MUG")) == (19, 19)
    assert street.row(number)["displayFulfillmentStatus"] == "FULFILLED"


async def test_dearer_goods_wait_until_the_difference_is_paid(street: Mall) -> None:
    number, _, _ = await sold(street)

    await swapped(street, number, Item(sku="BAG", taxes=VAT))

    assert [one.reason for one in await street.letters()] == []
    _, waiting = street.sales().values()
    assert (waiting["state"], waiting["amount_total"]) == ("draft", 172.5)
    assert books(street) == {"out_invoice": [(253, 0)], "out_refund": [(115, 115)]}

    street.mall.pay(number, Payment(amount=Decimal("57.5")))
    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    assert books(street) == {"out_invoice": [(253, 0), (172.5, 0)], "out_refund": [(115, 0)]}
    assert balance(street) == total(street, number) == 310.5


async def test_what_is_owed_stays_open_where_orders_are_confirmed_and_invoiced_at_once(
    street: Mall,
) -> None:
    street.options |= {"confirm": "always", "invoice": "always"}
    number, _, _ = await sold(street)

    await swapped(street, number, Item(sku="BAG", taxes=VAT))

    assert [one.reason for one in await street.letters()] == []
    assert books(street) == {"out_invoice": [(253, 0), (172.5, 57.5)], "out_refund": [(115, 0)]}
    assert balance(street) == total(street, number) == 310.5


async def test_goods_that_are_not_sold_again_stay_away_from_the_shelf(street: Mall) -> None:
    number, hat, _ = await sold(street)

    await swapped(street, number, Item(sku="HAT", taxes=VAT), restock=False)

    assert [one.reason for one in await street.letters()] == []
    assert books(street) == {"out_invoice": [(253, 0), (115, 0)], "out_refund": [(115, 0)]}
    assert street.on_hand(hat) == 18
    assert street.mall.available("HAT") == 17


async def test_an_exchange_that_is_looked_at_again_writes_nothing(street: Mall) -> None:
    number, _, _ = await sold(street)
    await swapped(street, number, Item(sku="MUG", taxes=VAT))
    before = books(street)
    street.odoo.clear()
    street.mall.clear()

    [returned] = street.mall.ids("Return")
    await street.told("order", [number, f"{number}/{returned}"])
    await street.settle()

    assert (street.odoo.writes(), street.mall.writes()) == (0, 0)
    assert books(street) == before


async def test_what_came_in_exchange_may_be_given_back_too(street: Mall) -> None:
    number, _, mug = await sold(street)
    await swapped(street, number, Item(sku="MUG", taxes=VAT))
    _, second = street.sales().values()
    street.deliver(second["id"])
    await street.settle()

    street.mall.refund(number, items={"MUG": 1})
    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    assert books(street)["out_refund"] == [(115, 0), (92, 0)]
    assert balance(street) == total(street, number) == 138
    assert street.on_hand(mug) == 20
