"""The two companies know each other: the factory as a supplier there, the buyer as a customer here."""

from collections.abc import Sequence
from dataclasses import replace

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.model import Partner, Ref
from qantara.storage import bindings
from qantara.storage.store import Store
from qantara.transport import Rejected, Unsupported

COMPANY_FIELDS = frozenset(
    {"name", "is_company", "reference", "vat", "email", "phone", "website", "address"}
)


def links(factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """Each side's own company as a partner of the other; an existing partner is recognised."""
    return [
        _link(factory, buyer, f"{name}.supplier"),
        _link(buyer, factory, f"{name}.customer"),
    ]


def _link(source: Connector, target: Connector, name: str) -> Link:
    return Link(
        name=name,
        entity="partner",
        source=source,
        target=target,
        record_type=Partner,
        fields=COMPANY_FIELDS,
        scope="company",
        transform=_as_company,
    )


def _as_company(partner: Partner) -> Partner:
    return replace(partner, is_company=True, parent=None)


async def company_of(connector: Connector) -> Ref:
    """The connection's own company, as a partner."""
    ids = await connector.ids("partner", scope="company")
    if len(ids) != 1:
        raise Unsupported(
            f"{connector.connection.name} works for {len(ids)} companies.",
            remedy="Name one in the connection: qantara connect ... --set company=NAME.",
        )
    return Ref("partner", next(iter(ids)))


async def counterpart_of(source: Connector, company: Ref, target: Connector, store: Store) -> Ref:
    """The partner that stands for the company at the other side."""
    known = await store.run(bindings.records_of, source.connection.name, "partner", [company.id])
    there = await store.run(
        bindings.external_ids, target.connection.name, "partner", list(known.values())
    )
    if not there:
        raise Rejected(
            f"The company of {source.connection.name} is not yet known at "
            f"{target.connection.name}.",
            remedy="Run the whole flow once, without --link: the two companies are introduced first.",
        )
    return Ref("partner", next(iter(there.values())))
