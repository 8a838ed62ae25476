"""What may be sold goes to the store: from which warehouse, how much is kept back, and in what order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import msgspec
from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Kind, Link, Preparation, Priority, Skipped, Step
from qantara.engine.pipeline import task_of
from qantara.engine.references import known_there
from qantara.flows.commerce import in_flight
from qantara.flows.commerce.offering import Publisher
from qantara.flows.commerce.options import Options
from qantara.flows.recipe import Needs
from qantara.model import Product, Ref, StockLevel, Warehouse
from qantara.storage import bindings, cursors, installation, offers, work
from qantara.storage.bindings import Binding
from qantara.storage.store import Store
from qantara.transport import Rejected

NEEDS = Needs(
    reads={
        "odoo": frozenset({"warehouse", "stock_level", "product"}),
        "store": frozenset({"warehouse", "stock_level"}),
    },
    writes={"store": frozenset({"stock_level"})},
)


def link(
    options: Options, odoo: Connector, store: Connector, name: str, order: Link | None
) -> Link:
    """Levels of the warehouses that the store sells from; `order` is whose orders are in flight."""
    return Link(
        name=f"{name}.stock",
        entity="stock_level",
        source=odoo,
        target=store,
        record_type=StockLevel,
        fields=frozenset({"free"}),
        loose=frozenset({"free"}),
        kind=Kind.LEVEL,
        prepare=_prepared(options, order),
        lead=_known_goods,
        catch_up=_arrived,
        on_delete="ignore",
        priority=Priority.STOCK,
    )


def held() -> Step:
    """What the link of the orders does first where the stock travels."""
    return in_flight.hold


def _prepared(options: Options, order: Link | None) -> Preparation:
    """Warehouses are introduced to the locations that sell from them; the store is at work."""

    async def prepare(link: Link, store: Store) -> Link:
        pairs = await _places(link, options, await store.run(_introduced, link))
        await store.run(_introduce, link, pairs)
        await store.run(offers.attend, link.here_name, link.name)
        safety = await _kept_back(link.source, options)
        publisher = Publisher(options=options, order=order, safety=safety)
        transform = partial(_sold_from, places=frozenset(pairs))
        return replace(link, transform=transform, adjust=publisher)

    return prepare


def _sold_from(level: StockLevel, places: frozenset[str]) -> StockLevel | Skipped:
    if level.warehouse.id not in places:
        return Skipped(reason="The store does not sell from this warehouse.")
    return level


async def _places(link: Link, options: Options, known: Mapping[str, str]) -> Mapping[str, str]:
    """The store's location by the warehouse's id in Odoo; one that is `known` is not asked for."""
    if not options.locations:
        only = await _only(link, options)
        return {only: known.get(only) or _sole(link, await link.target.ids("warehouse"))}
    if strange := set(options.locations.values()) - set(known.values()):
        _refuse_unknown(link, strange, await link.target.ids("warehouse"))
    own = await _warehouses(link.source)
    return {_id(link, own, code): location for code, location in options.locations.items()}


def _refuse_unknown(link: Link, wanted: Collection[str], there: Collection[str]) -> None:
    if unknown := sorted(set(wanted) - set(there)):
        raise Rejected(
            f"{link.there_name} has no location {unknown[0]}.",
            field="locations",
            remedy=f"Write one of these into `locations`: {', '.join(sorted(there))}.",
        )


async def _only(link: Link, options: Options) -> str:
    """The one warehouse; where there are several, the one that orders are delivered from."""
    own = await _warehouses(link.source)
    if options.warehouse:
        return _id(link, own, options.warehouse)
    if len(own) != 1:
        raise Rejected(
            f"{link.here_name} has {len(own)} warehouses.",
            field="locations",
            remedy="Say from which one the store sells: locations = "
            f'{{ "{min(own, default="WH")}" = "store" }}.',
        )
    return next(iter(own.values()))


async def _warehouses(odoo: Connector) -> Mapping[str, str]:
    """Ids by code, without the places that stand for warehouses of other companies."""
    ids = sorted(await odoo.ids("warehouse", scope="own"))
    return {
        _warehouse(odoo.to_canonical(change)).code: change.external_id
        for change in await odoo.read("warehouse", ids)
    }


def _warehouse(record: object) -> Warehouse:
    assert isinstance(record, Warehouse)  # noqa: S101 - the connector's promise for this entity
    return record


def _id(link: Link, own: Mapping[str, str], code: str) -> str:
    if code not in own:
        raise Rejected(
            f"{link.here_name} has no warehouse with the code {code!r}.",
            field="locations",
            remedy="Write the short name that the warehouse has in Odoo (Inventory, Warehouses): "
            f"{', '.join(sorted(own))}.",
        )
    return own[code]


def _sole(link: Link, locations: set[str]) -> str:
    if len(locations) != 1:
        raise Rejected(
            f"{link.there_name} has {len(locations)} locations.",
            field="locations",
            remedy="Say which of them sells from which warehouse: locations = { ... }, with these: "
            f"{', '.join(sorted(locations)) or 'none'}.",
        )
    return next(iter(locations))


def _introduced(database: Database, link: Link) -> dict[str, str]:
    """The store's locations by the warehouses that they were introduced to in earlier runs."""
    bound = bindings.bound_ids(database, link.there_name, "warehouse")
    records = bindings.records_of(database, link.there_name, "warehouse", bound)
    here = bindings.external_ids(database, link.here_name, "warehouse", list(records.values()))
    return {here[record]: location for location, record in records.items() if record in here}


