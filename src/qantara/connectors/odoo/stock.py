"""Reads warehouses, and how much of each storable variant is free in each of them."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from qantara.connectors.base import Change, Page
from qantara.connectors.odoo.finding import places
from qantara.connectors.odoo.mapping import stock
from qantara.connectors.odoo.mapping.stock import PLACE, level_id, level_parts
from qantara.connectors.odoo.mapping.values import distinct, identity, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING

QUANT = ("product_id", "location_id", "quantity", "reserved_quantity", "write_date")

OWN = "own"
"""The scope of warehouses without those of other companies."""

Rows = list[dict[str, Any]]


class Warehouses(Reader):
    """stock.warehouse; by id also the locations that stand for other companies' warehouses."""

    model = "stock.warehouse"
    canonical = staticmethod(stock.warehouse_from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """Scope "own": those that the connection's own company works with now."""
        if scope != OWN:
            return await super().domain(scope)
        return [*await self.site.shared(self.model), ("active", "=", True)]

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call."""
        domain = [*await self.domain(scope), ("id", "in", ids)]
        rows = await self.site.rows(self.model, domain, ["name", "code", "write_date"])
        return [self.captured(row, _warehouse(row, "")) for row in rows]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Warehouses and locations."""
        found = await super().read(ids)
        made = [int(one.removeprefix(PLACE)) for one in ids if one.startswith(PLACE)]
        if not made:
            return found
        rows = await self.site.rows("stock.location", [("id", "in", made)], ["name", "write_date"])
        return [*found, *(_warehouse(row, PLACE) for row in rows)]

    async def ids(self, scope: str) -> set[str]:
        """Warehouses and locations; in the scope "own" no locations."""
        own = await super().ids(scope)
        return own if scope else own | {f"{PLACE}{one}" for one in await places(self.site)}


class StockLevels(Reader):
    """stock.quant summed up by variant and warehouse; where there is no quant, nothing is free.

    Quants tell of reservations and counts, done moves of quants that went to nothing and were
    deleted. The first walk goes over the variants instead.
    """

    model = "stock.quant"
    owner = "product_id"
    also = (Stream(model="stock.move", owner="product_id", domain=(("state", "=", "done"),)),)
    canonical = staticmethod(stock.level_from_wire)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._homes: dict[int, str] | None = None
        self._warehouses: list[str] = []

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The levels of these variants in every warehouse."""
        await self._places()
        return {one: [level_id(one, place) for place in self._warehouses] for one in owners}

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        """All variants once, by id; from then on those that were touched."""
        stored = json.loads(cursor) if cursor else {"poll": await self._now(scope), "scan": 0}
        scan = stored.get("scan")
        while scan is not None:
            ids = await self._storable([("id", ">", scan)], limit=self.page)
            scan = ids[-1] if len(ids) == self.page else None
            changes = [change for one in await self.take(ids, scope) for change in one.changes]
            yield Page(changes=changes, cursor=json.dumps({**stored, "scan": scan}))
        async for page in super().changes(str(stored["poll"]), scope):
            yield Page(changes=page.changes, cursor=json.dumps({"poll": page.cursor}))

    async def count(self, cursor: str, scope: str) -> int:
        """Variants to be read, times warehouses."""
        await self._places()
        if cursor:
            touched = await super().count(json.loads(cursor)["poll"], scope)
            return touched * len(self._warehouses)
        context = await self.site.tables.context(**EVERYTHING)
        domain = await self._storable_domain()
        found = await self.site.client.count("product.product", domain, context=context)
        return found * len(self._warehouses)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Two calls, and two for the places once in each walk."""
        homes = await self._places()
        storable = await self._storable([("id", "in", list(ids))]) if ids else []
        quants = await self._quants(storable, [("location_id", "in", list(homes))])
        by_variant: dict[int, Rows] = {one: [] for one in storable}
        for row in quants:
            by_variant[identity(row["product_id"]) or 0].append(row)
        return [
            Captured(
                owner=one, changes=_levels(one, mine, homes, self._warehouses), rows=_seen(mine)
            )
            for one, mine in by_variant.items()
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Levels in warehouses and in the locations that we made."""
        wanted = [level_parts(one) for one in ids]
        own = distinct(variant for variant, place in wanted if not place.startswith(PLACE))
        captured = await self.take(own, "") if own else []
        found = [change for one in captured for change in one.changes]
        made = [(one, place) for one, place in wanted if place.startswith(PLACE)]
        if made:
            found += await self._read_made(made)
        return [change for change in found if change.external_id in set(ids)]

    async def ids(self, scope: str) -> set[str]:
        """Every storable variant in every place."""
        await self._places()
        made = [f"{PLACE}{one}" for one in await places(self.site)]
        variants = await self._storable([])
        return {level_id(one, place) for one in variants for place in (*self._warehouses, *made)}

    async def _read_made(self, made: Iterable[tuple[int, str]]) -> list[Change]:
        pairs = list(made)
        homes = {int(place.removeprefix(PLACE)): place for _, place in pairs}
        there = await self.site.rows("stock.location", [("id", "in", list(homes))], ["name"])
        homes = {row["id"]: homes[row["id"]] for row in there}
        variants = await self._storable([("id", "in", distinct(one for one, _ in pairs))])
        quants = await self._quants(variants, [("location_id", "in", list(homes))])
        found: list[Change] = []
        for one in variants:
            mine = [row for row in quants if identity(row["product_id"]) == one]
            found += _levels(one, mine, homes, list(homes.values()))
        return found

    async def _now(self, scope: str) -> str:
        poll = self.site.poll(await self.streams(scope), "")
        context = await self.site.tables.context(**EVERYTHING)
        async for _ in poll.steps(self.page, context):
            poll.skip()
        return poll.cursor

    async def _quants(self, variants: Sequence[int], where: list[Any]) -> Rows:
        domain = [("product_id", "in", list(variants)), *where]
        return await self.site.rows(self.model, domain, QUANT) if variants else []

    async def _storable(self, domain: list[Any], limit: int | None = None) -> list[int]:
        context = await self.site.tables.context(**EVERYTHING)
        every = [*domain, *await self._storable_domain()]
        return await self.site.client.search("product.product", every, limit=limit, context=context)

    async def _storable_domain(self) -> list[Any]:
        there = await self.site.client.fields("product.product")
        if "is_storable" in there:
            return [("is_storable", "=", True)]
        return [("detailed_type" if "detailed_type" in there else "type", "=", "product")]

    async def _places(self) -> dict[int, str]:
        """The warehouse of each location in one."""
        if self._homes is None:
            views = await self.site.rows("stock.warehouse", [], ["view_location_id"])
            roots = {identity(row["view_location_id"]) or 0: str(row["id"]) for row in views}
            inside = [("id", "child_of", list(roots))]
            rows = await self.site.rows("stock.location", inside, ["location_id"])
            above = {row["id"]: identity(row["location_id"]) for row in rows}
            homes = {one: _home(one, above, roots) for one in above}
            self._warehouses = list(roots.values())
            self._homes = {one: home for one, home in homes.items() if home}
        return self._homes


def _home(location: int, above: Mapping[int, int | None], roots: Mapping[int, str]) -> str:
    at: int | None = location
    while at is not None and at not in roots:
        at = above.get(at)
    return roots[at] if at is not None else ""


def _levels(
    variant: int, quants: Rows, homes: Mapping[int, str], everywhere: Sequence[str]
) -> list[Change]:
    """One level for each place; its version is the time of reading, for it is as of now."""
    by_place: dict[str, list[dict[str, Any]]] = {place: [] for place in everywhere}
    for row in quants:
        told = {"quantity": row["quantity"], "reserved": row["reserved_quantity"]}
        by_place[homes[identity(row["location_id"]) or 0]].append(told)
    now = datetime.now(UTC).isoformat(sep=" ", timespec="microseconds")
    return [
        Change(
            entity="stock_level",
            external_id=level_id(variant, place),
            version=now,
            wire={"variant": variant, "place": place, "quants": lying},
        )
        for place, lying in by_place.items()
    ]


def _warehouse(row: Mapping[str, Any], prefix: str) -> Change:
    return Change(
        entity="warehouse",
        external_id=f"{prefix}{row['id']}",
        version=text(row["write_date"]),
        wire={"row": dict(row)},
    )


def _seen(quants: Rows) -> list[Row]:
    return [
        Row(model="stock.quant", id=row["id"], written=text(row["write_date"])[:19])
        for row in quants
    ]
