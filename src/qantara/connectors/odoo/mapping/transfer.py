"""A transfer and Odoo's stock.picking with its moves, move lines, lots and packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.tables import unit_from
from qantara.connectors.odoo.mapping.values import identity, moment, number, plain, text
from qantara.model import Ref
from qantara.model.transfers import (
    Package,
    Packed,
    Transfer,
    TransferLine,
    TransferStateName,
)
from qantara.transport import Rejected

CONTAINER, READY = "x_qantara_container", "x_qantara_ready"
"""The fields that `bridge apply` adds to stock.picking; without them "" and False."""

PICKING = (
    "name",
    "state",
    "picking_type_code",
    "partner_id",
    "origin",
    "sale_id",
    "purchase_id",
    "scheduled_date",
    "date_done",
    "note",
    "backorder_id",
    "shipping_weight",
    "weight",
    CONTAINER,
    READY,
    "write_date",
)

STATES: Mapping[str, TransferStateName] = {
    "draft": "draft",
    "waiting": "waiting",
    "confirmed": "waiting",
    "assigned": "ready",
    "done": "done",
    "cancel": "cancelled",
}
_DIRECTIONS = {"incoming": "incoming", "outgoing": "outgoing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShape:
    """What this version calls the fields of a move line; "" where it has none.

    Until 16 a line has what was done beside what is reserved. From 17 on it has one quantity, and
    `picked` says that somebody took it.
    """

    done: str
    reserved: str
    picked: str
    package: str
    expires: str

    def fields(self) -> tuple[str, ...]:
        """All fields of a move line that are read."""
        names = ("picking_id", "move_id", "product_id", "product_uom_id", "state", "write_date")
        own = (self.done, self.reserved, self.picked, self.package, self.expires)
        return (*names, "lot_id", "lot_name", *filter(None, own))


def from_wire(wire: Wire) -> Transfer:
    """The transfer as its people see it."""
    row = wire["picking"]
    return Transfer(
        number=text(row["name"]),
        state=_state(row),
        direction=_DIRECTIONS.get(text(row["picking_type_code"]), "internal"),  # type: ignore[arg-type]
        partner=_ref("partner", row["partner_id"]),
        origin=text(row["origin"]),
        order=_ref("sale_order", row.get("sale_id"))
        or _ref("purchase_order", row.get("purchase_id")),
        scheduled_at=moment(row["scheduled_date"]),
        done_at=moment(row["date_done"]),
        lines=tuple(_line(one) for one in wire["moves"]),
        packed=tuple(_packed(one) for one in wire["packed"]),
        packages=tuple(_package(one) for one in wire["packages"]),
        container=text(row.get(CONTAINER)),
        weight=number(row.get("shipping_weight") or row.get("weight")) or None,
        ready=bool(row.get(READY)),
        note=plain(row["note"]),
        backorder_of=_ref("transfer", row["backorder_id"]),
        return_of=_ref("transfer", wire["return_of"]),
    )


def taken(
    rows: Sequence[Mapping[str, Any]], shape: LineShape, *, reserved: bool
) -> list[tuple[Mapping[str, Any], Any]]:
    """The lines that were really put in, each with its quantity.

    With `reserved`, where nothing was taken yet, all that is reserved counts: so does Odoo when
    such a transfer is validated.
    """
    if shape.picked:
        done = [row for row in rows if row[shape.picked] or row["state"] == "done"]
    else:
        done = [row for row in rows if row[shape.done]]
    if done or not reserved:
        return [(row, row[shape.done]) for row in done if row[shape.done]]
    name = shape.reserved or shape.done
    return [(row, row[name]) for row in rows if row[name]]


def _state(row: Mapping[str, Any]) -> TransferStateName:
    told = text(row["state"])
    if told not in STATES:
        raise Rejected(
            f"{row['name']} is in the state {told!r}, which the hub does not know.",
            remedy="A module of this Odoo has added it; leave such transfers out of the link.",
            field="state",
        )
    return STATES[told]


def _line(told: Mapping[str, Any]) -> TransferLine:
    return TransferLine(
        product=Ref("variant", str(told["product"])),
        quantity=number(told["quantity"]),
        unit=unit_from(told["unit"]) if told["unit"] else None,
        description=text(told["description"]),
    )


def _packed(told: Mapping[str, Any]) -> Packed:
    return Packed(
        product=Ref("variant", str(told["product"])),
        quantity=number(told["quantity"]),
        unit=unit_from(told["unit"]) if told["unit"] else None,
        lot=text(told["lot"]),
        expires_at=moment(told["expires"]),
        package=text(told["package"]),
    )


def _package(told: Mapping[str, Any]) -> Package:
    return Package(
        name=text(told["name"]),
        kind=text(told["kind"]),
        weight=number(told["weight"]) or None,
    )


def _ref(entity: str, value: object) -> Ref | None:
    one = identity(value)
    return Ref(entity, str(one)) if one else None
