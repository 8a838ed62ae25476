"""How many units a store may offer, so that none is sold that is not there. Pure; whole units only.

    free in Odoo - sold by the store and not yet taken off that - kept back - what others may sell

Where several stores sell one stock, each has a fair part of it, and raises its offer only as far as
the others leave room: what they offer, and what they sold of it, still counts as theirs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from qantara.model import StoreOrder

OVER = frozenset({"cancelled", "failed"})
"""States of an order in which it takes nothing of the stock any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """One stock as one store sees it.

    `free` is what Odoo has on hand less what it reserved; `in_flight` was sold by this store and is
    not in that number yet; `safety` is kept back. `elsewhere` holds, for each other store at work on
    this stock, how many units it may be offering or have sold that are not in `free` yet; None
    where they share all of it. `place` is this store's place among all of them, from 0.
    """

    free: Decimal
    in_flight: Decimal
    safety: int
    elsewhere: tuple[int, ...] | None = None
    place: int = 0

    @property
    def fair(self) -> int:
        """What the store may offer when all have their part; never less than nothing."""
        stores = len(self.elsewhere or ()) + 1
        whole = floor(self.free) - self.safety
        part = whole // stores + (1 if self.place < whole % stores else 0)
        return max(0, part - ceiling(self.in_flight))

    @property
    def room(self) -> int:
        """What the others leave at this moment; no raise goes beyond it."""
        taken = sum(self.elsewhere or ())
        return max(0, floor(self.free) - self.safety - ceiling(self.in_flight) - taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """That more might be offered: how much was seen to be possible, and since when."""

    wanted: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do: offer `quantity` (None: leave it), and look again when `unfinished`.

    `sighting` is to be remembered until then.
    """

    quantity: int | None = None
    sighting: Sighting | None = None
    unfinished: bool = False


def step(
    stock: Stock, offered: int | None, before: Sighting | None, now: datetime, patience: timedelta
) -> Step:
    """Lower at once; raise only what was seen twice, `patience` apart, and no further than seen.

    `offered` is what the store has now, None where it never had any.
    """
    there = offered or 0
    if stock.fair < there or (offered is None and not stock.fair):
        return Step(quantity=stock.fair, unfinished=bool(stock.elsewhere))
    possible = min(stock.fair, stock.room)
    if possible <= there:
        return Step(unfinished=stock.fair > there)
    if before is None or before.wanted <= there:
        return Step(sighting=Sighting(wanted=possible, at=now), unfinished=True)
    if now - before.at < patience:
        lower = Sighting(wanted=min(possible, before.wanted), at=before.at)
        return Step(sighting=lower, unfinished=True)
    quantity = min(possible, before.wanted)
    left = stock.fair > quantity
    seen = Sighting(wanted=possible, at=now) if possible > quantity else None
    return Step(quantity=quantity, sighting=seen, unfinished=left)


def taken(offered: int | None, told: Step, in_flight: Decimal) -> int:
    """What the store may be offering, or have sold that is not off the stock yet, after this step.

    Until a lower number is known to have arrived, the higher one counts.
    """
    return max(offered or 0, told.quantity or 0) + ceiling(in_flight)


def in_flight(orders: Mapping[str, StoreOrder], reserved: Collection[str]) -> Mapping[str, Decimal]:
    """Units by variant of these orders of a store, without those that are `reserved` in Odoo."""
    sums: dict[str, Decimal] = {}
    for id_, order in orders.items():
        if order.state in OVER or id_ in reserved:
            continue
        for line in order.lines:
            if line.kind == "item" and line.product:
                known = sums.get(line.product.id, Decimal(0))
                sums[line.product.id] = known + line.quantity
    return sums


def floor(quantity: Decimal) -> int:
    """Half a unit cannot be offered."""
    return int(quantity.to_integral_value(ROUND_FLOOR))


def ceiling(quantity: Decimal) -> int:
    """Half a unit that was sold takes a whole one."""
    return -floor(-quantity)
