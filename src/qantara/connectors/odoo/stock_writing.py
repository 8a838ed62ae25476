"""Writes other companies' warehouses and stock levels: locations and quants of no company."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.mapping import stock
from qantara.connectors.odoo.mapping.stock import PLACE, level_id
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.writing import Cells, Writer, its, map_all, save
from qantara.model import StockLevel, Warehouse
from qantara.transport import ConnectorError, NotFound, Rejected

COUNTED = 250
"""Quants per call: beyond it Odoo gains nothing (about a hundred in a second)."""

WIZARDS = {
    "stock.track.confirmation": "action_confirm",
    "stock.inventory.conflict": "action_keep_counted_quantity",
}
"""What Odoo may ask when a count is applied, and our answer: as we counted."""

Level = tuple[int, int]
"""Variant and location."""


class WarehouseWriter(Writer):
    """stock.location: seen in Inventory, valued and counted nowhere."""

    entity, model = "warehouse", "stock.location"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import; a warehouse of this company itself is never changed."""
        plain = [replace(one, external_id=_plain(one.external_id)) for one in writes]
        names = await self._names(plain)

        def cells(write: Write, _: Tables) -> Cells:
            told = its(Warehouse, write)
            if write.external_id is None:
                return stock.warehouse_cells(told)
            if not write.external_id.isdigit():
                raise _own(write.external_id)
            there = names.get(int(write.external_id), "")
            return {"name": stock.renamed(there, told, write.fields)}

        results = await save(self, plain, await map_all(self.site, plain, cells))
        return [
            one if isinstance(one, ConnectorError) else Written(external_id=f"{PLACE}{one}")
            for one in results
        ]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Locations by external id."""
        return {key: f"{PLACE}{one}" for key, one in (await super().lookup(keys)).items()}

    async def _names(self, writes: Sequence[Write]) -> dict[int, str]:
        ids = [
            int(one.external_id) for one in writes if one.external_id and one.external_id.isdigit()
        ]
        rows = await self.site.rows(self.model, [("id", "in", ids)], ["name"]) if ids else []
        return {row["id"]: text(row["name"]) for row in rows}


class StockLevelWriter(Writer):
    """stock.quant: counted to what is free over there."""

    entity, model = "stock_level", "stock.quant"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One call to see what lies there, two for each batch that differs; equal ones cost none."""
        levels: dict[int, Level] = {}
        refused: dict[int, ConnectorError] = {}
        for index, write in enumerate(writes):
            told = its(StockLevel, write)
            if told.warehouse.id.startswith(PLACE):
                place = int(told.warehouse.id.removeprefix(PLACE))
                levels[index] = (int(told.product.id), place)
            else:
                refused[index] = _own(told.warehouse.id)
        there = await self._there(list(levels.values()))
        wanted = {
            level: free
            for index, level in levels.items()
            if (free := its(StockLevel, writes[index]).free) != there.get(level, Decimal(0))
        }
        failed = await self._count(wanted)
        return [
            refused.get(index) or failed.get(levels[index]) or _written(levels[index])
            for index in range(len(writes))
        ]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Nothing: a level is what it is, and counting again does no harm."""
        return {}

    async def _there(self, levels: Sequence[Level]) -> dict[Level, Decimal]:
        variants, where = ({one[i] for one in levels} for i in (0, 1))
        domain = [("product_id", "in", sorted(variants)), ("location_id", "in", sorted(where))]
        rows = await self.site.rows(self.model, domain, ["product_id", "location_id", "quantity"])
        found: dict[Level, Decimal] = {}
        for row in rows:
            level = (identity(row["product_id"]) or 0, identity(row["location_id"]) or 0)
            found[level] = found.get(level, Decimal(0)) + number(row["quantity"])
        return found

    async def _count(self, wanted: Mapping[Level, Decimal]) -> dict[Level, ConnectorError]:
        failed: dict[Level, ConnectorError] = {}
        batches = [
            dict(list(wanted.items())[i : i + COUNTED]) for i in range(0, len(wanted), COUNTED)
        ]
        while batches:
            batch = batches.pop()
            try:
                await self._apply(batch)
            except (Rejected, NotFound) as error:
                items = list(batch.items())
                if len(items) == 1:
                    failed[items[0][0]] = error
                else:
                    middle = len(items) // 2
                    batches += [dict(items[:middle]), dict(items[middle:])]
        return failed

    async def _apply(self, batch: Mapping[Level, Decimal]) -> None:
        context = await self.site.tables.context(inventory_mode=True)
        values = [
            {"product_id": variant, "location_id": place, "inventory_quantity": free}
            for (variant, place), free in batch.items()
        ]
        ids = await self.site.client.create(self.model, values, context=context)
        told = await self.site.client.call(
            self.model, "action_apply_inventory", ids, context=context, slow=True
        )
        for _ in WIZARDS:
            told = await self._answer(told, ids)

    async def _answer(self, told: Any, ids: Sequence[int]) -> Any:
        """Go through a wizard that Odoo wants to show."""
        if not isinstance(told, Mapping) or "res_model" not in told:
            return None
        wizard = str(told["res_model"])
        if wizard not in WIZARDS:
            raise Rejected(
                f"Odoo asks a question ({wizard}) that only a person can answer.",
                remedy="Apply the count in Inventory, Physical Inventory, and answer it there.",
            )
        context = {**await self.site.tables.context(inventory_mode=True), **told.get("context", {})}
        made = await self.site.client.create(
            wizard, [{"quant_ids": [(6, 0, list(ids))]}], context=context
        )
        return await self.site.client.call(
            wizard, WIZARDS[wizard], made, context=context, slow=True
        )


def _plain(external_id: str | None) -> str | None:
    """The bare number of a location of ours; anything else is marked as not ours."""
    if external_id is None:
        return None
    return (
        external_id.removeprefix(PLACE) if external_id.startswith(PLACE) else f"own {external_id}"
    )


def _own(which: str) -> Rejected:
    return Rejected(
        f"The warehouse {which} is this company's own, and its stock is never overwritten.",
        remedy="Link the other company's warehouse to a new one instead.",
        field="warehouse",
    )


def _written(level: Level) -> Written:
    return Written(external_id=level_id(level[0], f"{PLACE}{level[1]}"))
