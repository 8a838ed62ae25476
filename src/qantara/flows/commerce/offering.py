"""What a store may offer, decided at the moment of the write from what both systems say by then.

The order of asking matters (see docs/explanation/never-oversold.md): what other stores hold, then
what this one offers, then its orders, then what the journal knows of them, and Odoo's free at last.
What is sold meanwhile is thereby counted twice, never left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Connection as Database

from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import SKIPPED, UNCHANGED, Item
from qantara.engine.link import Link
from qantara.flows.commerce import in_flight
from qantara.flows.commerce.options import Options
from qantara.model import StockLevel
from qantara.rules.availability import Sighting, Step, Stock, step, taken
from qantara.storage import bindings, lanes, offers, shadows, work
from qantara.storage.offers import Offer
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.storage.work import Task

ABSENT = timedelta(days=7)
"""A store that was not looked after for so long offers nothing that would still count."""

SETTLED = 15.0
"""Seconds in which an order that was changed at the store is usually changed in Odoo, too."""

Offers = Mapping[str, Mapping[str, Offer]]
"""By stock, by holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What was asked, in the order of the asking; by the level's id in Odoo.

    `held` are the offers of all stores and `stores` those at work; `offered` is what this store has
    (absent: it never had any), `sold` its units in flight, `changed` those of which an order that Odoo
    has was changed meanwhile, `free` what Odoo has free.
    """

    held: Offers
    stores: Sequence[str]
    offered: Mapping[str, int]
    sold: Mapping[str, Decimal]
    changed: frozenset[str]
    free: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Adjusts the stock levels of a link; `safety` is kept back by Odoo's variant."""

    options: Options
    order: Link | None
    safety: Mapping[str, int] = field(default_factory=dict)

    async def __call__(self, link: Link, store: Store, items: Sequence[Item]) -> None:
        """Each level leaves with the number to write, or ends, or is put off."""
        scene = await self._look(link, store, items)
        gone = [item for item in items if item.change.external_id not in scene.free]
        for item in gone:
            item.end(SKIPPED, "It is not counted in Odoo any more.")
        there = [item for item in items if item.open]
        told = await store.run(self._settle, link, there, scene)
        for item in there:
            self._tell(item, told[item.change.external_id], scene)

    async def _look(self, link: Link, store: Store, items: Sequence[Item]) -> Scene:
        ids = [item.change.external_id for item in items]
        held, stores = await store.run(_holders, link, ids, self.options)
        offered = await _offered(link, items)
        flying = await in_flight.units(self.order, store, self.options)
        variants = {item.change.external_id: item.outgoing.product.id for item in items}
        sold = {id_: flying.units.get(one, Decimal(0)) for id_, one in variants.items()}
        free = {
            change.external_id: _level(link.source.to_canonical(change)).free
            for change in await link.source.read(link.entity, ids)
        }
        return Scene(
            held=held,
            stores=stores,
            offered=offered,
            sold=sold,
            changed=frozenset(id_ for id_, one in variants.items() if one in flying.changed),
            free=free,
        )

    def _settle(
        self, database: Database, link: Link, items: Sequence[Item], scene: Scene
    ) -> dict[str, Step]:
        """Decide, and have it known what this store may be selling before it can."""
        stocks = [item.change.external_id for item in items]
        latest = offers.of(database, link.here_name, stocks)
        told: dict[str, Step] = {}
        kept: list[Offer] = []
        for item in items:
            id_ = item.change.external_id
            stock = self._stock(link, item, scene, latest[id_])
            mine = latest[id_].get(link.name)
            told[id_] = self._step(stock, scene.offered.get(id_), mine)
            kept.append(_offer(link, id_, mine, (scene.offered.get(id_), told[id_], stock)))
            if told[id_].unfinished and stock.room < stock.fair:
                _wake(database, link, item, scene, latest[id_])
        offers.keep(database, kept)
        _move(database, link, items)
        return told

    def _step(self, stock: Stock, offered: int | None, mine: Offer | None) -> Step:
        before = None
        if mine and mine.wanted is not None and mine.wanted_at:
            before = Sighting(wanted=mine.wanted, at=mine.wanted_at)
        patience = timedelta(seconds=self.options.raise_after)
        return step(stock, offered, before, now(), patience)

    def _stock(self, link: Link, item: Item, scene: Scene, latest: Mapping[str, Offer]) -> Stock:
        id_ = item.change.external_id
        others = [one for one in scene.stores if one != link.name]
        split = self.options.several_stores == "split"
        return Stock(
            free=scene.free[id_],
            in_flight=scene.sold[id_],
            safety=self.safety.get(item.record.product.id, self.options.safety_stock),
            elsewhere=tuple(_may_sell(one, scene.held[id_], latest) for one in others)
            if split
            else None,
            place=list(scene.stores).index(link.name) if split else 0,
        )

    def _tell(self, item: Item, told: Step, scene: Scene) -> None:
        """The decision, in the words of the engine."""
        offered = scene.offered.get(item.change.external_id)
        item.target_id = item.target_id if offered is None else level_id(item.outgoing)
        if told.quantity is None and told.unfinished:
            item.put_off("More may go on sale; it must be seen twice.", self.options.raise_after)
            return
        if told.quantity is None and item.change.external_id in scene.changed:
            item.put_off("An order of it that Odoo has was changed at the store.", SETTLED)
            return
        number = offered if told.quantity is None else told.quantity
        seen = None if offered is None else Decimal(offered)
        item.outgoing = replace(item.outgoing, free=Decimal(number or 0), seen=seen)
        item.fields = frozenset({"free"})
        item.kept = fingerprints(item.outgoing, item.fields)
        if told.unfinished or item.change.external_id in scene.changed:
            item.hashes, item.later = {}, self.options.raise_after
        if told.quantity is None:
            item.end(UNCHANGED)


