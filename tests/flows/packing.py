"""The story of a packing list, told by people at both sides; the same on stand-ins and real servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.engine.pipeline import sync_ids
from tests.flows.bridge import Bridge, Silent
from tests.flows.goods import storable
from tests.flows.story import customer, order_named, sell_in, supplier
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

NO_QUESTIONS = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
Content = list[tuple[str, str, str, float]]


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
        shipment.templates[code] = _product(bridge.at_factory, shipment, code)
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
    _without_taxes(buyer, shipment.bought)
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
    send(factory, first["id"])
    await shipment.carry("packing", first["id"])

    [receipt] = receipts(shipment)
    assert content(buyer, receipt["id"]) == packed(shipment, FIRST)
    assert receipt["state"] == "assigned"
    assert receipt["origin"].endswith(first["name"])

    _, second = deliveries(shipment)
    pack(factory, second["id"], the_rest(factory, second["id"]))
    send(factory, second["id"])
    assert await shipment.carry("packing", second["id"]) == {"parked": 1}
    assert content(buyer, receipt["id"]) == packed(shipment, FIRST)

    send(buyer, receipt["id"])
    await shipment.carry("packing", first["id"], second["id"])
    _, rest = receipts(shipment)
    assert content(buyer, rest["id"]) == content(factory, second["id"])
    send(buyer, rest["id"])


def the_rest(side: Witness, picking: int) -> dict[str, list[Any]]:
    """All that is reserved, in one more box."""
    told = "reserved_uom_qty" if side.version == 16 else "quantity"
    rows = side.rows(
        "stock.move.line", [("picking_id", "=", picking)], ["product_id", "lot_id", told]
    )
    things = [
        (
            _sku(side, row["product_id"][0]).rpartition("-")[2],
            row["lot_id"][1].rpartition("-")[2] if row["lot_id"] else "",
            row[told],
        )
        for row in rows
    ]
    return {"BOX-3": things}


def pack(side: Witness, picking: int, packages: Mapping[str, Sequence[Any]]) -> None:
    """A person packs so much of each lot, and puts it into packages."""
    for name, things in packages.items():
        done = [_take(side, picking, *thing) for thing in things]
        if not name:
            continue
        box = side.create(box_model(side), {"name": _box(_mark_of(side, picking), name)})
        for line in done:
            side.write("stock.move.line", line, {"result_package_id": box})


def send(side: Witness, picking: int) -> None:
    """A person validates the transfer; the rest becomes a back order."""
    done = side.call("stock.picking", "button_validate", [picking], **NO_QUESTIONS)
    assert done is True, done
    assert state(side, picking) == "done"


def deliveries(shipment: Shipment) -> list[Row]:
    """The factory's transfers for the order, oldest first."""
    return _of_order(shipment.bridge.at_factory, "sale.order", shipment.sold)


def receipts(shipment: Shipment) -> list[Row]:
    """The buyer's transfers for his order, oldest first."""
    return _of_order(shipment.bridge.at_buyer, "purchase.order", shipment.bought)


def content(side: Witness, picking: int) -> Content:
    """What is really in a transfer, or prepared: SKU, lot, package, quantity."""
    told = "qty_done" if "qty_done" in side.fields("stock.move.line") else "quantity"
    fields = ["product_id", "lot_id", "lot_name", "result_package_id", told]
    rows = side.rows("stock.move.line", [("picking_id", "=", picking)], fields)
    sums: dict[tuple[str, str, str], float] = {}
    for row in rows:
        lot = row["lot_id"][1] if row["lot_id"] else row["lot_name"] or ""
        box = row["result_package_id"]
        key = (_sku(side, row["product_id"][0]), lot, box[1] if box else "")
        sums[key] = sums.get(key, 0.0) + row[told]
    return sorted((*key, total) for key, total in sums.items() if total)


def packed(shipment: Shipment, packages: Mapping[str, Sequence[Any]]) -> Content:
    """The same of what was said to be packed."""
    return sorted(
        (shipment.sku(code), _lot(shipment.mark, lot), _box(shipment.mark, name), float(quantity))
        for name, things in packages.items()
        for code, lot, quantity in things
    )


def moved(side: Witness, model: str, order: int, names: tuple[str, str]) -> dict[str, list[float]]:
    """SKU -> what was ordered and what has moved, on the lines of an order."""
    rows = side.rows(model, [("order_id", "=", order)], ["product_id", *names])
    return {
        _sku(side, row["product_id"][0]): [row[name] for name in names]
        for row in rows
        if row["product_id"]
    }


