"""A market day: two stores, a counter and a hub between them, all of them slow to answer.

The tape says who wants what and when, and when new goods arrive. It is the same for each hub that
is tried. What is truly there is counted beside the systems, and no system can see it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from qantara.connectors.base import Change, Outcome, Page, Write
from qantara.engine.link import Link
from qantara.engine.pipeline import run, task_of
from qantara.model import StockLevel, StoreLine, StoreOrder
from qantara.storage import work
from qantara.storage.store import Store
from tests.engine.test_pipeline import Silent
from tests.flows.commerce.shop import Office, Shop, Trade, line, order, product

SKUS = 20
A_SECOND = 50
LONGEST = 30.0
POLLED_EVERY = 20.0
LOST = 0.2

asking: ContextVar[str] = ContextVar("asking", default="")
"""For which store the hub asks Odoo at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants one unit, `where` there is some; at "door" so many arrive."""

    at: float
    where: str
    sku: str
    units: int = 1


def tape(seed: int, seconds: int, counter: float) -> list[Wish]:
    """What happens: 50 wishes a second on 20 SKUs, and about a third as many goods that arrive."""
    dice = random.Random(seed)  # noqa: S311 - a story, no secret
    names = [f"S{number}" for number in range(SKUS)]
    wishes = [
        Wish(
            at=dice.uniform(0, seconds),
            where="counter" if dice.random() < counter else dice.choice(("shop!", "outlet!")),
            sku=dice.choice(names),
        )
        for _ in range(seconds * A_SECOND)
    ]
    goods = [
        Wish(at=dice.uniform(0, seconds), where="door", sku=dice.choice(names), units=6)
        for _ in range(seconds * 2)
    ]
    return sorted([*wishes, *goods], key=lambda one: one.at)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What is truly there: `left` by SKU. `bad` are units that a store offers only because the hub
    wrote more than there was when it last asked Odoo."""

    left: dict[str, int]
    bad: dict[tuple[str, str], int] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    sold: int = 0
    oversold: int = 0
    by_the_hub: int = 0

    def sell(self, where: str, sku: str) -> None:
        self.sold += 1
        self.left[sku] -= 1
        bad = self.bad.get((where, sku), 0)
        if self.left[sku] < 0:
            self.oversold += 1
            self.by_the_hub += bad > 0
            self.bad[where, sku] = max(0, bad - 1)

    def written(self, where: str, sku: str, before: int, after: int) -> None:
        """The hub changed what a store offers: what goes beyond what it could know is bad."""
        known = max(0, self.seen.get((where, sku), 0))
        excess = max(0, after - max(before, known))
        self.bad[where, sku] = min(after, self.bad.get((where, sku), 0) + excess)


class Slow:
    """Waits before and after each call, mostly a little, now and then half a minute."""

    dice: random.Random
    hurried = True

    async def delay(self) -> None:
        if not self.hurried:
            await asyncio.sleep(LONGEST / 2 * self.dice.random() ** 12)


class SlowShop(Slow, Shop):
    """A store on the market."""

    ledger: Ledger
    skus: dict[str, str]

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        await self.delay()
        pages = [page async for page in super().changes(entity, cursor, scope=scope)]
        await self.delay()
        for page in pages:
            yield page

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        await self.delay()
        found = await super().read(entity, ids)
        await self.delay()
        return found

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        await self.delay()
        before = {one: self.offered(one) for one in self.skus}
        outcomes = await super().write(entity, writes)
        for variant in {
            one.record.product.id for one in writes if isinstance(one.record, StockLevel)
        } & self.skus.keys():
            here = self.connection.name
            after = self.offered(variant)
            self.ledger.written(here, self.skus[variant], before[variant], after)
        await self.delay()
        return outcomes


class SlowOffice(Slow, Office):
    """The Odoo behind them."""

    ledger: Ledger

    def _tell(self, changes: Sequence[Change]) -> None:
        for change in changes:
            sku = change.external_id.partition("v0@")[0]
            if change.entity == "stock_level" and sku in self.ledger.left:
                self.ledger.seen[asking.get(), sku] = self.ledger.left[sku]

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        await self.delay()
        pages = [page async for page in super().changes(entity, cursor, scope=scope)]
        for page in pages:
            self._tell(page.changes)
        await self.delay()
        for page in pages:
            yield page

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        await self.delay()
        found = await super().read(entity, ids)
        self._tell(found)
        await self.delay()
        return found

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        await self.delay()
        outcomes = await super().write(entity, writes)
        await self.delay()
        return outcomes


