"""A stock level and the quantity of a product or variation; the store itself is the one warehouse."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping.values import number
from qantara.model import Ref, StockLevel, Warehouse
from qantara.transport import Rejected

STORE = "store"
"""Id and code of the one warehouse."""

LARGEST = 2**31 - 1

FIELDS = "id,type,sku,parent_id,manage_stock,stock_quantity,variations,date_modified_gmt"


def level_id(variant: object) -> str:
    """The level's id."""
    return f"{variant}@{STORE}"


def variant_id(level: str) -> str:
    """The variant of a level's id; "" when it is none."""
    variant, at, place = level.partition("@")
    return variant if at and place == STORE and variant.isdigit() else ""


def counted(row: Any) -> bool:
    """Whether the store counts this product or variation itself: `parent` counts with the product."""
    return row.get("manage_stock") in {True, "parent"} and row.get("stock_quantity") is not None


def from_wire(wire: Wire) -> StockLevel:
    """The store's own quantity."""
    row = wire["row"]
    return StockLevel(
        product=Ref("variant", str(row["id"])),
        warehouse=Ref("warehouse", STORE),
        free=number(row["stock_quantity"]),
    )


def warehouse(wire: Wire) -> Warehouse:
    """The store as a place that holds stock."""
    return Warehouse(code=STORE, name=wire["name"])


def whole(level: StockLevel) -> int:
    """The quantity in whole pieces: a part of one is not sold. Raises Rejected for what is none."""
    if not level.free.is_finite() or abs(level.free) > LARGEST:
        raise Rejected(f"{level.free} is no quantity that a store can count.", field="free")
    return int(Decimal(level.free).to_integral_value(ROUND_FLOOR))


def body(level: StockLevel) -> dict[str, Any]:
    """What is sent; types are ours to mind, for a batch takes anything."""
    return {"manage_stock": True, "stock_quantity": whole(level)}
