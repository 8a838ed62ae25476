"""The story of a packing list, told by people at both sides; the same on stand-ins and real servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.engine.pipeline import sync_ids
from tests.flows.bridge import Bridge, Silent
from tests.flows.goods import storable
from tests.flows.story import customer, order_named, sell_in, supplier
from tests.flows.warehouse import (
    EXPIRES,
    Content,
    add,
    box_named,
    boxes,
    change,
    container,
    content,
    count,
    expiries,
    load,
    lot_named,
    moved,
    notes,
    pack,
    returns,
    send,
    send_all,
    send_back,
    the_rest,
    variant,
    without_taxes,
)
from tests.flows.witness import Row, Witness

LOTS = {"P01": {"A1": 6, "A2": 20}, "P02": {"B1": 3, "B2": 20}}
SERIALS = {"P03": {"S1": 1, "S2": 1, "S3": 1, "S4": 1}}
ORDERED = {
    "P01": 10,
    "P02": 8,
    "P03": 3,
    **{f"P{n:02}": n for n in range(4, 13)},
}
"""What the buyer orders: twelve products, two in lots, one with serial numbers."""

FIRST = {
    "BOX-1": [("P01", "A1", 6), ("P02", "B1", 3), ("P04", "", 4), ("P05", "", 2)],
    "BOX-2": [("P02", "B2", 1), ("P03", "S1", 1), ("P03", "S2", 1)],
    "": [("P06", "", 6), ("P07", "", 7)],
}
"""What goes first: package -> product, lot and quantity."""


READY, CONTAINER = "x_qantara_ready", "x_qantara_container"
DELIVERED, RECEIVED = ("product_uom_qty", "qty_delivered"), ("product_qty", "qty_received")


@dataclass(slots=True)
class Shipment:
    """The twelve products, the buyer's order and the factory's, and where they are."""

    bridge: Bridge
    bought: int = 0
    sold: int = 0
    templates: dict[str, int] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return self.bridge.mark

    async def carry(self, link: str, *ids: int) -> dict[str, int]:
        """These records through one link, as after an event."""
        async with self.bridge.links(link) as [one]:
            told = [str(id_) for id_ in ids]
            summary = await sync_ids(one, self.bridge.store, told, Silent())
        return {name: count for name, count in summary.results.items() if count}

    def sku(self, code: str) -> str:
        return f"{self.mark}-{code}"


async def ordered(bridge: Bridge, wanted: Mapping[str, float] = ORDERED) -> Shipment:
    """The goods are at the factory; the buyer has ordered them, the factory has confirmed."""
    shipment = Shipment(bridge)
    for code in ORDERED:
        shipment.templates[code] = product(bridge.at_factory, shipment, code)
    money = bridge.at_buyer.row("res.company", [], ["currency_id"])["currency_id"][1]
    sell_in(bridge.at_factory, money)
    await bridge.run("supplier", "customer", "category")
    await shipment.carry("product", *shipment.templates.values())
    await order(shipment, wanted)
    return shipment


async def order(shipment: Shipment, wanted: Mapping[str, float]) -> None:
    """A purchase order becomes a sale order, and the factory confirms it."""
    bridge, buyer, factory = shipment.bridge, shipment.bridge.at_buyer, shipment.bridge.at_factory
    [vendor, *_] = buyer.rows("res.partner", [("name", "=", supplier(bridge))], ["name"])
    lines = [
        {
            "product_id": variant(buyer, shipment.sku(code)),
            "name": code,
            "product_qty": quantity,
            "price_unit": 2.5,
        }
        for code, quantity in wanted.items()
    ]
    shipment.bought = buyer.create(
        "purchase.order",
        {"partner_id": vendor["id"], "order_line": [(0, 0, line) for line in lines]},
    )
    without_taxes(buyer, shipment.bought)
    buyer.call("purchase.order", "button_confirm", [shipment.bought])
    await shipment.carry("order", shipment.bought)
    shipment.sold = order_named(factory, bought_name(shipment))["id"]
    factory.call("sale.order", "action_confirm", [shipment.sold])
    for one in deliveries(shipment):
        factory.call("stock.picking", "action_assign", [one["id"]])


async def two_packing_lists_become_two_receipts(shipment: Shipment) -> None:
    """A part goes first, the rest later; the second list waits until the first is validated."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    [first] = deliveries(shipment)
    pack(factory, first["id"], FIRST)
    load(factory, first["id"], "MSKU 1111111")
    send(factory, first["id"])
    await shipment.carry("packing", first["id"])

    [receipt] = receipts(shipment)
    assert content(buyer, receipt["id"]) == packed(shipment, FIRST)
    assert receipt["state"] == "assigned"
    assert receipt["origin"].endswith(first["name"])

    _, second = deliveries(shipment)
    pack(factory, second["id"], the_rest(factory, second["id"]))
    load(factory, second["id"], "MSKU 2222222")
    send(factory, second["id"])
    assert await shipment.carry("packing", second["id"]) == {"parked": 1}
    assert content(buyer, receipt["id"]) == packed(shipment, FIRST)

    send(buyer, receipt["id"])
    await shipment.carry("packing", first["id"], second["id"])
    _, rest = receipts(shipment)
    assert content(buyer, rest["id"]) == content(factory, second["id"])
    send(buyer, rest["id"])


