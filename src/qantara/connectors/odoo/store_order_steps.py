"""Brings a sale order of a store as far as the rules ask: confirmed, invoiced, paid, or cancelled.

Each step reads first what is there and does what is missing, so that all may be repeated.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from qantara.connectors.odoo.exchanging import against, in_money, settle_invoices
from qantara.connectors.odoo.invoicing import (
    INVOICED,
    Invoices,
    invoices_of,
    make_invoices,
    post,
)
from qantara.connectors.odoo.mapping import store_sale
from qantara.connectors.odoo.mapping.order import OPEN
from qantara.connectors.odoo.mapping.store_amounts import ZERO
from qantara.connectors.odoo.mapping.store_sale import Place
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.order_standing import Standing, standings
from qantara.connectors.odoo.registering import Bill, Money, books, pay
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.store_rules import Rules, When
from qantara.model import StoreOrder
from qantara.transport import ConnectorError, NotFound, Rejected

ORDER = "sale.order"
GONE = frozenset({"cancelled", "failed"})
"""States of a store's order from which nothing is to be delivered."""

BILLED_TO = "partner_invoice_id"
FIELDS = ("name", "state", "amount_total", "amount_tax", "date_order", BILLED_TO, *INVOICED)

TOGETHER = 20
"""Orders in one call: to confirm one takes Odoo some 60 ms, and a call has half a minute."""

