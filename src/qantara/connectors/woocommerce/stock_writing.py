"""Sets what the store may sell: read again first, so that no sale made meanwhile is undone.

The store offers no compare-and-set, and its adding up loses updates: an absolute figure is set, as
soon as may be after the look, and only where it differs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.woocommerce.client import Batch, Row
from qantara.connectors.woocommerce.mapping import stock
from qantara.connectors.woocommerce.mapping.values import number
from qantara.connectors.woocommerce.products import quantities
from qantara.connectors.woocommerce.writing import Writer, its, tried
from qantara.model import StockLevel
from qantara.transport import ConnectorError, NotFound, Rejected, RetryLater


class StockLevels(Writer):
    """Quantities of products and variations. Safe to repeat."""

    entity = "stock_level"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One look, then one batch for products, and one for each product with variations."""
        levels = [tried(_checked, one) for one in writes]
        good = [one for one in levels if isinstance(one, StockLevel)]
        rows = await quantities(self.site, [one.product.id for one in good])
        outcomes: list[Outcome | None] = [
            one if isinstance(one, ConnectorError) else self._against(one, rows) for one in levels
        ]
        lowering = {
            one.product.id: one
            for one, outcome in zip(levels, outcomes, strict=True)
            if outcome is None and isinstance(one, StockLevel)
        }
        told = await self._set(lowering, rows)
        return [
            outcome or _outcome(level, told)
            for level, outcome in zip(levels, outcomes, strict=True)
        ]

    def _against(self, level: StockLevel, rows: Mapping[str, Row]) -> Outcome | None:
        """What stands against setting it: nothing of it there, sold meanwhile, or set already."""
        row = rows.get(level.product.id)
        if row is None:
            return NotFound(
                f"The store has no product or variation {level.product.id}.",
                remedy="See what became of the product there.",
            )
        there = number(row.get("stock_quantity")) if stock.counted(row) else None
        if level.seen is not None and there is not None and there != level.seen:
            return RetryLater(
                f"The store has {there} of {level.product.id} by now, and not {level.seen}.",
                after=0.0,
            )
        own = row.get("manage_stock") is True
        if own and there == stock.whole(level):
            return Written(external_id=stock.level_id(level.product.id))
        return None

    async def _set(
        self, levels: Mapping[str, StockLevel], rows: Mapping[str, Row]
    ) -> dict[str, ConnectorError | None]:
        by_path: dict[str, list[str]] = {}
        for one in levels:
            parent = self.site.parents.get(one, one)
            path = "/products" if parent == one else f"/products/{parent}/variations"
            by_path.setdefault(path, []).append(one)
        told: dict[str, ConnectorError | None] = {}
        for path, variants in by_path.items():
            bodies = [{"id": rows[one]["id"], **stock.body(levels[one])} for one in variants]
            answer = await self.site.client.batch(path, Batch(update=bodies), safe=True)
            for one, row in zip(variants, answer["update"], strict=True):
                refused = self.site.client.refusal(row)
                told[one] = refused.error if refused else None
        return told


def _checked(write: Write) -> StockLevel:
    level = its(StockLevel, write)
    stock.whole(level)
    if level.warehouse.id != stock.STORE:
        raise Rejected(
            f"The store has one warehouse, {stock.STORE}, and not {level.warehouse.id}.",
            field="warehouse",
        )
    return level


def _outcome(level: Any, told: Mapping[str, ConnectorError | None]) -> Outcome:
    return told[level.product.id] or Written(external_id=stock.level_id(level.product.id))
