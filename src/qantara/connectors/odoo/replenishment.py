"""Reads what may run short with its reordering rules, and writes proposals to buy it again.

A rule of a person is never changed: one is ours as long as nobody else has had a hand in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qantara.connectors.base import Change, Outcome, Write, Written
from qantara.connectors.odoo.mapping import replenishment as mapping
from qantara.connectors.odoo.mapping.replenishment import RULE, is_ours
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.stock import StockLevels
from qantara.connectors.odoo.writing import Mapped, Writer, its, save
from qantara.model import Replenishment, Shelf
from qantara.transport import ConnectorError, NotFound

MODEL = "stock.warehouse.orderpoint"

Rules = Mapping[int, Sequence[Mapping[str, Any]]]
"""Rows by variant."""


class Replenishments(StockLevels):
    """stock.quant summed up by variant over all warehouses, with its stock.warehouse.orderpoint."""

    also = (*StockLevels.also, Stream(model=MODEL, owner="product_id"))  # type: ignore[assignment]  # one more
    canonical = staticmethod(mapping.from_wire)  # type: ignore[assignment]  # of another record

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """A variant is known by its own id."""
        return await Reader.named(self, owners)

    async def count(self, cursor: str, scope: str) -> int:
        """Variants, whatever the number of warehouses."""
        return await super().count(cursor, scope) // max(1, len(self._warehouses))

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Two calls more than for levels alone."""
        levels = await super().take(ids, scope)
        known = [one.owner for one in levels]
        rules = await rules_of(self.site, known)
        rows = await self.site.rows(
            "product.product", [("id", "in", known)], ["default_code", "name"]
        )
        named = {row["id"]: row for row in rows}
        user = (await self.site.client.enter()).uid
        return [_whole(one, named.get(one.owner, {}), rules, user) for one in levels]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """By the ids of variants."""
        return await Reader.read(self, ids)

    async def ids(self, scope: str) -> set[str]:
        """Every storable variant."""
        return {str(one) for one in await self._storable([])}


class Replenishing(Writer):
    """stock.warehouse.orderpoint, to be acted on by hand: found first, made once, never a person's."""

    entity, model = "replenishment", MODEL

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Two calls to see what is there, and one or two for what is missing or differs."""
        records = [its(Replenishment, one) for one in writes]
        rules = await rules_of(self.site, [int(one.product.id) for one in records])
        user = (await self.site.client.enter()).uid
        stocks = await self._stocks({one.shelves[0].warehouse.id for one in records})
        wanted: dict[int, tuple[Write, Mapped]] = {}
        for index, (write, record) in enumerate(zip(writes, records, strict=True)):
            there = _there(rules, record)
            if all(is_ours(rule, user) for rule in there) and not _equal(there, record):
                wanted[index] = _intent(write, there, _cells(record, stocks))
        told = await save(self, *_columns(wanted))
        failed = {
            index: one
            for index, one in zip(wanted, told, strict=True)
            if isinstance(one, ConnectorError)
        }
        return [
            failed.get(index) or Written(external_id=record.product.id)
            for index, record in enumerate(records)
        ]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Nothing: what is there is found by product and warehouse before each write."""
        return {}

    async def _stocks(self, ids: set[str]) -> dict[str, int]:
        domain = [("id", "in", sorted(int(one) for one in ids))]
        rows = await self.site.rows("stock.warehouse", domain, ["lot_stock_id"])
        return {str(row["id"]): identity(row["lot_stock_id"]) or 0 for row in rows}


async def rules_of(site: Site, variants: Sequence[int]) -> Rules:
    """The rules of these variants, those that were put away too: Odoo counts them as there."""
    domain = [*await site.shared(MODEL), ("product_id", "in", list(variants))]
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in await site.rows(MODEL, domain, RULE) if variants else ():
        found.setdefault(identity(row["product_id"]) or 0, []).append(row)
    return found


def _there(rules: Rules, record: Replenishment) -> list[Mapping[str, Any]]:
    warehouse = int(record.shelves[0].warehouse.id)
    mine = rules.get(int(record.product.id), ())
    return [one for one in mine if identity(one["warehouse_id"]) == warehouse]


def _equal(rules: Sequence[Mapping[str, Any]], record: Replenishment) -> bool:
    wanted: Shelf = record.shelves[0]
    return any(
        number(one["product_min_qty"]) == wanted.minimum
        and number(one["product_max_qty"]) == wanted.maximum
        for one in rules
    )


def _cells(record: Replenishment, stocks: Mapping[str, int]) -> Mapped:
    shelf = record.shelves[0]
    if shelf.warehouse.id not in stocks:
        return NotFound(f"The warehouse with the id {shelf.warehouse.id} is not there any more.")
    return mapping.cells(record, shelf, stocks[shelf.warehouse.id])


def _intent(
    write: Write, there: Sequence[Mapping[str, Any]], cells: Mapped
) -> tuple[Write, Mapped]:
    """A new rule, or new numbers for the one that is there."""
    if not there or isinstance(cells, ConnectorError):
        return replace(write, external_id=None), cells
    numbers = {name: cells[name] for name in ("product_min_qty", "product_max_qty")}
    return replace(write, external_id=str(there[0]["id"])), numbers


def _columns(wanted: Mapping[int, tuple[Write, Mapped]]) -> tuple[list[Write], list[Mapped]]:
    return [one for one, _ in wanted.values()], [cells for _, cells in wanted.values()]


def _whole(levels: Captured, product: Mapping[str, Any], rules: Rules, user: int) -> Captured:
    mine = rules.get(levels.owner, ())
    change = Change(
        entity="replenishment",
        external_id=str(levels.owner),
        version=datetime.now(UTC).isoformat(sep=" ", timespec="microseconds"),
        wire={
            "variant": levels.owner,
            "sku": product.get("default_code") or "",
            "name": product.get("name") or "",
            "places": [
                {name: one.wire[name] for name in ("place", "quants")} for one in levels.changes
            ],
            "rules": [_rule(one, user) for one in mine],
        },
    )
    rows = [Row(model=MODEL, id=one["id"], written=text(one["write_date"])[:19]) for one in mine]
    return Captured(owner=levels.owner, changes=(change,), rows=(*levels.rows, *rows))


def _rule(row: Mapping[str, Any], user: int) -> dict[str, Any]:
    return {
        "place": str(identity(row["warehouse_id"]) or ""),
        "active": bool(row["active"]),
        "ours": is_ours(row, user),
        "minimum": row["product_min_qty"],
        "maximum": row["product_max_qty"],
    }
