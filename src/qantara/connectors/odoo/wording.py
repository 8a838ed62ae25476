"""Tells records in the words of one Odoo: a measure has another name there, and some fields no place."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qantara.connectors.odoo.site import Site
from qantara.model import Product, PurchaseOrder, Record, Ref, SaleOrder, Text, Transfer, Unit


async def reworded(site: Site, records: Sequence[Record]) -> Sequence[Record]:
    """The records with the units of this Odoo; a unit that is not clear stays as it is.

    A product of no category has the usual one where Odoo requires one (16 to 18); of one that a store
    shows only what Odoo has a place for is told.
    """
    if not any(type(record) in _WORDED for record in records):
        return records
    tables = await site.tables.get("units")
    known: dict[Unit, Unit] = {}

    def own(unit: Unit) -> Unit:
        if unit not in known:
            known[unit] = tables.own_unit(unit)
        return known[unit]

    there = await _places(site, records)
    told = [_WORDED.get(type(record), _same)(record, own) for record in records]
    told = [_kept(one, there) if isinstance(one, Product) else one for one in told]
    if not any(_of_no_category(record) for record in told):
        return told
    usual = (await site.tables.get("category")).category
    category = Ref("category", str(usual)) if usual else None
    return [replace(one, category=category) if _of_no_category(one) else one for one in told]


Own = Callable[[Unit], Unit]


async def _places(site: Site, records: Sequence[Record]) -> Collection[str]:
    if not any(isinstance(record, Product) for record in records):
        return ()
    return await site.client.fields("product.template")


def _kept(product: Product, there: Collection[str]) -> Product:
    """One category and one picture; what the modules of a shop bring only where they are."""
    return replace(
        product,
        categories=product.categories[:1],
        gallery=(),
        digital=product.kind == "service",
        options=tuple(sorted(product.options, key=lambda option: option.name.value)),
        html=product.html if "description_ecommerce" in there else Text(""),
        published=product.published if "is_published" in there else True,
        tags=product.tags if "product_tag_ids" in there else (),
    )


def _of_no_category(record: Record) -> bool:
    return isinstance(record, Product) and record.category is None


def _product(product: Product, own: Own) -> Product:
    unit = own(product.unit)
    return product if unit == product.unit else replace(product, unit=unit)


def _order(order: Any, own: Own) -> Any:
    if all(line.unit is None or own(line.unit) == line.unit for line in order.lines):
        return order
    lines = tuple(replace(line, unit=line.unit and own(line.unit)) for line in order.lines)
    return replace(order, lines=lines)


def _same(record: Any, _: Own) -> Any:
    return record


_WORDED: Mapping[type, Callable[[Any, Own], Any]] = {
    Product: _product,
    PurchaseOrder: _order,
    SaleOrder: _order,
    Transfer: _order,
}