async def first_received(shipment: Shipment) -> tuple[int, int]:
    """The first packing list has gone, and its receipt is prepared: both, by their ids."""
    [first, *_] = deliveries(shipment)
    pack(shipment.bridge.at_factory, first["id"], FIRST)
    send(shipment.bridge.at_factory, first["id"])
    await shipment.carry("packing", first["id"])
    [receipt, *_] = receipts(shipment)
    return first["id"], receipt["id"]


async def a_correction_follows_until_somebody_counts(shipment: Shipment) -> None:
    """Done lines are corrected at the factory, first in time, then too late."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    first, receipt = await first_received(shipment)
    change(factory, first, shipment.sku("P04"), 3)
    await shipment.carry("packing", first)
    assert content(buyer, receipt) == content(factory, first)

    change(buyer, receipt, shipment.sku("P05"), 1)
    counted = content(buyer, receipt)
    change(factory, first, shipment.sku("P04"), 2)
    for _ in range(2):
        assert await shipment.carry("packing", first) == {"parked": 1}
    assert content(buyer, receipt) == counted
    *_, late = told = notes(buyer, receipt)
    assert len(told) == 3
    assert f"2 [{shipment.sku('P04')}]" in late


async def a_list_marked_as_complete_is_prepared(shipment: Shipment) -> None:
    """Before the goods leave; quantity and container are corrected, and the boxes stay the same."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    [first] = deliveries(shipment)
    pack(factory, first["id"], FIRST)
    assert await shipment.carry("packing", first["id"]) == {"skipped": 1}

    factory.write("stock.picking", first["id"], {READY: True, CONTAINER: "MSKU 1234567"})
    await shipment.carry("packing", first["id"])
    [receipt] = receipts(shipment)
    assert content(buyer, receipt["id"]) == packed(shipment, FIRST)
    assert container(buyer, receipt["id"]) == "MSKU 1234567"

    change(factory, first["id"], shipment.sku("P04"), 3)
    factory.write("stock.picking", first["id"], {CONTAINER: "MSKU 7654321"})
    await shipment.carry("packing", first["id"])

    corrected = {**FIRST, "BOX-1": [*FIRST["BOX-1"][:2], ("P04", "", 3), FIRST["BOX-1"][3]]}
    assert content(buyer, receipt["id"]) == packed(shipment, corrected)
    assert container(buyer, receipt["id"]) == "MSKU 7654321"
    assert boxes(buyer, shipment.mark) == [f"{shipment.mark}-BOX-1", f"{shipment.mark}-BOX-2"]
    _, told = notes(buyer, receipt["id"])
    assert "MSKU 7654321" in told


async def more_and_other_things_come(shipment: Shipment) -> None:
    """More than was ordered, and a product that was not."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    await order(shipment, {"P04": 4, "P05": 5})
    [first] = deliveries(shipment)
    pack(factory, first["id"], {"": [("P04", "", 6), ("P05", "", 5)]})
    add(factory, first["id"], shipment.sku("P06"), 2)
    send(factory, first["id"])
    await shipment.carry("packing", first["id"])

    [receipt] = receipts(shipment)
    assert content(buyer, receipt["id"]) == content(factory, first["id"])
    [told] = notes(buyer, receipt["id"])
    names = {code: f"[{shipment.sku(code)}] {shipment.mark} {code}" for code in ("P04", "P06")}
    assert f"More than was ordered: {names['P04']}, 2 too many." in told
    assert f"Not on the order: {names['P06']}." in told
    send(buyer, receipt["id"])
    received = moved(buyer, "purchase.order.line", shipment.bought, RECEIVED)
    assert received == {shipment.sku("P04"): [4, 6], shipment.sku("P05"): [5, 5]}


async def what_is_sent_back_is_awaited(shipment: Shipment) -> None:
    """The buyer returns a part; the factory takes back the same lots, and both orders agree."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    first, receipt = await first_received(shipment)
    send(buyer, receipt)

    back = send_back(buyer, receipt, {"P01": 2, "P04": 1})
    await shipment.carry("packing_return", back)

    [awaited] = returns(factory, first)
    assert content(factory, awaited) == packed(shipment, {"": [("P01", "A1", 2), ("P04", "", 1)]})
    send(factory, awaited)
    delivered = moved(factory, "sale.order.line", shipment.sold, DELIVERED)
    assert delivered == moved(buyer, "purchase.order.line", shipment.bought, RECEIVED)
    assert delivered[shipment.sku("P01")] == [10, 4]


