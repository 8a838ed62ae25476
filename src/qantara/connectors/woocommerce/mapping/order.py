"""An order of WooCommerce as it is told: lines, taxes, coupons, payments, people."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping import paying
from qantara.connectors.woocommerce.mapping.address import buyer, contact, vat_number
from qantara.connectors.woocommerce.mapping.taxes import Rates, settled, taxes
from qantara.connectors.woocommerce.mapping.values import moment, number, text
from qantara.model import Contact, Coupon, Ref, StoreLine, StoreOrder
from qantara.model.store import StoreOrderState
from qantara.transport import Rejected

STATES: Mapping[str, StoreOrderState] = {
    "pending": "pending",
    "on-hold": "on_hold",
    "processing": "processing",
    "completed": "completed",
    "cancelled": "cancelled",
    "failed": "failed",
}
WRITTEN: Mapping[str, str] = {
    "completed": "completed",
    "cancelled": "cancelled",
    "on_hold": "on-hold",
}
"""What the hub may say of an order, in the store's words."""

REFUNDED = "refunded"
NO_ORDERS = frozenset({"checkout-draft", "auto-draft", "trash"})
"""A cart on its way through the till, and what was thrown away."""


def from_wire(wire: Wire) -> StoreOrder:
    """The order; its state by `wire["states"]` where a plugin has added some."""
    row = wire["order"]
    rates = Rates.of(row)
    lines, cards = paying.parted(settled(_lines(row, rates), row))
    paid = paying.payments(row, cards)
    return StoreOrder(
        number=text(row.get("number")) or str(row["id"]),
        state=_state(row, wire.get("states") or {}),
        customer=Ref("partner", buyer(row)),
        billing=contact(row.get("billing") or {}, vat_number(row)),
        currency=row["currency"],
        placed_at=moment(row.get("date_created_gmt")),
        lines=lines,
        total=paying.total(row, lines, cards),
        shipping_to=_shipping(row.get("shipping") or {}),
        paid=paying.how_far(row, paid),
        method=text(row.get("payment_method")),
        gross=bool(row.get("prices_include_tax")),
        payments=paid,
        coupons=tuple(
            Coupon(code=text(one.get("code")), amount=number(one.get("discount")))
            for one in row.get("coupon_lines") or ()
        ),
        note=text(row.get("customer_note")),
    )


def is_order(row: Mapping[str, Any]) -> bool:
    """False for what only looks like one."""
    return row.get("status") not in NO_ORDERS


def own_states(setting: str) -> dict[str, str]:
    """`shipped=completed, picking=processing` as a table; raises Rejected for what is no state."""
    pairs = [one.partition("=")[::2] for one in setting.split(",") if one.strip()]
    found = {theirs.strip(): ours.strip() for theirs, ours in pairs}
    for theirs, ours in found.items():
        if ours not in get_args(StoreOrderState):
            raise Rejected(
                f"The setting statuses says {theirs}={ours}, and {ours!r} is no state of an order.",
                remedy=f"Write one of {', '.join(get_args(StoreOrderState))}.",
            )
    return found


def _state(row: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
    status = text(row.get("status"))
    if status in own:
        return own[status]
    if status == REFUNDED:
        return "completed" if row.get("date_completed_gmt") else "cancelled"
    if status not in STATES:
        raise Rejected(
            f"The order's status {status!r} comes from a plugin and is not known here.",
            remedy=f"Say what it means in the connection's setting statuses: {status}=processing",
            field="state",
        )
    return STATES[status]


def _shipping(told: Mapping[str, Any]) -> Contact | None:
    """WooCommerce fills in the country where nothing else was asked for."""
    named = any(text(value) for name, value in told.items() if name not in {"country", "state"})
    return contact(told) if named else None


def _lines(row: Mapping[str, Any], rates: Rates) -> list[StoreLine]:
    items = [_item(one, rates) for one in row.get("line_items") or ()]
    shipping = [_shipped(one, rates) for one in row.get("shipping_lines") or ()]
    fees = [_fee(one, rates) for one in row.get("fee_lines") or ()]
    return [*items, *shipping, *fees]


def _item(one: Mapping[str, Any], rates: Rates) -> StoreLine:
    variant = one.get("variation_id") or one.get("product_id") or 0
    net = number(one.get("total"))
    return StoreLine(
        id=str(one["id"]),
        kind="gift_card" if paying.sells_card(one) else "item",
        description=text(one.get("name")),
        product=Ref("variant", str(variant)) if variant else None,
        sku=text(one.get("sku")),
        quantity=number(one.get("quantity")),
        net=net,
        discount=_discount(one, net),
        taxes=taxes(one, rates),
    )


def _discount(one: Mapping[str, Any], net: Decimal) -> Decimal:
    return number(number(one.get("subtotal")) - net)


def _shipped(one: Mapping[str, Any], rates: Rates) -> StoreLine:
    return StoreLine(
        id=str(one["id"]),
        kind="shipping",
        description=text(one.get("method_title")),
        net=number(one.get("total")),
        taxes=taxes(one, rates),
    )


def _fee(one: Mapping[str, Any], rates: Rates) -> StoreLine:
    return StoreLine(
        id=str(one["id"]),
        kind=paying.kind_of_fee(one),
        description=text(one.get("name")),
        net=number(one.get("total")),
        taxes=taxes(one, rates),
    )
