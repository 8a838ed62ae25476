"""Invoices of sale orders: which there are, made by Odoo's own wizard, posted. Safe to repeat."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.odoo.site import Site
from qantara.transport import Rejected

MOVE = "account.move"
WIZARD = "sale.advance.payment.inv"
INVOICED = ("invoice_ids", "invoice_status")
"""What of a sale order says what was invoiced."""

FIELDS = (
    "name",
    "move_type",
    "state",
    "payment_state",
    "amount_total",
    "amount_residual",
    "currency_id",
    "partner_id",
    "journal_id",
    "ref",
    "invoice_origin",
    "reversed_entry_id",
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoices:
    """The invoices and the credit notes of some orders, without those that were cancelled."""

    bills: Sequence[Row]
    refunds: Sequence[Row]

    @property
    def posted(self) -> list[Row]:
        """Invoices that count."""
        return [one for one in self.bills if one["state"] == "posted"]

    @property
    def drafts(self) -> list[Row]:
        """Invoices that were only made."""
        return [one for one in self.bills if one["state"] == "draft"]

    def among(self, ids: Collection[int]) -> "Invoices":
        """Those with these ids."""
        return Invoices(
            bills=[one for one in self.bills if one["id"] in ids],
            refunds=[one for one in self.refunds if one["id"] in ids],
        )


async def invoices_of(site: Site, orders: Sequence[Row]) -> Invoices:
    """Those of these sale orders, the oldest first; at most one call."""
    ids = [one for row in orders for one in row["invoice_ids"]]
    rows = await site.rows(MOVE, [("id", "in", ids)], FIELDS) if ids else []
    living = [row for row in rows if row["state"] != "cancel"]
    return Invoices(
        bills=[row for row in living if row["move_type"] == "out_invoice"],
        refunds=[row for row in living if row["move_type"] == "out_refund"],
    )


async def make_invoices(site: Site, orders: Sequence[int]) -> None:
    """Invoices of what may be invoiced of the orders now, as drafts.

    Odoo makes one invoice of orders that are billed to one partner.
    """
    values = {"advance_payment_method": "delivered", "sale_order_ids": [(6, 0, list(orders))]}
    context = await site.tables.context()
    [wizard] = await site.client.create(WIZARD, [values], context=context)
    await site.client.call(WIZARD, "create_invoices", [wizard], context=context)


async def post(site: Site, moves: Sequence[Row]) -> None:
    """Post these drafts together, and see that they are."""
    if not moves:
        return
    ids = [move["id"] for move in moves]
    context = await site.tables.context()
    await site.client.call(MOVE, "action_post", ids, context=context)
    origins = {move["id"]: move["invoice_origin"] for move in moves}
    for now in await site.rows(MOVE, [("id", "in", ids)], ["state", "name"]):
        if now["state"] != "posted":
            raise Rejected(
                f"Odoo did not post {now['name'] or 'the document'} for {origins[now['id']]}.",
                remedy="Open it in Odoo and press Confirm there; then retry.",
                field="state",
            )
