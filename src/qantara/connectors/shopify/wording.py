"""A record as a shop can tell it: what it has no place for is left out before both are compared."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from qantara.connectors.shopify.mapping.product_input import surcharge
from qantara.connectors.shopify.mapping.values import rounded
from qantara.connectors.shopify.site import Site
from qantara.model import (
    Category,
    Money,
    Option,
    OptionValue,
    Product,
    Record,
    StockLevel,
    Text,
    VariantPrice,
)


async def reworded(site: Site, records: Sequence[Record]) -> list[Record]:
    """Whole pieces, prices in the shop's coins, and no translations that nobody asked for."""
    spoken = {one.partition("-")[0] for one in site.languages}
    currency = await site.currency() if any(isinstance(one, Product) for one in records) else ""
    return [_reworded(one, spoken, currency) for one in records]


def _reworded(record: Record, spoken: Collection[str], currency: str) -> Record:
    if isinstance(record, Product):
        return _product(record, spoken, currency)
    if isinstance(record, Category):
        return replace(record, name=_said(record.name, spoken))
    if isinstance(record, StockLevel):
        return replace(record, free=record.free.to_integral_value(ROUND_FLOOR))
    return record


def _product(record: Product, spoken: Collection[str], currency: str) -> Product:
    return replace(
        record,
        name=_said(record.name, spoken),
        html=_said(record.html, spoken),
        prices=tuple(_prices(record, currency)),
        options=tuple(_option(one, record) for one in record.options),
        variants=tuple(replace(one, volume=Decimal(0)) for one in record.variants),
        gallery=(),
        tags=tuple(sorted({one.strip() for one in record.tags if one.strip()})),
    )


def _prices(record: Product, currency: str) -> list[VariantPrice]:
    """Those in the shop's currency, where there are any; `write` says what is wrong with others."""
    told = [one for one in record.prices if one.price.currency == currency] or record.prices
    price = record.price
    if not told and price:
        told = [
            VariantPrice(
                variant=one.key,
                price=Money(price.amount + surcharge(one, record), price.currency),
            )
            for one in record.variants
        ]
    return [
        replace(one, price=_coins(one.price), regular=_coins(one.regular) if one.regular else None)
        for one in told
    ]


def _coins(money: Money) -> Money:
    return Money(rounded(money.amount, money.currency), money.currency)


def _option(option: Option, record: Product) -> Option:
    """Surcharges are in the prices, names in the main language; a value that no variant has goes."""
    used = {pair for variant in record.variants for pair in variant.options}
    return Option(
        name=Text(option.name.value),
        values=tuple(
            OptionValue(name=Text(one.name.value))
            for one in option.values
            if (option.name.value, one.name.value) in used
        ),
    )


def _said(text: Text, spoken: Collection[str]) -> Text:
    return Text.of(
        text.value, {code: said for code, said in text.translations.items() if code in spoken}
    )
