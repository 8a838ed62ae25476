"""Orders in flight: sold by the store, and not yet promised by Odoo, so that nobody offers them twice.

An order is in flight from the moment at which the store has taken it until the journal says that
Odoo has confirmed it with these very lines. Each order that the link looks at is held in the journal
before the link's cursor passes it, so that none falls between the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from typing import get_args

import msgspec
from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.flows.commerce.options import Options
from qantara.flows.commerce.orders import WORKED_ON, is_confirmed, is_old
from qantara.model import StoreOrder
from qantara.model.store import PaidName
from qantara.rules.availability import OVER, in_flight
from qantara.storage import bindings, cursors, shadows
from qantara.storage.shadows import Shadow
from qantara.storage.store import Store

DECIDING = frozenset({"lines", "state", "paid", "method"})
"""Fields that say whether Odoo has promised the goods of an order, and which."""

PAID: tuple[PaidName, ...] = get_args(PaidName)


async def hold(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Remember the orders of a page before anything is done about them: a step of their link."""
    seen = {item.change.external_id: item.change.version for item in items}
    await store.run(_hold, link, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flying:
    """Units in flight by the store's variant.

    Of the `changed` variants some may be counted twice for a moment: their orders are in Odoo, and
    have changed at the store since (an edit, a refund), so that what Odoo promises will change, too.
    """

    units: Mapping[str, Decimal] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()


async def units(order: Link | None, store: Store, options: Options) -> Flying:
    """What is in flight, as of some moment after the call began; nothing where no orders travel.

    What the store told since the link's cursor is asked of the store, what it told before is held.
    """
    if order is None:
        return Flying()
    position, held = await store.run(_journal, order)
    found: dict[str, Change] = {}
    async for page in order.source.changes(order.entity, position, scope=order.scope):
        found |= {change.external_id: change for change in page.changes}
    if older := [one for one in held if one not in found]:
        read = await order.source.read(order.entity, older)
        found |= {change.external_id: change for change in read}
    orders = {id_: _told(order, change) for id_, change in found.items()}
    young = {id_: one for id_, one in orders.items() if not is_old(one, options.orders_since)}
    promised, changed = await store.run(_promised, order, young, options)
    over = {
        id_: found[id_].version if id_ in found else version
        for id_, version in held.items()
        if id_ not in young or id_ in promised or young[id_].state in OVER
    }
    await store.run(_let_go, order, over)
    return Flying(
        units=in_flight(young, promised),
        changed=frozenset(in_flight({id_: young[id_] for id_ in changed}, promised)),
    )


def _told(order: Link, change: Change) -> StoreOrder:
    record = order.source.to_canonical(change)
    assert isinstance(record, StoreOrder)  # noqa: S101 - the connector's promise for this entity
    return record


def _journal(database: Database, order: Link) -> tuple[str, dict[str, str]]:
    """The cursor first: what it passes afterwards is held by then."""
    position = cursors.position(database, order.name)
    return position, _held(database, order)


def _promised(
    database: Database, order: Link, orders: Mapping[str, StoreOrder], options: Options
) -> tuple[frozenset[str], frozenset[str]]:
    """Those that Odoo has confirmed with the lines that they have now; those changed since it had them."""
    records = bindings.records_of(database, order.here_name, order.entity, orders)
    every = list(records.values())
    there = bindings.external_ids(database, order.there_name, order.there, every)
    agreed = shadows.of(database, order.pair, every)
    known = {id_: agreed.get(record) for id_, record in records.items() if record in there}
    promised = frozenset(
        id_ for id_, shadow in known.items() if _is_promised(orders[id_], shadow, options)
    )
    changed = frozenset(id_ for id_, shadow in known.items() if not _agrees(orders[id_], shadow))
    return promised, changed


def _is_promised(order: StoreOrder, shadow: Shadow | None, options: Options) -> bool:
    """Whether what both sides agreed on last was an order to be confirmed, with the same lines.

    Only hashes are kept: each state in which Odoo would have been told to confirm is tried.
    """
    if shadow is None or not shadow.source:
        return False
    tried = (replace(order, state=state, paid=paid) for state, paid in product(WORKED_ON, PAID))
    return any(is_confirmed(one, options) and _agrees(one, shadow) for one in tried)


def _agrees(order: StoreOrder, shadow: Shadow | None) -> bool:
    told = shadow.source if shadow else {}
    return all(told.get(name) == value for name, value in _hashes(order).items())


def _hashes(order: StoreOrder) -> Mapping[str, str]:
    return fingerprints(order, DECIDING)


def _hold(database: Database, order: Link, seen: Mapping[str, str]) -> None:
    held = _held(database, order)
    if any(held.get(id_) != version for id_, version in seen.items()):
        _keep(database, order, {**held, **seen})


def _let_go(database: Database, order: Link, over: Mapping[str, str]) -> None:
    """What was looked at anew meanwhile is held in its new version, and stays."""
    held = _held(database, order)
    left = {id_: version for id_, version in held.items() if over.get(id_) != version}
    if len(left) < len(held):
        _keep(database, order, left)


def _held(database: Database, order: Link) -> dict[str, str]:
    """Versions by id."""
    stored = cursors.position(database, _place(order))
    held: dict[str, str] = msgspec.json.decode(stored) if stored else {}
    return held


def _keep(database: Database, order: Link, held: Mapping[str, str]) -> None:
    cursors.advance(database, _place(order), msgspec.json.encode(held).decode())


def _place(order: Link) -> str:
    return f"{order.name}:held"
