"""Who buys: an order's customer goes to Odoo before the order, matched and never doubled."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Link, Priority, Step
from qantara.engine.pipeline import task_of
from qantara.engine.references import references
from qantara.flows.commerce.options import Options
from qantara.flows.commerce.same_customer import one_of_each, same
from qantara.flows.recipe import Needs
from qantara.model import Partner
from qantara.storage import bindings, lanes, ledger, work
from qantara.storage.store import Store

NEEDS = Needs(
    reads={"store": frozenset({"partner"}), "odoo": frozenset({"partner"})},
    writes={"odoo": frozenset({"partner"})},
)

FIELDS = frozenset(
    {"name", "is_company", "vat", "email", "phone", "mobile", "website", "language", "address"}
)

OWN = frozenset({"name", "is_company", "vat", "website", "language", "mobile"})
"""What Odoo may keep in its own way once it was told."""

SOON = 0.5
"""Seconds until an order is looked at again whose customer goes first."""


def link(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """Customers of the store as partners of Odoo; who leaves the store stays there."""
    del options
    return Link(
        name=f"{name}.customer",
        entity="partner",
        source=store,
        target=odoo,
        record_type=Partner,
        fields=FIELDS,
        loose=OWN,
        prepare=_prepared,
        lead=one_of_each,
        on_delete="ignore",
        priority=Priority.ORDERS,
    )


async def _prepared(link: Link, store: Store) -> Link:
    """Who is known to be somebody else of the store is left alone."""
    return replace(link, excluded=frozenset(await store.run(same, link.name)))


def ahead(customer: Link) -> Step:
    """What an order's link does first: customers that Odoo does not know yet are asked for.

    Their orders wait a moment for them. A customer who cannot be carried over keeps no order from
    saying so.
    """

    async def lead(_: Link, store: Store, items: Sequence[Item]) -> None:
        wanted = {
            ref.id: item for item in items if item.open for ref in references(item.record.customer)
        }
        unknown = await store.run(_ask, customer, wanted)
        for item in items:
            if item.open and item.record.customer and item.record.customer.id in unknown:
                item.end(SKIPPED, "Its customer goes first.")
                item.later = SOON

    return lead


def _ask(database: Database, customer: Link, ids: Collection[str]) -> frozenset[str]:
    """Those of the customers who are on their way; who was looked at before is not waited for."""
    known = bindings.records_of(database, customer.here_name, customer.entity, ids)
    there = bindings.external_ids(
        database, customer.there_name, customer.there, list(known.values())
    )
    unknown = frozenset(one for one in ids if known.get(one) not in there)
    coming = unknown - ledger.known(database, customer.name, customer.entity, unknown)
    work.ask(database, [task_of(customer, one) for one in sorted(coming)])
    lanes.ring(database, [customer.name] if coming else [])
    return coming
