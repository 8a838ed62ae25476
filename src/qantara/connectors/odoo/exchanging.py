"""Sets an order that was sent in exchange off against the credit note of what came back for it.

Whichever of the two is written last does it: both look for the other by its number.
"""

from collections.abc import Collection, Iterable, Sequence

from qantara.connectors.odoo.mapping.values import identity
from qantara.connectors.odoo.site import Site
from qantara.model import StorePayment
from qantara.model.store import EXCHANGE

MOVE, LINE, ORDER = "account.move", "account.move.line", "sale.order"
PAYABLE = "payment_term"
"""Which line of a posted document is what is owed by it."""


def in_money(payments: Iterable[StorePayment]) -> list[StorePayment]:
    """Those in which money moved."""
    return [one for one in payments if one.method != EXCHANGE]


def against(payments: Iterable[StorePayment]) -> list[str]:
    """The numbers of what is set off."""
    return [one.id for one in payments if one.method == EXCHANGE and one.amount]


async def settle_invoices(site: Site, invoices: Collection[int], refunds: Sequence[str]) -> None:
    """Against the credit notes of these refunds, as far as they are there. Safe to repeat."""
    domain = [("move_type", "=", "out_refund"), ("ref", "in", list(refunds))]
    rows = await site.rows(MOVE, [*await site.shared(MOVE), *domain], ["ref"]) if refunds else []
    await settle(site, invoices, [row["id"] for row in rows])


async def settle_credit(site: Site, credit: int, orders: Sequence[str]) -> None:
    """Against the invoices of the orders with these numbers at the store. Safe to repeat."""
    if not orders:
        return
    domain = [*await site.shared(ORDER), ("client_order_ref", "in", list(orders))]
    rows = await site.rows(ORDER, domain, ["invoice_ids"])
    await settle(site, [one for row in rows for one in row["invoice_ids"]], [credit])


async def settle(site: Site, invoices: Collection[int], refunds: Collection[int]) -> None:
    """What is still open of both; nothing where either is settled, or a draft."""
    domain = [
        ("move_id", "in", [*invoices, *refunds]),
        ("parent_state", "=", "posted"),
        ("display_type", "=", PAYABLE),
        ("reconciled", "=", False),
    ]
    lines = await site.rows(LINE, domain, ["move_id"]) if invoices and refunds else []
    moves = {identity(line["move_id"]) for line in lines}
    if moves & set(invoices) and moves & set(refunds):
        context = await site.tables.context()
        ids = [line["id"] for line in lines]
        await site.client.call(LINE, "reconcile", ids, context=context)
