"""A product as WooCommerce takes it: what stands on the product, and what on each variation.

A batch is not checked over there, and 12,5 would become 125: everything is checked here.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.woocommerce.mapping.product import (
    ARCHIVED,
    VARIABLE,
    is_active,
    is_published,
)
from qantara.connectors.woocommerce.mapping.values import (
    in_language,
    marked_up,
    plain_number,
    unescaped,
)
from qantara.model import Option, Product, Variant, VariantPrice
from qantara.transport import Rejected

Row = Mapping[str, Any]
Body = dict[str, Any]

PRICES = frozenset({"price", "prices"})
CHOICES = frozenset({"options", "variants"})
SHOWN = frozenset({"active", "published"})
PLACES = frozenset({"category", "categories"})

_TEXTS = {"name": "name", "html": "description", "description": "short_description"}
_BARCODE = re.compile(r"[0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What a store has of small tables: ids of attributes and tags by name."""

    currency: str
    language: str = ""
    attributes: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)


def varies(product: Product) -> bool:
    """Whether it needs variations."""
    return len(product.variants) > 1 or any(one.options for one in product.variants)


def product_body(product: Product, fields: Collection[str], shop: Shop, there: Row) -> Body:
    """The named fields of the product; `there` is what the store has of it, empty when it is new.

    Raises Rejected for what the store would take and spoil.
    """
    named = set(fields)
    body = _texts(product, named, shop)
    if "tags" in named:
        body["tags"] = [{"id": shop.tags[name]} for name in product.tags]
    if PLACES & named:
        body["categories"] = [{"id": int(one)} for one in places(product)]
    if SHOWN & named:
        body |= _shown(product, named, there)
    if CHOICES & named:
        body |= {"type": VARIABLE if varies(product) else "simple"}
        body["attributes"] = [*_attributes(product, shop), *_descriptive(product, there)]
    if not varies(product):
        return {**body, **sellable_body(product, product.variants[0], fields, shop)}
    if CHOICES & named and there.get("sku") in {one.sku for one in product.variants}:
        body["sku"] = ""
    return body


def sellable_body(product: Product, variant: Variant, fields: Collection[str], shop: Shop) -> Body:
    """What stands on a variation, or on a product without them."""
    named = set(fields)
    body: Body = {}
    if "variants" in named:
        body |= _checked(variant)
    if PRICES & named:
        body |= _prices(product, variant, named, shop)
    if "kind" in named:
        body["virtual"] = product.kind == "service"
    if "digital" in named:
        body["downloadable"] = product.digital
    return body


def combination(product: Product, variant: Variant, shop: Shop) -> list[Body]:
    """Which choices a variation is."""
    called = {
        (option.name.value, value.name.value): (
            in_language(option.name, shop.language),
            in_language(value.name, shop.language),
        )
        for option in product.options
        for value in option.values
    }
    names = [called.get(pair, pair) for pair in variant.options]
    return [{**_attribute(name, shop), "option": value} for name, value in names]


def called(product: Product, variant: Variant, shop: Shop) -> str:
    """The variant's key in the store's language."""
    chosen = [
        (one.get("name") or _name_of(one["id"], shop), one["option"])
        for one in combination(product, variant, shop)
    ]
    return "|".join(f"{name}={value}" for name, value in sorted(chosen))


def places(product: Product) -> list[str]:
    """The ids of all categories it is in, the main one first."""
    refs = [*([product.category] if product.category else []), *product.categories]
    return list(dict.fromkeys(ref.id for ref in refs))


def attribute_names(product: Product, shop: Shop) -> list[str]:
    """What its options are called in the store."""
    return [in_language(option.name, shop.language) for option in product.options]


def _texts(product: Product, named: Collection[str], shop: Shop) -> Body:
    told = {
        "name": in_language(product.name, shop.language),
        "html": in_language(product.html, shop.language),
        "description": marked_up(in_language(product.description, shop.language)),
    }
    return {_TEXTS[name]: value for name, value in told.items() if name in named}


