"""A sale order that something is refunded of: what is known of it, and what is never sent.

A note on the order is written in the same call as its new quantities, so that it says for certain
whether it was reduced for a refund.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from qantara.connectors.odoo.mapping.order import OPEN, LineShape
from qantara.connectors.odoo.mapping.refund import Sold, marker
from qantara.connectors.odoo.mapping.store_amounts import ZERO, Priced, UsedTax, Ways, totals
from qantara.connectors.odoo.mapping.store_sale import Place
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.store_rules import Rules
from qantara.model import Refund
from qantara.transport import NotFound, Rejected

ORDER, LINE, MOVE = "sale.order", "sale.order.line", "stock.move"
FIELDS = ("name", "state", "locked", "currency_id", "amount_total", "invoice_ids", "invoice_status")
LAST = 9999
"""The sequence number of such a note: it stands below everything else."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """An order that is refunded, with its lines as they are now."""

    row: Row
    lines: Sequence[Row]
    tables: Tables
    shape: LineShape
    waiting: Mapping[int, Decimal]

    @classmethod
    async def of(cls, site: Site, refund: Refund, place: Place) -> Self:
        """Three calls; NotFound when the order is gone."""
        one = int(refund.order.id)
        rows = await site.rows(ORDER, [("id", "=", one)], FIELDS)
        if not rows:
            raise NotFound(f"The order with the id {one} is not there any more.")
        names = (*place.shape.facts(), "price_subtotal")
        lines = await site.rows(LINE, [("order_id", "=", one)], names, order="sequence, id")
        tables = await site.tables.knowing(
            "taxes", [tax for line in lines for tax in line[place.shape.taxes]]
        )
        waiting = await _waiting(site, [line["id"] for line in lines])
        return cls(row=rows[0], lines=lines, tables=tables, shape=place.shape, waiting=waiting)

    @property
    def items(self) -> list[Row]:
        """The lines that sell something."""
        return [line for line in self.lines if not line["display_type"]]

    def note(self, refund: Refund) -> int | None:
        """The note that says that this refund was seen to."""
        words = marker(refund)
        return next((one["id"] for one in self.lines if text(one["name"]) == words), None)

    def sold(self, rules: Rules, place: Place, ways: Ways) -> Sold:
        """What the mapping of the credit note needs."""
        skus = {**rules.products, "residue": rules.residue}
        products = {
            kind: found[0]
            for kind, sku in skus.items()
            if len(found := place.skus.get(sku, ())) == 1
        }
        return Sold(
            lines={identity(one["product_id"]) or 0: one["id"] for one in reversed(self.items)},
            names={
                identity(one["product_id"]) or 0: text(one["name"]).partition("\n")[0]
                for one in reversed(self.items)
            },
            taxes={tax.rate: tax for line in self.items for tax in self.used(line)},
            products=products,
            allowed=rules.allowed(ways, [number(one[self.shape.quantity]) for one in self.items]),
        )

    def used(self, line: Row) -> tuple[UsedTax, ...]:
        """The taxes of the line."""
        known = self.tables.taxes
        return tuple(
            UsedTax(id=one, rate=known[one].rate, included=known[one].included)
            for one in line[self.shape.taxes]
            if one in known
        )

    def unsent(self, refund: Refund) -> dict[int, Decimal]:
        """By line what is left of it when the refunded goods that wait to be sent never are."""
        back: dict[int, Decimal] = {}
        for told in refund.lines:
            if told.product and told.kind == "item" and told.quantity:
                goods = int(told.product.id)
                back[goods] = back.get(goods, ZERO) + told.quantity
        left: dict[int, Decimal] = {}
        for line in self.items:
            goods = identity(line["product_id"]) or 0
            quantity = number(line[self.shape.quantity])
            waits = quantity if self.row["state"] in OPEN else self.waiting.get(line["id"], ZERO)
            taken = min(back.get(goods, ZERO), quantity, waits)
            if taken:
                back[goods] -= taken
                left[line["id"]] = quantity - taken
        return left


async def _waiting(site: Site, lines: Sequence[int]) -> dict[int, Decimal]:
    """By line what is still to be sent, by the deliveries that are open; returns do not count."""
    if not lines or not await site.client.has_model(MOVE):
        return {}
    domain = [("sale_line_id", "in", list(lines)), ("state", "not in", ("done", "cancel"))]
    names = ("sale_line_id", "product_uom_qty", "origin_returned_move_id", "picking_code")
    waiting: dict[int, Decimal] = {}
    for move in await site.rows(MOVE, domain, names):
        if move["picking_code"] == "outgoing" and not move["origin_returned_move_id"]:
            line = identity(move["sale_line_id"]) or 0
            waiting[line] = waiting.get(line, ZERO) + number(move["product_uom_qty"])
    return waiting


async def reduce(site: Site, order: Reduced, refund: Refund, more: Sequence[Any] = ()) -> int:
    """Write what is left, further lines and the note in one call; the note's id. Safe to repeat."""
    there = order.note(refund)
    if there is not None:
        return there
    if order.row.get("locked") or order.row["state"] == "done":
        raise Rejected(
            f"{order.row['name']} is locked, and refund {refund.number} reduces it.",
            remedy="Unlock the order in Odoo, then retry.",
            field="order",
        )
    note = {"display_type": "line_note", "name": marker(refund), "sequence": LAST}
    commands = [*_quantities(order, order.unsent(refund)), *more, (0, 0, note)]
    context = await site.tables.context()
    values = {"order_line": commands}
    await site.client.write(ORDER, [order.row["id"]], values, context=context)
    words = [("order_id", "=", order.row["id"]), ("name", "=", marker(refund))]
    return int((await site.rows(LINE, words, ["name"]))[0]["id"])


