"""What a factory offers, what a buyer's team asks for, and the draft transfer that comes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.tables import Tables, unit_from
from qantara.connectors.odoo.mapping.values import (
    Cell,
    identity,
    marked_up,
    moment,
    number,
    text,
)
from qantara.model import Offer, Ref, Request, RequestLine, Transfer, TransferLine
from qantara.model.supply import RequestStateName
from qantara.transport import Rejected

LINE = "line:"
"""An id that begins so is a line of the buyer's board; any other is a product.product."""

BOARD = "x_qantara_offer"
REQUEST = "x_qantara_request"
REQUEST_LINE = "x_qantara_request_line"

VARIANT_FIELDS = (
    "display_name",
    "default_code",
    "uom_id",
    "free_qty",
    "incoming_qty",
    "sale_delay",
    "sale_ok",
    "active",
    "is_storable",
    "detailed_type",
    "type",
    "product_tmpl_id",
    "write_date",
)
BOARD_FIELDS = ("x_name", "x_product_id", "x_sku", "x_free", "x_incoming", "x_lead_days")
REQUEST_FIELDS = (
    "x_name",
    "x_state",
    "x_user_id",
    "x_note",
    "x_answer",
    "x_remark",
    "create_date",
    "write_date",
)
REQUEST_LINE_FIELDS = ("x_request_id", "x_product_id", "x_quantity", "write_date")

ANSWERS = {"answer": "x_answer", "state": "x_state", "remark": "x_remark"}
"""What of a request is written back: the field of the record, and the column."""

_STATES: frozenset[str] = frozenset(get_args(RequestStateName))
_COLUMNS = {
    "name": "x_name",
    "sku": "x_sku",
    "free": "x_free",
    "incoming": "x_incoming",
    "lead_days": "x_lead_days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How goods leave: the operation type, from which location to which; ids."""

    kind: int
    source: int
    destination: int


def offer_from_wire(wire: Wire) -> Offer:
    """A variant as its maker offers it, or the line of a board that tells of another's."""
    return _told(wire["line"]) if "line" in wire else _offered(wire)


def is_offered(row: Mapping[str, Any]) -> bool:
    """True for what is sold, in use, and counted in stock."""
    kind = row.get("detailed_type") or row.get("type")
    storable = bool(row.get("is_storable")) if "is_storable" in row else kind == "product"
    return storable and bool(row["sale_ok"]) and bool(row["active"])


def offer_cells(offer: Offer, fields: frozenset[str], at: datetime) -> dict[str, Cell]:
    """The named columns of a line of the board; never what the team types, nor its requests."""
    cells: dict[str, Cell] = {
        column: getattr(offer, name) for name, column in _COLUMNS.items() if name in fields
    }
    if "product" in fields:
        cells["x_product_id/.id"] = int(offer.product.id)
    if "unit" in fields:
        cells["x_unit"] = offer.unit.name if offer.unit else ""
    return {**cells, "x_updated_at": at}


def request_from_wire(wire: Wire) -> Request:
    """What the team asked for, with what became of it."""
    row = wire["request"]
    state = text(row["x_state"])
    if state not in _STATES:
        raise Rejected(
            f"The request {text(row['x_name'])} is in the state {state!r}, unknown to the hub.",
            remedy="Set it back to one of the states that the hub has made.",
            field="state",
        )
    found: Any = state
    return Request(
        number=text(row["x_name"]),
        state=found,
        requested_by=wire["by"],
        requested_at=moment(row["create_date"]),
        lines=tuple(_asked(line) for line in wire["lines"]),
        note=text(row["x_note"]),
        answer=text(row["x_answer"]),
        remark=text(row["x_remark"]),
        language=wire["language"],
    )


def answer_cells(request: Request, fields: frozenset[str]) -> dict[str, Cell]:
    """The named ones among number, state and remark."""
    return {column: getattr(request, name) for name, column in ANSWERS.items() if name in fields}


def draft_cells(transfer: Transfer, way: Way) -> dict[str, Cell]:
    """The head of a draft."""
    return {
        "picking_type_id/.id": way.kind,
        "partner_id/.id": int(transfer.partner.id) if transfer.partner else None,
        "location_id/.id": way.source,
        "location_dest_id/.id": way.destination,
        "origin": transfer.origin,
        "note": marked_up(transfer.note),
    }


def move_cells(transfer: Transfer, way: Way, tables: Tables) -> Iterator[dict[str, Cell]]:
    """What shall be moved, line by line, in the words of stock.move."""
    for place, line in enumerate(transfer.lines, start=1):
        yield {
            "sequence": place,
            "name": line.description or "-",
            "product_id/.id": int(line.product.id),
            "product_uom_qty": line.quantity,
            "location_id/.id": way.source,
            "location_dest_id/.id": way.destination,
            **_unit_cells(line, tables),
        }


def _unit_cells(line: TransferLine, tables: Tables) -> dict[str, Cell]:
    return {"product_uom/.id": tables.unit_id(line.unit)} if line.unit else {}


def _offered(wire: Wire) -> Offer:
    """Less than nothing may be on hand or reserved too much: then nothing is free."""
    row, active = wire["variant"], wire["offered"]
    return Offer(
        product=Ref("variant", str(row["id"])),
        name=wire["name"],
        sku=text(row["default_code"]),
        unit=unit_from(wire["unit"]) if wire["unit"] else None,
        free=_amount(row["free_qty"]) if active else Decimal(0),
        incoming=_amount(row["incoming_qty"]) if active else Decimal(0),
        lead_days=_amount(row.get("sale_delay")),
        active=active,
    )


def _told(row: Mapping[str, Any]) -> Offer:
    """The board names the unit and no more: it is not read back."""
    return Offer(
        product=_variant(identity(row["x_product_id"])),
        name=text(row["x_name"]),
        sku=text(row["x_sku"]),
        free=number(row["x_free"]),
        incoming=number(row["x_incoming"]),
        lead_days=number(row["x_lead_days"]),
    )


def _asked(line: Mapping[str, Any]) -> RequestLine:
    return RequestLine(
        product=_variant(line["product"]),
        quantity=number(line["quantity"]),
        unit=unit_from(line["unit"]) if line["unit"] else None,
        name=line["name"],
    )


def _variant(product: int | None) -> Ref:
    """A product that was deleted leaves its lines; their reference is to nothing."""
    return Ref("variant", str(product) if product else "")


def _amount(value: object) -> Decimal:
    return max(number(value), Decimal(0))
