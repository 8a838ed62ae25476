"""A product with its variants, and Odoo's product.template with all that hangs on it."""

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire, Write
from qantara.connectors.odoo.mapping.tables import Tables, unit_from
from qantara.connectors.odoo.mapping.values import Cell, identity, many_languages, number, text
from qantara.model import (
    Image,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    SupplierPrice,
    Text,
    Variant,
    VariantPrice,
)
from qantara.transport import Rejected

TEMPLATE = (
    "name",
    "description_sale",
    "type",
    "detailed_type",
    "is_storable",
    "tracking",
    "list_price",
    "categ_id",
    "uom_id",
    "sale_ok",
    "purchase_ok",
    "active",
    "attribute_line_ids",
    "description_ecommerce",
    "is_published",
    "product_tag_ids",
    "write_date",
)
VARIANT = (
    "product_tmpl_id",
    "default_code",
    "barcode",
    "standard_price",
    "weight",
    "volume",
    "active",
    "product_template_attribute_value_ids",
    "write_date",
)
SELLER = (
    "product_tmpl_id",
    "product_id",
    "partner_id",
    "price",
    "currency_id",
    "product_code",
    "min_qty",
    "write_date",
)
TRANSLATED = ("name", "description_sale", "description_ecommerce")

_FLAGS = {"sold": "sale_ok", "bought": "purchase_ok", "active": "active"}
_KINDS = {"product": "goods", "consu": "consumable", "service": "service", "combo": "combo"}
_TYPES = {"goods": "product", "consumable": "consu", "service": "service", "combo": "combo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How this Odoo's product.template differs: the fields it has and the kinds it knows.

    `tags` are the ids of tags by their names.
    """

    fields: frozenset[str]
    kinds: frozenset[str]
    tags: Mapping[str, int] = field(default_factory=dict)

    def kept(self, fields: frozenset[str]) -> frozenset[str]:
        """Those of a product's fields that have a place here."""
        places = {"html": "description_ecommerce", "tags": "product_tag_ids"}
        places["published"] = "is_published"
        return fields - {ours for ours, theirs in places.items() if theirs not in self.fields}


def from_wire(wire: Wire) -> Product:
    """The product with its active variants in the order of their keys."""
    row = wire["template"]
    variants = [_variant(one, wire) for one in wire["variants"]]
    options = [_option(one) for one in wire["options"]]
    return Product(
        name=many_languages(row, "name", wire["translations"]),
        description=many_languages(row, "description_sale", wire["translations"]),
        kind=_kind(row),
        unit=unit_from(wire["unit"]),
        variants=tuple(sorted(variants, key=lambda variant: variant.key)),
        category=Ref("category", str(one)) if (one := identity(row.get("categ_id"))) else None,
        price=Money(number(row["list_price"]), wire["currency"]),
        options=tuple(sorted(options, key=lambda option: option.name.value)),
        suppliers=tuple(_supplier(one) for one in wire["sellers"]),
        image=Image(sha1=wire["image"]) if wire["image"] else None,
        tracking=row.get("tracking") or "none",
        sold=bool(row.get("sale_ok")),
        bought=bool(row.get("purchase_ok")),
        active=bool(row["active"]),
        html=many_languages(row, "description_ecommerce", wire["translations"]),
        prices=tuple(sorted(_prices(wire), key=lambda one: (one.variant, one.price.currency))),
        tags=tuple(wire.get("tags", ())),
        published=bool(row.get("is_published", True)),
        digital=_kind(row) == "service",
    )


def children(wire: Wire) -> dict[str, str]:
    """The ids of the variants by their keys."""
    return {_variant(one, wire).key: str(one["id"]) for one in wire["variants"]}


def to_cells(write: Write, product: Product, tables: Tables, shape: Shape) -> dict[str, Cell]:
    """The named fields of the template as import cells; nothing of variants and vendors."""
    fields = write.fields
    cells: dict[str, Cell] = {
        theirs: getattr(product, ours) for ours, theirs in _FLAGS.items() if ours in fields
    }
    for name, told in texts(product, fields).items():
        cells[name] = tables.in_main(told)
    if "kind" in fields:
        cells |= _type(product, shape)
    if "published" in fields and "is_published" in shape.fields:
        cells["is_published"] = product.published
    if "tags" in fields and "product_tag_ids" in shape.fields:
        cells["product_tag_ids/.id"] = tuple(shape.tags[one] for one in product.tags)
    if "tracking" in fields and "tracking" in shape.fields:
        cells["tracking"] = product.tracking
    if "unit" in fields:
        cells |= _unit(product, tables, shape)
    if "image" in fields and (write.content or product.image is None):
        cells["image_1920"] = base64.b64encode(write.content or b"").decode("ascii")
    return {**cells, **_optional(product, fields, tables)}


def check_money(product: Product, fields: Collection[str], tables: Tables) -> None:
    """Raises Rejected when a vendor's price or a cost is in a currency that cannot be kept."""
    for seller in product.suppliers if "suppliers" in fields else ():
        tables.currency_id(seller.price.currency)
    for variant in product.variants if "variants" in fields else ():
        if variant.cost:
            tables.in_company_currency(variant.cost, "cost")


def variant_cells(variant: Variant) -> dict[str, Cell]:
    """A variant as import cells of product.product; they fit a template with one variant too."""
    cells: dict[str, Cell] = {
        "default_code": variant.sku,
        "barcode": variant.barcode,
        "weight": variant.weight,
        "volume": variant.volume,
    }
    if variant.cost:
        cells["standard_price"] = variant.cost.amount
    return cells


def texts(product: Product, fields: Collection[str]) -> dict[str, Text]:
    """The translated fields among `fields`."""
    told = {
        "name": product.name,
        "description_sale": product.description,
        "description_ecommerce": product.html,
    }
    ours = {"name": "name", "description_sale": "description", "description_ecommerce": "html"}
    return {name: value for name, value in told.items() if ours[name] in fields}


def varies(product: Product, option: Option) -> bool:
    """True when variants differ by the option; else it is only asked of the buyer."""
    return any(name == option.name.value for one in product.variants for name, _ in one.options)


def combinations(product: Product, tables: Tables) -> dict[frozenset[tuple[str, str]], Variant]:
    """Each variant by its options and values as they are called in this Odoo's main language."""
    names: dict[tuple[str, str], tuple[str, str]] = {}
    lonely: set[tuple[str, str]] = set()
    for option in product.options:
        for value in option.values:
            called = (tables.in_main(option.name), tables.in_main(value.name))
            names[option.name.value, value.name.value] = called
            if len(option.values) == 1 and varies(product, option):
                lonely.add(called)
    return {
        frozenset({names.get(pair, pair) for pair in variant.options} | lonely): variant
        for variant in product.variants
    }


def surcharges(product: Product, tables: Tables) -> dict[tuple[str, str], Decimal]:
    """What each choice adds to the price, by the names of this Odoo's main language."""
    return {
        (tables.in_main(option.name), tables.in_main(value.name)): value.surcharge
        for option in product.options
        for value in option.values
    }


def _variant(row: Mapping[str, Any], wire: Wire) -> Variant:
    names = {
        value["id"]: (text(option["name"]), text(value["name"]))
        for option in wire["options"]
        for value in option["values"]
    }
    chosen = [names[one] for one in row["product_template_attribute_value_ids"] if one in names]
    return Variant(
        sku=text(row["default_code"]),
        barcode=text(row["barcode"]),
        cost=Money(number(row["standard_price"]), wire["currency"]),
        weight=number(row["weight"]),
        volume=number(row["volume"]),
        options=tuple(sorted(chosen)),
    )


def _prices(wire: Wire) -> Iterator[VariantPrice]:
    for row in wire["variants"]:
        for one in wire.get("prices", {}).get(str(row["id"]), ()):
            regular = one["regular"]
            yield VariantPrice(
                variant=_variant(row, wire).key,
                price=Money(number(one["price"]), one["currency"]),
                regular=Money(number(regular), one["currency"]) if regular else None,
            )


def _option(told: Mapping[str, Any]) -> Option:
    return Option(
        name=many_languages(told, "name", told["translations"]),
        values=tuple(
            OptionValue(
                name=many_languages(value, "name", value["translations"]),
                surcharge=number(value["surcharge"]),
            )
            for value in told["values"]
        ),
    )


def _supplier(told: Mapping[str, Any]) -> SupplierPrice:
    return SupplierPrice(
        vendor=Ref("partner", str(told["vendor"])),
        price=Money(number(told["price"]), told["currency"]),
        code=text(told["code"]),
        minimum=number(told["minimum"]),
    )


def _kind(row: Mapping[str, Any]) -> Any:
    told = text(row.get("detailed_type") or row.get("type"))
    if told not in _KINDS:
        raise Rejected(
            f"The product type {told!r} is none that the hub can express.",
            remedy="Leave products of this type out of the link.",
            field="kind",
        )
    return "goods" if told == "consu" and row.get("is_storable") else _KINDS[told]


def _type(product: Product, shape: Shape) -> dict[str, Cell]:
    """16: detailed_type product; from 17.2 on: type consu and a tick in is_storable."""
    told = _TYPES[product.kind]
    if "is_storable" in shape.fields:
        goods = product.kind == "goods"
        told, cells = ("consu" if goods else told), {"is_storable": goods}
    else:
        cells = {}
    if told not in shape.kinds:
        raise Rejected(
            f"{product.name.value} is of the kind {product.kind!r}, which this Odoo does not know.",
            remedy="Install Inventory there for goods; combos need Odoo 18.",
            field="kind",
        )
    field = "detailed_type" if "detailed_type" in shape.fields else "type"
    return {field: told, **cells}


def _optional(product: Product, fields: Collection[str], tables: Tables) -> dict[str, Cell]:
    """What Odoo keeps a value of in any case: a product without it leaves that one alone."""
    cells: dict[str, Cell] = {}
    if "category" in fields and product.category:
        cells["categ_id/.id"] = int(product.category.id)
    if "price" in fields and product.price:
        cells["list_price"] = tables.in_company_currency(product.price, "price")
    return cells


def _unit(product: Product, tables: Tables, shape: Shape) -> dict[str, Cell]:
    unit = tables.unit_id(product.unit)
    both = ("uom_id/.id", "uom_po_id/.id") if "uom_po_id" in shape.fields else ("uom_id/.id",)
    return dict.fromkeys(both, unit)
