"""A refund and WooCommerce's refund of an order, whose amounts and quantities are negative."""

from collections.abc import Iterable, Mapping
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping.paying import kind_of_fee
from qantara.connectors.woocommerce.mapping.taxes import Rates, taxes
from qantara.connectors.woocommerce.mapping.values import meta, moment, number, text
from qantara.model import Ref, Refund, Returned, StorePayment
from qantara.model.store import LineKind

Row = Mapping[str, Any]

ITEM = "_refunded_item_id"
RESTOCKED = "_restock_refunded_items"
"""On the order's own line: how many of it went back to the shelf."""


def refund_id(order: object, refund: object) -> str:
    """The refund's id."""
    return f"{order}/{refund}"


def from_wire(wire: Wire) -> Refund:
    """The refund; currency and what went back to the shelf are told by the order."""
    row, order = wire["refund"], wire["order"]
    total = abs(number(row.get("amount")))
    at = moment(row.get("date_created_gmt"))
    return Refund(
        order=Ref("store_order", str(order["id"])),
        number=str(row["id"]),
        currency=order["currency"],
        total=total,
        lines=tuple(_lines(row, order)),
        payments=(
            (
                StorePayment(
                    id=str(row["id"]),
                    method=text(order.get("payment_method")),
                    amount=-total,
                    title=text(order.get("payment_method_title")),
                    at=at,
                ),
            )
            if row.get("refunded_payment")
            else ()
        ),
        reason=text(row.get("reason")),
        refunded_at=at,
    )


def _lines(row: Row, order: Row) -> Iterable[Returned]:
    rates = Rates(by_id={**Rates.of(order).by_id, **Rates.of(row).by_id})
    shelved = {
        str(one["id"]): number(meta(one, RESTOCKED)) for one in order.get("line_items") or ()
    }
    for one in row.get("line_items") or ():
        yield _returned(one, "item", rates, shelved)
    for one in row.get("shipping_lines") or ():
        yield _returned(one, "shipping", rates, shelved)
    for one in row.get("fee_lines") or ():
        yield _returned(one, kind_of_fee(one), rates, shelved)


def _returned(one: Row, kind: LineKind, rates: Rates, shelved: Mapping[str, Any]) -> Returned:
    line = str(meta(one, ITEM) or "")
    variant = one.get("variation_id") or one.get("product_id") or 0
    quantity = abs(number(one.get("quantity"))) if kind == "item" else number(0)
    return Returned(
        line=line,
        kind=kind,
        product=Ref("variant", str(variant)) if variant else None,
        quantity=quantity,
        net=number(-number(one.get("total"))),
        taxes=taxes(one, rates, -1),
        restock=quantity > 0 and shelved.get(line, 0) >= quantity,
    )
