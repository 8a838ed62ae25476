"""Purchase and sale orders and Odoo's purchase.order and sale.order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.tables import Tables, tax_from, unit_from
from qantara.connectors.odoo.mapping.values import (
    Cell,
    identity,
    marked_up,
    moment,
    number,
    plain,
    text,
)
from qantara.model import (
    Address,
    DeliveryAddress,
    Money,
    OrderLine,
    OrderState,
    PurchaseOrder,
    Ref,
    SaleOrder,
    Terms,
)
from qantara.transport import Rejected

PURCHASE = (
    "name",
    "state",
    "locked",
    "partner_id",
    "partner_ref",
    "currency_id",
    "date_order",
    "amount_total",
    "notes",
    "note",
    "dest_address_id",
    "picking_type_id",
    "payment_term_id",
    "order_line",
    "write_date",
)
SALE = (
    "name",
    "state",
    "locked",
    "partner_id",
    "client_order_ref",
    "currency_id",
    "date_order",
    "amount_total",
    "note",
    "commitment_date",
    "payment_term_id",
    "order_line",
    "write_date",
)
OPEN = frozenset({"draft", "sent"})
"""States in which a sale order may be changed: it is still a quotation."""

_PURCHASE_STATES = {
    "draft": "draft",
    "sent": "sent",
    "to approve": "to_approve",
    "purchase": "confirmed",
    "done": "locked",
    "cancel": "cancelled",
}
_SALE_STATES = {
    "draft": "draft",
    "sent": "sent",
    "sale": "confirmed",
    "done": "locked",
    "cancel": "cancelled",
}
_KINDS = {
    "line_section": "section",
    "line_subsection": "section",
    "line_note": "note",
}
_DISPLAYS = {"section": "line_section", "note": "line_note"}
_LOCKED = "locked"
_ADDRESS = ("street", "street2", "city", "zip", "state", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShape:
    """What this version calls the fields of an order line."""

    unit: str
    taxes: str
    quantity: str
    due: str = ""
    done: str = ""

    def fields(self) -> tuple[str, ...]:
        """All fields of a line that are read to tell what was ordered."""
        names = ("order_id", "sequence", "display_type", "name", "product_id", "price_unit")
        own = (self.unit, self.taxes, self.quantity, self.due)
        return (*names, "discount", "write_date", *filter(None, own))

    def facts(self) -> tuple[str, ...]:
        """All fields of a line that decide what may become of it."""
        return (*self.fields(), *filter(None, (self.done,)))


def purchase_from_wire(wire: Wire) -> PurchaseOrder:
    """The purchase order; its buyer is the connection's own company."""
    row, lines = wire["order"], _lines(wire)
    return PurchaseOrder(
        number=text(row["name"]),
        state=_state(row, _PURCHASE_STATES),
        vendor=Ref("partner", str(identity(row["partner_id"]))),
        buyer=Ref("partner", str(wire["buyer"])),
        currency=wire["currency"],
        ordered_at=moment(row["date_order"]),
        lines=lines,
        total=Money(number(row["amount_total"]), wire["currency"]),
        vendor_reference=text(row["partner_ref"]),
        note=plain(row.get("notes") or row.get("note")),
        due=min((due for line in lines if line.quantity and (due := line.due)), default=None),
        deliver_to=_delivery(wire.get("deliver_to")),
        payment_terms=_named(row.get("payment_term_id")),
    )


def sale_from_wire(wire: Wire) -> SaleOrder:
    """The sale order or quotation."""
    row = wire["order"]
    return SaleOrder(
        number=text(row["name"]),
        state=_state(row, _SALE_STATES),
        customer=Ref("partner", str(identity(row["partner_id"]))),
        currency=wire["currency"],
        ordered_at=moment(row["date_order"]),
        lines=_lines(wire),
        total=Money(number(row["amount_total"]), wire["currency"]),
        customer_reference=text(row["client_order_ref"]),
        note=plain(row["note"]),
        due=moment(row.get("commitment_date")),
        payment_terms=_named(row.get("payment_term_id")),
    )


def terms_from_wire(wire: Wire) -> Terms:
    """What counts of a sale order; its lines have no dates of their own."""
    told = sale_from_wire(wire)
    return _terms(Ref("sale_order", str(wire["order"]["id"])), told, wire["named"])


def purchase_terms_from_wire(wire: Wire) -> Terms:
    """What counts of a purchase order."""
    told = purchase_from_wire(wire)
    return _terms(Ref("purchase_order", str(wire["order"]["id"])), told, wire["named"])


def _terms(order: Ref, told: SaleOrder | PurchaseOrder, named: str) -> Terms:
    return Terms(
        order=order,
        number=told.number,
        currency=told.currency,
        lines=tuple(line for line in told.lines if line.kind == "item" and line.quantity),
        due=told.due,
        id=named,
    )