async def reduce_unbilled(
    site: Site, order: Reduced, refund: Refund, sold: Sold, ways: Ways
) -> int:
    """Nothing was invoiced yet: the order itself comes to less, or is cancelled when all goes back."""
    whole = number(order.row["amount_total"]) == refund.total
    sent = any(number(one.get(order.shape.done)) for one in order.items)
    if whole and not sent:
        note = order.note(refund) or await _note(site, order, refund)
        if order.row["state"] != "cancel":
            context = await site.tables.context(disable_cancel_warning=True)
            await site.client.call(ORDER, "action_cancel", [order.row["id"]], context=context)
        return note
    if order.row["state"] not in {*OPEN, "sale"}:
        return order.note(refund) or await _note(site, order, refund)
    return await reduce(site, order, refund, _difference(order, refund, sold, ways))


async def _note(site: Site, order: Reduced, refund: Refund) -> int:
    context = await site.tables.context()
    values = {
        "order_id": order.row["id"],
        "display_type": "line_note",
        "name": marker(refund),
        "sequence": LAST,
    }
    [one] = await site.client.create(LINE, [values], context=context)
    return one


def _difference(order: Reduced, refund: Refund, sold: Sold, ways: Ways) -> list[Any]:
    """A line that brings the order to its total less the refund."""
    left = order.unsent(refund)
    lines = [
        Priced(
            quantity=left.get(one["id"], number(one[order.shape.quantity])),
            price=number(one["price_unit"]) * (1 - number(one.get("discount")) / 100),
            taxes=order.used(one),
        )
        for one in order.items
    ]
    goal = number(order.row["amount_total"]) - refund.total
    rest = goal - totals(lines, ways).total
    if not rest:
        return []
    product = sold.products.get("adjustment") or sold.products.get("residue")
    if product is None:
        raise Rejected(
            f"Refund {refund.number} needs a product for its adjustment of {rest:f} "
            f"{refund.currency} on {order.row['name']}, and none is named.",
            remedy="Name one in the option `products` of the flow (adjustment), a service in Odoo.",
            field="lines",
        )
    line = {
        "product_id": product,
        "name": refund.reason or "Adjustment",
        order.shape.quantity: 1,
        "price_unit": rest,
        "discount": 0,
        order.shape.taxes: [(6, 0, [])],
        "sequence": LAST - 1,
    }
    return [(0, 0, line)]


def _quantities(order: Reduced, left: Mapping[int, Decimal]) -> list[Any]:
    """New quantities; price and discount are given with them, for Odoo would set them anew."""
    return [
        (
            1,
            line["id"],
            {
                order.shape.quantity: left[line["id"]],
                "price_unit": line["price_unit"],
                "discount": line.get("discount", 0),
            },
        )
        for line in order.items
        if line["id"] in left
    ]
