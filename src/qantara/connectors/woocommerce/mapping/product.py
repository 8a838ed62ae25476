"""A product with its variants, read from WooCommerce's product and its variations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping import images
from qantara.connectors.woocommerce.mapping.values import meta, number, plain, text, unescaped
from qantara.model import (
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    Text,
    Unit,
    Variant,
    VariantPrice,
)

Row = Mapping[str, Any]

SELLABLE = (
    "id,type,status,sku,global_unique_id,regular_price,sale_price,on_sale,virtual,downloadable,"
    "weight,attributes,meta_data,date_created_gmt,date_modified_gmt"
)
FIELDS = f"{SELLABLE},name,description,short_description,categories,tags,images,variations"

VARIABLE = "variable"
ARCHIVED = "_qantara_archived"
"""Metadata of a product that Odoo has archived: `published` or `draft`, what it is otherwise."""

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
"""WooCommerce has no units of measure: everything is sold by the piece."""


def from_wire(wire: Wire) -> Product:
    """The product; prices are in the store's one currency, texts in its one language."""
    row, rows = wire["product"], sellable(wire)
    variants = sorted(((_variant(one), one) for one in rows), key=lambda pair: pair[0].key)
    prices = [
        price for variant, one in variants if (price := _price(variant, one, wire["currency"]))
    ]
    categories = [Ref("category", str(one["id"])) for one in row.get("categories") or ()]
    pictures = images.told(row)
    return Product(
        name=Text(unescaped(row["name"])),
        kind="service" if all(one.get("virtual") for one in rows) else "goods",
        unit=PIECE,
        variants=tuple(variant for variant, _ in variants),
        category=categories[0] if categories else None,
        price=_lowest(prices),
        description=Text(plain(text(row.get("short_description")))),
        options=tuple(sorted(options(row), key=lambda option: option.name.value)),
        image=pictures[0] if pictures else None,
        gallery=tuple(pictures[1:]),
        active=is_active(row),
        published=is_published(row),
        html=Text(text(row.get("description")).rstrip("\n")),
        prices=tuple(prices),
        categories=tuple(sorted(categories, key=lambda ref: int(ref.id))),
        tags=tuple(sorted(unescaped(one["name"]) for one in row.get("tags") or ())),
        digital=all(one.get("downloadable") for one in rows),
    )


def children(wire: Wire) -> dict[str, str]:
    """The ids of the variants by their keys; of twins the older one counts."""
    found: dict[str, str] = {}
    for one in sorted(sellable(wire), key=lambda row: row["id"], reverse=True):
        found[_variant(one).key] = str(one["id"])
    return found


def sellable(wire: Wire) -> Sequence[Row]:
    """The rows that are bought: variations, each combination once, or the product itself."""
    if wire["product"].get("type") != VARIABLE or not wire["variations"]:
        return (wire["product"],)
    by_key: dict[str, Row] = {}
    for one in sorted(wire["variations"], key=lambda row: row["id"]):
        by_key.setdefault(key_of(one), one)
    return tuple(by_key.values())


def key_of(row: Row) -> str:
    """The key of the variant that this variation is."""
    return _variant(row).key


def is_active(row: Row) -> bool:
    """False for what was archived by the hub or lies in the trash."""
    archived = bool(meta(row, ARCHIVED)) and row.get("status") != "publish"
    return not archived and row.get("status") != "trash"


def is_published(row: Row) -> bool:
    """Whether it is shown; of an archived one whether it would be."""
    if not is_active(row):
        return bool(meta(row, ARCHIVED) == "published")
    return row.get("status") == "publish"


def options(row: Row) -> list[Option]:
    """What a buyer chooses; attributes that only describe the product are none."""
    return [
        Option(
            name=Text(unescaped(one["name"])),
            values=tuple(OptionValue(name=Text(unescaped(value))) for value in one["options"]),
        )
        for one in row.get("attributes") or ()
        if one.get("variation") and row.get("type") == VARIABLE
    ]


def _variant(row: Row) -> Variant:
    chosen = [
        (unescaped(one["name"]), unescaped(one["option"]))
        for one in row.get("attributes") or ()
        if one.get("option")
    ]
    return Variant(
        sku=text(row.get("sku")),
        barcode=text(row.get("global_unique_id")),
        weight=number(row.get("weight")),
        options=tuple(sorted(chosen)),
    )


def _price(variant: Variant, row: Row, currency: str) -> VariantPrice | None:
    if not text(row.get("regular_price")):
        return None
    regular = Money(number(row["regular_price"]), currency)
    reduced = text(row.get("sale_price"))
    if not reduced or not row.get("on_sale", True):
        return VariantPrice(variant=variant.key, price=regular)
    sale = Money(number(reduced), currency)
    return VariantPrice(variant=variant.key, price=sale, regular=regular)


def _lowest(prices: Sequence[VariantPrice]) -> Money | None:
    """The lowest price that is not reduced."""
    full = [one.regular or one.price for one in prices]
    return min(full, key=lambda money: money.amount) if full else None
