"""How an order was paid: by which gateway, when, and what of it by gift cards."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.connectors.woocommerce.mapping.values import meta, moment, number, text
from qantara.model import StoreLine, StorePayment
from qantara.model.store import LineKind, PaidName

Row = Mapping[str, Any]

CARD = "gift_card"
"""The method of a payment by gift card."""

TIP = re.compile(r"(?i)\btip\b|\btips\b|gratuity|trinkgeld|pourboire|بقشيش|إكرامية|чайов")
GIFT_CARD = re.compile(r"(?i)gift.?card|gift.?certificate|voucher|بطاقة هدية|قسيمة|подарунков")
SOLD_CARD = ("wc_gc_giftcard_", "pw_gift_card_", "_ywgc_", "ywgc_")
"""How the metadata begins by which plugins know a line that sells a gift card."""

AUTHORIZED = {
    "_stripe_charge_captured": "no",
    "_wcpay_intention_status": "requires_capture",
    "_paypal_status": "on-hold",
}
"""What gateways note on an order whose money is reserved and not yet taken."""


def kind_of_fee(fee: Row) -> LineKind:
    """A tip by its name; a gift card that pays is a fee below zero; everything else is a fee."""
    name = text(fee.get("name"))
    if TIP.search(name):
        return "tip"
    return "gift_card" if number(fee.get("total")) < 0 and GIFT_CARD.search(name) else "fee"


def sells_card(item: Row) -> bool:
    """Whether the line sells a gift card."""
    keys = [text(one.get("key")) for one in item.get("meta_data") or ()]
    return any(key.startswith(SOLD_CARD) for key in keys)


def parted(lines: Sequence[StoreLine]) -> tuple[tuple[StoreLine, ...], tuple[StoreLine, ...]]:
    """The lines of the document, and those fees that are gift cards and pay for it."""
    cards = tuple(one for one in lines if one.kind == CARD and one.net < 0)
    return tuple(one for one in lines if one not in cards), cards


def payments(row: Row, cards: Sequence[StoreLine]) -> tuple[StorePayment, ...]:
    """By gift cards first, then what the gateway took, once it has."""
    at = moment(row.get("date_paid_gmt"))
    by_card = [
        StorePayment(
            id=f"{row['id']}/{one.id}",
            method=CARD,
            amount=number(-one.net - _tax(one)),
            title=one.description,
            at=at or moment(row.get("date_created_gmt")),
        )
        for one in cards
    ]
    by_card += [_of_plugin(row, one) for one in row.get("gift_cards") or ()]
    if at is None or not number(row.get("total")):
        return tuple(by_card)
    return (
        *by_card,
        StorePayment(
            id=text(row.get("transaction_id")) or str(row["id"]),
            method=text(row.get("payment_method")),
            amount=number(row.get("total")),
            title=text(row.get("payment_method_title")),
            at=at,
        ),
    )


def total(row: Row, lines: Sequence[StoreLine], cards: Sequence[StoreLine]) -> Decimal:
    """What the customer pays, gift cards included.

    The plugin Gift Cards takes them off the order's total and tells them apart; whether it did shows
    in what the lines come to.
    """
    told = number(
        number(row.get("total")) + sum((-one.net - _tax(one) for one in cards), Decimal(0))
    )
    apart = sum((number(one.get("amount")) for one in row.get("gift_cards") or ()), Decimal(0))
    comes_to = sum((one.net + _tax(one) for one in lines), Decimal(0))
    return number(told + apart) if apart and abs(comes_to - told - apart) < abs(apart) / 2 else told


def how_far(row: Row, paid: Sequence[StorePayment]) -> PaidName:
    """Whether the money is there. Cash on delivery is none until the order is completed."""
    if moment(row.get("date_paid_gmt")):
        return "yes"
    if any(text(meta(row, key)) == value for key, value in AUTHORIZED.items()):
        return "authorized"
    return "partly" if paid else "no"


def _of_plugin(row: Row, card: Row) -> StorePayment:
    code = text(card.get("code"))
    return StorePayment(
        id=f"{row['id']}/{card.get('id') or code}",
        method=CARD,
        amount=number(card.get("amount")),
        title=code,
        at=moment(row.get("date_paid_gmt")) or moment(row.get("date_created_gmt")),
    )


def _tax(line: StoreLine) -> Decimal:
    return sum((tax.amount for tax in line.taxes), Decimal(0))
