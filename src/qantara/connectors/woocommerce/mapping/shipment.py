"""A shipment as the hub keeps it in an order's metadata: WooCommerce itself has no shipments."""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping.values import joined, text
from qantara.model import Shipment
from qantara.transport import Rejected

KEPT = "_qantara_shipment_"
"""How the metadata's name begins; a mark of the shipment follows, so that none touches another."""

Row = Mapping[str, Any]


def mark(key: str) -> str:
    """What stands for the hub's key in names and ids."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def shipment_id(order: object, of: str) -> str:
    """The shipment's id."""
    return f"{order}/{of}"


def kept(order: Row) -> dict[str, str]:
    """The shipments in an order's metadata, by their marks."""
    return {
        one["key"][len(KEPT) :]: one["value"]
        for one in order.get("meta_data") or ()
        if text(one.get("key")).startswith(KEPT) and isinstance(one.get("value"), str)
    }


def from_wire(wire: Wire) -> Shipment:
    """The shipment."""
    try:
        told = msgspec.json.decode(wire["kept"])
        return msgspec.convert(
            {**told, "order": {"entity": "store_order", "id": wire["order"]}}, Shipment
        )
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Rejected(
            f"Somebody has changed what Qantara notes of a shipment in order {wire['order']}."
        ) from error


def to_text(shipment: Shipment) -> str:
    """What is kept in the metadata."""
    told = msgspec.to_builtins(shipment)
    told.pop("order")
    return msgspec.json.encode(told).decode()


def note(shipment: Shipment) -> str:
    """What the customer reads."""
    if shipment.cancelled:
        return f"Shipment {shipment.number} was cancelled."
    by = f" with {shipment.carrier}" if shipment.carrier else ""
    numbers = f" Tracking: {', '.join(shipment.tracking)}." if shipment.tracking else ""
    where = f" {shipment.tracking_url}" if shipment.tracking_url else ""
    return joined(f"Shipment {shipment.number} is on its way{by}.{numbers}{where}")


def complete(order: Row, shipments: Iterable[Shipment]) -> bool:
    """Whether all goods of the order have left, those that were refunded aside."""
    sent: dict[str, Decimal] = {}
    by_product: dict[str, Decimal] = {}
    for shipment in shipments:
        for line in () if shipment.cancelled else shipment.lines:
            place, name = (sent, line.line) if line.line else (by_product, line.product.id)
            place[name] = place.get(name, Decimal(0)) + line.quantity
    return all(_left(line, sent, by_product) <= 0 for line in order.get("line_items") or ())


def _left(line: Row, sent: Mapping[str, Decimal], by_product: dict[str, Decimal]) -> Decimal:
    variant = str(line.get("variation_id") or line.get("product_id") or 0)
    left = Decimal(str(line.get("quantity") or 0)) - sent.get(str(line["id"]), Decimal(0))
    taken = min(max(left, Decimal(0)), by_product.get(variant, Decimal(0)))
    by_product[variant] = by_product.get(variant, Decimal(0)) - taken
    return left - taken
