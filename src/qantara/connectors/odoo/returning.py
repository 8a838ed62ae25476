"""Goods of a refund come back into stock, by Odoo's own return of the delivery they left with.

A return made for a refund is known by its source document; one whose answer was lost, by the user
who made it after the credit note.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.mapping.store_amounts import ZERO
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.model import Refund
from qantara.transport import Rejected

PICKING, MOVE, LINE = "stock.picking", "stock.move", "stock.move.line"
WIZARD = "stock.return.picking"
WHOLE: Mapping[str, Any] = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
"""The context that keeps `button_validate` from asking."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """For which refund goods come back, of which order, and since when that is known."""

    refund: Refund
    order: int
    since: str

    @property
    def mark(self) -> str:
        """What the source document of the return ends in."""
        return f"(refund {self.refund.number})"

    @property
    def goods(self) -> dict[int, Decimal]:
        """How many of each product come back."""
        back: dict[int, Decimal] = {}
        for line in self.refund.lines:
            if line.product and line.restock and line.kind == "item" and line.quantity:
                one = int(line.product.id)
                back[one] = back.get(one, ZERO) + line.quantity
        return back


async def take_back(site: Site, wanted: Return) -> None:
    """Return what left of the goods, and validate the return. Safe to repeat."""
    if not wanted.goods:
        return
    pickings = await _pickings(site, wanted)
    returns = await _returns(site, [one["id"] for one in pickings])
    user = (await site.client.enter()).uid
    mine = [one for one in pickings if one["id"] in returns and _is_mine(one, wanted, user)]
    if not mine:
        for delivery, lines in (await _left(site, pickings, wanted)).items():
            mine += await _return(site, delivery, lines, wanted)
    for picking in mine:
        await _mark(site, picking, wanted)
        await _validate(site, picking)


async def _pickings(site: Site, wanted: Return) -> list[dict[str, Any]]:
    names = ("name", "state", "origin", "picking_type_code", "create_date", "create_uid")
    domain = [("sale_id", "=", wanted.order), ("state", "!=", "cancel")]
    return await site.rows(PICKING, domain, names)


async def _returns(site: Site, pickings: Sequence[int]) -> set[int]:
    """Those that bring something back; a lowered quantity may make a transfer that does not."""
    domain = [("picking_id", "in", list(pickings)), ("origin_returned_move_id", "!=", False)]
    moves = await site.rows(MOVE, domain, ["picking_id"])
    return {one for move in moves if (one := identity(move["picking_id"]))}


def _is_mine(picking: Row, wanted: Return, user: int) -> bool:
    origin = text(picking["origin"])
    if origin.endswith(wanted.mark):
        return True
    lost = "(refund " not in origin
    own = identity(picking["create_uid"]) == user
    return lost and own and text(picking["create_date"]) >= wanted.since


async def _left(
    site: Site, pickings: Sequence[Row], wanted: Return
) -> dict[int, list[dict[str, Any]]]:
    """By delivery the lines of its return: never more than left with it and is not back yet."""
    done = [one["id"] for one in pickings if one["state"] == "done"]
    there = await site.client.fields(MOVE)
    quantity = real_name(MOVE, there, "done") or "quantity"
    names = (
        "picking_id",
        "product_id",
        "state",
        quantity,
        "origin_returned_move_id",
        "picking_code",
    )
    domain = [("picking_id", "in", [one["id"] for one in pickings]), ("state", "!=", "cancel")]
    moves = await site.rows(MOVE, domain, (*names, "product_uom_qty"))
    back: dict[int, Decimal] = {}
    for move in moves:
        if of := identity(move["origin_returned_move_id"]):
            back[of] = back.get(of, ZERO) + number(move["product_uom_qty"])
    goods, lines = wanted.goods, dict[int, list[dict[str, Any]]]()
    outgoing = {one["id"] for one in pickings if one["picking_type_code"] == "outgoing"}
    for move in moves:
        picking, product = identity(move["picking_id"]) or 0, identity(move["product_id"]) or 0
        if picking not in outgoing or picking not in done:
            continue
        gone = number(move[quantity]) - back.get(move["id"], ZERO)
        taken = min(goods.get(product, ZERO), max(gone, ZERO))
        if taken:
            goods[product] -= taken
            line = {"product_id": product, "quantity": taken, "move_id": move["id"]}
            lines.setdefault(picking, []).append({**line, "to_refund": True})
    return lines


async def _return(
    site: Site, picking: int, lines: Sequence[Mapping[str, Any]], wanted: Return
) -> list[dict[str, Any]]:
    """One return by Odoo's wizard; the new transfers."""
    context = await site.tables.context(
        active_model=PICKING, active_id=picking, active_ids=[picking]
    )
    before = {one["id"] for one in await _pickings(site, wanted)}
    values = {
        "picking_id": picking,
        "product_return_moves": [(5, 0, 0), *((0, 0, dict(line)) for line in lines)],
    }
    [wizard] = await site.client.create(WIZARD, [values], context=context)
    major = (await site.client.enter()).major
    method = "action_create_returns" if major >= 18 else "create_returns"
    await site.client.call(WIZARD, method, [wizard], context=context)
    return [one for one in await _pickings(site, wanted) if one["id"] not in before]


async def _mark(site: Site, picking: Row, wanted: Return) -> None:
    origin = text(picking["origin"])
    if not origin.endswith(wanted.mark):
        context = await site.tables.context()
        values = {"origin": f"{origin} {wanted.mark}".strip()}
        await site.client.write(PICKING, [picking["id"]], values, context=context)


async def _validate(site: Site, picking: Row) -> None:
    """All that was asked for came back."""
    if picking["state"] == "done":
        return
    fields = await site.client.fields(MOVE)
    context = await site.tables.context(**WHOLE)
    domain = [("picking_id", "=", picking["id"]), ("state", "not in", ("done", "cancel"))]
    moves = await site.rows(MOVE, domain, ["product_uom_qty", "move_line_ids"])
    for move in moves:
        if "quantity_done" in fields:
            values = {"quantity_done": move["product_uom_qty"]}
        else:
            values = {"quantity": move["product_uom_qty"], "picked": True}
        await site.client.write(MOVE, [move["id"]], values, context=context)
    await site.client.call(PICKING, "button_validate", [picking["id"]], context=context)
    [now] = await site.rows(PICKING, [("id", "=", picking["id"])], ["state", "name"])
    if now["state"] != "done":
        raise Rejected(
            f"The goods of the refund are to come back with {now['name']}, which Odoo did not "
            "validate by itself.",
            remedy="Validate the transfer in Odoo (it may ask for lots or serials), then retry.",
            field="lines",
        )
