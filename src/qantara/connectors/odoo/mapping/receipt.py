"""What was packed elsewhere as lines of a receipt here: laid onto its moves, in units that are exact."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from qantara.connectors.odoo.mapping.tables import Tables
from qantara.model import Packed, Transfer, Unit
from qantara.transport import Rejected

EXACT = Decimal("0.01")
"""Odoo keeps quantities with two decimals, unless somebody has changed that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the receipt expects of a product: `left` in reference units of its category."""

    id: int
    product: int
    unit: int
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of a product, in a unit of this Odoo; without a move Odoo makes one."""

    product: int
    quantity: Decimal
    unit: int
    move: int | None = None
    lot: str = ""
    expires_at: datetime | None = None
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The lines, and of which products more came than was ordered, or what was not ordered at all.

    Both are in reference units.
    """

    lines: Sequence[Line]
    above: Mapping[int, Decimal]
    unasked: frozenset[int]


def plan(packed: Sequence[Packed], moves: Sequence[Move], units: "Units") -> Plan:
    """Lay what was packed onto the moves, in their order; what is too much goes onto the last."""
    left = {move.id: move.left for move in moves}
    lines: list[Line] = []
    above: dict[int, Decimal] = {}
    for one in packed:
        product = int(one.product.id)
        own = [move for move in moves if move.product == product]
        for move, quantity in _shares(one.quantity, own, left):
            lines.append(_line(one, move, quantity, units))
        for move in own:
            if left[move.id] < 0:
                above[product] = above.get(product, Decimal(0)) - left[move.id]
                left[move.id] = Decimal(0)
    asked = {move.product for move in moves}
    unasked = {line.product for line in lines} - asked
    return Plan(lines=lines, above=above, unasked=frozenset(unasked))


class Units:
    """Chooses for each line a unit in which its quantity can be written down exactly."""

    def __init__(self, tables: Tables, own: Mapping[int, int]) -> None:
        """`own` says in which unit each product is kept."""
        self._tables = tables
        self._own = own

    def reference(self, quantity: Decimal, unit: int) -> Decimal:
        """So many reference units."""
        return quantity * self._tables.units[unit].factor

    def chosen(self, one: Packed, product: int, wanted: int | None) -> int:
        """The wanted unit, else the product's own, else any of its category that is exact."""
        first = [wanted, self._own[product]]
        mine = self._tables.units[self._own[product]]
        self._check(one, mine)
        alike = [known for known, unit in self._tables.units.items() if _kindred(unit, mine)]
        for unit in (*(known for known in first if known), *alike):
            if self.converted(one.quantity, unit) is not None:
                return unit
        raise Rejected(
            f"{one.quantity:f} reference units of {mine.category} cannot be written down at "
            f"{self._tables.where} in any unit.",
            remedy="Add a smaller unit there: Inventory, Configuration, Units of Measure.",
            field="packed",
        )

    def chosen_for(self, one: Packed, product: int, quantity: Decimal) -> int:
        """The unit for so much of what was packed."""
        return self.chosen(replace(one, quantity=quantity), product, None)

    def converted(self, quantity: Decimal, unit: int) -> Decimal | None:
        """So many of the unit; None where that would have to be rounded."""
        there = quantity / self._tables.units[unit].factor
        rounded = there.quantize(EXACT)
        return rounded if abs(there - rounded) < EXACT / 1000 else None

    def _check(self, one: Packed, mine: Unit) -> None:
        if one.unit and not _kindred(one.unit, mine):
            raise Rejected(
                f"It was packed in {one.unit.category}, and {self._tables.where} keeps the product"
                f" in {mine.category}.",
                remedy="Give the product units of the same category on both sides.",
                field="packed",
            )


def mark(lines: Iterable[tuple[int, str, str, Decimal]]) -> str:
    """A short hash of (product, lot, package, reference quantity), whatever their order."""
    sums: dict[tuple[int, str, str], Decimal] = {}
    for product, lot, package, quantity in lines:
        key = (product, lot, package)
        sums[key] = sums.get(key, Decimal(0)) + quantity
    told = sorted(
        (*key, f"{total.quantize(EXACT / 100):f}") for key, total in sums.items() if total
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def wanted_mark(transfer: Transfer) -> str:
    """The mark of what was packed."""
    return mark(
        (int(one.product.id), one.lot, one.package, one.quantity) for one in transfer.packed
    )


def words(transfer: Transfer, made: Plan, names: Mapping[int, str], *, dated: bool) -> str:
    """What the people at the receipt are told of it."""
    boxes = {one.package for one in transfer.packed if one.package}
    told = [f"Prepared from the packing list {transfer.origin}."]
    if transfer.container:
        told.append(f"Container or vehicle: {transfer.container}.")
    if boxes:
        told.append(f"Packages: {', '.join(sorted(boxes))}.")
    for product, quantity in made.above.items():
        told.append(f"More than was ordered: {names[product]}, {quantity.normalize():f} too many.")
    told += [f"Not on the order: {names[one]}." for one in sorted(made.unasked)]
    if not dated:
        told += list(_expiries(transfer))
    return "\n".join(told)


def _expiries(transfer: Transfer) -> Iterator[str]:
    """Dates that this Odoo has no place for."""
    dates = {one.lot: one.expires_at for one in transfer.packed if one.lot and one.expires_at}
    for lot, date in sorted(dates.items()):
        yield f"{lot} expires on {date:%Y-%m-%d}."


def _shares(
    quantity: Decimal, own: Sequence[Move], left: dict[int, Decimal]
) -> Iterator[tuple[Move | None, Decimal]]:
    """Which move takes how much; the last one takes the rest, and what is left falls below zero."""
    if not own:
        yield None, quantity
        return
    for move in own:
        share = quantity if move is own[-1] else min(quantity, max(left[move.id], Decimal(0)))
        if share > 0:
            left[move.id] -= share
            quantity -= share
            yield move, share


def _line(one: Packed, move: Move | None, quantity: Decimal, units: Units) -> Line:
    product = int(one.product.id)
    unit = units.chosen(replace(one, quantity=quantity), product, move.unit if move else None)
    return Line(
        product=product,
        quantity=units.converted(quantity, unit) or Decimal(0),
        unit=unit,
        move=move.id if move else None,
        lot=one.lot,
        expires_at=one.expires_at,
        package=one.package,
    )


def _kindred(one: Unit, other: Unit) -> bool:
    return one.category.casefold() == other.category.casefold()