def everything_agrees(shipment: Shipment) -> None:
    """Ordered, delivered and received; each transfer with its receipt, box by box, lot by lot."""
    factory, buyer = shipment.bridge.at_factory, shipment.bridge.at_buyer
    sold = moved(factory, "sale.order.line", shipment.sold, ("product_uom_qty", "qty_delivered"))
    bought = moved(buyer, "purchase.order.line", shipment.bought, ("product_qty", "qty_received"))
    assert sold == bought
    sent = [one for one in deliveries(shipment) if one["state"] == "done"]
    came = [one for one in receipts(shipment) if one["state"] == "done"]
    assert [content(factory, one["id"]) for one in sent] == [
        content(buyer, one["id"]) for one in came
    ]


def lying(side: Witness, sku: str) -> list[tuple[str, str, float]]:
    """Lot, package and quantity of all that lies in the side's own stock."""
    where = [("product_id.default_code", "=", sku), ("location_id.usage", "=", "internal")]
    rows = side.rows("stock.quant", where, ["lot_id", "package_id", "quantity"])
    return sorted(
        (
            row["lot_id"][1] if row["lot_id"] else "",
            row["package_id"][1] if row.get("package_id") else "",
            row["quantity"],
        )
        for row in rows
        if row["quantity"]
    )


def notes(side: Witness, picking: int) -> list[str]:
    """What the hub has said at a transfer, oldest first."""
    domain = [
        ("model", "=", "stock.picking"),
        ("res_id", "=", picking),
        ("message_id", "=like", "%receipt.%@qantara>"),
    ]
    return [row["body"] for row in side.rows("mail.message", domain, ["body"])]


def change(side: Witness, picking: int, sku: str, quantity: float) -> None:
    """A person corrects the quantity of a product in a transfer."""
    told = "qty_done" if side.version == 16 else "quantity"
    row = line_of(side, picking, sku)
    side.write("stock.move.line", row["id"], {told: quantity})


def add(side: Witness, picking: int, sku: str, quantity: float) -> None:
    """A person puts in a product that the transfer did not ask for."""
    row = side.row("stock.picking", [("id", "=", picking)], ["location_id", "location_dest_id"])
    one = variant(side, sku)
    unit = side.row("product.product", [("id", "=", one)], ["uom_id"])["uom_id"][0]
    done = {"qty_done": quantity} if side.version == 16 else {"quantity": quantity, "picked": True}
    side.create(
        "stock.move.line",
        {
            "picking_id": picking,
            "product_id": one,
            "product_uom_id": unit,
            "location_id": row["location_id"][0],
            "location_dest_id": row["location_dest_id"][0],
            **done,
        },
    )


def send_back(side: Witness, picking: int, quantities: Mapping[str, float]) -> int:
    """A person returns so much of what a receipt brought, as the dialogue of Odoo would, and sends it."""
    fields = ["name", "partner_id", "location_id", "location_dest_id"]
    row = side.row("stock.picking", [("id", "=", picking)], fields)
    [kind, *_] = side.rows("stock.picking.type", [("code", "=", "outgoing")], ["name"])
    mark = _mark_of(side, picking)
    moves = side.rows(
        "stock.move",
        [("picking_id", "=", picking)],
        ["product_id", "product_uom", "purchase_line_id"],
    )
    named = {_sku(side, move["product_id"][0]): move for move in moves}
    ends = {
        "location_id": row["location_dest_id"][0],
        "location_dest_id": row["location_id"][0],
    }
    lines = [
        {
            "name": "Return",
            "product_id": named[f"{mark}-{code}"]["product_id"][0],
            "product_uom": named[f"{mark}-{code}"]["product_uom"][0],
            "product_uom_qty": quantity,
            "origin_returned_move_id": named[f"{mark}-{code}"]["id"],
            "purchase_line_id": named[f"{mark}-{code}"]["purchase_line_id"][0],
            "to_refund": True,
            **ends,
        }
        for code, quantity in quantities.items()
    ]
    back = side.create(
        "stock.picking",
        {
            "partner_id": row["partner_id"][0],
            "picking_type_id": kind["id"],
            "origin": f"Return of {row['name']}",
            "move_ids": [(0, 0, line) for line in lines],
            **ends,
        },
    )
    _send_all(side, back)
    return back


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
    _send_all(side, sent)
    return sent


def returns(side: Witness, picking: int) -> list[int]:
    """The transfers that bring back what this one took away."""
    moves = side.rows("stock.move", [("picking_id", "=", picking)], ["name"])
    back = [("origin_returned_move_id", "in", [row["id"] for row in moves])]
    rows = side.rows("stock.move", back, ["picking_id"])
    return sorted({row["picking_id"][0] for row in rows})


