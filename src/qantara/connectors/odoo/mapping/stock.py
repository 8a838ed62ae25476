"""Warehouses and their free quantities, and where Odoo keeps another company's stock."""

import re
from collections.abc import Collection
from decimal import Decimal

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.values import Cell, number, text
from qantara.model import Ref, StockLevel, Warehouse
from qantara.transport import Rejected

PLACE = "location:"
"""An id that begins so is a location that we made; any other is a stock.warehouse."""

_NAMED = re.compile(r"^(?P<name>.*) \((?P<code>[^()]+)\)$", re.DOTALL)


def warehouse_from_wire(wire: Wire) -> Warehouse:
    """A warehouse of this company, or a location that stands for another company's one."""
    row = wire["row"]
    if "code" in row:
        return Warehouse(code=text(row["code"]), name=text(row["name"]))
    named = _NAMED.match(text(row["name"]))
    if named is None:
        raise Rejected(
            f"The location {row['name']!r} no longer ends in its warehouse's code.",
            remedy="Rename it in Odoo to: name, blank, code in parentheses.",
            field="code",
        )
    return Warehouse(code=named["code"], name=named["name"])


def warehouse_cells(warehouse: Warehouse) -> dict[str, Cell]:
    """A transit location of no company: seen in Inventory, valued and counted nowhere."""
    name = f"{warehouse.name} ({warehouse.code})"
    return {"name": name, "usage": "transit", "company_id/.id": None}


def renamed(there: str, warehouse: Warehouse, fields: Collection[str]) -> str:
    """The name of a location once the named fields of its warehouse have changed."""
    known = _NAMED.match(there)
    name = warehouse.name if "name" in fields or not known else known["name"]
    code = warehouse.code if "code" in fields or not known else known["code"]
    return f"{name} ({code})"


def code_in(name: str) -> str:
    """The code in such a name, or ""."""
    named = _NAMED.match(name)
    return named["code"] if named else ""


def level_id(variant: int, place: str) -> str:
    """The id of a stock level: `variant@warehouse`."""
    return f"{variant}@{place}"


def level_parts(external_id: str) -> tuple[int, str]:
    """Variant and place in the id of a stock level."""
    variant, _, place = external_id.partition("@")
    return int(variant), place


def level_from_wire(wire: Wire) -> StockLevel:
    """What lies there less what is reserved, over all quants."""
    free = sum((number(q["quantity"]) - number(q["reserved"]) for q in wire["quants"]), Decimal(0))
    return StockLevel(
        product=Ref("variant", str(wire["variant"])),
        warehouse=Ref("warehouse", wire["place"]),
        free=number(free),
    )
