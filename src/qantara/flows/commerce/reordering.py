"""What runs low is told, once, and proposed to be bought again in Odoo, as its owner chooses.

What may be sold of a product over all stores is what is free of it in their warehouses, less what is
kept back, less what the stores have sold and Odoo has not promised yet. Each flow says in the journal
what its own store has in flight and from where it sells, so that all of them see the same. A fall
counts when it was seen twice, and so does a rise: an order on its way is counted twice for a moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec
from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import UNCHANGED, Item
from qantara.engine.link import Kind, Link, Preparation, Priority, Step
from qantara.engine.pipeline import task_of
from qantara.engine.references import known_there
from qantara.flows.commerce import in_flight
from qantara.flows.commerce.offering import ABSENT, Publisher
from qantara.flows.commerce.options import Options
from qantara.flows.commerce.orders import is_confirmed
from qantara.flows.recipe import Needs
from qantara.model import Ref, Replenishment, Shelf
from qantara.rules.availability import ceiling, floor
from qantara.storage import alerts, bindings, cursors, lanes, offers, work
from qantara.storage.statements import now
from qantara.storage.store import Store

ALERT = "low_stock"
SHELVES = frozenset({"shelves"})


def needs(options: Options) -> Needs:
    """Odoo is read, and written where proposals are wanted."""
    one = frozenset({"replenishment"})
    writes = {"odoo": one} if options.reorder == "propose" else {}
    return Needs(reads={"odoo": one}, writes=writes)


def wanted(options: Options) -> bool:
    """Whether anything is told at all."""
    return options.reorder != "no" and "stock" in options.parts


def link(options: Options, odoo: Connector, stock: Link, name: str, order: Link | None) -> Link:
    """Odoo's stock to Odoo's reordering rules; `stock` is the link that says what a store sells."""

    async def known(link: Link, store: Store, items: Sequence[Item]) -> None:
        if stock.lead:
            await stock.lead(_in_the_name_of(link, stock), store, items)

    async def arrived(link: Link, store: Store) -> None:
        if stock.catch_up:
            await stock.catch_up(_in_the_name_of(link, stock), store)

    return Link(
        name=f"{name}.reordering",
        entity="replenishment",
        source=odoo,
        target=odoo,
        record_type=Replenishment,
        fields=SHELVES,
        loose=SHELVES,
        kind=Kind.LEVEL,
        prepare=_prepared(options, stock, order),
        lead=known,
        catch_up=arrived,
        on_delete="ignore",
        priority=Priority.BACKGROUND,
    )


def waking(reordering: Link, options: Options) -> Step:
    """What the link of the orders does besides: goods that Odoo does not promise are looked at."""

    async def wake(link: Link, store: Store, items: Sequence[Item]) -> None:
        sold = {
            line.product
            for item in items
            if item.open and not is_confirmed(item.record, options)
            for line in item.record.lines
            if line.product
        }
        if sold:
            await store.run(_ask, reordering, link, sold)

    return wake


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one flow knows, for all flows of this Odoo; by variant there.

    `places` are the warehouses that its store sells from, `flying` its units in flight, `low` what
    it has told of and `turning` what seems to be otherwise now, each since when.
    """

    places: tuple[str, ...] = ()
    flying: dict[str, int] = field(default_factory=dict)
    low: dict[str, datetime] = field(default_factory=dict)
    turning: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Of one variant: what may be sold, and how many it should be."""

    units: int
    threshold: Decimal

    @property
    def is_low(self) -> bool:
        """Whether it has fallen under what it should be."""
        return self.units < self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Adjusts the items of the link; `safety` is kept back by variant, `home` is where to buy for."""

    options: Options
    order: Link | None
    home: str
    safety: Mapping[str, int]

    async def __call__(self, link: Link, store: Store, items: Sequence[Item]) -> None:
        """Each item ends, is looked at again, or leaves as a proposal."""
        flying = await in_flight.units(self.order, store, self.options)
        told = await store.run(self._settle, link, [item.record for item in items], flying.units)
        for item in items:
            self._tell(item, told[item.change.external_id])

    def _settle(
        self,
        database: Database,
        link: Link,
        records: Sequence[Replenishment],
        sold: Mapping[str, Decimal],
    ) -> dict[str, bool | None]:
        """Whether each is low; None for what must be seen once more."""
        mine, others = _views(database, link)
        mine = replace(mine, flying=self._translated(database, sold))
        flying = [mine.flying, *(one.flying for one in others)]
        told: dict[str, bool | None] = {}
        for record in records:
            count = self._count(record, flying)
            told[record.product.id] = self._turn(mine, record.product.id, low=count.is_low)
            if told[record.product.id] is not None:
                _say(database, link, record, count, others)
        _keep(database, link, mine)
        return told

    def _translated(self, database: Database, sold: Mapping[str, Decimal]) -> dict[str, int]:
        if self.order is None:
            return {}
        known = known_there(database, self.order, {Ref("variant", one) for one in sold})
        return {there.id: ceiling(sold[here.id]) for here, there in known.items()}

    def _count(self, record: Replenishment, flying: Sequence[Mapping[str, int]]) -> Count:
        kept = self._kept(record)
        free = sum(max(0, floor(shelf.free) - kept) for shelf in record.shelves)
        away = sum(one.get(record.product.id, 0) for one in flying)
        theirs = [shelf.minimum for shelf in record.shelves if shelf.rule == "theirs"]
        own = sum(theirs, Decimal(0)) if theirs else Decimal(self.options.low_stock or 0)
        return Count(units=max(0, free - away), threshold=own)

    def _kept(self, record: Replenishment) -> int:
        return self.safety.get(record.product.id, self.options.safety_stock)

    def _turn(self, mine: View, variant: str, *, low: bool) -> bool | None:
        """What is told from now on, once it was seen twice."""
        if low == (variant in mine.low):
            mine.turning.pop(variant, None)
            return low
        since = mine.turning.setdefault(variant, now())
        if now() - since < timedelta(seconds=self.options.raise_after):
            return None
        del mine.turning[variant]
        if low:
            mine.low[variant] = now()
        else:
            del mine.low[variant]
        return low

    def _tell(self, item: Item, low: bool | None) -> None:  # noqa: FBT001 - None is a third answer
        """The decision, in the words of the engine; nothing is ever agreed on for good."""
        item.target_id = item.change.external_id
        if low is None:
            item.put_off("Its stock has changed; it must be seen twice.", self.options.raise_after)
            return
        proposal = self._proposal(item.record) if low else None
        item.outgoing = proposal or item.outgoing
        item.fields, item.hashes = SHELVES, {}
        item.kept = fingerprints(item.outgoing, SHELVES)
        if proposal is None:
            item.end(UNCHANGED)

    def _proposal(self, record: Replenishment) -> Replenishment | None:
        """A rule for what runs low, unless a person sees to it, or it is there already."""
        if self.options.reorder != "propose" or not self.options.low_stock:
            return None
        if any(shelf.rule in ("theirs", "asleep") for shelf in record.shelves):
            return None
        kept = self._kept(record)
        minimum = self.options.low_stock + kept
        wanted = self.options.reorder_to or 2 * self.options.low_stock
        shelf = Shelf(
            warehouse=Ref("warehouse", self.home),
            minimum=Decimal(minimum),
            maximum=Decimal(max(minimum, wanted + kept)),
        )
        there = next((one for one in record.shelves if one.warehouse.id == self.home), shelf)
        if (there.minimum, there.maximum) == (shelf.minimum, shelf.maximum) and there is not shelf:
            return None
        return replace(record, shelves=(shelf,))


