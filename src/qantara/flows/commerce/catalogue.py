"""Categories and products as a store shows them: kept in Odoo, at the store, or on both sides."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Priority
from qantara.flows.commerce.options import Options
from qantara.flows.recipe import Needs
from qantara.model import Category, Money, Product, Text, Variant, VariantPrice
from qantara.transport import Rejected

CARRIED = frozenset({"category", "product"})

FIELDS = frozenset(
    {
        "name",
        "kind",
        "variants",
        "options",
        "image",
        "active",
        "description",
        "html",
        "prices",
        "categories",
        "gallery",
        "tags",
        "published",
        "digital",
    }
)
"""What of a product concerns both sides. Units, costs, suppliers and lots are Odoo's own affair."""

HOME = frozenset({"category", "price"})
"""What Odoo has besides where the store keeps the catalogue."""


def needs(options: Options, entity: str) -> Needs:
    """One side tells of it, the other is written to; both are read, to recognise what is there."""
    writer = "store" if options.catalogue == "to_store" else "odoo"
    one = frozenset({entity})
    return Needs(reads={"odoo": one, "store": one}, writes={writer: one})


def category(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """Categories by their paths."""
    source, target = _sides(options, odoo, store)
    return Link(
        name=f"{name}.category",
        entity="category",
        source=source,
        target=target,
        record_type=Category,
        fields=frozenset({"name", "parent"}),
        priority=Priority.CATALOGUE,
    )


def product(options: Options, odoo: Connector, store: Connector, name: str) -> Link:
    """Products with their variants, prices and pictures."""
    source, target = _sides(options, odoo, store)
    shown = partial(_shown, options=options)
    kept = partial(_kept, options=options)
    to_store = options.catalogue == "to_store"
    return Link(
        name=f"{name}.product",
        entity="product",
        source=source,
        target=target,
        record_type=Product,
        fields=FIELDS if to_store else FIELDS | HOME,
        transform=shown if to_store else kept,
        view=_as_shown if to_store else shown,
        inverse=_as_kept if to_store else _as_shown,
        alike=options.alike == "ask",
        kind=Kind.RECORD,
        priority=Priority.CATALOGUE,
    )


def _sides(options: Options, odoo: Connector, store: Connector) -> tuple[Connector, Connector]:
    return (odoo, store) if options.catalogue == "to_store" else (store, odoo)


def _shown(product: Product, options: Options) -> Product:
    """The product as the store shall show it; Rejected says what it lacks."""
    if options.without_sku == "ask" and not all(variant.sku for variant in product.variants):
        raise Rejected(
            f"The product {product.name.value!r} has no internal reference.",
            field="sku",
            remedy="Give each of its variants one in Odoo; it is carried over by itself then.",
        )
    prices = _prices(product, options)
    if options.without_price == "ask" and not prices and product.sold:
        raise Rejected(
            f"The product {product.name.value!r} has no price"
            + (f" in {' or '.join(options.currencies)}." if options.currencies else "."),
            field="prices",
            remedy="Give it a sales price, or a line in a price list of that currency, in Odoo.",
        )
    told = replace(
        product,
        name=_spoken(product.name, options),
        description=_spoken(product.description, options),
        html=_spoken(product.html, options),
        prices=prices,
        categories=product.categories or ((product.category,) if product.category else ()),
        active=product.active and product.sold,
    )
    return _as_shown(told)


def _as_shown(product: Product) -> Product:
    """Only what concerns a store, in the same words whoever tells it: goods, or a service."""
    return replace(
        product,
        kind="service" if product.kind == "service" else "goods",
        variants=tuple(_plain(variant) for variant in product.variants),
        category=None,
        price=None,
        suppliers=(),
        tags=tuple(sorted(product.tags)),
    )


def _kept(product: Product, options: Options) -> Product:
    """The store's product as Odoo shall keep it."""
    if options.without_sku == "ask" and not all(variant.sku for variant in product.variants):
        raise Rejected(
            f"The product {product.name.value!r} has no SKU.",
            field="sku",
            remedy="Give each of its variants one at the store; it is carried over by itself then.",
        )
    return _as_kept(product)


def _as_kept(product: Product) -> Product:
    """What comes home from a store: one price for all variants is the product's own."""
    amounts = {one.price for one in product.prices}
    return replace(
        product,
        variants=tuple(_plain(variant) for variant in product.variants),
        category=product.category or next(iter(product.categories), None),
        price=next(iter(amounts)) if len(amounts) == 1 else product.price,
        tags=tuple(sorted(product.tags)),
    )


def _prices(product: Product, options: Options) -> tuple[VariantPrice, ...]:
    """Odoo's price lists in the store's currencies; without any, the sales price and surcharges."""
    told = product.prices or tuple(_listed(product))
    if not options.currencies:
        return told
    return tuple(one for one in told if one.price.currency in options.currencies)


def _listed(product: Product) -> Iterator[VariantPrice]:
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


def _plain(variant: Variant) -> Variant:
    return replace(variant, cost=None)


def _spoken(text: Text, options: Options) -> Text:
    """In the store's languages; the main one of them is the default where it is there."""
    if not options.languages:
        return text
    main, *others = options.languages
    value = text.translations.get(main, text.value)
    return Text.of(value, {code: text.translations.get(code, "") for code in others})
