"""Locations as warehouses, and what is available there."""

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.values import decimal, number, text
from qantara.model import Ref, StockLevel, Warehouse
from qantara.transport import Rejected


def warehouse_from_wire(wire: Wire) -> Warehouse:
    """A location has no code of its own: its number is one."""
    node = wire["node"]
    return Warehouse(code=number(node["id"]), name=text(node["name"]))


def level_from_wire(wire: Wire) -> StockLevel:
    """What may be sold there: on hand less committed, as Shopify counts it."""
    return StockLevel(
        product=Ref("variant", wire["variant"]),
        warehouse=Ref("warehouse", wire["location"]),
        free=decimal(wire["available"]),
    )


def level_id(variant: str, location: str) -> str:
    """The id of a stock level."""
    return f"{variant}@{location}"


def level_parts(external_id: str) -> tuple[str, str]:
    """Variant and location of a stock level; Rejected for what is no such id."""
    variant, at, location = external_id.partition("@")
    if not (at and variant.isdecimal() and location.isdecimal()):
        raise Rejected(f"{external_id!r} is no stock level of Shopify's.", field="id")
    return variant, location
