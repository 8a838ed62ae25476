"""Odoo's arithmetic from unit prices to totals, and what brings its totals to those of a store.

A store's total and its tax of each rate are the truth. What Odoo makes of prices that have only so
many digits may be off by some smallest units; a few lines on a product for rounding take that up.

Facts of Odoo: a line's amount is rounded to the currency before taxes. Of a price that contains its
tax, 16 and 17 round the net and the tax is the rest ("line"), 18 and 19 the other way round
("line_tax"): they differ where both end in half a unit. `round_globally` rounds a tax on top once for
all lines ("global"); from 18 on all exact values are summed, also of a tax that prices contain
("document").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)

Rounding = Literal["line", "line_tax", "global", "document"]

STEPS = 3
"""How many smallest units beside a calculated amount are tried, for boundaries are half units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How this Odoo calculates: the currency's smallest `unit`, the digits of a price, the rounding.

    `digits` is None where a price is kept as it is given.
    """

    unit: Decimal
    digits: int | None = 2
    rounding: Rounding = "line"

    @property
    def finest(self) -> Decimal:
        """The smallest step of a price; nothing where it is kept as it is given."""
        return ZERO if self.digits is None else ONE.scaleb(-self.digits)

    def coins(self, amount: Decimal) -> Decimal:
        """The amount in whole smallest units, half away from zero."""
        return (amount / self.unit).quantize(ONE, ROUND_HALF_UP) * self.unit

    def price(self, amount: Decimal) -> Decimal:
        """The amount as a unit price may have it."""
        places = 10 if self.digits is None else self.digits
        return amount.quantize(ONE.scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedTax:
    """A percentage tax of this Odoo; `included` when prices contain it."""

    id: int
    rate: Decimal
    included: bool = False

    def of(self, amount: Decimal) -> Decimal:
        """What a line's amount comes to in tax, exactly."""
        return amount * self.rate / (HUNDRED + self.rate if self.included else HUNDRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A line as Odoo will calculate it: several taxes are all on top, or there is one."""

    quantity: Decimal
    price: Decimal
    taxes: tuple[UsedTax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a document comes to; the tax by the id of the tax."""

    net: Decimal
    taxes: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def tax(self) -> Decimal:
        """All taxes."""
        return sum(self.taxes.values(), ZERO)

    @property
    def total(self) -> Decimal:
        """With tax."""
        return self.net + self.tax


def priced(
    quantity: Decimal, amounts: tuple[Decimal, Decimal], taxes: Sequence[UsedTax], ways: Ways
) -> Priced:
    """The line whose net and tax (`amounts`) come nearest to those of the store."""
    net, tax = amounts
    whole = net + tax if any(one.included for one in taxes) else net
    each = ways.price(whole / quantity) if quantity else ZERO
    return Priced(quantity=quantity, price=each, taxes=tuple(taxes))


def totals(lines: Iterable[Priced], ways: Ways) -> Totals:
    """What Odoo makes of the lines."""
    net, taxes = ZERO, dict[int, Decimal]()
    for line in lines:
        amount = line.price * line.quantity
        if ways.rounding != "document":
            amount = ways.coins(amount)
        told = {tax.id: _tax(amount, tax, ways) for tax in line.taxes}
        net += amount - sum((told[tax.id] for tax in line.taxes if tax.included), ZERO)
        for one, part in told.items():
            taxes[one] = taxes.get(one, ZERO) + part
    whole = {one: ways.coins(amount) for one, amount in taxes.items()}
    return Totals(net=ways.coins(net), taxes=whole)


def gap(wanted: Totals, found: Totals) -> Decimal:
    """How far they are apart: the greatest of net, total, and all differences of tax together."""
    every = {*wanted.taxes, *found.taxes}
    apart = [abs(wanted.taxes.get(t, ZERO) - found.taxes.get(t, ZERO)) for t in every]
    nets, sums = abs(wanted.net - found.net), abs(wanted.total - found.total)
    return max(nets, sums, sum(apart, ZERO))


def residues(
    lines: Sequence[Priced], wanted: Totals, nets: Mapping[int, Decimal], ways: Ways
) -> list[Priced]:
    """The lines for rounding that make Odoo's tax of each rate and its total those of the store.

    `nets` are what the store's lines that have one tax come to without it, by that tax.
    """
    more: list[Priced] = []
    for tax in _taxes(lines):
        found = totals([*lines, *more], ways)
        missing = nets.get(tax.id, ZERO) - _net_of(lines, tax, ways) if tax.id in nets else ZERO
        if wanted.taxes.get(tax.id, ZERO) != found.taxes.get(tax.id, ZERO) or missing:
            more += _taxed([*lines, *more], tax, (wanted, missing), ways)
    rest = wanted.total - totals([*lines, *more], ways).total
    return more + ([amount_of(rest, (), ways)] if rest else [])


def amount_of(amount: Decimal, taxes: tuple[UsedTax, ...], ways: Ways) -> Priced:
    """A line of exactly this amount; one finer than prices may be is so many of the finest price."""
    if ways.price(amount) == amount:
        return Priced(quantity=ONE, price=amount, taxes=taxes)
    finest = ONE.scaleb(-(ways.digits or 0))
    return Priced(quantity=amount / finest, price=finest, taxes=taxes)


def _tax(amount: Decimal, tax: UsedTax, ways: Ways) -> Decimal:
    if tax.included and ways.rounding in ("line", "global"):
        return amount - ways.coins(amount * HUNDRED / (HUNDRED + tax.rate))
    told = tax.of(amount)
    return ways.coins(told) if ways.rounding in ("line", "line_tax") else told


def _taxes(lines: Iterable[Priced]) -> list[UsedTax]:
    return list(dict.fromkeys(tax for line in lines for tax in line.taxes))


def _net_of(lines: Iterable[Priced], tax: UsedTax, ways: Ways) -> Decimal:
    return totals([one for one in lines if one.taxes == (tax,)], ways).net


def _taxed(
    lines: Sequence[Priced], tax: UsedTax, aim: tuple[Totals, Decimal], ways: Ways
) -> list[Priced]:
    """At most one line with this tax: its net is as near as can be to what is missing of it."""
    wanted, missing = aim
    goal = wanted.taxes.get(tax.id, ZERO)
    lacking = goal - totals(lines, ways).taxes.get(tax.id, ZERO)
    near = missing + lacking if tax.included else missing
    for amount in _candidates(near, lacking, tax, ways):
        line = amount_of(amount, (tax,), ways)
        if totals([*lines, line], ways).taxes.get(tax.id, ZERO) == goal:
            return [line] if amount else []
    return []


def _candidates(near: Decimal, lacking: Decimal, tax: UsedTax, ways: Ways) -> list[Decimal]:
    """Amounts whose tax may be what is lacking, from the nearest to the farthest."""
    found = {ways.coins(near)}
    if tax.rate:
        half = ways.unit / 2
        middle = [(lacking + side * half) / tax.of(ONE) for side in (-1, 0, 1)]
        edges = [min(max(near, min(middle)), max(middle)), *middle]
        found |= {
            ways.coins(edge) + step * ways.unit
            for edge in edges
            for step in range(-STEPS, STEPS + 1)
        }
    return sorted(found, key=lambda amount: (abs(amount - near), amount))
