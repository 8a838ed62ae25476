"""Stock levels: set where they are as they were seen, in one call for many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import uuid4

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.shopify.errors import refused
from qantara.connectors.shopify.mapping.stock import level_id
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.stock import available, levels_at
from qantara.connectors.shopify.writing import Writer
from qantara.model import StockLevel
from qantara.transport import ConnectorError, NotFound, Rejected, RetryLater

STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
AGAIN = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST"})

NAME, REASON = "available", "correction"


@dataclass(slots=True, kw_only=True)
class Level:
    """One level that is to be written, with what lies there now."""

    at: int
    record: StockLevel
    item: str = ""
    there: int | None = None

    @property
    def wanted(self) -> int:
        """Whole pieces: of a half one, nothing can be sold."""
        return int(self.record.free.to_integral_value(ROUND_FLOOR))

    @property
    def id(self) -> str:
        """The id of the level."""
        return level_id(self.record.product.id, self.record.warehouse.id)

    def quantity(self) -> dict[str, Any]:
        """As Shopify takes it; null compares with nothing."""
        seen = self.record.seen
        return {
            "inventoryItemId": self.item,
            "locationId": gid("Location", self.record.warehouse.id),
            "quantity": self.wanted,
            "changeFromQuantity": None if seen is None else int(seen),
        }


class StockLevels(Writer):
    """All levels of a batch; the key of a call is its own, for what is compared makes it safe."""

    async def write_one(self, write: Write) -> str:
        raise NotImplementedError

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """A level that was not as seen is answered alone, with RetryLater; so is a wrong one."""
        outcomes: dict[int, Outcome] = {}
        levels = [
            Level(at=at, record=one.record)
            for at, one in enumerate(writes)
            if isinstance(one.record, StockLevel)
        ]
        await self._find([one for one in levels if not self._recall(one)], outcomes)
        open_ = [one for one in levels if one.at not in outcomes]
        for level in [one for one in open_ if one.there is None]:
            outcomes[level.at] = await self._activate(level)
        await self._set([one for one in open_ if one.there is not None], outcomes)
        return [outcomes[at] for at in range(len(writes))]

    def _recall(self, level: Level) -> bool:
        """Whether it was read just before: then it need not be looked for, for Shopify compares."""
        seen, place = level.record.seen, level.record.warehouse.id
        item = self.site.items.pop((level.record.product.id, place), "")
        if not item or seen is None or int(seen) == level.wanted:
            return False
        level.item, level.there = item, int(seen)
        return True

    async def _find(self, levels: Sequence[Level], outcomes: dict[int, Outcome]) -> None:
        """What each variant's stock is called, and how much of it lies there."""
        places: dict[str, list[Level]] = {}
        for level in levels:
            places.setdefault(level.record.warehouse.id, []).append(level)
        for place, here in places.items():
            try:
                told = await levels_at(self.site, place, [one.record.product.id for one in here])
            except (Rejected, NotFound) as error:
                outcomes |= {one.at: error for one in here}
                continue
            known = {number(node["id"]): node["inventoryItem"] for node in told}
            for level in here:
                self._take(level, known.get(level.record.product.id), outcomes)

    def _take(
        self, level: Level, item: Mapping[str, Any] | None, outcomes: dict[int, Outcome]
    ) -> None:
        if item is None:
            outcomes[level.at] = NotFound(
                f"The variant {level.record.product.id} is not in Shopify any more."
            )
            return
        level.item = item["id"]
        if found := item["inventoryLevel"]:
            level.there = available(found)
            if level.there == level.wanted:
                outcomes[level.at] = Written(external_id=level.id)

    async def _activate(self, level: Level) -> Outcome:
        """Let the location hold the variant, which it does not yet."""
        if level.record.seen:
            return _stale(level)
        try:
            await self.client.do(
                "inventory_activate",
                item=level.item,
                location=gid("Location", level.record.warehouse.id),
                available=level.wanted,
                key=str(uuid4()),
                drop=0,
            )
        except (Rejected, NotFound) as error:
            return error
        return Written(external_id=level.id)

    async def _set(self, levels: Sequence[Level], outcomes: dict[int, Outcome]) -> None:
        """Shopify does all or nothing: what it names as wrong is answered, the rest sent again."""
        waiting = list(levels)
        while waiting:
            result = await self.client.attempt(
                "inventory_set",
                input={
                    "name": NAME,
                    "reason": REASON,
                    "quantities": [one.quantity() for one in waiting],
                },
                key=str(uuid4()),
            )
            wrong = _wrong(result.get("userErrors") or (), waiting)
            if not wrong:
                outcomes |= {one.at: Written(external_id=one.id) for one in waiting}
                return
            outcomes |= wrong
            waiting = [one for one in waiting if one.at not in wrong]


def _wrong(told: Sequence[Mapping[str, Any]], levels: Sequence[Level]) -> dict[int, Outcome]:
    """The error of each level that is named; of all of them where none is."""
    found: dict[int, Outcome] = {}
    for one in told:
        code = str(one.get("code") or "")
        if code in AGAIN:
            raise RetryLater("Shopify is at the same stock levels already.", after=2.0)
        place = [step for step in one.get("field") or () if str(step).isdecimal()]
        if not place or int(place[0]) >= len(levels):
            return {level.at: _error(one, code, level) for level in levels}
        level = levels[int(place[0])]
        found[level.at] = _error(one, code, level)
    return found


def _error(one: Mapping[str, Any], code: str, level: Level) -> ConnectorError:
    return _stale(level) if code in STALE else refused([one], drop=3)


def _stale(level: Level) -> RetryLater:
    return RetryLater(
        f"The stock level {level.id} is not {level.record.seen or Decimal(0)} any more.",
        remedy="It is read and decided anew.",
        after=0.0,
    )
