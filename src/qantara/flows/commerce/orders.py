"""An order of the store becomes a sale order in Odoo, once, and is followed wherever it goes.

What the store says of money is carried as it is. What Odoo is to do with the order is decided here,
for each order, and told to Odoo's connector as rules in `extra["odoo"]`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from functools import partial

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.item import SKIPPED, Item, MissingReference
from qantara.engine.link import Kind, Link, Priority, Skipped, Step
from qantara.flows.commerce.customers import ahead
from qantara.flows.commerce.options import Options
from qantara.flows.recipe import Needs
from qantara.model import StoreOrder
from qantara.model.store import PaidName, StoreOrderState
from qantara.rules.availability import OVER
from qantara.storage import bindings
from qantara.storage.store import Store
from qantara.transport import Rejected

NEEDS = Needs(
    reads={"store": frozenset({"store_order"}), "odoo": frozenset({"store_order"})},
    writes={"odoo": frozenset({"store_order"})},
)
STATE_NEEDS = Needs(
    reads={"odoo": frozenset({"store_order"})}, writes={"store": frozenset({"store_order"})}
)

FIELDS = frozenset(
    {
        "number",
        "state",
        "customer",
        "billing",
        "shipping_to",
        "currency",
        "placed_at",
        "lines",
        "total",
        "paid",
        "method",
        "payments",
        "coupons",
        "note",
    }
)

CHECKED = frozenset({"total", "currency"})
"""What must be the same in Odoo. How it keeps the rest is its connector's affair."""

WORKED_ON: frozenset[StoreOrderState] = frozenset({"processing", "completed", "on_hold"})
"""States in which the store has taken the order."""

MONEY_IS_SURE: frozenset[PaidName] = frozenset({"authorized", "yes"})


def link(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """The order itself, without what its pages begin with (see `leading`)."""
    return Link(
        name=f"{name}.order",
        entity="store_order",
        source=store,
        target=odoo,
        record_type=StoreOrder,
        fields=FIELDS,
        loose=FIELDS - CHECKED,
        kind=Kind.DOCUMENT,
        transform=partial(for_odoo, options=options),
        on_delete="tell",
        priority=Priority.ORDERS,
    )


def state(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """What becomes of the order in Odoo, for the store's customers to see."""
    return Link(
        name=f"{name}.state",
        entity="store_order",
        source=odoo,
        target=store,
        record_type=StoreOrder,
        fields=frozenset({"state"}),
        kind=Kind.DOCUMENT,
        scope=f"store:{options.store}",
        transform=partial(_news, options=options),
        bound_only=True,
        on_delete="ignore",
        priority=Priority.SHIPMENTS,
    )


def leading(customer: Link | None, *first: Step | None) -> Step:
    """What each page of orders begins with: units are held and looked at, customers go first."""
    steps = [step for step in (*first, ahead(customer) if customer else None) if step]

    async def lead(link: Link, store: Store, items: Sequence[Item]) -> None:
        await _leave_what_is_over(link, store, items)
        for step in steps:
            await step(link, store, items)
        await _refuse_strangers(link, store, items)

    return lead


def for_odoo(order: StoreOrder, options: Options) -> StoreOrder | Skipped:
    """The order with what Odoo is to do with it."""
    if is_old(order, options.orders_since):
        return Skipped(reason=f"It was placed before {options.orders_since}.")
    if order.state not in options.states and order.state not in OVER:
        return Skipped(reason=f"It is still {order.state.replace('_', ' ')} at the store.")
    if not order.lines:
        raise Rejected(
            f"Order {order.number} has no lines.",
            field="lines",
            remedy="Add something to it at the store, or cancel it there.",
        )
    return replace(order, extra={**order.extra, "odoo": rules(order, options)})


def rules(order: StoreOrder, options: Options) -> Mapping[str, object]:
    """What Odoo is to do with this order: see the table of the connector's documentation."""
    told: dict[str, object] = {
        "confirm": "yes" if is_confirmed(order, options) else "no",
        "invoice": {"paid": "paid", "always": "yes", "never": "no"}[options.invoice],
        "source": options.store,
        **fixed(options),
    }
    return {name: value for name, value in told.items() if value not in ("", (), {}, None)}


def fixed(options: Options) -> Mapping[str, object]:
    """Rules that are the same for each order and refund of the store."""
    return {
        "journals": options.journals,
        "residue": options.residue,
        "tolerance": options.tolerance,
        "products": options.products,
        "warehouse": options.warehouse,
        "team": options.team,
        "tags": options.tags,
    }


def is_confirmed(order: StoreOrder, options: Options) -> bool:
    """Whether Odoo shall promise the goods of this order."""
    if order.state not in WORKED_ON or options.confirm == "never":
        return False
    if options.confirm == "always":
        return True
    return order.paid in MONEY_IS_SURE or order.method in options.on_delivery


def is_old(order: StoreOrder, since: date | None) -> bool:
    """Whether it was placed before the day from which on orders are carried."""
    return bool(since and order.placed_at and order.placed_at.astimezone(UTC).date() < since)


def _news(order: StoreOrder, options: Options) -> StoreOrder | Skipped:
    if order.state not in options.told:
        return Skipped(reason=f"It is {order.state.replace('_', ' ')} in Odoo; that is not told.")
    return order


async def _leave_what_is_over(link: Link, store: Store, items: Sequence[Item]) -> None:
    """What ended before Odoo heard of it never comes there."""
    over = [item for item in items if item.open and item.record.state in OVER]
    known = await store.run(
        _known_ids, link, link.entity, {item.change.external_id for item in over}
    )
    for item in over:
        if item.change.external_id not in known:
            item.end(SKIPPED, f"It was {item.record.state} before it was carried over.")


async def _refuse_strangers(link: Link, store: Store, items: Sequence[Item]) -> None:
    """What is sold must be known in Odoo; the words name the goods as the store does."""
    wanted = {
        line.product.id for item in items if item.open for line in item.record.lines if line.product
    }
    known = await store.run(_known_ids, link, "variant", wanted)
    for item in items:
        if not item.open:
            continue
        for line in item.record.lines:
            if line.product and line.product.id not in known:
                item.park(_stranger(link, item.record, line.description, line.sku))
                break


def _known_ids(database: Database, link: Link, entity: str, ids: set[str]) -> frozenset[str]:
    """Those that Odoo knows."""
    records = bindings.records_of(database, link.here_name, entity, ids)
    there = bindings.external_ids(database, link.there_name, entity, list(records.values()))
    return frozenset(id_ for id_, record in records.items() if record in there)


def _stranger(link: Link, order: StoreOrder, description: str, sku: str) -> MissingReference:
    named = f"{description!r} ({sku})" if sku else f"{description!r}, which has no SKU"
    return MissingReference(
        f"Order {order.number} sells {named}, and {link.there_name} does not know that product.",
        remedy=f"Give the product in {link.there_name} the internal reference {sku}, or make one with "
        "it. The order follows by itself once the link product has run (qantara run)."
        if sku
        else "Give the product the same SKU at the store and as internal reference in "
        f"{link.there_name}. The order follows by itself once the link product has run.",
    )
