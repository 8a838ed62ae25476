"""A record as a store can tell it: what it has no place for is left out before both are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from qantara.connectors.woocommerce.mapping.values import in_language
from qantara.model import (
    Category,
    Option,
    OptionValue,
    Product,
    Record,
    Text,
    Variant,
    VariantPrice,
)

Choice = tuple[str, str]
"""An option and a value of it, by their names."""


def reworded(record: Record, language: str, currency: str) -> Record:
    """One language and currency; no volumes, and surcharges only in the prices of the variants."""
    if isinstance(record, Category):
        return replace(record, name=_said(record.name, language))
    if isinstance(record, Product):
        return _product(record, language, currency)
    return record


def _product(record: Product, language: str, currency: str) -> Product:
    names = _names(record, language)
    variants = tuple(_variant(one, names) for one in record.variants)
    keys = {one.key: told.key for one, told in zip(record.variants, variants, strict=True)}
    return replace(
        record,
        name=_said(record.name, language),
        description=_said(record.description, language),
        html=_said(record.html, language),
        variants=tuple(sorted(variants, key=lambda one: one.key)),
        options=tuple(
            sorted((_option(one, language) for one in record.options), key=lambda o: o.name.value)
        ),
        prices=tuple(
            sorted(
                (
                    replace(one, variant=keys.get(one.variant, one.variant))
                    for one in _own(record, currency)
                ),
                key=lambda one: (one.variant, one.price.currency),
            )
        ),
        tags=tuple(sorted({one.strip() for one in record.tags if one.strip()})),
    )


def _own(record: Product, currency: str) -> Sequence[VariantPrice]:
    """Those in the store's currency, where there are any; `write` says what is wrong with others."""
    return [one for one in record.prices if one.price.currency == currency] or record.prices


def _names(record: Product, language: str) -> Mapping[Choice, Choice]:
    """What each choice is called in the store."""
    return {
        (option.name.value, value.name.value): (
            in_language(option.name, language),
            in_language(value.name, language),
        )
        for option in record.options
        for value in option.values
    }


def _variant(variant: Variant, names: Mapping[Choice, Choice]) -> Variant:
    chosen = tuple(sorted(names.get(pair, pair) for pair in variant.options))
    return replace(variant, options=chosen, volume=Decimal(0))


def _option(option: Option, language: str) -> Option:
    return Option(
        name=_said(option.name, language),
        values=tuple(OptionValue(name=_said(one.name, language)) for one in option.values),
    )


def _said(text: Text, language: str) -> Text:
    return Text(in_language(text, language))
