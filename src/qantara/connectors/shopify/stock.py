"""Locations, and what is available of each variant there."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from qantara.connectors.base import Change, Wire
from qantara.connectors.shopify.mapping import stock
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.polling import Cursor, Row, query_since, stamp
from qantara.connectors.shopify.reading import Gathered, Reader
from qantara.connectors.shopify.site import Site
from qantara.model import Record

CHUNK = 100
"""Rows of a page where Shopify has no listing by time: they are sorted here."""


class Sorted(Reader):
    """An entity that is listed whole, or by time but in no order."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._listed: dict[str, Change] = {}

    async def rows(self, since: str) -> AsyncIterator[list[Row]]:
        """Oldest first."""
        found = {one.external_id: one async for one in self.every(since)}
        self._listed = {one: told for one, told in found.items() if told.version >= since}
        order = sorted(self._listed.values(), key=lambda one: (one.version, one.external_id))
        for start in range(0, len(order), CHUNK):
            yield [Row(id=one.external_id, version=one.version) for one in order[start:][:CHUNK]]

    def every(self, since: str) -> AsyncIterator[Change]:
        """All that changed since then, in any order."""
        raise NotImplementedError

    async def gather(self, ids: Sequence[str]) -> Gathered:
        """What the listing has told already."""
        return {one: (self._listed[one],) for one in ids if one in self._listed}

    async def count(self, cursor: str, scope: str) -> int:
        self.unscoped(scope)
        return len([one async for one in self.every(Cursor.of(cursor).at)])


class Warehouses(Sorted):
    """Locations."""

    entity = "warehouse"

    async def every(self, since: str) -> AsyncIterator[Change]:
        del since  # locations are few, and not found by time
        async for nodes in self.client.pages("locations_read", "locations"):
            for node in nodes:
                yield Change(
                    entity=self.entity,
                    external_id=number(node["id"]),
                    version=stamp(node["updatedAt"]),
                    wire={"node": node},
                )

    async def read(self, ids: Sequence[str]) -> list[Change]:
        wanted = set(ids)
        return [one async for one in self.every("") if one.external_id in wanted]

    def canonical(self, wire: Wire) -> Record:
        return stock.warehouse_from_wire(wire)


class StockLevels(Sorted):
    """What is available."""

    entity = "stock_level"

    async def every(self, since: str) -> AsyncIterator[Change]:
        places = [one.external_id async for one in Warehouses(self.site).every("")]
        query = query_since(since) or None
        for place in places:
            told = self.client.pages(
                "levels_listing",
                "location",
                "inventoryLevels",
                location=gid("Location", place),
                query=query,
            )
            async for nodes in told:
                for node in nodes:
                    if variant := (node["item"] or {}).get("variant"):
                        yield _level(number(variant["id"]), place, node)

    async def read(self, ids: Sequence[str]) -> list[Change]:
        places: dict[str, list[str]] = {}
        for one in dict.fromkeys(ids):
            if "@" in one:
                variant, place = stock.level_parts(one)
                places.setdefault(place, []).append(variant)
        found: list[Change] = []
        self.site.items.clear()
        for place, variants in places.items():
            for node in await levels_at(self.site, place, variants):
                if level := node["inventoryItem"]["inventoryLevel"]:
                    variant = number(node["id"])
                    found.append(_level(variant, place, level))
                    self.site.items[variant, place] = node["inventoryItem"]["id"]
        return found

    def canonical(self, wire: Wire) -> Record:
        return stock.level_from_wire(wire)


async def levels_at(site: Site, place: str, variants: Sequence[str]) -> list[dict[str, Any]]:
    """Variants with what lies of them at a location; those that are gone are absent."""
    nodes = await site.client.nodes(
        "levels_read",
        [gid("ProductVariant", one) for one in variants],
        location=gid("Location", place),
    )
    return [node for node in nodes if node.get("id")]


def available(level: Mapping[str, Any]) -> int:
    """What may be sold."""
    return sum(int(one["quantity"]) for one in level["quantities"])


def _level(variant: str, place: str, node: Mapping[str, Any]) -> Change:
    return Change(
        entity="stock_level",
        external_id=stock.level_id(variant, place),
        version=stamp(node["updatedAt"]),
        wire={"variant": variant, "location": place, "available": available(node)},
    )