def _introduce(database: Database, link: Link, pairs: Mapping[str, str]) -> None:
    """That this warehouse is this location; an earlier choice is forgotten. Safe to repeat."""
    key = installation.key(database)
    known = bindings.records_of(database, link.here_name, "warehouse", pairs)
    for warehouse, location in pairs.items():
        record = known.get(warehouse) or bindings.record_for(
            key, link.here_name, "warehouse", warehouse
        )
        here = Binding(
            record=record, connection=link.here_name, entity="warehouse", external_id=warehouse
        )
        there = Binding(
            record=record, connection=link.there_name, entity="warehouse", external_id=location
        )
        if bindings.external_ids(database, link.there_name, "warehouse", [record]) != {
            record: location
        }:
            bindings.bind(database, [here])
            bindings.rebind(database, [there])


async def _kept_back(odoo: Connector, options: Options) -> Mapping[str, int]:
    """How much of single variants is kept back, by their ids."""
    if not options.safety_by_sku:
        return {}
    found = await odoo.find("product", [f"sku:{sku}" for sku in options.safety_by_sku])
    ids = sorted({id_ for some in found.values() for id_ in some})
    kept: dict[str, int] = {}
    for change in await odoo.read("product", ids):
        product = odoo.to_canonical(change)
        assert isinstance(product, Product)  # noqa: S101 - the connector's promise for this entity
        for variant in product.variants:
            if variant.sku in options.safety_by_sku and variant.key in change.children:
                kept[change.children[variant.key]] = options.safety_by_sku[variant.sku]
    return kept


async def _known_goods(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Goods that the store does not know are no fault: their levels wait until it does."""
    open_ = [item for item in items if item.open]
    strangers = await store.run(
        _note_strangers, link, {item.change.external_id: item.record.product for item in open_}
    )
    for item in open_:
        if item.change.external_id in strangers:
            item.end(SKIPPED, f"{link.there_name} does not have this product (yet).")


def _note_strangers(database: Database, link: Link, products: Mapping[str, Ref]) -> frozenset[str]:
    known = known_there(database, link, set(products.values()))
    waiting = _waiting(database, link)
    strange = {id_: ref.id for id_, ref in products.items() if ref not in known}
    if any(waiting.get(id_) != variant for id_, variant in strange.items()):
        _wait(database, link, {**waiting, **strange})
    return frozenset(strange)


async def _arrived(link: Link, store: Store) -> None:
    """Levels of products that have come to the store since are looked at."""
    await store.run(_take_up, link)


def _take_up(database: Database, link: Link) -> None:
    waiting = _waiting(database, link)
    if not waiting:
        return
    known = known_there(database, link, {Ref("variant", one) for one in waiting.values()})
    here = {ref.id for ref in known}
    if arrived := [id_ for id_, variant in waiting.items() if variant in here]:
        work.ask(database, [task_of(link, id_) for id_ in arrived])
        _wait(database, link, {id_: one for id_, one in waiting.items() if one not in here})


def _waiting(database: Database, link: Link) -> dict[str, str]:
    """Variants by the id of their level."""
    stored = cursors.position(database, f"{link.name}:strangers")
    waiting: dict[str, str] = msgspec.json.decode(stored) if stored else {}
    return waiting


def _wait(database: Database, link: Link, waiting: Mapping[str, str]) -> None:
    told = msgspec.json.encode(waiting).decode()
    cursors.advance(database, f"{link.name}:strangers", told)
