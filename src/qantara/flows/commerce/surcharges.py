"""What variants cost, told as one price and what each choice adds to it: as Odoo keeps it, and back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from qantara.model import Money, Option, Product, VariantPrice

Choice = tuple[str, str]
"""An option and a value of it, by their names."""


def listed(product: Product) -> Iterator[VariantPrice]:
    """What each variant costs by the price of the product and what its choices add."""
    if product.price is None:
        return
    added = {
        (option.name.value, value.name.value): value.surcharge
        for option in product.options
        for value in option.values
    }
    for variant in sorted(product.variants, key=lambda one: one.key):
        amount = product.price.amount + sum(added.get(choice, 0) for choice in variant.options)
        price = Money(amount, product.price.currency)
        yield VariantPrice(variant=variant.key, price=price)


def kept_prices(product: Product) -> tuple[Money | None, Mapping[Choice, Decimal]]:
    """The lowest price, and what each choice adds.

    Where no price is told, or the prices are no such sum, there is none: (None, {}).
    """
    amounts = {one.variant: one.price.amount for one in product.prices}
    if not amounts:
        return None, {}
    base = min(amounts.values())
    added = _added(product, amounts, base)
    sums = {
        one.key: base + sum(added[choice] for choice in one.options) for one in product.variants
    }
    if any(amounts.get(key, told) != told for key, told in sums.items()):
        return None, {}
    return Money(base, product.prices[0].price.currency), added


def charged(option: Option, surcharges: Mapping[Choice, Decimal]) -> Option:
    """The option whose choices add so much; those that are not named add nothing."""
    values = tuple(
        replace(value, surcharge=surcharges.get((option.name.value, value.name.value), Decimal(0)))
        for value in option.values
    )
    return replace(option, values=values)


def _added(
    product: Product, amounts: Mapping[str, Decimal], base: Decimal
) -> dict[Choice, Decimal]:
    """How much dearer the cheapest variant with a choice is than the cheapest of all."""
    cheapest: dict[Choice, Decimal] = {}
    for variant in product.variants:
        amount = amounts.get(variant.key, base)
        for choice in variant.options:
            cheapest[choice] = min(cheapest.get(choice, amount), amount)
    return {choice: amount - base for choice, amount in cheapest.items()}
