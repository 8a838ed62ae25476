"""Two warehouses and two of the store's locations: each sells what lies in the one that is its own."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import Item, ShopifyStandIn, Tax
from qantara.storage.store import Store
from qantara.transport import Rejected
from tests.connectors.odoo.places import EACH_VERSION, standing
from tests.flows.commerce.mall import PLENTY, Mall, arcade


@pytest.fixture(params=EACH_VERSION)
def street(request: pytest.FixtureRequest, store: Store) -> Iterator[Mall]:
    with (
        standing(request.param) as odoo,
        ShopifyStandIn(currency="SAR", country="SA", bucket=PLENTY, restore=PLENTY) as shop,
    ):
        yield arcade(store, odoo, shop)


def branch(odoo: OdooStandIn) -> int:
    """A second warehouse; and a place that stands for another company's, with the code of the first."""
    odoo.create("stock.location", {"name": "Far (WH)", "usage": "transit", "company_id": False})
    return odoo.create("stock.warehouse", {"name": "Jeddah", "code": "JED"})


def lies(street: Mall, variant: int, warehouse: int, units: int) -> None:
    [row] = street.odoo.read("stock.warehouse", [warehouse], "lot_stock_id")
    where = row["lot_stock_id"][0]
    told = {"product_id": variant, "location_id": where, "inventory_quantity": units}
    quant = street.odoo.create("stock.quant", told, inventory_mode=True)
    street.odoo.call("stock.quant", "action_apply_inventory", [quant])


async def test_each_location_sells_what_lies_in_its_warehouse(street: Mall) -> None:
    jeddah, shelf = branch(street.odoo), street.mall.location("Jeddah")
    main = street.mall.ids("Location")[0]
    hat = street.goods("HAT", 10, 7)
    lies(street, hat, jeddah, 4)
    street.options = {"locations": {"WH": shelf, "JED": main}, "warehouse": "JED"}

    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    assert (street.mall.available("HAT", shelf), street.mall.available("HAT", main)) == (7, 4)

    number = street.mall.order(
        items=[Item(sku="HAT", quantity=3)], taxes=[Tax(percent=Decimal(15))], location=main
    )
    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    [sale] = street.sales().values()
    [row] = street.odoo.read("sale.order", [sale["id"]], "warehouse_id")
    assert row["warehouse_id"][0] == jeddah
    assert (street.mall.available("HAT", shelf), street.mall.available("HAT", main)) == (7, 1)
    assert street.row(number)["displayFulfillmentStatus"] == "UNFULFILLED"


async def test_the_warehouse_of_the_orders_is_the_one_that_the_only_location_sells_from(
    street: Mall,
) -> None:
    lies(street, street.goods("HAT", 10, 7), branch(street.odoo), 4)
    with pytest.raises(Rejected, match="erp has 2 warehouses"):
        await street.turn()
    street.options = {"warehouse": "Far"}
    with pytest.raises(Rejected, match="no warehouse with the code 'Far'") as told:
        await street.turn()
    assert "JED, WH" in told.value.remedy

    street.options = {"warehouse": "JED"}
    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    assert street.mall.available("HAT") == 4


async def test_a_place_of_another_company_is_no_warehouse_to_choose(street: Mall) -> None:
    street.odoo.create(
        "stock.location", {"name": "Far (FAR)", "usage": "transit", "company_id": False}
    )
    street.goods("HAT", 10, 7)

    await street.settle()

    assert street.mall.available("HAT") == 7
