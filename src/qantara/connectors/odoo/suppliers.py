"""Writes the prices of vendors into products and leaves those of other vendors alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.finding import by_name
from qantara.connectors.odoo.loading import Line, external_id, external_name, load, update
from qantara.connectors.odoo.mapping.product import SELLER
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, number, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.variants import Saved
from qantara.model import SupplierPrice
from qantara.transport import ConnectorError

MODEL = "product.supplierinfo"

Rows = list[dict[str, Any]]


async def write_suppliers(site: Site, saved: Sequence[Saved]) -> dict[int, ConnectorError]:
    """The prices of these products; refusals by template.

    A line is recognised by vendor and minimum. Lines that are too many go when they are of a
    vendor of the record or were made by us.
    """
    concerned = [one for one in saved if "suppliers" in one.write.fields]
    there = await _there(site, concerned)
    if not any(there.values()) and not any(one.product.suppliers for one in concerned):
        return {}
    tables = await site.tables.get("currencies")
    changes: dict[int, dict[str, Cell]] = {}
    lines: list[tuple[int, Line]] = []
    owners: dict[int, int] = {}
    left: list[tuple[Saved, dict[str, Any]]] = []
    for one in concerned:
        mine = _by_offer(there[one.template])
        for price in one.product.suppliers:
            same = mine.get((int(price.vendor.id), number(price.minimum)))
            row = same.pop(0) if same else None
            if row is None:
                lines.append((one.template, _line(one, price, tables)))
            elif differing := _differing(row, price, tables):
                changes[row["id"]], owners[row["id"]] = differing, one.template
        left += [(one, row) for rows in mine.values() for row in rows]
    context = await site.tables.context(**EVERYTHING)
    updated = await update(site.client, MODEL, changes, context)
    loaded = await load(site.client, MODEL, [line for _, line in lines], context)
    await _remove(site, left)
    results = [(owners[one], result) for one, result in updated.items()]
    results += [(owner, result) for (owner, _), result in zip(lines, loaded, strict=True)]
    return {owner: result for owner, result in results if isinstance(result, ConnectorError)}


async def _there(site: Site, saved: Sequence[Saved]) -> dict[int, Rows]:
    """The lines for whole products. Odoo 19 names the variant in them when there is only one."""
    found: dict[int, Rows] = {one.template: [] for one in saved}
    if not saved:
        return found
    alone = {one.template for one in saved if len(one.product.variants) == 1}
    for row in await site.rows(MODEL, [("product_tmpl_id", "in", list(found))], SELLER):
        template = identity(row["product_tmpl_id"]) or 0
        if template in alone or not row["product_id"]:
            found[template].append(row)
    return found


def _by_offer(rows: Rows) -> dict[tuple[int | None, Decimal], Rows]:
    """Lines by vendor and minimum, the oldest of several first."""
    found: dict[tuple[int | None, Decimal], Rows] = {}
    for row in rows:
        found.setdefault((identity(row["partner_id"]), number(row["min_qty"])), []).append(row)
    return found


def _cells(price: SupplierPrice, tables: Tables) -> dict[str, Cell]:
    return {
        "price": price.price.amount,
        "currency_id/.id": tables.currency_id(price.price.currency),
        "product_code": price.code,
    }


def _line(one: Saved, price: SupplierPrice, tables: Tables) -> Line:
    vendor, minimum = int(price.vendor.id), number(price.minimum)
    cells: dict[str, Cell] = {
        "id": external_id("supplier", _key(one, vendor, minimum)),
        "product_tmpl_id/.id": one.template,
        "partner_id/.id": vendor,
        "min_qty": minimum,
    }
    return Line(cells={**cells, **_cells(price, tables)})


def _differing(row: Mapping[str, Any], price: SupplierPrice, tables: Tables) -> dict[str, Cell]:
    same: dict[str, object] = {
        "price": number(row["price"]) == number(price.price.amount),
        "currency_id/.id": tables.currencies.get(identity(row["currency_id"]) or 0)
        == price.price.currency,
        "product_code": text(row["product_code"]) == price.code,
    }
    return {name: cell for name, cell in _cells(price, tables).items() if not same[name]}


async def _remove(site: Site, left: Sequence[tuple[Saved, dict[str, Any]]]) -> None:
    if not left:
        return
    names = {
        external_name(
            "supplier", _key(one, identity(row["partner_id"]), number(row["min_qty"]))
        ): row
        for one, row in left
    }
    ours = await by_name(site, MODEL, list(names))
    gone = {row["id"] for name, row in names.items() if ours.get(name) == row["id"]}
    for one, row in left:
        vendors = {int(price.vendor.id) for price in one.product.suppliers}
        if identity(row["partner_id"]) in vendors:
            gone.add(row["id"])
    if gone:
        await site.client.call(MODEL, "unlink", sorted(gone))


def _key(one: Saved, vendor: int | None, minimum: object) -> str:
    return f"{one.write.key}_{vendor}_{str(minimum).replace('.', '_')}"