Work = Callable[[Sequence[int]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An order of Odoo and the store's; with `amounts` Odoo's totals must be the store's."""

    id: int
    order: StoreOrder
    amounts: bool

    @property
    def rules(self) -> Rules:
        """What Odoo is to do with it."""
        return Rules.of(self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps for some orders, many at once: what Odoo refuses is told in `errors`, by id."""

    site: Site
    place: Place
    orders: Mapping[int, Due]
    rows: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    errors: dict[int, ConnectorError] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, place: Place, every: Sequence[Due]) -> Self:
        """For these orders."""
        return cls(site=site, place=place, orders={due.id: due for due in every})

    async def carry(self) -> Mapping[int, ConnectorError]:
        """All steps that are due; says what was refused."""
        if not self.orders:
            return {}
        await self._look(self.orders)
        for one in self.orders:
            await self._together(self._check, [one])
        wanted = [one for one in self._well() if not self._is_confirmed(one)]
        await self._together(self._confirm, [one for one in wanted if self._is_due("confirm", one)])
        done = [one for one in self._well() if self._is_confirmed(one)]
        await self._invoice([one for one in done if self._is_due("invoice", one)])
        return self.errors

    async def _together(self, work: Work, ids: Sequence[int]) -> None:
        """Some in one call; where that is refused, one by one, so that it is known which is."""
        for start in range(0, len(ids), TOGETHER):
            some = ids[start : start + TOGETHER]
            try:
                await work(some)
            except (Rejected, NotFound) as error:
                if len(some) == 1:
                    self.errors[some[0]] = error
                    continue
                for one in some:
                    await self._together(work, [one])

    async def _look(self, ids: Collection[int]) -> None:
        rows = await self.site.rows(ORDER, [("id", "in", list(ids))], FIELDS)
        self.rows.update((row["id"], row) for row in rows)

    async def _check(self, ids: Sequence[int]) -> None:
        for due in (self.orders[one] for one in ids):
            row = self.rows.get(due.id)
            if row is None:
                raise NotFound(f"The order with the id {due.id} is not there any more.")
            if due.order.state in GONE:
                await self._cancel(row, due.order)
            elif due.amounts:
                ways = self.place.ways(due.order.currency)
                _compare(row, due.order, store_sale.tax_of(due.order, ways))

    async def _confirm(self, ids: Sequence[int]) -> None:
        """Confirm them. Odoo dates the orders anew, and must keep that date.

        With another one a quantity that is lowered later would not be taken off the delivery, but
        become a return of goods that never left (16 and 18, November 2026).
        """
        context = await self.site.tables.context()
        await self.site.client.call(ORDER, "action_confirm", list(ids), context=context)
        await self._look(ids)
        for one in ids:
            if self.rows[one]["state"] in OPEN:
                self.errors[one] = Rejected(
                    f"Odoo did not confirm {self.rows[one]['name']}: it asks something.",
                    remedy="Open the order in Odoo and press Confirm there; then retry.",
                    field="state",
                )

    async def _invoice(self, ids: Sequence[int]) -> None:
        """The invoices of what may be invoiced now, posted, and the money that has come in."""
        found = await self._invoices(ids)
        to_make = [one for one in ids if self._is_to_invoice(one, found[one])]
        for wave in self._apart(to_make):
            await self._together(self._make, wave)
        if to_make:
            await self._look(to_make)
            found |= await self._invoices(to_make)
        for one in ids:
            if one not in self.errors and (error := _differing(self.rows[one], found[one])):
                self.errors[one] = error

        async def posting(some: Sequence[int]) -> None:
            await post(self.site, [move for one in some for move in found[one].drafts])

        await self._together(posting, [one for one in ids if self._has_drafts(one, found[one])])
        await self._pay([one for one in ids if one not in self.errors], found)

    async def _pay(self, ids: Sequence[int], found: Mapping[int, Invoices]) -> None:
        bills = {
            one: Bill(
                moves=[*found[one].posted, *found[one].drafts],
                money=_money(self.orders[one].order, self.orders[one].rules),
                rules=self.orders[one].rules,
            )
            for one in ids
        }
        for one, bill in bills.items():
            moves = [move["id"] for move in bill.moves]
            await settle_invoices(self.site, moves, against(self.orders[one].order.payments))
        owed = {one: bill for one, bill in bills.items() if bill.moves and bill.rules.journals}
        known = await books(self.site, list(owed.values()))

        async def paying(some: Sequence[int]) -> None:
            for one in some:
                await pay(self.site, owed[one], known)

        for one in owed:
            await self._together(paying, [one])

    async def _make(self, ids: Sequence[int]) -> None:
        await make_invoices(self.site, ids)

    async def _invoices(self, ids: Sequence[int]) -> dict[int, Invoices]:
        """Those of each order; one call."""
        every = await invoices_of(self.site, [self.rows[one] for one in ids])
        return {one: every.among(self.rows[one]["invoice_ids"]) for one in ids}

    def _apart(self, ids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Such as are billed to different people: Odoo makes one invoice of orders of one."""
        rest = list(ids)
        while rest:
            wave = {identity(self.rows[one][BILLED_TO]): one for one in reversed(rest)}
            yield sorted(wave.values())
            rest = [one for one in rest if one not in wave.values()]

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

    def _well(self) -> list[int]:
        """Those that go on, and that nothing has been refused of."""
        return [
            one
            for one, due in self.orders.items()
            if one not in self.errors and due.order.state not in GONE
        ]

    def _is_confirmed(self, one: int) -> bool:
        state = self.rows[one]["state"]
        return state not in OPEN and state != "cancel"

    def _is_due(self, rule: str, one: int) -> bool:
        due = self.orders[one]
        return _due(getattr(due.rules, rule), due.order)

    def _is_to_invoice(self, one: int, invoices: Invoices) -> bool:
        """An order for nothing has its invoice, too."""
        row = self.rows[one]
        if invoices.refunds or row["invoice_status"] != "to invoice":
            return False
        return not invoices.bills or _billed(invoices) < _total(row)

    def _has_drafts(self, one: int, invoices: Invoices) -> bool:
        return one not in self.errors and bool(invoices.drafts)


def _due(when: When, order: StoreOrder) -> bool:
    return when == "yes" or (when == "paid" and order.paid == "yes")


def _money(order: StoreOrder, rules: Rules) -> list[Money]:
    """What came in. A store that says paid, and nothing of payments, means the whole amount."""
    told = [one for one in order.payments if one.amount > 0]
    title = rules.titled(order.number)
    if not told and order.paid == "yes" and order.method:
        whole = Money(id="1", method=order.method, amount=order.total, at=order.placed_at)
        return [whole.of(title)]
    return [
        Money(id=one.id, method=one.method, amount=one.amount, at=one.at).of(title)
        for one in in_money(told)
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


def _differing(row: Mapping[str, Any], invoices: Invoices) -> Rejected | None:
    """All invoices together are the order: an edit after the invoice shows here, too."""
    billed, total = _billed(invoices), _total(row)
    if invoices.refunds or not invoices.bills or billed == total:
        return None
    if row["invoice_status"] != "invoiced" and billed < total:
        return None
    names = ", ".join(text(one["name"]) for one in invoices.bills)
    return Rejected(
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
