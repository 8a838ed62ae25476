"""Brings the variants of products that exist to what their records say.

Odoo makes variants itself from the attribute lines. Here the lines of a changed product are
changed, each variant is recognised by its options, those missing are made, those too many
archived, and SKU, barcode, cost, weight and volume written where they differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Write
from qantara.connectors.odoo.attributes import Attributes
from qantara.connectors.odoo.loading import Result, update
from qantara.connectors.odoo.mapping import product
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, number, settable, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import is_partial
from qantara.model import Product
from qantara.transport import ConnectorError, Rejected

LINE = "product.template.attribute.line"
CHOICE = "product.template.attribute.value"
VARIANT = "product.product"
CHOSEN = "product_template_attribute_value_ids"
OFFERED = ("product_tmpl_id", "attribute_id", "name", "price_extra")

Rows = list[dict[str, Any]]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A product whose template went through."""

    template: int
    write: Write
    product: Product


@dataclass(slots=True, kw_only=True)
class _Found:
    """The variants of one template and the choices that it offers."""

    choices: dict[Pair, dict[str, Any]]
    variants: dict[frozenset[Pair], dict[str, Any]]


async def write_variants(
    site: Site, saved: Sequence[Saved], attributes: Attributes
) -> dict[int, ConnectorError]:
    """Options, surcharges and variants of these products; refusals by template."""
    refused = await _write_lines(site, _with(saved, "options", old=True), attributes)
    rest = [one for one in saved if one.template not in refused]
    priced = [one for one in _with(rest, "options") if _tells_surcharges(one)]
    changed = _with(rest, "variants")
    restored = [one for one in _with(rest, "active") if _is_restored(one)]
    if not priced and not changed and not restored:
        return refused
    tables = await site.tables.get()
    found = await _find(site, rest)
    refused |= await _write_surcharges(site, priced, found, tables)
    for one in changed:
        if one.template not in refused and (error := await _complete(site, one, found, tables)):
            refused[one.template] = error
    told = [one for one in (*changed, *restored) if one.template not in refused]
    return {**refused, **await _write_cells(site, told, found, tables)}


def _tells_surcharges(one: Saved) -> bool:
    """A store tells surcharges with its prices; without these it knows none, and ours stay."""
    told = "prices" in one.write.fields and one.product.price is not None
    return told or not is_partial(one.write)


def _is_restored(one: Saved) -> bool:
    """A template that is active again leaves its variants archived when it is written by import."""
    old = one.write.external_id is not None and "variants" not in one.write.fields
    return old and one.product.active


def _with(saved: Iterable[Saved], field: str, *, old: bool = False) -> list[Saved]:
    return [
        one
        for one in saved
        if field in one.write.fields and not (old and one.write.external_id is None)
    ]


async def _write_lines(
    site: Site, saved: Sequence[Saved], attributes: Attributes
) -> dict[int, ConnectorError]:
    """Attribute lines of products that were there before; options change rarely."""
    if not saved:
        return {}
    tables = await site.tables.get()
    domain = [("product_tmpl_id", "in", [one.template for one in saved])]
    rows = await site.rows(
        LINE, [*domain, ("active", "=", True)], ["product_tmpl_id", "attribute_id", "value_ids"]
    )
    refused: dict[int, ConnectorError] = {}
    for one in saved:
        mine = {
            identity(row["attribute_id"]): row
            for row in rows
            if identity(row["product_tmpl_id"]) == one.template
        }
        try:
            await _change_lines(site, one, mine, attributes.lines(one.product, tables))
        except Rejected as error:
            refused[one.template] = error
    return refused


async def _change_lines(
    site: Site,
    one: Saved,
    there: dict[int | None, dict[str, Any]],
    wanted: Sequence[Mapping[str, Cell]],
) -> None:
    context = await site.tables.context()
    new = []
    for line in wanted:
        attribute, values = line["attribute_id/.id"], line["value_ids/.id"]
        row = there.pop(attribute if isinstance(attribute, int) else None, None)
        if row is None:
            new.append({"product_tmpl_id": one.template, **settable(line)})
        elif isinstance(values, tuple) and set(row["value_ids"]) != set(values):
            change = settable({"value_ids": values})
            await site.client.write(LINE, [row["id"]], change, context=context)
    if new:
        await site.client.create(LINE, new, context=context)
    if there:
        gone = [row["id"] for row in there.values()]
        await site.client.call(LINE, "unlink", gone, context=context)


