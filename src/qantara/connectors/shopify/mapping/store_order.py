"""An order of Shopify's as a store order: nets after all discounts, taxes by rate, what was paid."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.exchange import refund_ids
from qantara.connectors.shopify.mapping.partner import guest_id
from qantara.connectors.shopify.mapping.values import (
    HUNDRED,
    Purse,
    address,
    moment,
    number,
    person,
    rounded,
    text,
)
from qantara.model import Contact, Coupon, Ref, StoreLine, StoreOrder, StorePayment, TaxAmount
from qantara.model.store import LineKind, PaidName, StoreOrderState
from qantara.transport import Rejected

PAID: Mapping[str, PaidName] = {
    "PENDING": "no",
    "EXPIRED": "no",
    "VOIDED": "no",
    "AUTHORIZED": "authorized",
    "PARTIALLY_PAID": "partly",
    "PAID": "yes",
    "PARTIALLY_REFUNDED": "yes",
    "REFUNDED": "yes",
}

LOST = frozenset({"EXPIRED", "VOIDED"})
"""Payments that will not come any more."""

SIGNS: Mapping[str, int] = {"SALE": 1, "CAPTURE": 1, "CHANGE": -1}
"""Transactions in which money moved for the order; refunds are told with their refund."""

GIFT_CARD = "gift_card"

_TIP = re.compile(r"\btips?\b", re.IGNORECASE)
_NOTHING = Decimal(0)


def from_wire(wire: Wire, purse: Purse, vat_attribute: str) -> StoreOrder:
    """The order before what was given back of it, which `refund` tells."""
    node = wire["node"]
    lines = _lines(node, purse)
    billing = _contact(node["billingAddress"] or node["shippingAddress"], node, vat_attribute)
    return StoreOrder(
        number=text(node["name"]),
        state=state(node),
        customer=Ref("partner", guest_id(node)),
        billing=billing,
        shipping_to=_contact(node["shippingAddress"], node, "")
        if node["shippingAddress"]
        else None,
        currency=purse.currency(node["totalPriceSet"]),
        placed_at=moment(node["processedAt"] or node["createdAt"]),
        lines=lines,
        total=_total(node, lines, purse),
        paid=_paid(node),
        method=_method(node),
        gross=bool(node["taxesIncluded"]),
        payments=tuple(_payments(node["transactions"], purse)),
        coupons=_coupons(node, lines, purse),
        note=text(node["note"]),
        extra={"shopify": _extra(node)},
    )


def state(node: Mapping[str, Any]) -> StoreOrderState:
    """Which of our states an order is in."""
    if node["cancelledAt"]:
        return "cancelled"
    sent = node["displayFulfillmentStatus"]
    if sent == "FULFILLED":
        return "completed"
    if node["displayFinancialStatus"] in LOST:
        return "failed"
    if sent == "ON_HOLD":
        return "on_hold"
    return "pending" if _paid(node) == "no" and not _by_hand(node) else "processing"


def payment(one: Mapping[str, Any], amount: Decimal) -> StorePayment:
    """Money that moved."""
    return StorePayment(
        id=number(one["id"]),
        method=text(one["gateway"]),
        title=text(one["formattedGateway"]),
        amount=amount,
        at=moment(one["processedAt"]),
    )


def _paid(node: Mapping[str, Any]) -> PaidName:
    told = text(node["displayFinancialStatus"])
    if told not in PAID:
        raise Rejected(f"The payment of {node['name']} is {told!r}, which is not known.")
    return PAID[told]


def _by_hand(node: Mapping[str, Any]) -> bool:
    """Cash on delivery and the like: the goods go before the money comes."""
    return any(one["manualPaymentGateway"] for one in node["transactions"])


def _method(node: Mapping[str, Any]) -> str:
    """How the customer chose to pay; a gift card only where it is all there is."""
    gateways = [text(one["gateway"]) for one in node["transactions"] if one["kind"] in SIGNS]
    every = [*gateways, *node["paymentGatewayNames"]]
    others = [one for one in every if one and one != GIFT_CARD]
    return next(iter([*others, *every]), "")


def _lines(node: Mapping[str, Any], purse: Purse) -> tuple[StoreLine, ...]:
    items = [line for one in node["lineItems"]["nodes"] if (line := _item(one, node, purse))]
    rest = [
        *(_shipping(one, node, purse) for one in node["shippingLines"]["nodes"]),
        *_duties(node, purse),
        *(_fee(one, "fee", text(one["name"]), purse) for one in node["additionalFees"]),
    ]
    return (*_with_tip(items, purse.amount(node["totalTipReceivedSet"])), *rest)


def _item(one: Mapping[str, Any], node: Mapping[str, Any], purse: Purse) -> StoreLine | None:
    """A line with what was ordered, after edits; one that was taken out altogether is none."""
    quantity = _ordered(one, node)
    if not quantity:
        return None
    part = Decimal(quantity) / Decimal(one["quantity"])
    line = _discounted(one, one["originalTotalSet"], node, purse, part)
    variant = one["variant"]
    return replace(
        line,
        kind="gift_card" if one["isGiftCard"] else "item",
        description=text(one["name"]),
        product=Ref("variant", number(variant["id"])) if variant else None,
        sku=text(one["sku"]),
        quantity=Decimal(quantity),
    )


def _ordered(one: Mapping[str, Any], node: Mapping[str, Any]) -> int:
    """What stands in the order now, and what was given back for money or for other goods."""
    swapped = refund_ids(node.get("exchanges", ()))
    back = sum(
        line["quantity"]
        for refund in node["refunds"]
        if any(_any_amount(refund["totalRefundedSet"])) or refund["id"] in swapped
        for line in refund.get("refundLineItems", {}).get("nodes", ())
        if line["lineItem"]["id"] == one["id"]
    )
    return min(int(one["quantity"]), int(one["currentQuantity"]) + int(back))


def _any_amount(bag: Mapping[str, Any]) -> Iterator[bool]:
    yield from (Decimal(str(money["amount"])) != 0 for money in bag.values())


def _shipping(one: Mapping[str, Any], node: Mapping[str, Any], purse: Purse) -> StoreLine:
    line = _discounted(one, one["originalPriceSet"], node, purse)
    return replace(
        line,
        id=f"shipping:{line.id}",
        kind="shipping",
        description=text(one["title"]),
    )


def _discounted(
    one: Mapping[str, Any],
    before: Mapping[str, Any],
    node: Mapping[str, Any],
    purse: Purse,
    part: Decimal = Decimal(1),
) -> StoreLine:
    """The part of a line that an edit has left: its price less its share of all discounts."""
    currency = purse.currency(before)
    off = _left(_off(one, purse), part, currency)
    taxes = tuple(
        replace(tax, amount=_left(tax.amount, part, currency))
        for tax in purse.taxes(one["taxLines"])
    )
    after = _left(purse.amount(before), part, currency) - off
    tax = sum((each.amount for each in taxes), _NOTHING)
    return StoreLine(
        id=number(one["id"]),
        net=after - tax if node["taxesIncluded"] else after,
        discount=_without_tax(off, taxes, currency) if node["taxesIncluded"] else off,
        taxes=taxes,
    )


def _left(amount: Decimal, part: Decimal, currency: str) -> Decimal:
    return amount if part == 1 else rounded(amount * part, currency)


def _off(one: Mapping[str, Any], purse: Purse) -> Decimal:
    every = (purse.amount(each["allocatedAmountSet"]) for each in one["discountAllocations"])
    return sum(every, _NOTHING)


def _without_tax(amount: Decimal, taxes: Sequence[TaxAmount], currency: str) -> Decimal:
    rate = sum((each.rate for each in taxes), _NOTHING)
    return rounded(amount * HUNDRED / (HUNDRED + rate), currency) if rate else amount


def _duties(node: Mapping[str, Any], purse: Purse) -> list[StoreLine]:
    """Import duties of lines, unless their prices hold them."""
    if node["dutiesIncluded"]:
        return []
    return [
        _fee(duty, "fee", "Duties", purse, prefix="duty:")
        for line in node["lineItems"]["nodes"]
        for duty in line["duties"]
    ]


def _fee(
    one: Mapping[str, Any], kind: LineKind, name: str, purse: Purse, prefix: str = "fee:"
) -> StoreLine:
    return StoreLine(
        id=f"{prefix}{number(one['id'])}",
        kind=kind,
        description=name,
        net=purse.amount(one["price"]),
        taxes=purse.taxes(one["taxLines"]),
    )


def _with_tip(items: Sequence[StoreLine], tip: Decimal) -> list[StoreLine]:
    """The tip is a line without product where the checkout made one, else it stands apart."""
    if not tip:
        return list(items)
    found = [
        one
        for one in items
        if one.product is None and one.net == tip and _TIP.search(one.description)
    ]
    if found:
        return [replace(one, kind="tip") if one is found[0] else one for one in items]
    return [*items, StoreLine(id="tip", kind="tip", description="Tip", net=tip)]


def _total(node: Mapping[str, Any], lines: Sequence[StoreLine], purse: Purse) -> Decimal:
    """What the customer pays: as the shop tells it, before what was given back."""
    whole, now = purse.amount(node["totalPriceSet"]), purse.amount(node["currentTotalPriceSet"])
    if whole == now or not node["edited"]:
        return whole
    if not any(any(_any_amount(one["totalRefundedSet"])) for one in node["refunds"]):
        return now
    return sum((one.net + sum((t.amount for t in one.taxes), _NOTHING) for one in lines), _NOTHING)


def _payments(transactions: Sequence[Mapping[str, Any]], purse: Purse) -> Iterator[StorePayment]:
    for one in transactions:
        if one["status"] == "SUCCESS" and one["kind"] in SIGNS:
            yield payment(one, SIGNS[one["kind"]] * purse.amount(one["amountSet"]))


def _coupons(
    node: Mapping[str, Any], lines: Sequence[StoreLine], purse: Purse
) -> tuple[Coupon, ...]:
    """Each code and what it took off, of goods and of shipping."""
    taxed = {one.id.removeprefix("shipping:"): one.taxes for one in lines}
    found: dict[str, Decimal] = {}
    for one in (*node["lineItems"]["nodes"], *node["shippingLines"]["nodes"]):
        for each in one["discountAllocations"]:
            if code := text(each["discountApplication"].get("code")):
                bag = each["allocatedAmountSet"]
                off = purse.amount(bag)
                if node["taxesIncluded"]:
                    off = _without_tax(off, taxed.get(number(one["id"]), ()), purse.currency(bag))
                found[code] = found.get(code, _NOTHING) + off
    return tuple(Coupon(code=code, amount=amount) for code, amount in found.items())


def _contact(
    place: Mapping[str, Any] | None, node: Mapping[str, Any], vat_attribute: str
) -> Contact:
    email = text(node["email"]).strip()
    vat = next(
        (
            text(one["value"]).strip()
            for one in node["customAttributes"]
            if vat_attribute and one["key"].casefold() == vat_attribute.casefold()
        ),
        "",
    )
    return Contact(
        name=person(place) or email or text(node["name"]),
        company=text((place or {}).get("company")),
        email=email,
        phone=text((place or {}).get("phone")) or text(node["phone"]),
        vat=vat,
        address=address(place),
    )


def _extra(node: Mapping[str, Any]) -> dict[str, object]:
    return {
        "id": number(node["id"]),
        "tags": list(node["tags"]),
        "source": text(node["sourceName"]),
        "attributes": {one["key"]: text(one["value"]) for one in node["customAttributes"]},
        "payment": text(node["displayFinancialStatus"]),
        "fulfilment": text(node["displayFulfillmentStatus"]),
        "edited": bool(node["edited"]),
    }
