"""Money given back for an order, with the goods that came back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping import exchange
from qantara.connectors.shopify.mapping.store_order import payment
from qantara.connectors.shopify.mapping.values import Purse, moment, number, shared, text
from qantara.model import Ref, Refund, Returned, StorePayment, TaxAmount
from qantara.model.store import EXCHANGE

RESTOCKED = frozenset({"RETURN", "CANCEL", "LEGACY_RESTOCK"})


def from_wire(wire: Wire, purse: Purse) -> Refund:
    """The refund; `total` is what went back through all payments."""
    order, node = wire["order"], wire["refund"]
    bag, gross = node["totalRefundedSet"], bool(order["taxesIncluded"])
    exchanges = wire.get("exchanges", ())
    swapped = [
        one
        for one in exchange.credits_of(exchanges, purse, gross=gross)
        if one.refund == number(node["id"]) and one.applied
    ]
    return Refund(
        order=Ref("store_order", _whose(order, node, exchanges)),
        number=refund_number(order, number(node["id"])),
        currency=purse.currency(bag),
        total=purse.amount(bag) + sum((one.applied for one in swapped), Decimal(0)),
        lines=tuple(_lines(node, purse, gross=order["taxesIncluded"])),
        payments=tuple(
            payment(one, -purse.amount(one["amountSet"]))
            for one in node["transactions"]["nodes"]
            if one["kind"] == "REFUND" and one["status"] == "SUCCESS"
        )
        + tuple(StorePayment(id=one.name, method=EXCHANGE, amount=-one.applied) for one in swapped),
        reason=text(node["note"]),
        refunded_at=moment(node["processedAt"] or node["createdAt"]),
    )


def refund_number(order: Mapping[str, Any], refund: str) -> str:
    """As people see it."""
    return f"{text(order['name'])}-R{refund}"


def refund_id(order: str, refund: str) -> str:
    """The id of a refund: `<order>/<refund>`."""
    return f"{order}/{refund}"


def is_money(node: Mapping[str, Any]) -> bool:
    """False for what an edit took out of an unpaid order, which Shopify also calls a refund."""
    return any(Decimal(str(money["amount"])) for money in node["totalRefundedSet"].values())


def _whose(
    order: Mapping[str, Any], node: Mapping[str, Any], exchanges: Sequence[Mapping[str, Any]]
) -> str:
    """The order, or the one of an exchange when nothing else of it is given back."""
    given = {one["lineItem"]["id"] for one in node["refundLineItems"]["nodes"]}
    one = number(order["id"])
    for each in exchanges:
        if given and given <= exchange.line_ids([each]):
            return exchange.exchange_id(one, number(each["id"]))
    return one


def _lines(node: Mapping[str, Any], purse: Purse, *, gross: bool) -> Iterator[Returned]:
    for one in node["refundLineItems"]["nodes"]:
        line = one["lineItem"]
        variant = line["variant"]
        given = _given(one["subtotalSet"], one["totalTaxSet"], line, purse, gross=gross)
        yield replace(
            given,
            line=number(line["id"]),
            kind="gift_card" if line["isGiftCard"] else "item",
            product=Ref("variant", number(variant["id"])) if variant else None,
            quantity=Decimal(one["quantity"]),
            restock=one["restockType"] in RESTOCKED,
        )
    for one in node["refundShippingLines"]["nodes"]:
        line = one["shippingLine"]
        given = _given(one["subtotalAmountSet"], one["taxAmountSet"], line, purse, gross=gross)
        yield replace(given, line=f"shipping:{number(line['id'])}", kind="shipping")
    for one in node["duties"] or ():
        yield Returned(
            line=f"duty:{number((one['originalDuty'] or {}).get('id'))}",
            kind="fee",
            net=purse.amount(one["amountSet"]),
            restock=False,
        )


def _given(
    subtotal: Mapping[str, Any],
    tax: Mapping[str, Any],
    line: Mapping[str, Any],
    purse: Purse,
    *,
    gross: bool,
) -> Returned:
    """The amounts of a line; its tax is shared among the taxes that the line was sold with."""
    whole = purse.amount(tax)
    sold = purse.taxes(line["taxLines"])
    parts = shared(whole, [each.amount for each in sold], purse.currency(tax))
    taxes: list[TaxAmount] = [
        replace(each, amount=part) for each, part in zip(sold, parts, strict=True)
    ]
    net = purse.amount(subtotal)
    return Returned(line="", net=net - whole if gross else net, taxes=tuple(taxes), restock=False)