async def _find(site: Site, saved: Sequence[Saved]) -> dict[int, _Found]:
    """The variants of these products; their choices only where there are any."""
    of = [("product_tmpl_id", "in", [one.template for one in saved])]
    rows = await site.rows(VARIANT, of, product.VARIANT, order="active, id")
    optional = any(row[CHOSEN] for row in rows) or any(one.product.options for one in saved)
    choices = (
        await site.rows(CHOICE, [*of, ("ptav_active", "=", True)], OFFERED) if optional else []
    )
    found = {one.template: _Found(choices={}, variants={}) for one in saved}
    names: dict[int, Pair] = {}
    for choice in choices:
        pair = (text(choice["attribute_id"][1]), text(choice["name"]))
        names[choice["id"]] = pair
        found[identity(choice["product_tmpl_id"]) or 0].choices[pair] = choice
    for row in rows:
        if all(choice in names for choice in row[CHOSEN]):
            key = frozenset(names[choice] for choice in row[CHOSEN])
            found[identity(row["product_tmpl_id"]) or 0].variants[key] = row
    return found


async def _write_surcharges(
    site: Site, saved: Sequence[Saved], found: Mapping[int, _Found], tables: Tables
) -> dict[int, ConnectorError]:
    changes: dict[int, dict[str, Cell]] = {}
    owners: dict[int, int] = {}
    for one in saved:
        choices = found[one.template].choices
        for pair, surcharge in product.surcharges(one.product, tables).items():
            choice = choices.get(pair)
            if choice and number(choice["price_extra"]) != number(surcharge):
                changes[choice["id"]] = {"price_extra": surcharge}
                owners[choice["id"]] = one.template
    return _refusals(owners, await update(site.client, CHOICE, changes, await _context(site)))


async def _complete(
    site: Site, one: Saved, found: Mapping[int, _Found], tables: Tables
) -> ConnectorError | None:
    """Make the variants that Odoo did not make, archive those that the record does not have."""
    mine = found[one.template]
    wanted = product.combinations(one.product, tables)
    missing = [key for key in wanted if key not in mine.variants]
    try:
        values = [_new_variant(one, mine, key) for key in missing]
        if values:
            ids = await site.client.create(VARIANT, values, context=await _context(site))
            for key, created in zip(missing, ids, strict=True):
                mine.variants[key] = {"id": created, "active": True}
        extra = [
            row["id"] for key, row in mine.variants.items() if key not in wanted and row["active"]
        ]
        if extra:
            off = {"active": False}
            await site.client.write(VARIANT, extra, off, context=await _context(site))
    except Rejected as error:
        return error
    return None


def _new_variant(one: Saved, mine: _Found, key: frozenset[Pair]) -> dict[str, Any]:
    unknown = sorted(pair for pair in key if pair not in mine.choices)
    if unknown:
        option, value = unknown[0]
        raise Rejected(
            f"{one.product.name.value} has no choice {value!r} of {option!r} here.",
            remedy="Let the link write the options of the product too.",
            field="variants",
        )
    chosen = tuple(mine.choices[pair]["id"] for pair in sorted(key))
    return settable({"product_tmpl_id": one.template, CHOSEN: chosen})


async def _write_cells(
    site: Site, saved: Sequence[Saved], found: Mapping[int, _Found], tables: Tables
) -> dict[int, ConnectorError]:
    changes: dict[int, dict[str, Cell]] = {}
    owners: dict[int, int] = {}
    archived = await _archived(site, saved)
    for one in saved:
        for key, variant in product.combinations(one.product, tables).items():
            if row := found[one.template].variants.get(key):
                owners[row["id"]] = one.template
                cells = product.variant_cells(variant) if "variants" in one.write.fields else {}
                active = one.template not in archived
                changes[row["id"]] = _differing(row, {**cells, "active": active})
    return _refusals(owners, await update(site.client, VARIANT, changes, await _context(site)))


async def _archived(site: Site, saved: Sequence[Saved]) -> set[int]:
    """Templates that are archived now; those that were just written say so themselves."""
    told = {one.template for one in saved if "active" in one.write.fields}
    asked = [one.template for one in saved if one.template not in told]
    domain = [("id", "in", asked), ("active", "=", False)]
    rows = await site.rows("product.template", domain, ["active"]) if asked else []
    said = {one.template for one in saved if one.template in told and not one.product.active}
    return {*said, *(row["id"] for row in rows)}


def _differing(row: Mapping[str, Any], cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """A cost written anew makes Odoo revalue the stock, so that equal values are left alone."""
    return {name: cell for name, cell in cells.items() if not _same(row.get(name), cell)}


def _same(there: Any, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return bool(there) == cell
    return number(there) == number(cell) if isinstance(cell, Decimal) else text(there) == cell


def _refusals(
    owners: Mapping[int, int], results: Mapping[int, Result]
) -> dict[int, ConnectorError]:
    return {
        owners[one]: result for one, result in results.items() if isinstance(result, ConnectorError)
    }


async def _context(site: Site) -> dict[str, Any]:
    return await site.tables.context(**EVERYTHING)
