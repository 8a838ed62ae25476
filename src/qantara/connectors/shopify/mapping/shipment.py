"""A fulfilment of Shopify's as a shipment."""

from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.values import moment, number, text
from qantara.model import Ref, Sent, Shipment

VOID = frozenset({"CANCELLED", "ERROR", "FAILURE"})


def from_wire(wire: Wire) -> Shipment:
    """One delivery with all its parcels."""
    order, node = wire["order"], wire["fulfillment"]
    parcels = node["trackingInfo"]
    return Shipment(
        order=Ref("store_order", number(order["id"])),
        number=text(node["name"]),
        lines=tuple(
            Sent(
                product=Ref("variant", number(one["lineItem"]["variant"]["id"])),
                quantity=Decimal(one["quantity"] or 0),
                line=number(one["lineItem"]["id"]),
            )
            for one in node["fulfillmentLineItems"]["nodes"]
            if one["lineItem"]["variant"]
        ),
        carrier=next((text(one["company"]) for one in parcels if one["company"]), ""),
        tracking=tuple(text(one["number"]) for one in parcels if one["number"]),
        tracking_url=next((text(one["url"]) for one in parcels if one["url"]), ""),
        shipped_at=moment(node["createdAt"]),
        cancelled=node["status"] in VOID,
    )


def tracking(shipment: Shipment) -> dict[str, Any]:
    """Carrier and numbers as Shopify takes them; a URL where it is told."""
    told: dict[str, Any] = {"numbers": list(shipment.tracking)}
    if shipment.carrier:
        told["company"] = shipment.carrier
    if shipment.tracking_url:
        told["urls"] = [shipment.tracking_url] * max(1, len(shipment.tracking))
    return told