def _shown(product: Product, named: Collection[str], there: Row) -> Body:
    """Archived products are hidden; what they were otherwise is remembered."""
    active = product.active if "active" in named or not there else is_active(there)
    published = product.published if "published" in named or not there else is_published(there)
    was = "published" if published else "draft"
    return {
        "status": "publish" if active and published else "draft",
        "meta_data": [{"key": ARCHIVED, "value": "" if active else was}],
    }


def _attributes(product: Product, shop: Shop) -> list[Body]:
    return [
        {
            **_attribute(in_language(option.name, shop.language), shop),
            "position": position,
            "visible": True,
            "variation": _chosen(product, option),
            "options": [in_language(value.name, shop.language) for value in option.values],
        }
        for position, option in enumerate(product.options)
    ]


def _chosen(product: Product, option: Option) -> bool:
    return any(name == option.name.value for one in product.variants for name, _ in one.options)


def _descriptive(product: Product, there: Row) -> list[Body]:
    """Attributes that people at the store added to describe the product: a list replaces them all."""
    ours = {option.name.value for option in product.options}
    return [
        {name: one[name] for name in ("id", "name", "position", "visible", "variation", "options")}
        for one in there.get("attributes") or ()
        if not one.get("variation") and unescaped(one["name"]) not in ours
    ]


def _attribute(name: str, shop: Shop) -> Body:
    return {"id": shop.attributes[name]} if name in shop.attributes else {"name": name}


def _name_of(id_: int, shop: Shop) -> str:
    return next(name for name, known in shop.attributes.items() if known == id_)


def _checked(variant: Variant) -> Body:
    if not _BARCODE.fullmatch(variant.barcode):
        raise Rejected(
            f"The barcode {variant.barcode!r} has more than digits and hyphens; the store would cut "
            "them out.",
            remedy="Correct the barcode, or leave variants out of the link.",
            field="variants",
        )
    if not variant.weight.is_finite() or variant.weight < 0:
        raise Rejected(f"{variant.weight} is no weight.", field="variants")
    return {
        "sku": variant.sku,
        "global_unique_id": variant.barcode,
        "weight": plain_number(variant.weight) if variant.weight else "",
    }


def _prices(product: Product, variant: Variant, named: Collection[str], shop: Shop) -> Body:
    told = product.prices if "prices" in named else ()
    if told:
        return _special(_own(told, variant, shop))
    if product.price is None:
        return {"regular_price": "", "sale_price": ""}
    _check_currency(product.price.currency, shop)
    chosen = set(variant.options)
    extra = sum(
        (
            value.surcharge
            for option in product.options
            for value in option.values
            if (option.name.value, value.name.value) in chosen
        ),
        Decimal(0),
    )
    whole = {"sale_price": ""} if "prices" in named else {}
    return {"regular_price": _amount(product.price.amount + extra), **whole}


def _own(prices: Sequence[VariantPrice], variant: Variant, shop: Shop) -> VariantPrice | None:
    here = [one for one in prices if one.price.currency == shop.currency]
    if not here:
        _check_currency(prices[0].price.currency, shop)
    return next((one for one in here if one.variant == variant.key), None)


def _special(price: VariantPrice | None) -> Body:
    """A price below the one that is crossed out is a special offer."""
    if price is None:
        return {"regular_price": "", "sale_price": ""}
    if price.regular is None or price.regular.amount <= price.price.amount:
        return {"regular_price": _amount(price.price.amount), "sale_price": ""}
    return {
        "regular_price": _amount(price.regular.amount),
        "sale_price": _amount(price.price.amount),
    }


def _check_currency(currency: str, shop: Shop) -> None:
    if currency != shop.currency:
        raise Rejected(
            f"The price is in {currency}, and the store sells in {shop.currency}.",
            remedy=f"Give the product a price in {shop.currency}, by a price list for example.",
            field="price",
        )


def _amount(amount: Decimal) -> str:
    if not amount.is_finite() or amount < 0:
        raise Rejected(f"{amount} is no price.", field="price")
    return plain_number(amount)
