"""Goods on their way: what shall be moved, what was packed, and what they are packed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from qantara.model.commerce import Unit
from qantara.model.reference import Ref

TransferStateName = Literal["draft", "waiting", "ready", "done", "cancelled"]
DirectionName = Literal["incoming", "outgoing", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """What shall be moved."""

    product: Ref
    quantity: Decimal
    unit: Unit | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What was really put in: of one lot or serial number, in one package (by its name) or loose.

    Not every system has a place for `expires_at`: it does not tell two of these apart.
    """

    product: Ref
    quantity: Decimal
    unit: Unit | None = None
    lot: str = ""
    expires_at: datetime | None = field(default=None, compare=False)
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A box or pallet; the weight is in kilograms."""

    name: str
    kind: str = ""
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A packing list or a receipt. Times are aware UTC, weights in kilograms.

    `ready` says that a person marked the packed goods as complete before they leave; `container`
    is the reference of the container or vehicle. `order` is the order that it serves, on the side
    where the record is; `backorder_of` and `return_of` are other transfers.
    """

    number: str
    state: TransferStateName = "draft"
    direction: DirectionName = "outgoing"
    partner: Ref | None = None
    origin: str = ""
    order: Ref | None = None
    scheduled_at: datetime | None = None
    done_at: datetime | None = None
    lines: tuple[TransferLine, ...] = ()
    packed: tuple[Packed, ...] = ()
    packages: tuple[Package, ...] = ()
    container: str = ""
    weight: Decimal | None = None
    ready: bool = False
    note: str = ""
    backorder_of: Ref | None = None
    return_of: Ref | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
