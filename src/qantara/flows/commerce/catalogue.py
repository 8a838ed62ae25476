"""Categories and products as a store shows them: kept in Odoo, at the store, or on both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Priority
from qantara.flows.commerce.options import Options
from qantara.flows.commerce.surcharges import charged, kept_prices, listed
from qantara.flows.recipe import Needs
from qantara.model import Category, Product, Text, Variant, VariantPrice
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
"""What of a product concerns both sides, in the words of a store. Units, costs, suppliers and lots
are Odoo's own affair."""

HOME: Mapping[str, frozenset[str]] = {
    "categories": frozenset({"category"}),
    "prices": frozenset({"price", "options"}),
}
"""What Odoo keeps some of them in: one category, one price, and what each choice adds to it."""


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
    """Products with their variants, prices and pictures; they are compared as a store has them."""
    source, target = _sides(options, odoo, store)
    plain = Link(
        name=f"{name}.product",
        entity="product",
        source=source,
        target=target,
        record_type=Product,
        fields=FIELDS,
        alike=options.alike == "ask",
        kind=Kind.RECORD,
        priority=Priority.CATALOGUE,
    )
    shown, told = partial(_shown, options=options), partial(_told, options=options)
    if options.catalogue == "to_store":
        return replace(
            plain,
            transform=shown,
            view=_as_shown,
            returning=told,
            inverse=_as_kept,
            homeward=_kept_in,
        )
    return replace(
        plain,
        transform=told,
        view=partial(_as_offered, options=options),
        returning=shown,
        inverse=_as_shown,
        wording=_as_kept,
        naming=_kept_in,
    )


def _sides(options: Options, odoo: Connector, store: Connector) -> tuple[Connector, Connector]:
    return (odoo, store) if options.catalogue == "to_store" else (store, odoo)


def _shown(product: Product, options: Options) -> Product:
    """The product as the store shall show it; Rejected says what it lacks."""
    _refuse_without_sku(product, options, ("internal reference", "in Odoo"))
    told = _as_offered(product, options)
    if options.without_price == "ask" and product.sold:
        _refuse_free(product, told.prices, options)
    return told


def _as_offered(product: Product, options: Options) -> Product:
    """What Odoo has, in the words of a store."""
    told = replace(
        product,
        name=_spoken(product.name, options),
        description=_spoken(product.description, options),
        html=_spoken(product.html, options),
        prices=_prices(product, options),
        categories=product.categories or ((product.category,) if product.category else ()),
        active=product.active and product.sold,
        price=None,
    )
    return _as_shown(told)


def _told(product: Product, options: Options) -> Product:
    """The store's product on its way to Odoo; Rejected says what it lacks."""
    _refuse_without_sku(product, options, ("SKU", "at the store"))
    return _as_shown(product)


def _refuse_without_sku(product: Product, options: Options, words: tuple[str, str]) -> None:
    if options.without_sku == "ask" and not all(variant.sku for variant in product.variants):
        called, where = words
        raise Rejected(
            f"The product {product.name.value!r} has no {called}.",
            field="sku",
            remedy=f"Give each of its variants one {where}; it is carried over by itself then.",
        )


def _refuse_free(product: Product, prices: Sequence[VariantPrice], options: Options) -> None:
    """A price that nobody has entered is 0 in Odoo: what has none is not given away."""
    if prices and all(one.price.amount for one in prices):
        return
    raise Rejected(
        f"The product {product.name.value!r} has no price"
        + (f" in {' or '.join(options.currencies)}." if options.currencies else "."),
        field="prices",
        remedy="Give it a sales price, or a line in a price list of that currency, in Odoo. It is "
        'carried over by itself then. Where it is to be free, say without_price = "carry".',
    )


def _as_shown(product: Product) -> Product:
    """Only what concerns a store, in the same words whoever tells it.

    It is goods or a service, and what a choice adds is in the prices of the variants.
    """
    return replace(
        product,
        kind="service" if product.kind == "service" else "goods",
        variants=tuple(_plain(variant) for variant in product.variants),
        options=tuple(charged(option, {}) for option in product.options),
        prices=product.prices or tuple(listed(product)),
        category=None,
        price=None,
        suppliers=(),
        tags=tuple(sorted(product.tags)),
    )


def _as_kept(product: Product) -> Product:
    """What comes home from a store, as Odoo keeps it: one category, one price and surcharges.

    Of its texts and surcharges Odoo keeps what the store does not tell.
    """
    price, surcharges = kept_prices(product)
    return replace(
        product,
        category=next(iter(product.categories), None),
        price=price,
        options=tuple(charged(option, surcharges) for option in product.options),
        extra={**product.extra, "odoo": {"partial": True}},
    )


def _kept_in(names: frozenset[str]) -> frozenset[str]:
    """The fields that it takes to write these in Odoo."""
    return names.union(*(HOME.get(name, frozenset()) for name in names))


def _prices(product: Product, options: Options) -> tuple[VariantPrice, ...]:
    """Odoo's price lists in the store's currencies; without any, the sales price and surcharges."""
    told = product.prices or tuple(listed(product))
    if not options.currencies:
        return told
    return tuple(one for one in told if one.price.currency in options.currencies)


def _plain(variant: Variant) -> Variant:
    return replace(variant, cost=None)


def _spoken(text: Text, options: Options) -> Text:
    """In the store's languages; the main one of them is the default where it is there."""
    if not options.languages:
        return text
    main, *others = options.languages
    value = text.translations.get(main, text.value)
    return Text.of(value, {code: text.translations.get(code, "") for code in others})
