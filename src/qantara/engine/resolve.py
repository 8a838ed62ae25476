"""Resolve: which record of the target this is, and what there is to write.

By binding first, then by natural key, else it is new. References are exchanged on the way; a
record that refers to one of its own page waits for it, wave by wave.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine import match, shadowing
from qantara.engine.fingerprint import fingerprints
from qantara.engine.foresight import pending
from qantara.engine.item import (
    SKIPPED,
    UNCHANGED,
    Item,
    MissingReference,
)
from qantara.engine.link import Kind, Link
from qantara.engine.reconcile import reconcile, refresh
from qantara.engine.references import exchange_rates, exchanged, references
from qantara.engine.sameness import same
from qantara.model import Ref
from qantara.storage import bindings, conflicts, installation, shadows
from qantara.storage.conflicts import Conflict
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.transport import ConnectorError, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the hub knows of a page: source id to record, record to target id, record to shadow.

    `asked` are the questions about fields of a record that were not settled yet.
    """

    records: Mapping[str, str]
    targets: Mapping[str, str]
    shadows: Mapping[str, shadows.Shadow]
    asked: Mapping[str, Mapping[str, Conflict]]


async def identify(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Recall each record by its binding; what has not changed since ends here."""
    waiting = [item for item in items if item.open]
    memory = await store.run(recall, link, [item.change.external_id for item in waiting])
    for item in waiting:
        item.hub = memory.records[item.change.external_id]
        item.target_id = memory.targets.get(item.hub)
        item.asked = memory.asked.get(item.hub, {})
        _decide(link, item, memory.shadows.get(item.hub))
    if link.two_way:
        await refresh(link, [item for item in waiting if item.open and item.target_id])


def _decide(link: Link, item: Item, shadow: shadows.Shadow | None) -> None:
    agreed = shadow.source if shadow and item.target_id else {}
    item.shadow = shadow
    item.uncertain = shadow is None and item.target_id is not None
    item.fields = frozenset(
        name
        for name, value in item.hashes.items()
        if agreed.get(name) != value or name in item.corrected
    )
    if item.target_id is None:
        if link.bound_only:
            item.end(SKIPPED, f"It is not known at {link.there_name}.")
        elif not getattr(item.record, "active", True):
            gone = "emptied" if link.kind is Kind.THREAD else "archived"
            item.end(SKIPPED, f"It was {gone} at {link.here_name} before it was carried over.")
    elif not _changed(link, item):
        item.end(UNCHANGED)


def _changed(link: Link, item: Item) -> bool:
    """True when there may be something to write; of a thread only some edits are."""
    if link.kind is Kind.THREAD:
        item.fields &= link.edits
        return bool(item.fields)
    return bool(item.fields or item.asked or pending(item.shadow))


def recall(database: Database, link: Link, ids: Sequence[str]) -> Memory:
    """What the hub knows of these records of the source; unknown ones get their name."""
    bound = bindings.records_of(database, link.here_name, link.entity, ids)
    name_for = partial(bindings.record_for, installation.key(database), link.here_name, link.entity)
    records = {one: bound.get(one) or name_for(one) for one in ids}
    known = list(records.values())
    agreed = shadows.of(database, link.pair, known)
    return Memory(
        records=records,
        targets=bindings.external_ids(database, link.there_name, link.there, known),
        shadows={r: one.mirrored for r, one in agreed.items()} if link.origin else agreed,
        asked=conflicts.unsettled(database, link.pair, known) if link.two_way else {},
    )


async def waves(link: Link, store: Store, items: Sequence[Item]) -> AsyncIterator[list[Item]]:
    """Items whose references are all known at the target, ready to be written."""
    waiting = [item for item in items if item.open]
    while waiting:
        records = [item.record for item in waiting]
        known = await exchange_rates(link, store, records)
        known = {**shadowing.imagined(link, records, known), **known}
        ready = [item for item in waiting if _exchange(item, known)]
        await _reword(link, ready)
        await match.match(link, store, [item for item in ready if item.target_id is None])
        if link.two_way:
            await reconcile(link, store, [item for item in ready if item.open and item.target_id])
        elif link.kind is not Kind.THREAD:
            await _compare(link, [item for item in ready if item.open and item.uncertain])
        if writable := [item for item in ready if item.open and item.outgoing is not None]:
            yield writable
        if not ready:
            break
        waiting = [item for item in waiting if item.open and item.outgoing is None]
    for item in waiting:
        _miss(link, item, known)


async def _reword(link: Link, items: Sequence[Item]) -> None:
    told = await link.target.reworded(link.there, [item.outgoing for item in items])
    for item, record in zip(items, told, strict=True):
        item.outgoing = record


def _exchange(item: Item, known: Mapping[Ref, Ref]) -> bool:
    try:
        item.outgoing = exchanged(item.record, known)
    except KeyError:
        return False
    return True


def _miss(link: Link, item: Item, known: Mapping[Ref, Ref]) -> None:
    missing = next(ref for ref in references(item.record) if ref not in known)
    named = f"{missing.entity.replace('_', ' ')} {missing.id}"
    if link.bound_only or link.kind is Kind.THREAD:
        item.missing = missing
        item.end(SKIPPED, f"Its {named} is not known at {link.there_name}.")
        return
    error = MissingReference(
        f"It refers to {named} of {link.here_name}, which is not known at {link.there_name}.",
        remedy=f"See why {named} did not arrive (qantara dead-letters list); "
        "this record follows by itself once it has.",
    )
    error.reference = missing
    item.park(error)


async def _compare(link: Link, items: Sequence[Item]) -> None:
    """Where nothing was agreed yet, only the fields that differ are written."""
    if not items:
        return
    ids = [item.target_id for item in items if item.target_id and item.found is None]
    read = await link.target.read(link.there, ids) if ids else ()
    there = {change.external_id: change for change in read}
    reached("comparison: answered")
    found = [(item, item.found or there.get(item.target_id or "")) for item in items]
    seen = [(item, change, _present(link, item, change)) for item, change in found]
    known = [(item, change, present) for item, change, present in seen if present is not None]
    equal = await same(link, [(item, present) for item, _, present in known])
    for item, change, present in known:
        item.fields -= link.loose | equal[id(item)]
        item.kept = fingerprints(present, link.fields)
        item.children = change.children if change else {}


def _present(link: Link, item: Item, change: Change | None) -> Any:
    """The target's record in the words of the comparison; None when the item's journey is over."""
    if change is None:
        item.park(_vanished(link, item))
        return None
    try:
        present = link.present(change)
    except ConnectorError as error:
        item.park(error)
        return None
    return None if match.refuse_archived(link, item, present) else present


def _vanished(link: Link, item: Item) -> NotFound:
    return NotFound(
        f"Its counterpart {item.target_id} was deleted at {link.there_name}.",
        remedy="qantara verify --repair creates it anew.",
    )
