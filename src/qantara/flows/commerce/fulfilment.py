"""What left Odoo's warehouse is told to the store and its customer: what, with whom, and where it is."""

from dataclasses import replace

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Priority, Skipped
from qantara.flows.commerce.options import Options
from qantara.flows.recipe import Needs
from qantara.model import Shipment

NEEDS = Needs(
    reads={"odoo": frozenset({"shipment"}), "store": frozenset({"shipment"})},
    writes={"store": frozenset({"shipment"})},
)

FIELDS = frozenset(
    {"order", "lines", "carrier", "tracking", "tracking_url", "shipped_at", "cancelled"}
)


def link(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """One delivery, one fulfilment; tracking that comes later follows."""
    return Link(
        name=f"{name}.shipment",
        entity="shipment",
        source=odoo,
        target=store,
        record_type=Shipment,
        fields=FIELDS,
        loose=FIELDS,
        kind=Kind.DOCUMENT,
        scope=f"store:{options.store}",
        transform=for_store,
        on_delete="ignore",
        priority=Priority.SHIPMENTS,
    )


def for_store(shipment: Shipment) -> Shipment | Skipped:
    """What left; lines of nothing are of no interest."""
    lines = tuple(line for line in shipment.lines if line.quantity > 0)
    if not lines:
        return Skipped(reason="Nothing left with it.")
    return replace(shipment, lines=lines)
