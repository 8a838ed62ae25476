"""Purchase and sale orders, and what is told about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from qantara.model.commerce import Unit
from qantara.model.money import Money
from qantara.model.reference import Ref

OrderStateName = Literal["draft", "sent", "to_approve", "confirmed", "locked", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A percentage on a line; `included` when the line's price contains it."""

    rate: Decimal
    included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line, in the order of the document. Sections and notes carry only a description."""

    kind: Literal["item", "section", "note"] = "item"
    description: str = ""
    product: Ref | None = None
    quantity: Decimal = Decimal(0)
    unit: Unit | None = None
    price: Money | None = None
    discount: Decimal = Decimal(0)
    taxes: tuple[Tax, ...] = ()
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """An order as its buyer wrote it. Times are aware UTC; `total` includes tax."""

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
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOrder:
    """An order as its seller keeps it. Times are aware UTC; `total` includes tax."""

    number: str
    state: OrderStateName
    customer: Ref
    currency: str
    ordered_at: datetime | None
    lines: tuple[OrderLine, ...]
    total: Money
    customer_reference: str = ""
    note: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """The news that a sale order has reached a state."""

    order: Ref
    number: str
    state: OrderStateName


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A message to be posted once on another record; `body` is plain text."""

    on: Ref
    body: str