def state_from_wire(wire: Wire) -> OrderState:
    """The news of the state."""
    row = wire["order"]
    return OrderState(
        order=Ref("sale_order", str(row["id"])),
        number=text(row["name"]),
        state=_state(row, _SALE_STATES),
    )


def state_id(row: Mapping[str, Any]) -> str:
    """The id of the news: one for each order and state, in Odoo's word where we have none."""
    told = text(row["state"])
    known = _state(row, _SALE_STATES) if told in _SALE_STATES else told
    return f"{row['id']}:{known}"


def header_cells(order: SaleOrder, fields: frozenset[str]) -> dict[str, Cell]:
    """The named fields of the head, without currency, lines and state."""
    cells: dict[str, Cell] = {}
    if "customer" in fields:
        cells["partner_id/.id"] = int(order.customer.id)
    if "customer_reference" in fields:
        cells["client_order_ref"] = order.customer_reference
    if "ordered_at" in fields and order.ordered_at:
        cells["date_order"] = order.ordered_at
    if "note" in fields:
        cells["note"] = marked_up(order.note)
    if "due" in fields:
        cells["commitment_date"] = order.due
    return cells


def line_cells(order: SaleOrder, tables: Tables, shape: LineShape) -> list[dict[str, Cell]]:
    """Each line as cells of sale.order.line; prices, discounts and taxes are always explicit."""
    return [
        _item_cells(line, place, order, (tables, shape))
        if line.kind == "item"
        else _text_cells(line, place)
        for place, line in enumerate(order.lines, start=1)
    ]


def _text_cells(line: OrderLine, place: int) -> dict[str, Cell]:
    return {
        "sequence": place,
        "display_type": _DISPLAYS[line.kind],
        "name": line.description or "-",
    }


def _item_cells(
    line: OrderLine, place: int, order: SaleOrder, into: tuple[Tables, LineShape]
) -> dict[str, Cell]:
    tables, shape = into
    if line.product is None:
        raise Rejected(
            f"Line {place} ({line.description!r}) names no product.",
            remedy="Give the line a product at the source, or make it a note.",
            field="lines",
        )
    if line.price and line.price.currency != order.currency:
        raise Rejected(
            f"Line {place} is priced in {line.price.currency}, the order in {order.currency}.",
            remedy="Correct the line at the source.",
            field="lines",
        )
    cells: dict[str, Cell] = {
        "sequence": place,
        "product_id/.id": int(line.product.id),
        "name": line.description or "-",
        shape.quantity: line.quantity,
        "price_unit": line.price.amount if line.price else number(0),
        "discount": line.discount,
    }
    if line.taxes is not None:
        cells[f"{shape.taxes}/.id"] = tables.tax_ids(line.taxes, "sale")
    if line.unit:
        cells[f"{shape.unit}/.id"] = tables.unit_id(line.unit)
    return cells


def _state(row: Mapping[str, Any], states: Mapping[str, str]) -> Any:
    told = text(row["state"])
    if told not in states:
        raise Rejected(
            f"{row['name']} is in the state {told!r}, which the hub does not know.",
            remedy="A module of this Odoo has added it; leave such orders out of the link.",
            field="state",
        )
    return _LOCKED if row.get("locked") and states[told] == "confirmed" else states[told]


def _lines(wire: Wire) -> tuple[OrderLine, ...]:
    return tuple(_line(row, wire["currency"]) for row in wire["lines"])


def _line(row: Mapping[str, Any], currency: str) -> OrderLine:
    kind = row["display_type"]
    if kind:
        return OrderLine(kind=_kind(kind), description=text(row["name"]))
    product = identity(row["product"])
    return OrderLine(
        description=text(row["name"]),
        product=Ref("variant", str(product)) if product else None,
        quantity=number(row["quantity"]),
        unit=unit_from(row["unit"]) if row["unit"] else None,
        price=Money(number(row["price"]), currency),
        discount=number(row["discount"]),
        taxes=_taxes(row["taxes"]),
        due=moment(row["due"]),
    )


def _delivery(told: Mapping[str, Any] | None) -> DeliveryAddress | None:
    if told is None:
        return None
    return DeliveryAddress(
        name=told["name"],
        phone=told["phone"],
        address=Address(**{name: told[name] for name in _ADDRESS}),
    )


def _named(pair: object) -> str:
    """What a many2one shows."""
    return text(pair[1]) if isinstance(pair, (list, tuple)) else ""


def _taxes(told: Sequence[Mapping[str, Any]]) -> Any:
    return tuple(tax_from(one) for one in told)


def _kind(display: str) -> Any:
    if display not in _KINDS:
        raise Rejected(f"An order line has the display type {display!r}, unknown to the hub.")
    return _KINDS[display]
