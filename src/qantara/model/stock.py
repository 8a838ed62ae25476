"""Where goods lie and how many of them may be promised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from qantara.model.reference import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A place that holds stock; `code` is short and unique within its connection."""

    code: str
    name: str
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """How much of one variant is free in one warehouse: on hand less reserved, in the product's unit.

    `seen` is what the target was known to have when `free` was decided: where it has another
    quantity by now, the write is refused and decided anew. None asks for nothing.
    """

    product: Ref
    warehouse: Ref
    free: Decimal
    seen: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is free of one variant in one warehouse, and the rule by which it is bought again there.

    Several rules of a person count together. `ours` is a proposal that nobody has touched since,
    `asleep` one that a person has put away.
    """

    warehouse: Ref
    free: Decimal = Decimal(0)
    rule: Literal["none", "ours", "theirs", "asleep"] = "none"
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replenishment:
    """One variant on all shelves of a company. Written with one shelf: a proposal to buy it again."""

    product: Ref
    sku: str
    name: str
    shelves: tuple[Shelf, ...]
