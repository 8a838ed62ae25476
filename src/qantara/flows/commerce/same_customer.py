"""Who returns is one customer: a guest who opens an account, or one with another e-mail address.

A store tells them as several: by account, by each e-mail address of a guest, by an order without one.
They are one where the address is the same, or the telephone number and the name. The account goes
before the guest; who is meant is kept in the journal, and orders of either go to the one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection as Database

from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Link, Preparation, Skipped
from qantara.engine.weighing import surest, weigh
from qantara.model import Partner, Ref, StoreOrder
from qantara.model.keys import natural_keys
from qantara.storage import bindings, cursors
from qantara.storage.bindings import Binding
from qantara.storage.store import Store

GUEST = "guest:"
PASSING = (GUEST, "order:")
"""How ids of those begin who have no account: by e-mail address, or by an order without one."""

MOST = 10
"""So often somebody may have turned out to be somebody else."""

Mapped = Callable[[Any], Any]


def same(database: Database, customer: str) -> dict[str, str]:
    """Who of the store is whom, for the link of this name; of each the one that is meant now."""
    known = _told(database, customer)
    return {one: _meant(known, one) for one in known}


def knowing(customer: Link) -> Preparation:
    """What the link of the orders begins with: their customers are those that are meant."""

    async def prepare(link: Link, store: Store) -> Link:
        known = await store.run(same, customer.name)
        return replace(link, transform=_of_whom(link.transform, known)) if known else link

    return prepare


async def one_of_each(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Who is known already is not made again: a step of the link of the customers."""
    open_ = [item for item in items if item.open]
    ids = [item.change.external_id for item in open_]
    known = await store.run(bindings.records_of, link.here_name, link.entity, ids)
    new = [item for item in open_ if item.change.external_id not in known]
    accounts = {
        _email(item.record): item.change.external_id
        for item in open_
        if _email(item.record) and not _is_passing(item.change.external_id)
    }
    claimed = await _claimed(link, store, new)
    for item in new:
        one = item.change.external_id
        other = accounts.get(_email(item.record), "") if _is_passing(one) else ""
        other = other or claimed.get(one, "")
        joined = await store.run(_join, link, one, other) if other else False
        if joined:
            item.end(SKIPPED, f"It is {other} of {link.here_name}.")


async def _claimed(link: Link, store: Store, items: Sequence[Item]) -> dict[str, str]:
    """By id of the store the other one of the same store that is the same at the target."""
    found: dict[str, str] = {}
    guests = {f"{GUEST}{_email(item.record)}": item.change.external_id for item in items}
    known = await store.run(bindings.records_of, link.here_name, link.entity, list(guests))
    found |= {guests[one]: one for one in known if guests[one] != one}
    rest = [item for item in items if item.change.external_id not in found]
    keys = {item.change.external_id: natural_keys(item.record) for item in rest}
    wanted = sorted({key for some in keys.values() for key in some})
    there = await link.target.find(link.there, wanted) if wanted else {}
    ids = sorted({one for some in there.values() for one in some})
    owners = await store.run(_owners, link, ids) if ids else {}
    seen = await _present(link, sorted(owners))
    for item in rest:
        matches = {key: there.get(key, ()) for key in keys[item.change.external_id]}
        if one := _which(item.record, matches, seen):
            found[item.change.external_id] = owners[one]
    return found


def _owners(database: Database, link: Link, ids: Sequence[str]) -> dict[str, str]:
    """By id of the target whom of the store it is."""
    records = bindings.records_of(database, link.there_name, link.there, ids)
    here = bindings.external_ids(database, link.here_name, link.entity, list(records.values()))
    return {one: here[record] for one, record in records.items() if record in here}


async def _present(link: Link, ids: Sequence[str]) -> dict[str, Any]:
    read = await link.target.read(link.there, ids) if ids else ()
    return {change.external_id: link.present(change) for change in read}


def _which(record: Partner, matches: Mapping[str, Sequence[str]], seen: Mapping[str, Any]) -> str:
    """The same e-mail address at one store is one customer, whatever he calls himself."""
    mailed = [
        one
        for key, ids in matches.items()
        for one in ids
        if key.startswith("email:") and one in seen and _email(seen[one]) == _email(record)
    ]
    if len(set(mailed)) == 1:
        return mailed[0]
    weighed = weigh(record, matches, seen)
    sure = surest(weighed) if weighed else None
    return sure.id if sure else ""


def _join(database: Database, link: Link, one: str, other: str) -> bool:
    """True when `one` is `other` from now on; an account takes the place of a guest instead.

    Two accounts are never joined: who has two of them wants it so.
    """
    known = _told(database, link.name)
    other = _meant(known, other)
    if _is_passing(one):
        _keep(database, link.name, {**known, one: other})
        return one != other
    if _is_passing(other):
        records = bindings.records_of(database, link.here_name, link.entity, [other])
        bindings.unbind(database, link.here_name, link.entity, [other])
        at = {"connection": link.here_name, "entity": link.entity, "external_id": one}
        bindings.bind(database, [Binding(record=record, **at) for record in records.values()])
        _keep(database, link.name, {**known, other: one})
    return False


def _of_whom(transform: Mapped, known: Mapping[str, str]) -> Mapped:
    def told(order: StoreOrder) -> StoreOrder | Skipped:
        customer = order.customer
        if customer is not None and customer.id in known:
            order = replace(order, customer=Ref(customer.entity, known[customer.id]))
        carried: StoreOrder | Skipped = transform(order)
        return carried

    return told


def _email(partner: Partner) -> str:
    return partner.email.strip().lower()


def _is_passing(one: str) -> bool:
    return one.startswith(PASSING)


def _meant(known: Mapping[str, str], one: str) -> str:
    for _ in range(MOST):
        one = known.get(one, one)
    return one


def _told(database: Database, customer: str) -> dict[str, str]:
    stored = cursors.position(database, f"{customer}:same")
    told: dict[str, str] = msgspec.json.decode(stored) if stored else {}
    return told


def _keep(database: Database, customer: str, known: Mapping[str, str]) -> None:
    cursors.advance(database, f"{customer}:same", msgspec.json.encode(known).decode())
