"""An order of which something was exchanged: as it was, and the other goods as an order of their own.

Both come to what the shop's order does, less what the refund credits; a payment belongs to the order
as it was until that is paid, and then to the exchanges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping import exchange, store_order
from qantara.connectors.shopify.mapping.refund import refund_number
from qantara.connectors.shopify.mapping.values import Purse, text
from qantara.model import StoreOrder, StorePayment
from qantara.model.store import EXCHANGE, PaidName, StoreOrderState

Node = Mapping[str, Any]
_NOTHING = Decimal(0)
OVER = frozenset({"cancelled", "failed"})
NO_MORE: Node = {"shippingLines": {"nodes": []}, "additionalFees": [], "totalTipReceivedSet": None}
"""What of an order its exchanges have no part in."""


def from_wire(wire: Wire, purse: Purse, vat_attribute: str) -> StoreOrder:
    """The order as it was; or, where the wire names an exchange, what was sent in it."""
    node = wire["node"]
    if not node.get("exchanges"):
        return store_order.from_wire(wire, purse, vat_attribute)
    bare = {"node": _with_lines(node, exchange.line_ids(node["exchanges"]), inside=False)}
    order = _summed(store_order.from_wire(bare, purse, vat_attribute))
    orders = [_of_exchange(node, one, purse, vat_attribute) for one in node["exchanges"]]
    every = [_stood(order, bare["node"]), *orders]
    parts = _shared(order.payments, [_owed(one) for one in every])
    at = (
        [one["id"] for one in node["exchanges"]].index(wire["exchange"]) + 1
        if "exchange" in wire
        else 0
    )
    return _paid(every[at], parts[at])


def _of_exchange(node: Node, one: Node, purse: Purse, vat_attribute: str) -> StoreOrder:
    """What was sent in it, and what pays for it without money."""
    ids = exchange.line_ids([one])
    bare = {**_with_lines(node, ids, inside=True), **NO_MORE}
    told = store_order.from_wire({"node": bare}, purse, vat_attribute)
    told_of = exchange.credits_of([one], purse, gross=bool(node["taxesIncluded"]))
    payments = tuple(
        StorePayment(id=refund_number(node, each.refund), method=EXCHANGE, amount=each.applied)
        for each in told_of
        if each.applied
    )
    own = replace(told, number=text(one["name"]), payments=payments, coupons=())
    return _stood(_summed(own), bare)


def _with_lines(node: Node, ids: frozenset[str], *, inside: bool) -> dict[str, Any]:
    lines = [one for one in node["lineItems"]["nodes"] if (one["id"] in ids) is inside]
    return {**node, "lineItems": {**node["lineItems"], "nodes": lines}}


def _summed(order: StoreOrder) -> StoreOrder:
    """The shop tells a total of both; each comes to its lines."""
    net = sum((line.net for line in order.lines), _NOTHING)
    return replace(order, total=net + order.tax)


def _stood(order: StoreOrder, node: Node) -> StoreOrder:
    """Each is sent by itself."""
    if order.state in OVER:
        return order
    waiting = any(one["unfulfilledQuantity"] for one in node["lineItems"]["nodes"])
    left: StoreOrderState = "processing" if order.state == "completed" else order.state
    return replace(order, state=left if waiting else "completed")


def _owed(order: StoreOrder) -> Decimal:
    """What money is to pay of it."""
    return order.total - _without_money(order)


def _without_money(order: StoreOrder) -> Decimal:
    return sum((one.amount for one in order.payments if one.method == EXCHANGE), _NOTHING)


def _shared(
    payments: Sequence[StorePayment], wanted: Sequence[Decimal]
) -> list[list[StorePayment]]:
    """Each payment to the first that it is needed for; what nobody needs, to the first of all."""
    left, parts = list(wanted), [list[StorePayment]() for _ in wanted]
    for payment in payments:
        rest, name = payment.amount, payment.id
        for at in range(len(left)):
            part = min(rest, max(_NOTHING, left[at]))
            if part > 0:
                parts[at].append(replace(payment, id=name, amount=part))
                left[at] -= part
                rest -= part
                name = f"{payment.id}x{at + 1}"
        if rest:
            parts[0].append(replace(payment, id=name, amount=rest))
    return parts


def _paid(order: StoreOrder, money: Sequence[StorePayment]) -> StoreOrder:
    """With its share of the payments, and how much of it these pay."""
    applied = tuple(one for one in order.payments if one.method == EXCHANGE)
    every = (*applied, *money)
    came = sum((one.amount for one in every), _NOTHING)
    paid: PaidName = "yes" if came >= order.total else ("partly" if came else "no")
    if order.paid == "authorized" and not applied:
        paid = "authorized"
    method = EXCHANGE if applied and not money and paid == "yes" else order.method
    return replace(order, payments=every, paid=paid, method=method)
