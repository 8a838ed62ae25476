"""What lies of a variant in each warehouse, and the reordering rules by which it is bought again."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.stock import level_from_wire
from qantara.connectors.odoo.mapping.values import Cell, identity, number, text
from qantara.model import Ref, Replenishment, Shelf

RULE = (
    *("product_id", "warehouse_id", "trigger", "active", "product_min_qty", "product_max_qty"),
    *("create_uid", "write_uid", "write_date"),
)
ROBOT = 1
"""OdooBot, which makes empty manual rules for what is short, and takes them away once it is bought."""

Row = Mapping[str, Any]


def from_wire(wire: Wire) -> Replenishment:
    """The variant on all shelves of the company."""
    return Replenishment(
        product=Ref("variant", str(wire["variant"])),
        sku=text(wire["sku"]),
        name=text(wire["name"]),
        shelves=tuple(_shelf(one, wire) for one in wire["places"]),
    )


def is_ours(rule: Row, user: int) -> bool:
    """Whether nobody but the hub has had a hand in the rule since it was made."""
    made, written = identity(rule["create_uid"]), identity(rule["write_uid"])
    if rule["trigger"] != "manual" or not rule["active"]:
        return False
    empty = not number(rule["product_min_qty"]) and not number(rule["product_max_qty"])
    return made in (user, ROBOT) and (written == user or (written == ROBOT == made and empty))


def cells(record: Replenishment, shelf: Shelf, location: int) -> dict[str, Cell]:
    """A rule that Odoo never acts on by itself: it shows on the screen Replenishment."""
    return {
        "product_id/.id": int(record.product.id),
        "warehouse_id/.id": int(shelf.warehouse.id),
        "location_id/.id": location,
        "trigger": "manual",
        "product_min_qty": shelf.minimum,
        "product_max_qty": shelf.maximum,
    }


def _shelf(level: Mapping[str, Any], wire: Wire) -> Shelf:
    told = level_from_wire({"variant": wire["variant"], **level})
    here = [one for one in wire["rules"] if one["place"] == level["place"]]
    theirs = [one for one in here if one["active"] and not one["ours"]]
    rules = theirs or here
    return Shelf(
        warehouse=told.warehouse,
        free=told.free,
        rule=_rule(rules),
        minimum=_sum(rules, "minimum"),
        maximum=_sum(rules, "maximum"),
    )


def _rule(rules: Sequence[Mapping[str, Any]]) -> Any:
    if not rules:
        return "none"
    if any(one["ours"] for one in rules):
        return "ours"
    return "theirs" if any(one["active"] for one in rules) else "asleep"


def _sum(rules: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return number(sum((number(one[name]) for one in rules), Decimal(0)))
