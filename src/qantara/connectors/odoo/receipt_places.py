"""Finds the transfer that a packing list belongs to: the order's open receipt, or one of its own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Write
from qantara.connectors.odoo.loading import Line, external_id, load
from qantara.connectors.odoo.mapping.receipt import Units
from qantara.connectors.odoo.mapping.values import Cell, identity, text
from qantara.connectors.odoo.receipt_claims import PICKING, claims
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.model import Ref, Transfer
from qantara.transport import ConnectorError, NotFound, NotYet, Rejected

OVER = frozenset({"done", "cancel"})
"""States in which nothing is expected any more."""


async def order_receipt(site: Site, order: Ref, key: str) -> int:
    """The open receipt of a purchase order that was prepared under this key, or for nothing yet.

    Raises NotYet while another packing list is waiting to be counted in the only one.
    """
    rows = await site.rows(
        "purchase.order", [("id", "=", int(order.id))], ["name", "state", "picking_ids"]
    )
    if not rows:
        raise NotFound(f"The purchase order with the id {order.id} is not there any more.")
    [bought] = rows
    fields = ["name", "state", "picking_type_code"]
    found = await site.rows(PICKING, [("id", "in", bought["picking_ids"])], fields)
    receipts = [row for row in found if row["picking_type_code"] == "incoming"]
    taken = await claims(site, [row["id"] for row in receipts])
    mine = [one for one, claim in taken.items() if claim.key == key]
    open_ = [row for row in receipts if row["state"] not in OVER]
    free = [row["id"] for row in open_ if row["id"] not in taken]
    if mine or free:
        return int((mine or free)[0])
    raise _none_left(bought, open_)


async def own_receipt(site: Site, write: Write, told: Transfer, units: Units) -> int:
    """A receipt without an order, or what comes back of a delivery. Safe to repeat by key."""
    sent = await _delivery(site, told.return_of) if told.return_of else {}
    head = await (_back(site, sent) if sent else _from_vendor(site, told))
    moves = await _moves(site, told, head, (sent, units))
    cells = {"id": external_id("receipt", write.key), "origin": told.origin, **head}
    named = [
        {
            "move_ids/id": external_id("receipt_move", f"{write.key}_{place}"),
            **{f"move_ids/{name}": cell for name, cell in move.items()},
        }
        for place, move in enumerate(moves, start=1)
    ]
    context = await site.tables.context(**EVERYTHING)
    line = Line(cells={**cells, **named[0]}, more=named[1:])
    [made] = await load(site.client, PICKING, [line], context)
    if isinstance(made, ConnectorError):
        raise made
    rows = await site.rows(PICKING, [("id", "=", made)], ["state"])
    if rows and rows[0]["state"] == "draft":
        await site.client.call(PICKING, "action_confirm", [made], context=context)
    return made


def _none_left(bought: Mapping[str, Any], open_: Sequence[Mapping[str, Any]]) -> ConnectorError:
    name = text(bought["name"])
    if open_:
        return NotYet(
            f"The receipt {open_[0]['name']} of {name} was prepared from an earlier packing list"
            " and is not validated yet.",
            remedy="Validate it with a back-order; this packing list follows by itself.",
        )
    if bought["state"] not in ("purchase", "done"):
        return Rejected(
            f"The purchase order {name} is not confirmed (its state is {bought['state']!r}), so that"
            " nothing is expected.",
            remedy="Confirm it and retry, or send the goods back.",
        )
    return Rejected(
        f"The purchase order {name} expects nothing more.",
        remedy="Raise the quantities of the purchase order for what came besides, then retry.",
    )


async def _delivery(site: Site, source: Ref) -> dict[str, Any]:
    """The delivery whose goods come back, with its moves by product."""
    fields = ["name", "partner_id", "location_id", "location_dest_id", "picking_type_id"]
    rows = await site.rows(PICKING, [("id", "=", int(source.id))], fields)
    if not rows:
        raise NotFound(f"The transfer with the id {source.id} is not there any more.")
    moves = await site.rows(
        "stock.move",
        [("picking_id", "=", rows[0]["id"]), ("state", "=", "done")],
        ["product_id", "sale_line_id"],
    )
    return {**rows[0], "moves": {identity(one["product_id"]): one for one in moves}}


async def _back(site: Site, sent: Mapping[str, Any]) -> dict[str, Cell]:
    """The head of a transfer that brings a delivery back to where it came from."""
    kind = identity(sent["picking_type_id"])
    types = await site.rows("stock.picking.type", [("id", "=", kind)], ["return_picking_type_id"])
    back = identity(types[0]["return_picking_type_id"]) if types else None
    arrival = back or (await _arrivals(site))["id"]
    return {
        "partner_id/.id": identity(sent["partner_id"]),
        "picking_type_id/.id": arrival,
        "location_id/.id": identity(sent["location_dest_id"]),
        "location_dest_id/.id": identity(sent["location_id"]),
    }


async def _from_vendor(site: Site, told: Transfer) -> dict[str, Cell]:
    """The head of a receipt that no order has announced."""
    arrivals = await _arrivals(site)
    vendors = await site.rows(
        "stock.location", [("usage", "=", "supplier"), ("active", "=", True)], ["name"]
    )
    source = identity(arrivals["default_location_src_id"]) or vendors[0]["id"]
    return {
        "partner_id/.id": int(told.partner.id) if told.partner else None,
        "picking_type_id/.id": arrivals["id"],
        "location_id/.id": source,
        "location_dest_id/.id": identity(arrivals["default_location_dest_id"]),
    }


async def _arrivals(site: Site) -> dict[str, Any]:
    """The company's first kind of transfer for what comes in."""
    company = (await site.tables.get()).company
    domain = [("code", "=", "incoming"), ("company_id", "=", company), ("active", "=", True)]
    fields = ["default_location_src_id", "default_location_dest_id"]
    rows = await site.rows("stock.picking.type", domain, fields, order="sequence, id")
    if not rows:
        raise Rejected(
            "This Odoo has no kind of transfer for receipts.",
            remedy="Make one: Inventory, Configuration, Operations Types.",
        )
    return rows[0]


async def _moves(
    site: Site, told: Transfer, head: Mapping[str, Cell], of: tuple[Mapping[str, Any], Units]
) -> list[dict[str, Cell]]:
    """One move for each product, with all that was packed of it."""
    sent, units = of
    sums: dict[int, Decimal] = {}
    for one in told.packed:
        sums[int(one.product.id)] = sums.get(int(one.product.id), Decimal(0)) + one.quantity
    fields = await site.client.fields("stock.move")
    unit_field = real_name("stock.move", fields, "unit") or "product_uom"
    moves: list[dict[str, Cell]] = []
    for product, quantity in sums.items():
        like = next(one for one in told.packed if int(one.product.id) == product)
        unit = units.chosen_for(like, product, quantity)
        cells: dict[str, Cell] = {
            "product_id/.id": product,
            f"{unit_field}/.id": unit,
            "product_uom_qty": units.converted(quantity, unit),
            "location_id/.id": head["location_id/.id"],
            "location_dest_id/.id": head["location_dest_id/.id"],
        }
        if "name" in fields:
            cells["name"] = told.origin or "-"
        came = sent.get("moves", {}).get(product)
        if came:
            cells["origin_returned_move_id/.id"] = came["id"]
            cells["to_refund"] = True
        if came and identity(came.get("sale_line_id")):
            cells["sale_line_id/.id"] = identity(came["sale_line_id"])
        moves.append(cells)
    return moves