def _prepared(options: Options, stock: Link, order: Link | None) -> Preparation:
    """From where the store sells is what the link of the stock has found out."""

    async def prepare(link: Link, store: Store) -> Link:
        ready = await stock.prepare(stock, store) if stock.prepare else stock
        safety = ready.adjust.safety if isinstance(ready.adjust, Publisher) else {}
        own, every = await store.run(_places, link, stock)
        watcher = Watcher(options=options, order=order, home=min(own, key=int), safety=safety)
        return replace(link, transform=partial(_sold_from, places=every), adjust=watcher)

    return prepare


def _places(database: Database, link: Link, stock: Link) -> tuple[Sequence[str], frozenset[str]]:
    """The warehouses of this store, which the others are told, and those of all stores."""
    ids = sorted(bindings.bound_ids(database, stock.here_name, "warehouse"))
    known = known_there(database, stock, {Ref("warehouse", one) for one in ids})
    own = tuple(sorted(ref.id for ref in known))
    mine, others = _views(database, link)
    if mine.places != own:
        _keep(database, link, replace(mine, places=own))
    return own, frozenset(own).union(*(one.places for one in others))


def _sold_from(record: Replenishment, places: frozenset[str]) -> Replenishment:
    shelves = tuple(shelf for shelf in record.shelves if shelf.warehouse.id in places)
    return replace(record, shelves=shelves)


def _say(
    database: Database, link: Link, record: Replenishment, count: Count, others: Sequence[View]
) -> None:
    """Open the notice when it is not open, close it when no store's flow would tell it."""
    about = f"{link.here_name} {record.sku or record.product.id}"
    if not count.is_low:
        if not any(record.product.id in one.low for one in others):
            alerts.close(database, ALERT, [about])
        return
    if alerts.is_open(database, ALERT, about):
        return
    alerts.open_(
        database,
        ALERT,
        about,
        f"Only {count.units} of {record.name} may be sold in all stores; it should be "
        f"{count.threshold:f}.",
        remedy="Buy more: Inventory, Replenishment in Odoo.",
    )


def _views(database: Database, link: Link) -> tuple[View, list[View]]:
    """This flow's and those of the other stores at work on this Odoo."""
    stores = offers.present(database, link.here_name, now() - ABSENT)
    names = {f"{one.rpartition('.')[0]}.reordering" for one in stores} - {link.name}
    return _view(database, link.name), [_view(database, one) for one in sorted(names)]


def _view(database: Database, name: str) -> View:
    stored = cursors.position(database, f"{name}:view")
    return msgspec.json.decode(stored, type=View) if stored else View()


def _keep(database: Database, link: Link, view: View) -> None:
    cursors.advance(database, f"{link.name}:view", msgspec.json.encode(view).decode())


def _ask(database: Database, reordering: Link, order: Link, sold: set[Ref]) -> None:
    known = known_there(database, order, sold)
    work.ask(database, [task_of(reordering, ref.id) for ref in known.values()])
    lanes.ring(database, [reordering.name] if known else [])


def _in_the_name_of(link: Link, stock: Link) -> Link:
    """Whether the store has the goods is asked of the store, and remembered as this link's."""
    return replace(stock, name=link.name, entity=link.entity)
