"""A purchase order of the buyer becomes a sale order at the factory, and news come back."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Preparation, Priority, Skipped, unchanged
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import Note, OrderLine, OrderState, PurchaseOrder, SaleOrder
from qantara.storage.store import Store

TAKEN = frozenset({"confirmed", "locked", "cancelled"})
"""States of a purchase order in which the buyer has made up his mind."""

SALE_FIELDS = frozenset(
    {
        "customer",
        "customer_reference",
        "currency",
        "ordered_at",
        "lines",
        "note",
        "state",
        "due",
        "deliver_to",
        "payment_terms",
    }
)

FACTORYS = frozenset({"state", "ordered_at", "deliver_to", "payment_terms"})
"""What the factory may keep in its own way once it was told."""

NEWS = {
    "draft": "Sale order {number} was prepared.",
    "sent": "Sale order {number} was sent as a quotation.",
    "to_approve": "Sale order {number} waits for approval.",
    "confirmed": "Sale order {number} was confirmed.",
    "locked": "Sale order {number} is final.",
    "cancelled": "Sale order {number} was cancelled.",
}


def links(options: Options, factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """The order itself; its number at the factory as the vendor's reference; each state as a note."""
    order = Link(
        name=f"{name}.order",
        entity="purchase_order",
        target_entity="sale_order",
        source=buyer,
        target=factory,
        record_type=SaleOrder,
        fields=SALE_FIELDS,
        kind=Kind.DOCUMENT,
        loose=FACTORYS,
        checks=frozenset({"total"}) if options.order_taxes == "carry" else frozenset(),
        view=partial(as_traded, options=options),
        prepare=_from_factory(options),
        priority=Priority.ORDERS,
        hints_only=True,
        chosen={f"sale {tax}": chosen for tax, chosen in options.taxes.items()},
    )
    return [order, *_back(factory, buyer, name)]


def _back(factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """What the factory tells of the order."""
    reference = Link(
        name=f"{name}.order_reference",
        entity="sale_order",
        target_entity="purchase_order",
        source=factory,
        target=buyer,
        record_type=PurchaseOrder,
        fields=frozenset({"vendor_reference"}),
        transform=_number,
        bound_only=True,
        priority=Priority.ORDERS,
    )
    news = Link(
        name=f"{name}.order_state",
        entity="order_state",
        target_entity="note",
        source=factory,
        target=buyer,
        record_type=Note,
        fields=frozenset({"body"}),
        transform=_news,
        aliases={"sale_order": "purchase_order"},
        kind=Kind.THREAD,
        priority=Priority.ORDERS,
        hints_only=True,
    )
    refused = replace(
        news,
        name=f"{name}.order_refusal",
        entity="order_refusal",
        transform=unchanged,
    )
    return [reference, news, refused]


def _from_factory(options: Options) -> Preparation:
    """Only orders to the factory concern it."""

    async def prepare(link: Link, store: Store) -> Link:
        factory = await company_of(link.target)
        vendor = await counterpart_of(link.target, factory, link.source, store)

        def transform(order: PurchaseOrder) -> SaleOrder | Skipped:
            return sale_order(order, options)

        return replace(link, scope=f"vendor:{vendor.id}", transform=transform)

    return prepare


def sale_order(order: PurchaseOrder, options: Options) -> SaleOrder | Skipped:
    """What the factory is to have of it."""
    if order.state not in TAKEN:
        return Skipped(reason=f"It is still {order.state.replace('_', ' ')} at the buyer.")
    return SaleOrder(
        number="",
        state="cancelled" if order.state == "cancelled" else "draft",
        customer=order.buyer,
        currency=order.currency,
        ordered_at=order.ordered_at,
        lines=_lines(order.lines, options),
        total=order.total,
        customer_reference=order.number,
        note=order.note,
        due=order.due,
        deliver_to=order.deliver_to,
        payment_terms=order.payment_terms,
    )


def as_traded(order: SaleOrder, options: Options) -> SaleOrder:
    """The sale order without the lines of nothing that a confirmed one keeps, and its own taxes."""
    return replace(order, lines=_lines(order.lines, options))


def _lines(lines: Sequence[OrderLine], options: Options) -> tuple[OrderLine, ...]:
    return tuple(
        replace(line, due=None, taxes=line.taxes if options.order_taxes == "carry" else None)
        for line in lines
        if line.kind != "item" or line.quantity
    )


def _number(order: SaleOrder) -> Skipped | PurchaseOrder:
    if not order.number:
        return Skipped(reason="It has no number yet.")
    return PurchaseOrder(
        number="",
        state="confirmed",
        vendor=order.customer,
        buyer=order.customer,
        currency=order.currency,
        ordered_at=None,
        lines=(),
        total=order.total,
        vendor_reference=order.number,
    )


def _news(state: OrderState) -> Note:
    return Note(on=state.order, body=NEWS[state.state].format(number=state.number))
