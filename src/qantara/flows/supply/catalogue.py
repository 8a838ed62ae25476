"""The factory's catalogue, partners and stock as its buyer needs them."""

from collections.abc import Sequence
from dataclasses import replace

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Preparation, Priority
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import (
    Category,
    Partner,
    Product,
    Ref,
    StockLevel,
    SupplierPrice,
    Variant,
    Warehouse,
)
from qantara.model.keys import natural_keys, supplier_keys
from qantara.storage.store import Store
from qantara.transport import Rejected

PARTNER_FIELDS = frozenset(
    {
        "name",
        "is_company",
        "parent",
        "kind",
        "reference",
        "vat",
        "email",
        "phone",
        "mobile",
        "website",
        "language",
        "address",
        "active",
    }
)
PRODUCT_FIELDS = frozenset(
    {
        "name",
        "kind",
        "unit",
        "variants",
        "category",
        "description",
        "options",
        "suppliers",
        "image",
        "tracking",
        "bought",
        "active",
    }
)
"""What of a product the factory owns. Whether and for how much the buyer sells it is his affair."""


OWN_OFFERS = "Suppliers, costs and prices are each side's own affair."
PLACES = "The factory's warehouses are only places to the buyer."


def links(options: Options, factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """Categories, partners, products, warehouses and stock levels, from factory to buyer."""

    def link(entity: str, record_type: type, fields: frozenset[str], kind: Kind) -> Link:
        return Link(
            name=f"{name}.{entity}",
            entity=entity,
            source=factory,
            target=buyer,
            record_type=record_type,
            fields=fields,
            kind=kind,
            alike=options.alike == "ask",
        )

    prices = {"price"} if options.sale_prices == "copy" else set()
    product = link("product", Product, PRODUCT_FIELDS | prices, Kind.RECORD)
    carried = [
        link("category", Category, frozenset({"name", "parent"}), Kind.RECORD),
        replace(product, prepare=_with_supplier(options), one_way=OWN_OFFERS),
        replace(
            link("warehouse", Warehouse, frozenset({"code", "name"}), Kind.RECORD), one_way=PLACES
        ),
        replace(
            link("stock_level", StockLevel, frozenset({"free"}), Kind.LEVEL),
            priority=Priority.STOCK,
        ),
    ]
    partner = replace(
        link("partner", Partner, PARTNER_FIELDS, Kind.RECORD), prepare=_without_companies
    )
    return [carried[0], partner, *carried[1:]] if options.partners else carried


async def _without_companies(link: Link, store: Store) -> Link:
    """The two companies are kept by links of their own, in the direction of who owns what.

    Where the buyer wants his goods was learnt from himself, with his orders.
    """
    own = await company_of(link.source)
    customer = await counterpart_of(link.target, await company_of(link.target), link.source, store)
    places = await link.source.ids("partner", scope=f"deliveries:{customer.id}")
    return replace(link, excluded=frozenset({own.id, customer.id, *places}))


def _with_supplier(options: Options) -> Preparation:
    async def prepare(link: Link, store: Store) -> Link:
        supplier = await company_of(link.source)
        known_as = await counterpart_of(link.source, supplier, link.target, store)

        def transform(product: Product) -> Product:
            return _for_buyer(product, supplier, options)

        def view(product: Product) -> Product:
            return _of_supplier(product, known_as)

        def keys(product: Product) -> tuple[str, ...]:
            return (*natural_keys(product), *supplier_keys(product, known_as.id))

        return replace(link, transform=transform, view=view, keys=keys)

    return prepare


def _for_buyer(product: Product, supplier: Ref, options: Options) -> Product:
    """The factory's sale price is what it asks of the buyer; its costs are nobody's business."""
    if options.without_sku == "ask" and not all(variant.sku for variant in product.variants):
        raise Rejected(
            f"The product {product.name.value!r} has no internal reference.",
            field="sku",
            remedy="Give each of its variants one; it is carried over by itself then.",
        )
    offer: tuple[SupplierPrice, ...] = ()
    if product.price is not None:
        code = product.variants[0].sku if len(product.variants) == 1 else ""
        offer = (SupplierPrice(vendor=supplier, price=product.price, code=code),)
    return replace(product, variants=_without_cost(product), suppliers=offer, bought=True)


def _of_supplier(product: Product, supplier: Ref) -> Product:
    """What the buyer's product says of the factory; other suppliers and costs are left alone."""
    offers = tuple(offer for offer in product.suppliers if offer.vendor == supplier)
    return replace(product, variants=_without_cost(product), suppliers=offers)


def _without_cost(product: Product) -> tuple[Variant, ...]:
    return tuple(replace(variant, cost=None) for variant in product.variants)
