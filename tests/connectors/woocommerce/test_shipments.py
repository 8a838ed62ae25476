"""What left is noted in the order, told to the customer once, and completes the order at last."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from qantara.connectors.base import Written
from qantara.model import Ref, Sent, Shipment
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.transport import NotFound
from tests.connectors.woocommerce.entering import entered, intent, made, outcome, read


def parcel(order: object, number: str, *lines: Sent) -> Shipment:
    return Shipment(
        order=Ref("store_order", str(order)),
        number=number,
        lines=lines,
        carrier="Aramex",
        tracking=("AR-1",),
        tracking_url="https://track.example.com/AR-1",
        shipped_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


async def test_the_last_shipment_completes_the_order(shop: WooCommerceStandIn):
    """One names the order's line, the other goes by the product."""
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = shop.order((shirt, 3))
    line = str(bought["line_items"][0]["id"])
    product = Ref("variant", str(shirt))
    first = parcel(bought["id"], "OUT/1", Sent(product=product, quantity=Decimal(2), line=line))
    second = parcel(bought["id"], "OUT/2", Sent(product=product, quantity=Decimal(1)))
    states = []
    async with entered(shop) as connector:
        for key, record in (("a", first), ("b", second), ("a", first)):
            done = await outcome(connector, "shipment", intent(record, key=key))
            assert isinstance(done, Written)
            assert await read(connector, "shipment", done.external_id) == record
            states.append(shop.row(f"orders/{bought['id']}")["status"])
        kept = await connector.ids("shipment")

    assert states == ["processing", "completed", "completed"]
    assert len(kept) == 2
    notes = [note["note"] for note in shop.rows(f"orders/{bought['id']}/notes", type="customer")]
    assert len(notes) == 2
    assert all("AR-1" in note and "Aramex" in note for note in notes)


async def test_a_corrected_tracking_number_is_told_as_well(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = shop.order((shirt, 2))["id"]
    record = parcel(bought, "OUT/1", Sent(product=Ref("variant", str(shirt)), quantity=Decimal(1)))
    async with entered(shop) as connector:
        one = await made(connector, "shipment", intent(record))
        corrected = replace(record, tracking=("AR-2",), carrier="Nobody")
        await outcome(connector, "shipment", intent(corrected, "tracking", one=one))
        back = await read(connector, "shipment", one)

    assert (back.tracking, back.carrier) == (("AR-2",), "Aramex")
    notes = [note["note"] for note in shop.rows(f"orders/{bought}/notes", type="customer")]
    assert sorted("AR-2" in note for note in notes) == [False, True]


async def test_nothing_completes_an_order_that_was_cancelled(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = shop.order(shirt)["id"]
    shop.edit(f"orders/{bought}", status="cancelled")
    record = parcel(bought, "OUT/1", Sent(product=Ref("variant", str(shirt)), quantity=Decimal(1)))
    async with entered(shop) as connector:
        await outcome(connector, "shipment", intent(record))

    assert shop.row(f"orders/{bought}")["status"] == "cancelled"


async def test_an_order_in_the_trash_is_told_in_words(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = shop.order(shirt)["id"]
    shop.delete(f"orders/{bought}", force=False)
    async with entered(shop) as connector:
        refused = await outcome(connector, "shipment", intent(parcel(bought, "OUT/1")))

    assert isinstance(refused, NotFound)
    assert "trash" in refused.reason