def name_of(side: Witness, picking: int) -> str:
    return str(side.row("stock.picking", [("id", "=", picking)], ["name"])["name"])


def _send_all(side: Witness, picking: int) -> None:
    """Everything that is reserved goes."""
    side.call("stock.picking", "action_confirm", [picking])
    side.call("stock.picking", "action_assign", [picking])
    told = "reserved_uom_qty" if side.version == 16 else "quantity"
    for row in side.rows("stock.move.line", [("picking_id", "=", picking)], [told]):
        done = {"qty_done": row[told]} if side.version == 16 else {"picked": True}
        side.write("stock.move.line", row["id"], done)
    send(side, picking)


def variant(side: Witness, sku: str) -> int:
    one: int = side.row("product.product", [("default_code", "=", sku)], ["name"])["id"]
    return one


def bought_name(shipment: Shipment) -> str:
    domain = [("id", "=", shipment.bought)]
    return str(shipment.bridge.at_buyer.row("purchase.order", domain, ["name"])["name"])


def state(side: Witness, picking: int) -> str:
    return str(side.row("stock.picking", [("id", "=", picking)], ["state"])["state"])


def box_model(side: Witness) -> str:
    return "stock.package" if side.version >= 19 else "stock.quant.package"


def line_of(side: Witness, picking: int, sku: str, lot: str = "") -> Row:
    """The line of a product, and of a lot where one is named, in a transfer."""
    fields = ["product_id", "lot_id", "lot_name", "qty_done", "quantity", "reserved_uom_qty"]
    rows = side.rows("stock.move.line", [("picking_id", "=", picking)], fields)
    for row in rows:
        named = row["lot_id"][1] if row["lot_id"] else row["lot_name"] or ""
        if _sku(side, row["product_id"][0]) == sku and (not lot or named == lot):
            return row
    raise AssertionError(f"{sku} {lot} is not in transfer {picking}: {rows}")


def customer_of(shipment: Shipment) -> int:
    return customer(shipment.bridge)


def _take(side: Witness, picking: int, code: str, lot: str, quantity: float) -> int:
    """One line of the transfer is done in this quantity; 16 and later say so differently."""
    mark = _mark_of(side, picking)
    row = line_of(side, picking, f"{mark}-{code}", _lot(mark, lot))
    done = {"qty_done": quantity} if side.version == 16 else {"quantity": quantity, "picked": True}
    side.write("stock.move.line", row["id"], done)
    one: int = row["id"]
    return one


def _mark_of(side: Witness, picking: int) -> str:
    rows = side.rows("stock.move", [("picking_id", "=", picking)], ["product_id"])
    return _sku(side, rows[0]["product_id"][0]).partition("-")[0]


def _lot(mark: str, lot: str) -> str:
    return f"{mark}-{lot}" if lot else ""


def _box(mark: str, name: str) -> str:
    return f"{mark}-{name}" if name else ""


def _product(side: Witness, shipment: Shipment, code: str) -> int:
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
        _count(side, one, quantity, _lot(shipment.mark, lot))
    if tracking == "none":
        _count(side, one, 100, "")
    return template


def _count(side: Witness, product: int, quantity: float, lot: str) -> None:
    home = side.rows("stock.warehouse", [], ["lot_stock_id", "company_id"])[0]
    facts: dict[str, Any] = {
        "product_id": product,
        "location_id": home["lot_stock_id"][0],
        "inventory_quantity": quantity,
    }
    if lot:
        named = {"name": lot, "product_id": product, "company_id": home["company_id"][0]}
        facts["lot_id"] = side.create("stock.lot", named)
    quant = side.create("stock.quant", facts, inventory_mode=True)
    side.call("stock.quant", "action_apply_inventory", [quant])


def _of_order(side: Witness, model: str, order: int) -> list[Row]:
    ids = side.row(model, [("id", "=", order)], ["picking_ids"])["picking_ids"]
    fields = ["name", "state", "origin", "backorder_id", "picking_type_code"]
    return side.rows("stock.picking", [("id", "in", ids)], fields)


def _sku(side: Witness, product: int) -> str:
    row = side.row("product.product", [("id", "=", product)], ["default_code"])
    return str(row["default_code"])


def _without_taxes(side: Witness, order: int) -> None:
    """Each company has its own taxes by default, which the other need not know."""
    name = next(n for n in ("taxes_id", "tax_ids") if n in side.fields("purchase.order.line"))
    for row in side.rows("purchase.order.line", [("order_id", "=", order)], ["name"]):
        side.write("purchase.order.line", row["id"], {name: [(6, 0, [])]})
