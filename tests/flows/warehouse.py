"""What people at a warehouse do and see in their Odoo, of either version."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.flows.witness import Row, Witness

EXPIRES = "2027-05-01 00:00:00"
NO_QUESTIONS = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
Content = list[tuple[str, str, str, float]]
"""SKU, lot, package, quantity."""


def the_rest(side: Witness, picking: int) -> dict[str, list[Any]]:
    """All that is reserved, in one more box."""
    told = "reserved_uom_qty" if side.version == 16 else "quantity"
    rows = side.rows(
        "stock.move.line", [("picking_id", "=", picking)], ["product_id", "lot_id", told]
    )
    things = [
        (
            sku_of(side, row["product_id"][0]).rpartition("-")[2],
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
        box = side.create(box_model(side), {"name": box_named(_mark_of(side, picking), name)})
        for line in done:
            side.write("stock.move.line", line, {"result_package_id": box})


def send(side: Witness, picking: int) -> None:
    """A person validates the transfer; the rest becomes a back order."""
    done = side.call("stock.picking", "button_validate", [picking], **NO_QUESTIONS)
    assert done is True, done
    assert state(side, picking) == "done"


def content(side: Witness, picking: int) -> Content:
    """What is really in a transfer, or prepared: SKU, lot, package, quantity."""
    told = "qty_done" if "qty_done" in side.fields("stock.move.line") else "quantity"
    fields = ["product_id", "lot_id", "lot_name", "result_package_id", told]
    rows = side.rows("stock.move.line", [("picking_id", "=", picking)], fields)
    sums: dict[tuple[str, str, str], float] = {}
    for row in rows:
        lot = row["lot_id"][1] if row["lot_id"] else row["lot_name"] or ""
        box = row["result_package_id"]
        key = (sku_of(side, row["product_id"][0]), lot, box[1] if box else "")
        sums[key] = sums.get(key, 0.0) + row[told]
    return sorted((*key, total) for key, total in sums.items() if total)


def moved(side: Witness, model: str, order: int, names: tuple[str, str]) -> dict[str, list[float]]:
    """SKU -> what was ordered and what has moved, on the lines of an order."""
    rows = side.rows(model, [("order_id", "=", order)], ["product_id", *names])
    return {
        sku_of(side, row["product_id"][0]): [row[name] for name in names]
        for row in rows
        if row["product_id"]
    }


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
    ends = {
        "location_id": row["location_dest_id"][0],
        "location_dest_id": row["location_id"][0],
    }
    lines = [{**line, **ends} for line in _returning(side, picking, quantities)]
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
    send_all(side, back)
    return back


def _returning(
    side: Witness, picking: int, quantities: Mapping[str, float]
) -> list[dict[str, Any]]:
    mark = _mark_of(side, picking)
    moves = side.rows(
        "stock.move",
        [("picking_id", "=", picking)],
        ["product_id", "product_uom", "purchase_line_id"],
    )
    named = {sku_of(side, move["product_id"][0]): move for move in moves}
    return [
        {
            "name": "Return",
            "product_id": move["product_id"][0],
            "product_uom": move["product_uom"][0],
            "product_uom_qty": quantity,
            "origin_returned_move_id": move["id"],
            "purchase_line_id": move["purchase_line_id"][0],
            "to_refund": True,
        }
        for code, quantity in quantities.items()
        for move in [named[f"{mark}-{code}"]]
    ]


def returns(side: Witness, picking: int) -> list[int]:
    """The transfers that bring back what this one took away."""
    moves = side.rows("stock.move", [("picking_id", "=", picking)], ["name"])
    back = [("origin_returned_move_id", "in", [row["id"] for row in moves])]
    rows = side.rows("stock.move", back, ["picking_id"])
    return sorted({row["picking_id"][0] for row in rows})


def name_of(side: Witness, picking: int) -> str:
    return str(side.row("stock.picking", [("id", "=", picking)], ["name"])["name"])


def variant(side: Witness, sku: str) -> int:
    one: int = side.row("product.product", [("default_code", "=", sku)], ["name"])["id"]
    return one


def state(side: Witness, picking: int) -> str:
    return str(side.row("stock.picking", [("id", "=", picking)], ["state"])["state"])


def box_model(side: Witness) -> str:
    return "stock.package" if side.version >= 19 else "stock.quant.package"


def boxes(side: Witness, mark: str) -> list[str]:
    """The packages of a mark by their names."""
    rows = side.rows(box_model(side), [("name", "=like", f"{mark}-BOX%")], ["name"])
    return sorted(row["name"] for row in rows)


def load(side: Witness, picking: int, name: str) -> None:
    """A person notes the container, where there is a place for it."""
    if "x_qantara_container" in side.fields("stock.picking"):
        side.write("stock.picking", picking, {"x_qantara_container": name})


def expiries(side: Witness, mark: str) -> dict[str, str]:
    """Until when each lot of a mark is good, where this Odoo keeps that."""
    rows = side.rows("stock.lot", [("name", "=like", f"{mark}-%")], ["name", "expiration_date"])
    return {row["name"]: row.get("expiration_date") or "" for row in rows}


def container(side: Witness, picking: int) -> str:
    """The container of a transfer."""
    row = side.row("stock.picking", [("id", "=", picking)], ["x_qantara_container"])
    return str(row["x_qantara_container"])


def line_of(side: Witness, picking: int, sku: str, lot: str = "") -> Row:
    """The line of a product, and of a lot where one is named, in a transfer."""
    fields = ["product_id", "lot_id", "lot_name", "qty_done", "quantity", "reserved_uom_qty"]
    rows = side.rows("stock.move.line", [("picking_id", "=", picking)], fields)
    for row in rows:
        named = row["lot_id"][1] if row["lot_id"] else row["lot_name"] or ""
        if sku_of(side, row["product_id"][0]) == sku and (not lot or named == lot):
            return row
    raise AssertionError(f"{sku} {lot} is not in transfer {picking}: {rows}")


def send_all(side: Witness, picking: int) -> None:
    """Everything that is reserved goes."""
    side.call("stock.picking", "action_confirm", [picking])
    side.call("stock.picking", "action_assign", [picking])
    told = "reserved_uom_qty" if side.version == 16 else "quantity"
    for row in side.rows("stock.move.line", [("picking_id", "=", picking)], [told]):
        done = {"qty_done": row[told]} if side.version == 16 else {"picked": True}
        side.write("stock.move.line", row["id"], done)
    send(side, picking)


def _take(side: Witness, picking: int, code: str, lot: str, quantity: float) -> int:
    """One line of the transfer is done in this quantity; 16 and later say so differently."""
    mark = _mark_of(side, picking)
    row = line_of(side, picking, f"{mark}-{code}", lot_named(mark, lot))
    done = {"qty_done": quantity} if side.version == 16 else {"quantity": quantity, "picked": True}
    side.write("stock.move.line", row["id"], done)
    one: int = row["id"]
    return one


def _mark_of(side: Witness, picking: int) -> str:
    rows = side.rows("stock.move", [("picking_id", "=", picking)], ["product_id"])
    return sku_of(side, rows[0]["product_id"][0]).partition("-")[0]


def lot_named(mark: str, lot: str) -> str:
    return f"{mark}-{lot}" if lot else ""


def box_named(mark: str, name: str) -> str:
    return f"{mark}-{name}" if name else ""


def count(side: Witness, product: int, quantity: float, lot: str) -> None:
    home = side.rows("stock.warehouse", [], ["lot_stock_id", "company_id"])[0]
    facts: dict[str, Any] = {
        "product_id": product,
        "location_id": home["lot_stock_id"][0],
        "inventory_quantity": quantity,
    }
    if lot:
        named = {"name": lot, "product_id": product, "company_id": home["company_id"][0]}
        named["expiration_date"] = EXPIRES
        facts["lot_id"] = side.create("stock.lot", named)
    quant = side.create("stock.quant", facts, inventory_mode=True)
    side.call("stock.quant", "action_apply_inventory", [quant])


def sku_of(side: Witness, product: int) -> str:
    row = side.row("product.product", [("id", "=", product)], ["default_code"])
    return str(row["default_code"])


def without_taxes(side: Witness, order: int) -> None:
    """Each company has its own taxes by default, which the other need not know."""
    name = next(n for n in ("taxes_id", "tax_ids") if n in side.fields("purchase.order.line"))
    for row in side.rows("purchase.order.line", [("order_id", "=", order)], ["name"]):
        side.write("purchase.order.line", row["id"], {name: [(6, 0, [])]})
