"""A refund of the store becomes a credit note in Odoo that comes to the same, and goods come back."""

from dataclasses import replace
from functools import partial

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Priority, Skipped
from qantara.flows.commerce.options import Options
from qantara.flows.commerce.orders import fixed
from qantara.flows.recipe import Needs
from qantara.model import Refund, StorePayment
from qantara.model.store import Returned
from qantara.transport import Rejected

NEEDS = Needs(
    reads={"store": frozenset({"refund"}), "odoo": frozenset({"refund"})},
    writes={"odoo": frozenset({"refund"})},
)

FIELDS = frozenset(
    {"order", "number", "currency", "total", "lines", "payments", "reason", "refunded_at"}
)

CHECKED = frozenset({"total", "currency"})
"""What must be the same in Odoo. How it keeps the rest is its connector's affair."""

BY_HAND = "by_hand"
"""The payment method of money that somebody gave back without the store."""


def link(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """Made once; the store never changes a refund."""
    return Link(
        name=f"{name}.refund",
        entity="refund",
        source=store,
        target=odoo,
        record_type=Refund,
        fields=FIELDS,
        loose=FIELDS - CHECKED,
        kind=Kind.DOCUMENT,
        transform=partial(for_odoo, options=options),
        on_delete="tell",
        priority=Priority.PAYMENTS,
    )


def for_odoo(refund: Refund, options: Options) -> Refund | Skipped:
    """The refund with what Odoo is to do about it, and with the goods that come back by choice."""
    if refund.total < 0:
        raise Rejected(
            f"Refund {refund.number} gives back {refund.total} {refund.currency}.",
            field="total",
            remedy="Look at it in the store: what is given back must not be less than nothing.",
        )
    lines = tuple(_restocked(line, options) for line in refund.lines)
    if not refund.total and not any(line.quantity for line in lines):
        return Skipped(reason="It gives nothing back.")
    rules = {
        name: value
        for name, value in {**fixed(options), "source": options.store}.items()
        if value not in ("", (), {}, None)
    }
    paid = refund.payments or _by_hand(refund, options)
    return replace(refund, lines=lines, payments=paid, extra={**refund.extra, "odoo": rules})


def _by_hand(refund: Refund, options: Options) -> tuple[StorePayment, ...]:
    if options.refunds_by_hand == "open" or not refund.total:
        return ()
    payment = StorePayment(
        id=f"{refund.number}/{BY_HAND}",
        method=BY_HAND,
        amount=-refund.total,
        at=refund.refunded_at,
    )
    return (payment,)


def _restocked(line: Returned, options: Options) -> Returned:
    """Money for something that is no goods brings nothing back."""
    goods = line.kind == "item" and line.quantity > 0
    choice = {"as_told": line.restock, "always": True, "never": False}[options.restock]
    return replace(line, restock=goods and choice)
