"""Orders of a web store as the store tells them: who bought what, what was paid, sent and given back.

A store's amounts are the truth: they are carried as they are, and never computed anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from qantara.model.party import Address
from qantara.model.reference import Ref

StoreOrderState = Literal["pending", "on_hold", "processing", "completed", "cancelled", "failed"]
PaidName = Literal["no", "authorized", "partly", "yes"]
EXCHANGE = "exchange"
"""The method of a payment in which no money moved: an order is set off against a refund whose number
is the payment's id, and the refund against the order."""

LineKind = Literal["item", "shipping", "fee", "tip", "gift_card"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody as an order names him, who need not have an account."""

    name: str
    company: str = ""
    email: str = ""
    phone: str = ""
    vat: str = ""
    address: Address = Address()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAmount:
    """What one tax came to. `rate` is in percent: 15 for 15 %."""

    rate: Decimal
    amount: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLine:
    """One line of a store order, in the order of the document.

    `net` is what the line costs after all discounts, without tax; `taxes` are what its taxes come
    to. `discount` is what was taken off, without tax. A product that the store does not know any
    more has no `product`. A gift card that pays is a payment; one that is sold is a line.
    """

    id: str
    kind: LineKind = "item"
    description: str = ""
    product: Ref | None = None
    sku: str = ""
    quantity: Decimal = Decimal(1)
    net: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    taxes: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePayment:
    """Money that came in (or, negative, went back). `method` is the gateway's code in the store."""

    id: str
    method: str
    amount: Decimal
    title: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A code that was used, and what it took off, without tax."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOrder:
    """An order of a web store. Times are aware UTC; amounts are in `currency`.

    `total` includes tax and is what the customer pays. `customer` is an account or a guest (see the
    connector's entity `partner`). `gross` says that prices were shown with tax. `number` is what
    customers see; `method` is the payment method that was chosen, cash on delivery included.
    """

    number: str
    state: StoreOrderState
    customer: Ref | None
    billing: Contact
    currency: str
    placed_at: datetime | None
    lines: tuple[StoreLine, ...]
    total: Decimal
    shipping_to: Contact | None = None
    paid: PaidName = "no"
    method: str = ""
    gross: bool = False
    payments: tuple[StorePayment, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    note: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def tax(self) -> Decimal:
        """All tax of all lines."""
        return sum((tax.amount for line in self.lines for tax in line.taxes), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """So many of an order's line. `line` is its id where the record is; "" goes by the product."""

    product: Ref
    quantity: Decimal
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Goods of a store order that left, all in one delivery. Times are aware UTC.

    `carrier` is its name as people read it; `tracking` are the parcels' numbers.
    """

    order: Ref
    number: str
    lines: tuple[Sent, ...]
    carrier: str = ""
    tracking: tuple[str, ...] = ()
    tracking_url: str = ""
    shipped_at: datetime | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What is given back of an order's line; `quantity` 0 gives back money only.

    `net` and `taxes` are positive. `restock` says whether the goods are sold again.
    """

    line: str
    kind: LineKind = "item"
    product: Ref | None = None
    quantity: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    taxes: tuple[TaxAmount, ...] = ()
    restock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back for a store order. `total` includes tax, is positive, and is the truth.

    What of it belongs to no line is an adjustment: `total` less what the lines come to.
    """

    order: Ref
    number: str
    currency: str
    total: Decimal
    lines: tuple[Returned, ...] = ()
    payments: tuple[StorePayment, ...] = ()
    reason: str = ""
    refunded_at: datetime | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
