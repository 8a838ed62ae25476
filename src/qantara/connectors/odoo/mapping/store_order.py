"""An order of a web store as Odoo's sale.order keeps it, read back in the words of the store.

Lines are kept in bands of sequence numbers, one for each kind, so that a kind is known again.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, get_args

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.store_amounts import ZERO
from qantara.connectors.odoo.mapping.values import identity, moment, number, plain, text
from qantara.model import Address, Contact, Ref, StoreLine, StoreOrder, TaxAmount
from qantara.model.store import LineKind
from qantara.transport import Rejected

FIELDS = (
    "name",
    "state",
    "locked",
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "client_order_ref",
    "origin",
    "currency_id",
    "date_order",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "note",
    "invoice_ids",
    "write_date",
)
AMOUNTS = ("price_subtotal", "price_tax")

KINDS: tuple[LineKind, ...] = get_args(LineKind)
BAND = 1000
ROUNDING = BAND * len(KINDS)
"""Sequence numbers from here on are lines for rounding, which the store does not know."""

ROUNDED = "Rounding"
"""What such a line is called."""

_STATES = {"draft": "pending", "sent": "pending", "sale": "processing", "done": "processing"}
_DISCOUNT = re.compile(r"\nDiscount: -(\d+(?:\.\d+)?) [A-Z]{3}$")
_ADDRESS = ("street", "street2", "city", "zip", "state", "country")


def from_wire(wire: Wire) -> StoreOrder:
    """The order as far as Odoo keeps it; its own number where no store has given one."""
    row, lines = wire["order"], wire["lines"]
    known = tuple(_line(one, place) for place, one in enumerate(_told(lines), start=1))
    return StoreOrder(
        number=text(row["client_order_ref"]) or text(row["name"]),
        state=_state(row, lines),
        customer=Ref("partner", str(identity(row["partner_id"]))),
        billing=_contact(wire["billing"]) or Contact(name=""),
        shipping_to=_contact(wire["shipping"]),
        currency=wire["currency"],
        placed_at=moment(row["date_order"]),
        lines=known,
        total=number(row["amount_total"]),
        paid=wire["paid"],
        gross=any(tax["included"] for one in lines for tax in one["taxes"]),
        note=plain(row["note"]),
    )


def _state(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Any:
    told = text(row["state"])
    if told == "cancel":
        return "cancelled"
    if told not in _STATES:
        raise Rejected(f"{row['name']} is in the state {told!r}, which the hub does not know.")
    goods = [one for one in lines if one["stored"] and number(one["quantity"])]
    sent = goods and all(number(one["done"]) >= number(one["quantity"]) for one in goods)
    return "completed" if _STATES[told] == "processing" and sent else _STATES[told]


def _told(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines that the store knows."""
    items = [one for one in lines if not one["display_type"] and int(one["sequence"]) < ROUNDING]
    return [one for one in items if number(one["quantity"])]


def _line(row: Mapping[str, Any], place: int) -> StoreLine:
    told, discount = text(row["name"]), ZERO
    if found := _DISCOUNT.search(told):
        told, discount = told[: found.start()], number(found[1])
    product = identity(row["product"])
    band = max(int(row["sequence"]) - 1, 0) // BAND
    return StoreLine(
        id=str(place),
        kind=KINDS[band] if band < len(KINDS) else "item",
        description=told,
        product=Ref("variant", str(product)) if product else None,
        quantity=number(row["quantity"]),
        net=number(row["net"]),
        discount=discount,
        taxes=_taxes(row),
    )


def _taxes(row: Mapping[str, Any]) -> tuple[TaxAmount, ...]:
    told, tax = row["taxes"], number(row["tax"])
    rates = sum((number(one["rate"]) for one in told), ZERO)
    amounts = [_part(tax, number(one["rate"]), rates) for one in told]
    return tuple(
        TaxAmount(rate=number(one["rate"]), amount=amount, name=text(one["name"]))
        for one, amount in zip(told, amounts, strict=True)
    )


def _part(tax: Decimal, rate: Decimal, rates: Decimal) -> Decimal:
    """What of a line's tax is due to one of its taxes, as fine as the whole is told."""
    return number((tax * rate / rates).quantize(tax)) if rates else ZERO


def _contact(told: Mapping[str, Any] | None) -> Contact | None:
    if not told:
        return None
    return Contact(
        name=told["name"],
        company=told["company"],
        email=told["email"],
        phone=told["phone"],
        vat=told["vat"],
        address=Address(**{name: told[name] for name in _ADDRESS}),
    )
