"""A delivery of Odoo's (a done outgoing stock.picking) as a shipment of a store's order."""

from collections.abc import Mapping
from decimal import Decimal

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.values import identity, moment, number, text
from qantara.model import Ref, Sent, Shipment
from qantara.transport import Rejected

FIELDS = (
    "name",
    "state",
    "sale_id",
    "origin",
    "date_done",
    "carrier_id",
    "carrier_tracking_ref",
    "carrier_tracking_url",
    "write_date",
)


def from_wire(wire: Wire) -> Shipment:
    """What left with it, by product; several numbers of parcels are written with commas."""
    row = wire["picking"]
    order = identity(row.get("sale_id"))
    if order is None:
        raise Rejected(
            f"The delivery {row['name']} serves no sale order.",
            remedy="Leave deliveries without an order out of the link.",
            field="order",
        )
    sent: dict[int, Decimal] = {}
    for line in wire["lines"]:
        product = identity(line["product"]) or 0
        sent[product] = sent.get(product, Decimal(0)) + number(line["quantity"])
    return Shipment(
        order=Ref("store_order", str(order)),
        number=text(row["name"]),
        lines=tuple(
            Sent(product=Ref("variant", str(one)), quantity=number(quantity))
            for one, quantity in sent.items()
        ),
        carrier=_named(row, "carrier_id"),
        tracking=tuple(
            one.strip() for one in text(row.get("carrier_tracking_ref")).split(",") if one.strip()
        ),
        tracking_url=_address(text(row.get("carrier_tracking_url"))),
        shipped_at=moment(row["date_done"]),
        cancelled=row["state"] == "cancel",
    )


def _named(row: Mapping[str, object], name: str) -> str:
    pair = row.get(name)
    return text(pair[1]) if isinstance(pair, (list, tuple)) else ""


def _address(told: str) -> str:
    """One address; for several parcels Odoo keeps a list in JSON, of which nothing is told."""
    return told if told.startswith(("https://", "http://")) else ""
