"""Transfers read with what was packed, and receipts prepared, over a stand-in Odoo."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qantara.model import Ref, Transfer, Unit
from qantara.model.transfers import Packed
from qantara.sandbox.odoo.server import MODULES
from qantara.transport import NotFound, NotYet, Rejected
from tests.connectors.odoo.places import (
    EACH_VERSION,
    connector,
    create,
    gather,
    record,
    standing,
    update,
)
from tests.flows import warehouse
from tests.flows.goods import lay_in, storable
from tests.flows.witness import Witness

PIECE = Unit(name="", category="Unit", factor=Decimal(1))
EXPIRES = datetime(2027, 5, 1, tzinfo=UTC)


@pytest.fixture(params=EACH_VERSION)
def odoo(request):
    with standing(request.param, modules=[*MODULES, "product_expiry"]) as stand_in:
        yield stand_in


@pytest.fixture
def person(odoo):
    return Witness(odoo.url, "factory", "hub@example.com", "hub-key")


@pytest.fixture
def oil(person):
    return _product(person, "OIL", "lot")


@pytest.fixture
def nail(person):
    return _product(person, "NAIL", "none")


def _product(person, code, tracking):
    facts = {"name": code, "default_code": code, "tracking": tracking, **storable(person)}
    return person.create("product.product", facts)


def sold(person, product, quantity):
    """A delivery that is reserved, and its customer."""
    customer = person.create("res.partner", {"name": "Buyer"})
    line = {"product_id": product, "product_uom_qty": quantity}
    order = person.create("sale.order", {"partner_id": customer, "order_line": [(0, 0, line)]})
    person.call("sale.order", "action_confirm", [order])
    [picking] = person.row("sale.order", [("id", "=", order)], ["picking_ids"])["picking_ids"]
    person.call("stock.picking", "action_assign", [picking])
    return order, picking, customer


def bought(person, *wanted):
    """A purchase order and its open receipt."""
    vendor = person.create("res.partner", {"name": "Vendor"})
    lines = [
        {"product_id": product, "product_qty": quantity, "price_unit": 1, "name": "-", **more}
        for product, quantity, more in wanted
    ]
    facts = {"partner_id": vendor, "order_line": [(0, 0, line) for line in lines]}
    order = person.create("purchase.order", facts)
    person.call("purchase.order", "button_confirm", [order])
    [picking] = person.row("purchase.order", [("id", "=", order)], ["picking_ids"])["picking_ids"]
    return order, picking


def packing_list(order, *packed, **more):
    return Transfer(
        number="",
        state="ready",
        direction="incoming",
        origin="WH/OUT/00007",
        order=Ref("purchase_order", str(order)) if order else None,
        packed=packed,
        **more,
    )


def one(product, quantity, **more):
    return Packed(
        product=Ref("variant", str(product)), quantity=Decimal(quantity), unit=PIECE, **more
    )


async def prepare(there, told, key="key-1"):
    """What becomes of one packing list."""
    [outcome] = await there.write("receipt", [create(key, told)])
    return outcome


def done(person, quantity):
    return (
        {"qty_done": quantity} if person.version == 16 else {"quantity": quantity, "picked": True}
    )


async def test_a_delivery_tells_what_was_packed_and_nothing_before(odoo, person, nail):
    lay_in(person, nail, 20)
    order, picking, customer = sold(person, nail, 10)
    async with connector(odoo) as there:
        before = await record(there, "transfer", str(picking))
        line = warehouse.line_of(person, picking, "NAIL")
        box = person.create(warehouse.box_model(person), {"name": "BOX", "shipping_weight": 2.5})
        person.write("stock.move.line", line["id"], done(person, 4))
        person.write("stock.move.line", line["id"], {"result_package_id": box})
        after = await record(there, "transfer", str(picking))

    assert (before.packed, before.state, before.direction) == ((), "ready", "outgoing")
    assert [(item.quantity, item.unit.name) for item in before.lines] == [(10, "Units")]
    assert before.order == Ref("sale_order", str(order))
    assert before.partner == Ref("partner", str(customer))
    [packed] = after.packed
    assert (packed.product, packed.quantity, packed.package) == (
        Ref("variant", str(nail)),
        4,
        "BOX",
    )
    assert [(box.name, box.weight) for box in after.packages] == [("BOX", Decimal("2.5"))]


async def test_a_change_of_a_line_is_a_change_of_its_transfer(odoo, person, nail):
    lay_in(person, nail, 20)
    _, picking, customer = sold(person, nail, 10)
    sold(person, nail, 5)
    async with connector(odoo) as there:
        first, cursor = await gather(there, "transfer", "", scope=f"customer:{customer}")
        line = warehouse.line_of(person, picking, "NAIL")
        person.write("stock.move.line", line["id"], done(person, 4))
        again, _ = await gather(there, "transfer", cursor, scope=f"customer:{customer}")

    assert [list(first), list(again)] == [[str(picking)], [str(picking)]]


async def test_a_receipt_is_prepared_with_lots_dates_and_packages(odoo, person, oil):
    order, picking = bought(person, (oil, 8, {}))
    told = packing_list(
        order,
        one(oil, 3, lot="L1", package="BOX", expires_at=EXPIRES),
        one(oil, 2, lot="L2", expires_at=EXPIRES),
    )
    async with connector(odoo) as there:
        assert (await prepare(there, told)).external_id == str(picking)
        kept = await record(there, "receipt", str(picking))
        assert await there.lookup("receipt", ["key-1"]) == {"key-1": str(picking)}

    assert [(item.lot, item.quantity, item.package) for item in kept.packed] == [
        ("L1", 3, "BOX"),
        ("L2", 2, ""),
    ]
    assert [item.expires_at for item in kept.packed] == [EXPIRES, EXPIRES]
    assert kept.origin.endswith("WH/OUT/00007")
    warehouse.send(person, picking)
    lots = person.rows("stock.lot", [], ["name", "expiration_date"])
    assert [(lot["name"], lot["expiration_date"][:10]) for lot in lots] == [
        ("L1", "2027-05-01"),
        ("L2", "2027-05-01"),
    ]


async def test_a_lot_that_is_there_is_named_where_no_lots_are_made(odoo, person, oil):
    """So it is with the returns of a real 16."""
    order, picking = bought(person, (oil, 8, {}))
    lot = person.create("stock.lot", {"name": "L1", "product_id": oil, "company_id": 1})
    kind = person.row("stock.picking", [("id", "=", picking)], ["picking_type_id"])
    facts = {"use_create_lots": False}
    person.write("stock.picking.type", kind["picking_type_id"][0], facts)
    async with connector(odoo) as there:
        await prepare(there, packing_list(order, one(oil, 3, lot="L1")))

    assert warehouse.line_of(person, picking, "OIL")["lot_id"][0] == lot
    warehouse.send(person, picking)


async def test_pieces_are_written_exactly_where_dozens_were_ordered(odoo, person, nail):
    unit = "product_uom_id" if person.version >= 19 else "product_uom"
    dozen = person.row("uom.uom", [("name", "=", "Dozens")], ["name"])["id"]
    order, picking = bought(person, (nail, 2, {unit: dozen}))
    async with connector(odoo) as there:
        await prepare(there, packing_list(order, one(nail, 17)))
        kept = await record(there, "receipt", str(picking))

    assert sum(item.quantity * item.unit.factor for item in kept.packed) == 17


async def test_another_measure_is_refused(odoo, person, nail):
    order, _ = bought(person, (nail, 2, {}))
    kilos = replace(one(nail, 2), unit=Unit(name="", category="Weight", factor=Decimal(1)))
    async with connector(odoo) as there:
        refused = await prepare(there, packing_list(order, kilos))

    assert isinstance(refused, Rejected)
    assert "It was packed in Weight" in refused.reason


async def test_only_what_is_named_is_written(odoo, person, nail):
    order, picking = bought(person, (nail, 8, {}))
    async with connector(odoo) as there:
        await prepare(there, packing_list(order, one(nail, 3)))
        told = packing_list(order, one(nail, 5), scheduled_at=EXPIRES)
        await there.write("receipt", [update("key-1", told, str(picking), "scheduled_at")])
        kept = await record(there, "receipt", str(picking))

    assert [item.quantity for item in kept.packed] == [3]
    assert kept.scheduled_at == EXPIRES


async def test_what_somebody_has_begun_to_count_is_left_alone(odoo, person, nail):
    order, picking = bought(person, (nail, 8, {}))
    line = warehouse.line_of(person, picking, "NAIL")
    odoo.write("stock.move.line", line["id"], done(person, 7))
    async with connector(odoo) as there:
        refused = await prepare(there, packing_list(order, one(nail, 3)))

    assert isinstance(refused, Rejected)
    assert "is being counted already" in refused.reason
    assert warehouse.content(person, picking) == [("NAIL", "", "", 7)]
    [told] = warehouse.notes(person, picking)
    assert "came after this receipt began to be counted" in told


async def test_a_second_list_waits_for_the_first(odoo, person, nail):
    order, _ = bought(person, (nail, 8, {}))
    async with connector(odoo) as there:
        await prepare(there, packing_list(order, one(nail, 3)), "key-1")
        second = packing_list(order, one(nail, 5))
        waits = await prepare(there, second, "key-2")

    assert isinstance(waits, NotYet)
    assert waits.remedy


@pytest.mark.parametrize("how", ["draft", "gone", "received"])
async def test_where_nothing_is_expected_it_is_said(odoo, person, nail, how):
    order, picking = bought(person, (nail, 8, {}))
    if how == "received":
        warehouse.change(person, picking, "NAIL", 8)
        warehouse.send(person, picking)
    if how == "draft":
        person.call("purchase.order", "button_cancel", [order])
    async with connector(odoo) as there:
        told = packing_list(999_999 if how == "gone" else order, one(nail, 3))
        refused = await prepare(there, told)

    kind = NotFound if how == "gone" else Rejected
    assert isinstance(refused, kind)
