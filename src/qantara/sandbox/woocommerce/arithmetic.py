"""What an order comes to: taxes of each line, rounded each, and the sums of rounded lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qantara.sandbox.woocommerce.words import rounded

PRECISION = 6  # decimals that are kept inside, whatever the currency has
HUNDRED = Decimal(100)
NONE = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate in percent. Compound rates are on top of the others."""

    id: int
    percent: Decimal
    compound: bool = False
    shipping: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a shop rounds: its currency's places, half down where prices include tax."""

    places: int
    half_down: bool
    at_subtotal: bool

    def tax(self, amount: Decimal) -> Decimal:
        """A tax total."""
        return rounded(amount, self.places, half_down=self.half_down)

    def line_tax(self, amount: Decimal) -> Decimal:
        """A line's tax: rounded, unless the shop rounds only the sum."""
        return amount if self.at_subtotal else self.tax(amount)

    def line(self, amount: Decimal) -> Decimal:
        """A line's amount, before it is summed."""
        return amount if self.at_subtotal else rounded(amount, self.places)

    def sum(self, amount: Decimal) -> Decimal:
        return rounded(amount, self.places)


Taxes = dict[int, Decimal]


def taxes_on(net: Decimal, rates: Sequence[Rate]) -> Taxes:
    """The taxes of a net amount, each to six decimals."""
    found: Taxes = {rate.id: net * rate.percent / HUNDRED for rate in rates if not rate.compound}
    for rate in rates:
        if rate.compound:
            found[rate.id] = (net + sum(found.values(), NONE)) * rate.percent / HUNDRED
    return {number: rounded(amount, PRECISION) for number, amount in found.items()}


def taxes_in(gross: Decimal, rates: Sequence[Rate]) -> Taxes:
    """The taxes that a gross amount holds: compound ones come off first, the last one first."""
    left = gross
    found: Taxes = {}
    for rate in reversed([each for each in rates if each.compound]):
        found[rate.id] = left - left / (1 + rate.percent / HUNDRED)
        left -= found[rate.id]
    plain = [each for each in rates if not each.compound]
    divisor = 1 + sum((each.percent for each in plain), NONE) / HUNDRED
    for rate in plain:
        found[rate.id] = left * rate.percent / HUNDRED / divisor
    return {each.id: rounded(found[each.id], PRECISION) for each in rates}


def net_of(price: Decimal, rates: Sequence[Rate], *, inclusive: bool) -> Decimal:
    """What a line costs without tax, unrounded but for the six decimals that are kept."""
    if not inclusive:
        return price
    return rounded(price - sum(taxes_in(price, rates).values(), NONE), PRECISION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of an order, as far as its sums go."""

    kind: str
    subtotal: Decimal
    total: Decimal
    subtotal_taxes: Mapping[int, Decimal]
    total_taxes: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of an order; `item_taxes` and `shipping_taxes` are by rate."""

    discount: Decimal
    discount_tax: Decimal
    shipping: Decimal
    shipping_tax: Decimal
    cart_tax: Decimal
    total: Decimal
    item_taxes: Mapping[int, Decimal]
    shipping_taxes: Mapping[int, Decimal]


def totals_of(lines: Sequence[Line], rounding: Rounding) -> Totals:
    """Sums the lines as they are; fees are not rounded before the whole is."""
    items = [line for line in lines if line.kind == "line_item"]
    fees = [line for line in lines if line.kind == "fee"]
    shipped = [line for line in lines if line.kind == "shipping"]
    before = sum((rounding.line(line.subtotal) for line in items), NONE)
    after = sum((rounding.line(line.total) for line in items), NONE)
    shipping = sum((rounding.sum(line.total) for line in shipped), NONE)
    item_taxes = _by_rate([*items, *fees], rounding)
    shipping_taxes = _by_rate(shipped, rounding)
    cart_tax = sum(item_taxes.values(), NONE)
    shipping_tax = sum(shipping_taxes.values(), NONE)
    lost = sum((_all(line.subtotal_taxes) - _all(line.total_taxes) for line in items), NONE)
    charged = sum((line.total for line in fees), NONE)
    return Totals(
        discount=rounding.sum(before - after),
        discount_tax=rounding.tax(lost),
        shipping=shipping,
        shipping_tax=shipping_tax,
        cart_tax=cart_tax,
        total=rounding.sum(after + charged + shipping + cart_tax + shipping_tax),
        item_taxes=item_taxes,
        shipping_taxes=shipping_taxes,
    )


def line_tax(taxes: Mapping[int, Decimal], rounding: Rounding) -> Decimal:
    """What is told as the tax of one line."""
    return sum((rounding.line_tax(amount) for amount in taxes.values()), NONE)


def _by_rate(lines: Iterable[Line], rounding: Rounding) -> Taxes:
    found: Taxes = {}
    for line in lines:
        for number, amount in line.total_taxes.items():
            found[number] = found.get(number, NONE) + rounding.line_tax(amount)
    return found


def _all(taxes: Mapping[int, Decimal]) -> Decimal:
    return sum(taxes.values(), NONE)