def level_id(level: StockLevel) -> str:
    """How a store names the stock of a variant at a location."""
    return f"{level.product.id}@{level.warehouse.id}"


def _holders(
    database: Database, link: Link, ids: Sequence[str], options: Options
) -> tuple[Offers, Sequence[str]]:
    held = offers.of(database, link.here_name, ids)
    if options.several_stores == "share":
        return held, [link.name]
    at_work = offers.present(database, link.here_name, now() - ABSENT)
    return held, sorted(at_work | {link.name})


def _may_sell(holder: str, before: Mapping[str, Offer], latest: Mapping[str, Offer]) -> int:
    """What it held when the asking began, and all that it has put on sale since."""
    then, by_now = before.get(holder), latest.get(holder)
    since = (by_now.raised if by_now else 0) - (then.raised if then else 0)
    return (then.units if then else 0) + since


async def _offered(link: Link, items: Sequence[Item]) -> dict[str, int]:
    wanted = {level_id(item.outgoing): item.change.external_id for item in items}
    read = await link.target.read(link.there, sorted(wanted))
    return {
        wanted[change.external_id]: int(_level(link.target.to_canonical(change)).free)
        for change in read
    }


def _offer(
    link: Link, stock: str, mine: Offer | None, decided: tuple[int | None, Step, Stock]
) -> Offer:
    offered, told, seen = decided
    more = max(0, (told.quantity or 0) - (offered or 0))
    return Offer(
        place=link.here_name,
        stock=stock,
        holder=link.name,
        units=max(0, taken(offered, told, seen.in_flight)),
        raised=(mine.raised if mine else 0) + more,
        wanted=told.sighting.wanted if told.sighting else None,
        wanted_at=told.sighting.at if told.sighting else None,
    )


def _wake(
    database: Database, link: Link, item: Item, scene: Scene, latest: Mapping[str, Offer]
) -> None:
    """Other stores that have more than their part of this stock are to look at it again."""
    part = -(-int(scene.free[item.change.external_id]) // len(scene.stores))
    greedy = [one for one in scene.stores if one != link.name and one in latest]
    for holder in (one for one in greedy if latest[one].units > part):
        shadows.drop(database, holder, [item.hub])
        task = Task(
            link=holder,
            connection=link.here_name,
            entity=link.entity,
            external_id=item.change.external_id,
        )
        work.ask(database, [task])
        lanes.ring(database, [holder])


def _move(database: Database, link: Link, items: Sequence[Item]) -> None:
    """A warehouse that another location sells from now: what was bound before is not meant."""
    moved = [item for item in items if item.target_id and item.target_id != level_id(item.outgoing)]
    bindings.unbind(database, link.there_name, link.there, [item.target_id or "" for item in moved])
    for item in moved:
        item.target_id = None


def _level(record: object) -> StockLevel:
    assert isinstance(record, StockLevel)  # noqa: S101 - the connector's promise for this entity
    return record
