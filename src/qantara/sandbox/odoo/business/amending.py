"""What follows a changed line of an order: its price and date are set anew, open transfers adapt.

As measured on 16 and 18 in November 2026. The real server lowers an open receipt by a second move
that goes back; here the move itself becomes smaller.
"""

from typing import Any

from qantara.sandbox.odoo.business.orders import Order, OrderLine
from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row

PROTECTED = {
    "product_id": "Product",
    "price_unit": "Unit Price",
    "product_uom": "Unit of Measure",
    "product_uom_id": "Unit",
    "product_uom_qty": "Quantity",
    "tax_id": "Taxes",
    "tax_ids": "Taxes",
}


def refuse_locked(row: Row, vals: Values) -> None:
    """A locked sale order keeps these fields, even at the same value; new lines it takes."""
    del row
    kept = [label for name, label in PROTECTED.items() if name in vals]
    if kept:
        told = "\n".join(kept)
        raise UserError(
            f"It is forbidden to modify the following fields in a locked order:\n{told}"
        )


def refuse_removal(version: int) -> None:
    """Of a confirmed sale order only sections and notes may be removed."""
    if version < 17:
        raise UserError(
            "You can not remove an order line once the sales order is confirmed.\n"
            "You should rather set the quantity to 0."
        )
    raise UserError(
        "Once a sales order is confirmed, you can't remove one of its lines (we need to track"
        " if something gets invoiced or delivered).\n"
        "                Set the quantity to 0 instead."
    )


def follow(orders: Order, kind: int, link: str, line: Row, quantity: float) -> None:
    """The transfers of a confirmed line bring its quantity, what is done included."""
    if not orders.env.has("stock.move"):
        return
    moves: Any = orders.env.business("stock.move")
    every = sorted(moves.table.with_value(link, line["id"]))
    open_ = [one for one in every if moves.row(one).get("state") not in ("done", "cancel")]
    done = sum(moves.net(one) for one in every)
    more = quantity - done - sum(moves.row(one)["product_uom_qty"] for one in open_)
    if more > 0 and not open_:
        orders._launch(line["order_id"], kind, {line["id"]: more})  # noqa: SLF001 - of the family
    for one in open_:
        changed = max(0.0, moves.row(one)["product_uom_qty"] + more)
        more -= changed - moves.row(one)["product_uom_qty"]
        _resize(moves, one, changed)


def _resize(moves: Any, one: int, quantity: float) -> None:
    if quantity == moves.row(one)["product_uom_qty"]:
        return
    if not quantity:
        moves.cancel([one])
        moves.put(one, product_uom_qty=0.0)
        return
    reserved = moves.row(one).get("state") != "confirmed"
    moves.release([one])
    moves.put(one, product_uom_qty=quantity)
    if reserved:
        moves.assign([one])


def sold_anew(lines: OrderLine, record_id: int, vals: Values) -> None:
    """Another quantity sets the price anew; from 17 on not one that somebody wrote later."""
    row = lines.row(record_id)
    if "price_unit" in vals:
        lines.put_quietly(record_id, typed_price=True)
    elif not (lines.env.version >= 17 and row.get("typed_price")) and row.get("product_id"):
        products = lines.env.model("product.product")
        lines.put_quietly(record_id, price_unit=products.value(row["product_id"], "lst_price"))
