"""What a factory offers its buyer, and what the buyer's replenishment team asks for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from qantara.model.commerce import Unit
from qantara.model.reference import Ref

RequestStateName = Literal["sent", "draft", "waiting", "ready", "done", "cancelled", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """How much of one variant can be asked for: free and incoming, in the product's own unit.

    `lead_days` is the time from an order to its shipment. What is not `active` is not sold any more:
    nothing of it is free.
    """

    product: Ref
    name: str
    sku: str = ""
    unit: Unit | None = None
    free: Decimal = Decimal(0)
    incoming: Decimal = Decimal(0)
    lead_days: Decimal = Decimal(0)
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """So much of one variant, in the product's own unit; `name` is what the team calls it."""

    product: Ref
    quantity: Decimal
    unit: Unit | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the team asks for at once; `answer` is what came of it: a number, and a word on it.

    `language` is that of who asked (ISO 639-1), "" where nobody knows.
    """

    number: str
    state: RequestStateName = "sent"
    requested_by: str = ""
    requested_at: datetime | None = None
    lines: tuple[RequestLine, ...] = ()
    note: str = ""
    answer: str = ""
    remark: str = ""
    language: str = ""
