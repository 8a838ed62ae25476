"""Value added tax of a cart: on top or included, rounded by line or by document. Pure.

Odoo and stores compute the same tax in four ways that differ by single coins. Which of them a store
used can be told from its own numbers; what then still differs is a residue, and it is named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Rounding = Literal["line", "document"]

PLACES: Mapping[str, int] = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "UGX", "VND", "XAF", "XOF"), 0),
}
"""Decimal places of currencies (ISO 4217); all others have two."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A line of a cart: `amount` is what it costs after discounts, with its tax if `gross`."""

    amount: Decimal
    rate: Decimal
    gross: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """What a position comes to, in whole coins where it was rounded by line."""

    net: Decimal
    tax: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a cart comes to, in whole coins; `taxes` and `nets` by rate."""

    nets: Mapping[Decimal, Decimal]
    taxes: Mapping[Decimal, Decimal]

    @property
    def net(self) -> Decimal:
        """Without tax."""
        return sum(self.nets.values(), ZERO)

    @property
    def tax(self) -> Decimal:
        """All tax."""
        return sum(self.taxes.values(), ZERO)

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.net + self.tax


def coin(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01, 0.001 or 1."""
    return Decimal(1).scaleb(-PLACES.get(currency.upper(), 2))


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    """To whole coins, half a coin away from zero, as Odoo and the stores do."""
    return (amount / unit).to_integral_value(ROUND_HALF_UP) * unit


def taxed(position: Position, unit: Decimal) -> Taxed:
    """The position by itself: what people read stays as it is, the other part is rounded."""
    amount = rounded(position.amount, unit)
    if position.gross:
        tax = rounded(_inside(amount, position.rate), unit)
        return Taxed(net=amount - tax, tax=tax, rate=position.rate)
    tax = rounded(amount * position.rate / 100, unit)
    return Taxed(net=amount, tax=tax, rate=position.rate)


def totals(positions: Iterable[Position], unit: Decimal, rounding: Rounding) -> Totals:
    """The cart; rounded by line, or once for each rate and way of showing prices."""
    nets: dict[Decimal, Decimal] = {}
    taxes: dict[Decimal, Decimal] = {}
    for part in _parts(positions, unit, rounding):
        nets[part.rate] = nets.get(part.rate, ZERO) + part.net
        taxes[part.rate] = taxes.get(part.rate, ZERO) + part.tax
    return Totals(nets=nets, taxes=taxes)


def way(
    positions: Sequence[Position], told: Totals, unit: Decimal
) -> tuple[Rounding, Decimal] | None:
    """How a store rounded, and the residue of its total; None where its tax is another one.

    The way that leaves the least is taken, by line where both leave the same. A rate whose tax
    differs by more than a coin for each of its positions was not computed from these rates.
    """
    found: list[tuple[Decimal, Rounding]] = []
    ways: Sequence[Rounding] = ("line", "document")
    for rounding in ways:
        ours = totals(positions, unit, rounding)
        if _alike(ours, told, unit * max(1, len(positions))):
            found.append((told.total - ours.total, rounding))
    if not found:
        return None
    residue, rounding = min(found, key=lambda one: abs(one[0]))
    return rounding, residue


def spread(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> tuple[Decimal, ...]:
    """An amount in whole coins over lines by weight; the parts come to exactly the amount.

    Where all weights are nothing the parts are equal. Used for discounts of a whole cart.
    """
    if not weights:
        return ()
    whole = sum(weights, ZERO)
    shares = list(weights) if whole else [Decimal(1)] * len(weights)
    whole = whole or Decimal(len(weights))
    parts: list[Decimal] = []
    given = seen = ZERO
    for share in shares:
        seen += share
        upto = rounded(amount * seen / whole, unit)
        parts.append(upto - given)
        given = upto
    return tuple(parts)


def _parts(positions: Iterable[Position], unit: Decimal, rounding: Rounding) -> Iterable[Taxed]:
    if rounding == "line":
        return [taxed(position, unit) for position in positions]
    sums: dict[tuple[Decimal, bool], Decimal] = {}
    for position in positions:
        key = (position.rate, position.gross)
        sums[key] = sums.get(key, ZERO) + position.amount
    return [
        taxed(Position(amount=amount, rate=rate, gross=gross), unit)
        for (rate, gross), amount in sums.items()
    ]


def _inside(amount: Decimal, rate: Decimal) -> Decimal:
    """The tax in an amount that contains it."""
    return amount * rate / (100 + rate)


def _alike(ours: Totals, told: Totals, most: Decimal) -> bool:
    rates = ours.taxes.keys() | told.taxes.keys()
    return all(abs(ours.taxes.get(r, ZERO) - told.taxes.get(r, ZERO)) <= most for r in rates)