def deliveries(shipment: Shipment) -> list[Row]:
    """The factory's transfers for the order, oldest first."""
    return _of_order(shipment.bridge.at_factory, "sale.order", shipment.sold)


def receipts(shipment: Shipment) -> list[Row]:
    """The buyer's transfers for his order, oldest first."""
    return _of_order(shipment.bridge.at_buyer, "purchase.order", shipment.bought)


def packed(shipment: Shipment, packages: Mapping[str, Sequence[Any]]) -> Content:
    """The same of what was said to be packed."""
    return sorted(
        (
            shipment.sku(code),
            lot_named(shipment.mark, lot),
            box_named(shipment.mark, name),
            float(quantity),
        )
        for name, things in packages.items()
        for code, lot, quantity in things
    )


def everything_agrees(shipment: Shipment) -> None:
    """Ordered, delivered and received; each transfer with its receipt, box by box, lot by lot.

    Containers where the bridge's fields are, dates of lots where their module is.
    """
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    sold = moved(factory, "sale.order.line", shipment.sold, DELIVERED)
    bought = moved(buyer, "purchase.order.line", shipment.bought, RECEIVED)
    assert sold == bought
    sent = [one for one in deliveries(shipment) if one["state"] == "done"]
    came = [one for one in receipts(shipment) if one["state"] == "done"]
    assert [content(factory, one["id"]) for one in sent] == [
        content(buyer, one["id"]) for one in came
    ]
    if all(CONTAINER in side.fields("stock.picking") for side in (factory, buyer)):
        assert [container(factory, one["id"]) for one in sent] == [
            container(buyer, one["id"]) for one in came
        ]
    here, there = (expiries(side, shipment.mark) for side in (factory, buyer))
    if all("expiration_date" in side.fields("stock.lot") for side in (factory, buyer)):
        assert there.items() <= here.items()
        assert set(there.values()) == {EXPIRES}


def deliver_freely(shipment: Shipment, quantities: Mapping[str, float]) -> int:
    """The factory sends the buyer something that no order asked for."""
    side = shipment.bridge.at_factory
    [kind, *_] = side.rows(
        "stock.picking.type",
        [("code", "=", "outgoing")],
        ["default_location_src_id", "default_location_dest_id"],
    )
    [customers, *_] = side.rows("stock.location", [("usage", "=", "customer")], ["name"])
    ends = {
        "location_id": kind["default_location_src_id"][0],
        "location_dest_id": customers["id"],
    }
    lines = []
    for code, quantity in quantities.items():
        one = variant(side, shipment.sku(code))
        unit = side.row("product.product", [("id", "=", one)], ["uom_id"])["uom_id"][0]
        facts = {"name": code, "product_id": one, "product_uom": unit, **ends}
        lines.append({**facts, "product_uom_qty": quantity})
    sent = side.create(
        "stock.picking",
        {
            "partner_id": customer(shipment.bridge),
            "picking_type_id": kind["id"],
            "move_ids": [(0, 0, line) for line in lines],
            **ends,
        },
    )
    send_all(side, sent)
    return sent


def bought_name(shipment: Shipment) -> str:
    domain = [("id", "=", shipment.bought)]
    return str(shipment.bridge.at_buyer.row("purchase.order", domain, ["name"])["name"])


def product(side: Witness, shipment: Shipment, code: str) -> int:
    """A product with stock of a hundred, or with its lots and serial numbers."""
    tracking = "lot" if code in LOTS else "serial" if code in SERIALS else "none"
    template = side.create(
        "product.template",
        {
            "name": f"{shipment.mark} {code}",
            "default_code": shipment.sku(code),
            "tracking": tracking,
            **storable(side),
        },
    )
    one = variant(side, shipment.sku(code))
    for lot, quantity in {**LOTS.get(code, {}), **SERIALS.get(code, {})}.items():
        count(side, one, quantity, lot_named(shipment.mark, lot))
    if tracking == "none":
        count(side, one, 100, "")
    return template


def _of_order(side: Witness, model: str, order: int) -> list[Row]:
    ids = side.row(model, [("id", "=", order)], ["picking_ids"])["picking_ids"]
    fields = ["name", "state", "origin", "backorder_id", "picking_type_code"]
    return side.rows("stock.picking", [("id", "in", ids)], fields)
