"""The arithmetic of a store order: discounts shared out, taxes in or on top, parts given back."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from qantara.sandbox.shopify.cart import Discount, Tax
from qantara.sandbox.shopify.context import places, rounded
from qantara.sandbox.shopify.state import Row

HUNDRED = Decimal(100)
ZERO = Decimal(0)


def shared(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split so that the parts add up to the whole, in the currency's smallest coin."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    coin = Decimal(1).scaleb(-places(currency))
    exact = [amount * weight / whole for weight in weights]
    parts = [value.quantize(coin, rounding="ROUND_DOWN") for value in exact]
    missing = int((amount - sum(parts, ZERO)) / coin)
    by_rest = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_rest[:missing]:
        parts[place] += coin
    return parts


def taken_off(discount: Discount, rest: Sequence[Decimal], currency: str) -> list[Decimal]:
    """How much of each line, of what earlier discounts left of it."""
    whole = sum(rest, ZERO)
    if discount.percent is not None:
        off = rounded(whole * discount.percent / HUNDRED, currency)
    else:
        off = min(rounded(discount.amount or ZERO, currency), whole)
    return shared(off, rest, currency)


def taxed(
    base: Decimal, taxes: Iterable[Tax], currency: str, *, included: bool
) -> list[tuple[Tax, Decimal]]:
    """Each tax of a line, rounded by itself; `included` taxes are part of `base`."""
    listed = list(taxes)
    whole = HUNDRED + (sum((tax.percent for tax in listed), ZERO) if included else ZERO)
    return [(tax, rounded(base * tax.percent / whole, currency)) for tax in listed]


def base(line: Row) -> Decimal:
    """What all units of a line (or a shipping line) cost after all discounts."""
    off = sum((amount for _, amount in line["_allocations"]), ZERO)
    return Decimal(line["_unit"] * line["_units"] - off)


def tax_of(line: Row) -> Decimal:
    return sum((amount for _, amount in line["_tax"]), ZERO)


def part(amount: Decimal, done: int, more: int, units: int, currency: str) -> Decimal:
    """The share of `more` units after `done` were taken: all shares add up to the amount."""
    if not units:
        return ZERO
    upto = rounded(amount * (done + more) / units, currency)
    return upto - rounded(amount * done / units, currency)


def left(amount: Decimal, gone: int, units: int, currency: str) -> Decimal:
    """What is left of a line's amount when so many units are gone."""
    return part(amount, gone, units - gone, units, currency)
