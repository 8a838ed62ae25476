"""Warehouses and stock levels over a stand-in Odoo: one's own read, another company's written."""

from decimal import Decimal

import pytest

from qantara.connectors.base import Written
from qantara.model import Ref, StockLevel, Warehouse
from qantara.transport import Rejected
from tests.connectors.odoo.places import (
    VERSIONS,
    connector,
    create,
    gather,
    ids,
    meaning,
    record,
    send,
    standing,
    update,
)

FAR = Warehouse(code="FAR", name="مستودع بعيد")


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


def storable(odoo, name="Lamp"):
    told = (
        {"detailed_type": "product"}
        if odoo.version == 16
        else {"type": "consu", "is_storable": True}
    )
    return odoo.create("product.product", {"name": name, **told})


def count(odoo, variant, quantity, place=None):
    """Somebody counts in the warehouse itself."""
    here = place or odoo.rows("stock.warehouse")[0]["lot_stock_id"]
    quant = odoo.create(
        "stock.quant",
        {"product_id": variant, "location_id": here, "inventory_quantity": quantity},
        inventory_mode=True,
    )
    odoo.call("stock.quant", "action_apply_inventory", [quant])
    return quant


def level(variant, place, free):
    return StockLevel(
        product=Ref("variant", str(variant)),
        warehouse=Ref("warehouse", place),
        free=Decimal(free),
    )


async def test_every_storable_variant_has_a_level_in_every_warehouse(odoo):
    one, other = storable(odoo), storable(odoo, "Empty")
    odoo.create("product.product", {"name": "Advice", "type": "service"})
    count(odoo, one, 12.5)
    async with connector(odoo) as hub:
        found, _ = await gather(hub, "stock_level")
        (warehouse,) = await hub.ids("warehouse")

        assert [meaning(hub, found[key]) for key in sorted(found)] == [
            level(one, warehouse, "12.5"),
            level(other, warehouse, "0"),
        ]
        assert await hub.ids("stock_level") == set(found)
        assert await hub.count("stock_level", "") == 2


async def test_stock_on_a_shelf_below_the_warehouse_counts_and_elsewhere_does_not(odoo):
    one = storable(odoo)
    stock = odoo.rows("stock.warehouse")[0]["lot_stock_id"]
    shelf = odoo.create(
        "stock.location", {"name": "Shelf", "usage": "internal", "location_id": stock}
    )
    transit = odoo.create(
        "stock.location", {"name": "Road", "usage": "transit", "company_id": False}
    )
    count(odoo, one, 3, shelf)
    count(odoo, one, 4)
    count(odoo, one, 50, transit)
    async with connector(odoo) as hub:
        found, _ = await gather(hub, "stock_level")

        assert [meaning(hub, change).free for change in found.values()] == [7]


async def test_only_touched_variants_come_again(odoo):
    one, other = storable(odoo), storable(odoo, "Other")
    count(odoo, one, 5)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "stock_level")
        quiet, cursor = await gather(hub, "stock_level", cursor)
        count(odoo, other, 2)
        found, cursor = await gather(hub, "stock_level", cursor)

        assert quiet == {}
        assert [meaning(hub, change).free for change in found.values()] == [2]


async def test_a_reservation_lowers_what_is_free(odoo):
    one = storable(odoo)
    count(odoo, one, 5)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "stock_level")
        customer = odoo.create("res.partner", {"name": "Customer"})
        line = {"product_id": one, "product_uom_qty": 2, "price_unit": 1}
        order = odoo.create("sale.order", {"partner_id": customer, "order_line": [(0, 0, line)]})
        odoo.call("sale.order", "action_confirm", [order])
        found, _ = await gather(hub, "stock_level", cursor)

        assert [meaning(hub, change).free for change in found.values()] == [3]


