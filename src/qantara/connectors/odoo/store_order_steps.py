"""Brings a sale order of a store as far as the rules ask: confirmed, invoiced, paid, or cancelled.

Each step reads first what is there and does what is missing, so that all may be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from qantara.connectors.odoo.invoicing import INVOICED, Invoices, invoices_of, make_invoice, post
from qantara.connectors.odoo.mapping import store_sale
from qantara.connectors.odoo.mapping.order import OPEN
from qantara.connectors.odoo.mapping.store_amounts import ZERO
from qantara.connectors.odoo.mapping.store_sale import Place
from qantara.connectors.odoo.mapping.values import number, text
from qantara.connectors.odoo.order_standing import Standing, standings
from qantara.connectors.odoo.registering import Money, register
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.store_rules import Rules, When
from qantara.model import StoreOrder
from qantara.transport import NotFound, Rejected

ORDER = "sale.order"
GONE = frozenset({"cancelled", "failed"})
"""States of a store's order from which nothing is to be delivered."""

FIELDS = ("name", "state", "amount_total", "amount_tax", "date_order", *INVOICED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps for some orders, which are read together at the beginning."""

    site: Site
    place: Place
    rows: Mapping[int, Mapping[str, Any]]

    @classmethod
    async def of(cls, site: Site, ids: Sequence[int], place: Place) -> Self:
        """One call."""
        rows = await site.rows(ORDER, [("id", "in", list(ids))], FIELDS) if ids else []
        return cls(site=site, place=place, rows={row["id"]: row for row in rows})

    async def carry(self, one: int, order: StoreOrder, *, amounts: bool) -> None:
        """All steps that are due. With `amounts` Odoo's totals must be the store's."""
        row = self.rows.get(one)
        if row is None:
            raise NotFound(f"The order with the id {one} is not there any more.")
        if order.state in GONE:
            await self._cancel(row, order)
            return
        if amounts:
            _compare(row, order, store_sale.tax_of(order, self.place.ways(order.currency)))
        rules = Rules.of(order)
        confirmed = row["state"] not in OPEN and row["state"] != "cancel"
        if not confirmed and _due(rules.confirm, order):
            await self._confirm(row)
            confirmed = True
        if confirmed and _due(rules.invoice, order):
            await self._invoice(one, order, rules)

    async def _confirm(self, row: Mapping[str, Any]) -> None:
        """Confirm it. Odoo dates the order anew, and must keep that date.

        With another one a quantity that is lowered later would not be taken off the delivery, but
        become a return of goods that never left (16 and 18, November 2026).
        """
        context = await self.site.tables.context()
        await self.site.client.call(ORDER, "action_confirm", [row["id"]], context=context)
        [now] = await self.site.rows(ORDER, [("id", "=", row["id"])], ["state"])
        if now["state"] in OPEN:
            raise Rejected(
                f"Odoo did not confirm {row['name']}: it asks something.",
                remedy="Open the order in Odoo and press Confirm there; then retry.",
                field="state",
            )

    async def _invoice(self, one: int, order: StoreOrder, rules: Rules) -> None:
        """The invoice of what may be invoiced now, posted, and the money that has come in."""
        [row] = await self.site.rows(ORDER, [("id", "=", one)], FIELDS)
        invoices = await invoices_of(self.site, [row])
        if not invoices.refunds:
            if row["invoice_status"] == "to invoice" and _billed(invoices) < _total(row):
                await make_invoice(self.site, row)
                [row] = await self.site.rows(ORDER, [("id", "=", one)], FIELDS)
                invoices = await invoices_of(self.site, [row])
            if row["invoice_status"] == "invoiced" or _billed(invoices) > _total(row):
                _compare_invoices(row, invoices)
        await post(self.site, invoices.drafts)
        posted = [*invoices.posted, *invoices.drafts]
        if posted and rules.journals:
            await register(self.site, posted, _money(order), rules)

    async def _cancel(self, row: Mapping[str, Any], order: StoreOrder) -> None:
        if row["state"] != "cancel":
            [standing] = (await standings(self.site, [row["id"]], self.place.shape)).values()
            if reason := standing.against_cancelling:
                raise _kept(standing, order, reason)
            context = await self.site.tables.context(disable_cancel_warning=True)
            await self.site.client.call(ORDER, "action_cancel", [row["id"]], context=context)
        invoices = await invoices_of(self.site, [row])
        open_ = [one for one in invoices.posted if one["payment_state"] == "not_paid"]
        if open_ and not invoices.refunds:
            names = ", ".join(text(one["name"]) for one in open_)
            raise Rejected(
                f"Order {order.number} was cancelled in the store and {row['name']} in Odoo; its "
                f"invoice {names} is posted and stays open.",
                remedy="Credit the invoice in Odoo (Credit Note), or refund the order in the store.",
                field="state",
            )


def _due(when: When, order: StoreOrder) -> bool:
    return when == "yes" or (when == "paid" and order.paid == "yes")


def _money(order: StoreOrder) -> list[Money]:
    """What came in. A store that says paid, and nothing of payments, means the whole amount."""
    told = [one for one in order.payments if one.amount > 0]
    if not told and order.paid == "yes" and order.method:
        whole = Money(id="1", method=order.method, amount=order.total, at=order.placed_at)
        return [whole.of(order.number)]
    return [
        Money(id=one.id, method=one.method, amount=one.amount, at=one.at).of(order.number)
        for one in told
    ]


def _compare(row: Mapping[str, Any], order: StoreOrder, wanted: Decimal) -> None:
    """What was written comes to what the store says, by Odoo's own reckoning."""
    total, tax = _total(row), number(row["amount_tax"])
    if (total, tax) != (order.total, wanted):
        raise Rejected(
            f"Order {order.number} comes to {order.total:f} {order.currency} with {wanted:f} tax in "
            f"the store, and to {total:f} with {tax:f} tax in Odoo ({row['name']}).",
            remedy="Compare the lines and their taxes; correct the order in Odoo, then retry.",
            field="total",
        )


def _total(row: Mapping[str, Any]) -> Decimal:
    return number(row["amount_total"])


def _billed(invoices: Invoices) -> Decimal:
    return sum((number(one["amount_total"]) for one in invoices.bills), ZERO)


def _compare_invoices(row: Mapping[str, Any], invoices: Invoices) -> None:
    """All invoices together are the order: an edit after the invoice shows here, too."""
    billed, total = _billed(invoices), _total(row)
    if invoices.bills and billed != total:
        names = ", ".join(text(one["name"]) for one in invoices.bills)
        raise Rejected(
            f"{row['name']} comes to {total:f}, and what was invoiced of it ({names}) to "
            f"{billed:f}: the order was changed after its invoice, or Odoo rounds them apart.",
            remedy="Credit or complete the invoice in Odoo by hand, then retry.",
            field="total",
        )


def _kept(standing: Standing, order: StoreOrder, reason: str) -> Rejected:
    return Rejected(
        f"Order {order.number} was cancelled in the store, and {standing.name} was not: {reason}",
        remedy="Take the goods back in Odoo (Return), or take the order up again in the store.",
        field="state",
    )
