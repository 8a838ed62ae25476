"""Purchase and sale orders between the wire and the hub."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.odoo.mapping import order
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.model import Money, OrderLine, OrderState, PurchaseOrder, Ref, SaleOrder, Tax, Unit
from qantara.transport import Rejected
from tests.connectors.odoo.test_mapping_values import DOZEN, TABLES

SHAPE_18 = LineShape(unit="product_uom", taxes="tax_id", quantity="product_uom_qty")
SHAPE_19 = LineShape(unit="product_uom_id", taxes="tax_ids", quantity="product_uom_qty")

ITEM = {
    "id": 399,
    "display_type": False,
    "name": "[CH-R] كرسي\nأحمر",
    "product": 71,
    "quantity": Decimal("2.5"),
    "unit": {"name": "Dozens", "category": "Unit", "factor": "12"},
    "price": Decimal("9.125"),
    "discount": Decimal("10.0"),
    "taxes": [{"name": "15%", "kind": "percent", "rate": "15.0", "included": False}],
    "due": "2026-12-01 08:00:00",
}
SECTION = {**ITEM, "id": 398, "display_type": "line_section", "name": "Part A", "product": None}
NOTE = {**ITEM, "id": 400, "display_type": "line_note", "name": "Mind the gap", "product": None}

PURCHASE_WIRE: dict[str, Any] = {
    "order": {
        "id": 7,
        "name": "P00007",
        "state": "purchase",
        "partner_id": [88, "Factory"],
        "partner_ref": "S00021",
        "currency_id": [2, "USD"],
        "date_order": "2026-11-22 06:13:31",
        "amount_total": Decimal("23.100"),
        "notes": "<p>Careful &amp; <b>fast</b><br>شكرا</p>",
        "order_line": [398, 399, 400],
        "write_date": "2026-11-22 06:13:31",
    },
    "currency": "KWD",
    "buyer": 1,
    "lines": [SECTION, ITEM, NOTE],
}
LINES = (
    OrderLine(kind="section", description="Part A"),
    OrderLine(
        description="[CH-R] كرسي\nأحمر",
        product=Ref("variant", "71"),
        quantity=Decimal("2.5"),
        unit=DOZEN,
        price=Money(Decimal("9.125"), "KWD"),
        discount=Decimal(10),
        taxes=(Tax(rate=Decimal(15)),),
        due=datetime(2026, 12, 1, 8, tzinfo=UTC),
    ),
    OrderLine(kind="note", description="Mind the gap"),
)
SALE = SaleOrder(
    number="S00021",
    state="draft",
    customer=Ref("partner", "88"),
    currency="KWD",
    ordered_at=datetime(2026, 11, 22, 6, 13, 31, tzinfo=UTC),
    lines=LINES,
    total=Money(Decimal("23.1"), "KWD"),
    customer_reference="P00007",
    note="a < b",
)


def purchase(**row):
    return order.purchase_from_wire({**PURCHASE_WIRE, "order": {**PURCHASE_WIRE["order"], **row}})


def sale(**row):
    own = {"client_order_ref": "P00007", "note": "<p>a &lt; b</p>", "name": "S00021"}
    wire = {**PURCHASE_WIRE, "order": {**PURCHASE_WIRE["order"], **own, "state": "draft", **row}}
    return order.sale_from_wire(wire)


def test_a_purchase_order_is_read_whole():
    assert purchase() == PurchaseOrder(
        number="P00007",
        state="confirmed",
        vendor=Ref("partner", "88"),
        buyer=Ref("partner", "1"),
        currency="KWD",
        ordered_at=datetime(2026, 11, 22, 6, 13, 31, tzinfo=UTC),
        lines=LINES,
        total=Money(Decimal("23.1"), "KWD"),
        vendor_reference="S00021",
        note="Careful & fast\nشكرا",
        due=datetime(2026, 12, 1, 8, tzinfo=UTC),
    )


def test_a_sale_order_is_read_whole():
    assert sale() == SALE


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"state": "draft"}, "draft"),
        ({"state": "sent"}, "sent"),
        ({"state": "to approve"}, "to_approve"),
        ({"state": "purchase"}, "confirmed"),
        ({"state": "done"}, "locked"),
        ({"state": "purchase", "locked": True}, "locked"),
        ({"state": "cancel"}, "cancelled"),
    ],
)
def test_states_of_purchase_orders(told, state):
    assert purchase(**told).state == state


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"state": "sale"}, "confirmed"),
        ({"state": "done"}, "locked"),
        ({"state": "sale", "locked": True}, "locked"),
        ({"state": "cancel", "locked": True}, "cancelled"),
    ],
)
def test_states_of_sale_orders(told, state):
    assert sale(**told).state == state


def test_an_unknown_state_is_refused_when_it_is_expressed_and_not_before():
    row = {"id": 7, "name": "S7", "state": "waiting"}

    assert order.state_id(row) == "7:waiting"
    with pytest.raises(Rejected, match="S7 is in the state 'waiting'"):
        order.state_from_wire({"order": row})


def test_the_news_of_a_state():
    row = {"id": 7, "name": "S7", "state": "sale", "locked": False}

    assert order.state_id(row) == "7:confirmed"
    assert order.state_from_wire({"order": row}) == OrderState(
        order=Ref("sale_order", "7"), number="S7", state="confirmed"
    )


def test_a_tax_that_is_no_percentage_is_named():
    fee = {"name": "Eco fee", "kind": "fixed", "rate": "5", "included": False}
    wire = {**PURCHASE_WIRE, "lines": [{**ITEM, "taxes": [fee]}]}

    with pytest.raises(Rejected, match="'Eco fee' is of the kind 'fixed'"):
        order.purchase_from_wire(wire)


@pytest.mark.parametrize(
    ("shape", "unit", "taxes"),
    [
        (SHAPE_18, "product_uom/.id", "tax_id/.id"),
        (SHAPE_19, "product_uom_id/.id", "tax_ids/.id"),
    ],
)
def test_lines_become_cells_under_the_names_of_the_version(shape, unit, taxes):
    section, item, note = order.line_cells(SALE, TABLES, shape)

    assert section == {"sequence": 1, "display_type": "line_section", "name": "Part A"}
    assert item == {
        "sequence": 2,
        "product_id/.id": 71,
        "name": "[CH-R] كرسي\nأحمر",
        "product_uom_qty": Decimal("2.5"),
        "price_unit": Decimal("9.125"),
        "discount": Decimal(10),
        taxes: (6,),
        unit: 3,
    }
    assert note == {"sequence": 3, "display_type": "line_note", "name": "Mind the gap"}


def test_the_head_becomes_cells_by_name():
    every = frozenset({"customer", "customer_reference", "ordered_at", "note", "number", "total"})

    assert order.header_cells(SALE, every) == {
        "partner_id/.id": 88,
        "client_order_ref": "P00007",
        "date_order": SALE.ordered_at,
        "note": "<p>a &lt; b</p>",
    }
    assert order.header_cells(SALE, frozenset({"note"})) == {"note": "<p>a &lt; b</p>"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"product": None}, "Line 1 .* names no product"),
        ({"price": Money(Decimal(1), "USD")}, "Line 1 is priced in USD, the order in KWD"),
        ({"taxes": (Tax(rate=Decimal(7)),)}, "no sale tax of 7%"),
        ({"unit": Unit(name="t", category="Weight", factor=Decimal(1000))}, "no unit of 1000"),
    ],
)
def test_a_line_that_cannot_be_written_says_why(change, words):
    broken = replace(SALE, lines=(replace(LINES[1], **change),))

    with pytest.raises(Rejected, match=words):
        order.line_cells(broken, TABLES, SHAPE_18)
