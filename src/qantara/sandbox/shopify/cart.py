"""What a shopper puts together: items, discounts, carriage, payments. Amounts are the shopper's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict

GATEWAY = "shopify_payments"
CASH_ON_DELIVERY = "Cash on Delivery (COD)"
GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """15 is 15 %."""

    percent: Decimal
    name: str = "VAT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line: a variant by its SKU, or something of its own by title and price.

    `price` and `taxes` of None mean the variant's price and the order's taxes. A gift card bears
    no tax and is not sent.
    """

    sku: str = ""
    title: str = ""
    quantity: int = 1
    price: Decimal | None = None
    taxes: Sequence[Tax] | None = None
    gift_card: bool = False
    sent: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """Percent or amount off: all lines (shared out), the lines of one `sku`, or the shipping.

    With a `code` it was typed in; `automatic` ones come by themselves; the others were granted by
    the staff. Discounts apply one after the other to what is left.
    """

    code: str = ""
    title: str = ""
    percent: Decimal | None = None
    amount: Decimal | None = None
    on: Literal["lines", "shipping"] = "lines"
    sku: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """The shipping that was chosen."""

    title: str
    price: Decimal
    code: str = ""
    taxes: Sequence[Tax] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One transaction; no `amount` is what is left to pay."""

    gateway: str = GATEWAY
    amount: Decimal | None = None
    kind: Literal["SALE", "AUTHORIZATION"] = "SALE"
    status: Literal["SUCCESS", "PENDING", "FAILURE"] = "SUCCESS"


class Wishes(TypedDict, total=False):
    """What `order` takes, all by keyword.

    `payments` of None is one card payment of all; () is none. `rate`: how much of `currency` one
    unit of the shop's currency buys. `customer` is a number; with only an `email` it is a guest.
    Addresses hold the API's names of fields.
    """

    items: Sequence[Item]
    customer: str
    email: str
    phone: str
    shipping: Carriage | None
    discounts: Sequence[Discount]
    tip: Decimal
    payments: Sequence[Payment] | None
    taxes: Sequence[Tax]
    taxes_included: bool
    currency: str
    rate: Decimal
    note: str
    tags: Sequence[str]
    attributes: Mapping[str, str]
    po_number: str
    billing: Mapping[str, Any]
    shipping_address: Mapping[str, Any]
    processed_at: datetime
    location: str
    source: str
    test: bool