class Market:
    """The two stores, the counter, and a hub of one kind."""

    def __init__(self, store: Store, seed: int, *, careful: bool) -> None:
        self.journal = store
        self.careful = careful
        self.dice = random.Random(seed)  # noqa: S311 - a story, no secret
        self.ledger = Ledger(left={f"S{number}": 0 for number in range(SKUS)})
        self.odoo = SlowOffice("odoo")
        self.shops = {name: SlowShop(name) for name in ("shop!", "outlet!")}
        self.slow: list[SlowOffice | SlowShop] = [self.odoo, *self.shops.values()]
        for one in self.slow:
            one.dice, one.ledger = random.Random(seed + 1), self.ledger  # noqa: S311
        for shop in self.shops.values():
            shop.skus = {}
        parts = frozenset({"product", "stock", "order"})
        self.trades = {
            name: Trade(store, self.odoo, shop, parts=parts) for name, shop in self.shops.items()
        }
        self.numbers = 0

    async def open(self) -> None:
        """All know all goods before the first wish."""
        for sku in self.ledger.left:
            self.odoo.put("product", product(sku), sku)
            self.arrive(sku, 8)
        for trade in self.trades.values():
            await trade.turn("product")
            trade.shop.skus = {trade.sku(sku): sku for sku in self.ledger.left}  # type: ignore[attr-defined]
        self.variants = {
            (name, sku): variant
            for name, shop in self.shops.items()
            for variant, sku in shop.skus.items()
        }
        for _ in range(4):
            for trade in self.trades.values():
                await trade.turn("stock")
        for one in self.slow:
            one.hurried = False
        self.ledger.bad.clear()

    async def day(self, wishes: Sequence[Wish]) -> Ledger:
        """Live through the tape."""
        await self.open()
        hubs = [
            asyncio.create_task(self._work(name, kind, *pace))
            for name in self.shops
            for kind, pace in (("order", (0.5, POLLED_EVERY)), ("stock", (0.5, 1.0)))
        ]
        clock = asyncio.get_running_loop().time
        began = clock()
        for wish in wishes:
            await asyncio.sleep(max(0.0, began + wish.at - clock()))
            self._happen(wish)
        for hub in hubs:
            hub.cancel()
            with suppress(asyncio.CancelledError):
                await hub
        return self.ledger

    def arrive(self, sku: str, units: int) -> None:
        self.ledger.left[sku] += units
        self.odoo.stock(f"{sku}v0", units)

    def _happen(self, wish: Wish) -> None:
        if wish.where == "door":
            self.arrive(wish.sku, wish.units)
        elif wish.where == "counter":
            if self.odoo.free(f"{wish.sku}v0") > 0:
                self.ledger.sold += 1
                self.ledger.left[wish.sku] -= 1
                self.odoo.stock(f"{wish.sku}v0", -1)
        elif self.shops[wish.where].offered(self.variants[wish.where, wish.sku]) > 0:
            self._order(wish)

    def _order(self, wish: Wish) -> None:
        shop = self.shops[wish.where]
        self.ledger.sell(wish.where, wish.sku)
        self.numbers += 1
        sold: StoreLine = line(self.variants[wish.where, wish.sku])
        made: StoreOrder = replace(order(str(self.numbers), "", sold), customer=None)
        id_ = shop.place(made)
        if self.dice.random() >= LOST:
            for _ in range(self.dice.choice((1, 1, 2, 5))):
                asyncio.get_running_loop().call_later(
                    self.dice.uniform(0, LONGEST), self._ring, wish.where, id_
                )

    def _ring(self, where: str, id_: str) -> None:
        """A webhook arrives, late, doubled or both."""
        self.journal.run_here(work.ask, [task_of(self._links[where, "order"], id_)])

    _links: dict[tuple[str, str], Link]

    async def _work(self, name: str, kind: str, pause: float, every: float) -> None:
        """A lane of the hub: what it was told of at once, a poll by the clock."""
        asking.set(name if kind == "stock" else "")
        link = await self.trades[name].link(kind)
        if kind == "stock" and not self.careful:
            link = _plain(link)
        self._links = {**getattr(self, "_links", {}), (name, kind): link}
        clock = asyncio.get_running_loop().time
        poll_at = 0.0
        while True:
            polling = clock() >= poll_at
            poll_at = clock() + every if polling else poll_at
            await run(link, self.journal, Silent(), polling=polling)
            await asyncio.sleep(pause)


def _plain(link: Link) -> Link:
    """The plain way: what Odoo has free is what the store offers."""
    prepare = link.prepare
    assert prepare is not None

    async def without(link: Link, store: Store) -> Link:
        ready = await prepare(link, store)
        mapped = ready.transform

        def transform(level: Any) -> Any:
            told = mapped(level)
            if not isinstance(told, StockLevel):
                return told
            return replace(told, free=max(told.free, told.free * 0))

        return replace(ready, transform=transform, adjust=None)

    return replace(link, prepare=without)
