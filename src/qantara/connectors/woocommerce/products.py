"""Reads products with their variations, and the stock levels of what can be bought."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from qantara.connectors.base import Change
from qantara.connectors.woocommerce.client import Row
from qantara.connectors.woocommerce.mapping import product, stock
from qantara.connectors.woocommerce.mapping.values import stamp, text
from qantara.connectors.woocommerce.polling import Captured
from qantara.connectors.woocommerce.reading import Polled
from qantara.connectors.woocommerce.site import Site, family

TRASH = "trash"


class Products(Polled):
    """Products; a changed variation moves the time of its product."""

    entity = "product"
    path = "/products"
    fields = product.FIELDS
    params: ClassVar[Mapping[str, str]] = {"status": "any", "context": "edit"}
    canonical = staticmethod(product.from_wire)
    children = staticmethod(product.children)

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """One call for each product that has variations."""
        currency = await self.site.currency()
        variations = await variations_of(self.site, rows, product.SELLABLE)
        return [
            Captured(
                owner=str(row["id"]),
                at=stamp(row),
                changes=[self._change(row, variations.get(row["id"], []), currency)],
            )
            for row in rows
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These products; those in the trash are gone."""
        rows = await self.rows(ids)
        return [change for one in await self.take(rows) for change in one.changes]

    async def content(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The first pictures of these products."""
        asked = {"_fields": "id,images", **self.params}
        rows = await self.site.client.include(self.path, ids, asked)
        found = {}
        for row in rows:
            if row.get("images") and (
                told := await self.site.client.download(text(row["images"][0].get("src")))
            ):
                found[str(row["id"])] = told
        return found

    async def ids(self) -> set[str]:
        """All ids."""
        asked = {"_fields": "id", "status": "any", "orderby": "id", "order": "asc"}
        return {str(row["id"]) for row in await self.site.client.every(self.path, asked)}

    def _change(self, row: Row, variations: Sequence[Row], currency: str) -> Change:
        wire = {"product": row, "variations": variations, "currency": currency}
        version = max([stamp(row), *map(stamp, variations)])
        return self.change(str(row["id"]), version, wire)


class StockLevels(Polled):
    """What the store counts of each product and variation; others have no level."""

    entity = "stock_level"
    path = "/products"
    fields = stock.FIELDS
    params: ClassVar[Mapping[str, str]] = {"status": "any"}
    canonical = staticmethod(stock.from_wire)

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """One call for each product that has variations."""
        variations = await variations_of(self.site, rows, stock.FIELDS)
        captured = []
        for row in rows:
            self.site.parents |= family(row)
            mine = variations.get(row["id"]) or ([row] if row["type"] != product.VARIABLE else [])
            changes = [self._level(one, stamp(row)) for one in mine if stock.counted(one)]
            captured.append(Captured(owner=str(row["id"]), at=stamp(row), changes=changes))
        return captured

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These levels."""
        wanted = {stock.variant_id(one): one for one in ids if stock.variant_id(one)}
        rows = await quantities(self.site, list(wanted))
        found = [self._level(row, stamp(row)) for row in rows.values() if stock.counted(row)]
        by_id = {one.external_id: one for one in found}
        return [by_id[one] for one in wanted.values() if one in by_id]

    async def ids(self) -> set[str]:
        """Those of everything that is counted."""
        asked = {"_fields": self.fields, **self.params, "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(self.path, asked)
        taken = await self.take(rows)
        return {change.external_id for one in taken for change in one.changes}

    def _level(self, row: Row, version: str) -> Change:
        return self.change(stock.level_id(row["id"]), max(version, stamp(row)), {"row": row})


async def variations_of(site: Site, rows: Sequence[Row], fields: str) -> Mapping[int, list[Row]]:
    """The variations of those products that have some, by the ids of the products."""
    parents = [row["id"] for row in rows if row.get("type") == product.VARIABLE]
    asked = {"_fields": f"{fields},parent_id", "status": "any", "context": "edit"}
    found: dict[int, list[Row]] = {parent: [] for parent in parents}
    for row in await site.variations(parents, asked):
        if row["parent_id"] in found:
            found[row["parent_id"]].append(row)
    return found


async def quantities(site: Site, variants: Sequence[str]) -> dict[str, Row]:
    """The rows of these products and variations by their ids, as they are now.

    One call for products and one for variations; what is known as neither is asked for as both.
    """
    wanted = list(dict.fromkeys(one for one in variants if one.isdigit()))
    varied = [one for one in wanted if site.parents.get(one, one) != one]
    asked = {"_fields": stock.FIELDS, "status": "any"}
    alone = [one for one in wanted if one not in set(varied)]
    rows = await site.client.include("/products", alone, asked)
    for row in rows:
        site.parents |= family(row)
    found = {str(row["id"]): row for row in rows if str(row["id"]) in family(row)}
    left = [*varied, *(one for one in alone if one not in found)]
    for row in await site.variants(left, asked):
        site.parents[str(row["id"])] = str(row["parent_id"])
        found[str(row["id"])] = row
    return found