async def test_another_companys_warehouse_is_a_transit_location_without_company(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        (place,) = odoo.read(
            "stock.location", [int(one.partition(":")[2])], "usage", "company_id", "name"
        )

        assert (place["usage"], place["company_id"]) == ("transit", False)
        assert await record(hub, "warehouse", one) == FAR
        assert await hub.find("warehouse", ["code:far", "code:none"]) == {"code:far": [one]}
        assert await hub.lookup("warehouse", ["w"]) == {"w": one}
        assert one in await hub.ids("warehouse")
        assert one not in (await gather(hub, "warehouse"))[0]


async def test_a_warehouse_can_be_renamed_and_given_another_code(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        other = Warehouse(code="F2", name="Far")
        await send(hub, "warehouse", [update("w", other, one, "code")])

        assert await record(hub, "warehouse", one) == Warehouse(code="F2", name="مستودع بعيد")


async def test_the_companys_own_warehouse_and_stock_are_never_overwritten(odoo):
    one = storable(odoo)
    async with connector(odoo) as hub:
        (own,) = await hub.ids("warehouse")
        (renamed,) = await send(hub, "warehouse", [update("w", FAR, own, "name")])
        (counted,) = await send(hub, "stock_level", [create("l", level(one, own, 5))])

    assert isinstance(renamed, Rejected)
    assert isinstance(counted, Rejected)
    assert "own" in counted.reason


async def test_levels_come_back_as_they_were_written_and_equal_ones_are_not_sent(odoo):
    variants = [storable(odoo, f"Lamp {n}") for n in range(4)]
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        levels = [level(one, place, f"{n}.5") for n, one in enumerate(variants)]
        writes = [create(str(n), one) for n, one in enumerate(levels)]
        made = ids(await send(hub, "stock_level", writes))
        read = {
            change.external_id: meaning(hub, change)
            for change in await hub.read("stock_level", made)
        }
        before = odoo.writes()
        again = ids(await send(hub, "stock_level", writes))

        assert made == [f"{one}@{place}" for one in variants]
        assert [read[one] for one in made] == levels
        assert again == made
        assert odoo.writes() == before


async def test_a_level_can_fall_to_nothing_and_rise_again(odoo):
    one = storable(odoo)
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        for free in ("7", "0", "3"):
            (made,) = ids(await send(hub, "stock_level", [create("l", level(one, place, free))]))

            assert await record(hub, "stock_level", made) == level(one, place, free)


async def test_written_stock_is_not_ones_own(odoo):
    one = storable(odoo)
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        await send(hub, "stock_level", [create("l", level(one, place, 7))])
        found, _ = await gather(hub, "stock_level")

        assert [meaning(hub, change).free for change in found.values()] == [0]


async def test_a_product_tracked_by_lots_is_counted_without_asking(odoo):
    one = storable(odoo)
    odoo.write("product.product", one, {"tracking": "lot"})
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        (made,) = ids(await send(hub, "stock_level", [create("l", level(one, place, 7))]))

        assert await record(hub, "stock_level", made) == level(one, place, 7)


async def test_a_level_of_a_product_that_is_gone_is_answered_alone(odoo):
    one, gone = storable(odoo), storable(odoo, "Gone")
    odoo.unlink("product.product", gone)
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        bad, good = await send(
            hub,
            "stock_level",
            [create("1", level(gone, place, 1)), create("2", level(one, place, 2))],
        )

        assert not isinstance(bad, Written)
        assert await record(hub, "stock_level", good.external_id) == level(one, place, 2)


async def test_hundreds_of_levels_take_few_calls(odoo):
    variants = [storable(odoo, f"Lamp {n}") for n in range(300)]
    async with connector(odoo) as hub:
        (place,) = ids(await send(hub, "warehouse", [create("w", FAR)]))
        await send(hub, "stock_level", [create("0", level(variants[0], place, 9))])
        before = hub.client.calls
        writes = [create(str(n), level(one, place, n)) for n, one in enumerate(variants)]
        await send(hub, "stock_level", writes)

        assert hub.client.calls - before <= 5
