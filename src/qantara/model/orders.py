"""Purchase and sale orders, and what is told about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from qantara.model.commerce import Unit
from qantara.model.decisions import Choice
from qantara.model.money import Money
from qantara.model.party import Address
from qantara.model.reference import Ref
from qantara.model.text import Text

OrderStateName = Literal["draft", "sent", "to_approve", "confirmed", "locked", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A percentage on a line; `included` when the line's price contains it."""

    rate: Decimal
    included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line, in the order of the document. Sections and notes carry only a description.

    `taxes` are None where they are the affair of whoever has the order.
    """

    kind: Literal["item", "section", "note"] = "item"
    description: str = ""
    product: Ref | None = None
    quantity: Decimal = Decimal(0)
    unit: Unit | None = None
    price: Money | None = None
    discount: Decimal = Decimal(0)
    taxes: tuple[Tax, ...] | None = ()
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAddress:
    """Where goods are wanted, when that is not the seat of who buys them."""

    name: str
    address: Address
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """An order as its buyer wrote it. Times are aware UTC; `total` includes tax.

    `due` is when the first of it is wanted, `payment_terms` their name.
    """

    number: str
    state: OrderStateName
    vendor: Ref
    buyer: Ref
    currency: str
    ordered_at: datetime | None
    lines: tuple[OrderLine, ...]
    total: Money
    vendor_reference: str = ""
    note: str = ""
    due: datetime | None = None
    deliver_to: DeliveryAddress | None = None
    payment_terms: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOrder:
    """An order as its seller keeps it. Times are aware UTC; `total` includes tax.

    `due` is when it was promised, `payment_terms` their name.
    """

    number: str
    state: OrderStateName
    customer: Ref
    currency: str
    ordered_at: datetime | None
    lines: tuple[OrderLine, ...]
    total: Money
    customer_reference: str = ""
    note: str = ""
    due: datetime | None = None
    deliver_to: DeliveryAddress | None = None
    payment_terms: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """The news that a sale order has reached a state."""

    order: Ref
    number: str
    state: OrderStateName


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStanding:
    """Where a sale order stands now, as somebody who decides about it must know it.

    `customer` is the customer's name, `reference` his own number of it; `made_at` is when the
    document was made, aware UTC.
    """

    order: Ref
    number: str
    state: OrderStateName
    customer: str
    reference: str
    total: Money
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one side would trade by: the lines that count, in the order of the document, and `due`.

    Sections, notes and lines of nothing are no terms. `number` is the order's own, `choices` are
    what may be answered to them. `id` is their own: they are known by it as long as they stay so.
    """

    order: Ref
    number: str
    currency: str
    lines: tuple[OrderLine, ...]
    due: datetime | None = None
    choices: tuple[Choice, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A message to be posted once on another record; `body` is plain text.

    With translations the target's main language is shown. `choices` are buttons below it.
    `occasion` says what a question is asked for: another occasion asks anew.
    """

    on: Ref
    body: str | Text
    choices: tuple[Choice, ...] = ()
    occasion: str = ""
