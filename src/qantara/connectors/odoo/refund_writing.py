"""Writes refunds of a store: a credit note of the same amount, settled, and goods taken back.

What was not invoiced yet is taken off the order itself. Each step looks first whether it was done.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.exchanging import against, in_money, settle, settle_credit
from qantara.connectors.odoo.invoicing import FIELDS as MOVE_FIELDS
from qantara.connectors.odoo.invoicing import MOVE, Invoices, invoices_of, post
from qantara.connectors.odoo.loading import Line, external_id, load
from qantara.connectors.odoo.mapping import refund as mapping
from qantara.connectors.odoo.mapping.refund import Sold
from qantara.connectors.odoo.mapping.store_amounts import Ways
from qantara.connectors.odoo.mapping.values import number, text
from qantara.connectors.odoo.refund_order import Reduced, reduce, reduce_unbilled
from qantara.connectors.odoo.refunds import NOTE
from qantara.connectors.odoo.registering import Money, register
from qantara.connectors.odoo.returning import Return, take_back
from qantara.connectors.odoo.store_lookups import place_for
from qantara.connectors.odoo.store_rules import Rules
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Refund
from qantara.transport import ConnectorError, NotFound, Rejected

LINES = "invoice_line_ids"

Row = Mapping[str, Any]


class RefundWriter(Writer):
    """account.move (out_refund), account.payment, stock.picking; or the lines of a sale.order."""

    entity, model = "refund", "account.move"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Each by itself: a refusal concerns its refund alone."""
        known = await self.lookup([one.key for one in writes if one.external_id is None])
        return [await self._attempt(one, known.get(one.key)) for one in writes]

    async def _attempt(self, write: Write, known: str | None) -> Outcome:
        try:
            return Written(external_id=await self._one(write, write.external_id or known))
        except (Rejected, NotFound) as error:
            return error

    async def _one(self, write: Write, known: str | None) -> str:
        refund = its(Refund, write)
        rules = Rules.of(refund)
        place = await place_for(self.site, [refund], [rules])
        ways = place.ways(refund.currency)
        order = await Reduced.of(self.site, refund, place)
        _check(order, refund)
        invoices = await invoices_of(self.site, [order.row])
        sold = order.sold(rules, place, ways)
        if (known or "").startswith(NOTE) or not invoices.posted:
            return await self._unbilled(refund, order, invoices, (sold, ways))
        credit = int(known) if known else 0
        if not credit:
            lines = mapping.credits_of(refund, sold, ways)
            if order.row["state"] == "sale" and order.unsent(refund):
                await reduce(self.site, order, refund)
            credit = await self._credit(write, order, invoices, lines)
        await self._finish(credit, refund, rules, order)
        return str(credit)

    async def _unbilled(
        self, refund: Refund, order: Reduced, invoices: Invoices, by: tuple[Sold, Ways]
    ) -> str:
        """The order comes to less; goods that had left come back all the same."""
        note = order.note(refund)
        if note is None:
            _undecided(invoices, order, refund)
            note = await reduce_unbilled(self.site, order, refund, *by)
        [row] = await self.site.rows("sale.order.line", [("id", "=", note)], ["create_date"])
        back = Return(refund=refund, order=order.row["id"], since=text(row["create_date"]))
        await take_back(self.site, back)
        return f"{NOTE}{note}"

    async def _credit(
        self, write: Write, order: Reduced, invoices: Invoices, lines: Sequence[mapping.Credit]
    ) -> int:
        """The credit note as a draft, by the import: found again by its key."""
        refund = its(Refund, write)
        invoice = max(invoices.posted, key=lambda one: number(one["amount_total"]))
        head = mapping.head_cells(refund, invoice, text(order.row["name"]))
        rows = [
            {
                f"{LINES}/id": external_id("refund_line", f"{write.key}_{at}"),
                **{f"{LINES}/{name}": cell for name, cell in mapping.line_cells(one).items()},
            }
            for at, one in enumerate(lines, start=1)
        ]
        named = {"id": external_id(self.entity, write.key), **head}
        line = Line(cells={**named, **(rows[0] if rows else {})}, more=rows[1:])
        context = await self.site.tables.context(**EVERYTHING)
        [result] = await load(self.site.client, self.model, [line], context)
        if isinstance(result, ConnectorError):
            raise result
        return result

    async def _finish(self, credit: int, refund: Refund, rules: Rules, order: Reduced) -> None:
        """Post it, set it against what is owed, give the money back, take the goods back."""
        names = (*MOVE_FIELDS, "create_date")
        rows = await self.site.rows(self.model, [("id", "=", credit)], names)
        if not rows:
            raise NotFound(f"The credit note with the id {credit} is not there any more.")
        [row] = rows
        if row["state"] == "draft":
            _compare(row, refund)
            await post(self.site, [row])
        await self._set_off(credit)
        if rules.journals:
            await register(self.site, [row], _money(refund, rules), rules)
        await settle_credit(self.site, credit, against(refund.payments))
        since = text(row["create_date"])
        await take_back(self.site, Return(refund=refund, order=order.row["id"], since=since))

    async def _set_off(self, credit: int) -> None:
        """What is still owed by the invoice is settled with the credit note; 18 does so itself."""
        names = ("amount_residual", "reversed_entry_id")
        [row] = await self.site.rows(MOVE, [("id", "=", credit)], names)
        if not number(row["amount_residual"]) or not row["reversed_entry_id"]:
            return
        await settle(self.site, [row["reversed_entry_id"][0]], [credit])


def _check(order: Reduced, refund: Refund) -> None:
    told = order.row["currency_id"][1]
    if told != refund.currency:
        raise Rejected(
            f"Refund {refund.number} is in {refund.currency}, its order {order.row['name']} in "
            f"{told}.",
            remedy="Make the credit note in Odoo by hand.",
            field="currency",
        )


def _undecided(invoices: Invoices, order: Reduced, refund: Refund) -> None:
    if invoices.drafts:
        raise Rejected(
            f"Refund {refund.number} concerns {order.row['name']}, whose invoice is still a draft.",
            remedy="Post the invoice in Odoo, or delete it; then retry.",
            field="order",
        )


def _compare(row: Row, refund: Refund) -> None:
    total = number(row["amount_total"])
    if total != refund.total:
        raise Rejected(
            f"Refund {refund.number} gives back {refund.total:f} {refund.currency}, and its credit "
            f"note in Odoo comes to {total:f}; it was left as a draft.",
            remedy="Correct the draft in Odoo to the amount of the refund, then retry.",
            field="total",
        )


def _money(refund: Refund, rules: Rules) -> list[Money]:
    title = rules.titled(refund.number)
    return [
        Money(id=one.id, method=one.method, amount=abs(one.amount), at=one.at).of(title)
        for one in in_money(refund.payments)
        if one.amount
    ]
