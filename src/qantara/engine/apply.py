"""Apply: the intent is stored, the batch goes out, each record's answer is noted.

A write whose answer was lost is neither repeated blindly nor called a failure: its record is
looked up at the target by the hub's own key when the link runs again.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection as Database

from qantara.connectors.base import Outcome, Write, Written
from qantara.engine.foresight import foresee
from qantara.engine.item import MERGED, WRITTEN, Item
from qantara.engine.link import Kind, Link
from qantara.engine.match import unique_key
from qantara.engine.spool import fetching
from qantara.storage import bindings, effects, shadows
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.transport import OutcomeUnknown, RetryLater

CONTENT_BATCH = 25
"""Records with an image in one call: pictures are large, and pages must stay small in memory."""


async def write(
    link: Link, store: Store, run_id: str, items: Sequence[Item], sent: asyncio.Event
) -> None:
    """Create and update at the target; refused records are parked, the others go through.

    In a two-way link the source is updated, too, with what comes from the target. `sent` is set as
    soon as a first batch is on its way.
    """
    for item in items:
        if not item.fields and not item.counter and (item.uncertain or link.two_way):
            item.rest()
    open_ = [item for item in items if item.open and item.fields]
    await _send(link, store, run_id, open_, sent)
    if counters := [item.counter for item in items if item.counter]:
        await _send(link.mirrored, store, run_id, counters, sent)
    for item in items:
        if item.open and item.counter:
            item.end(MERGED if item.adopted else WRITTEN)


async def _send(
    link: Link, store: Store, run_id: str, items: Sequence[Item], sent: asyncio.Event
) -> None:
    if link.kind is Kind.THREAD:  # in order, and nothing after what failed
        for batch in _batches(link, items):
            await _write(link, store, run_id, batch, sent)
        return
    lanes = asyncio.Semaphore(link.target.connection.concurrency)

    async def one(batch: Sequence[Item]) -> None:
        async with lanes:
            await _write(link, store, run_id, batch, sent)

    batches = [one(batch) for batch in _batches(link, items)]
    endings = await asyncio.gather(*batches, return_exceptions=True)
    if failures := [ending for ending in endings if ending is not None]:
        raise failures[0]


async def _write(
    link: Link, store: Store, run_id: str, batch: Sequence[Item], sent: asyncio.Event
) -> None:
    await _load_content(link, batch)
    await store.run(_intend, link, run_id, batch)
    reached("write: about to be sent")
    sent.set()
    try:
        outcomes = await link.target.write(link.there, [_intention(link, item) for item in batch])
    except OutcomeUnknown as error:
        doubtful = {item.hub: error.reason for item in batch}
        unknown: dict[str, effects.State] = dict.fromkeys(doubtful, "unknown")
        await store.run(effects.settle, link.name, unknown, doubtful)
        raise
    reached("write: answered")
    for item, outcome in zip(batch, outcomes, strict=True):
        _note(link, item, outcome)


async def recover(link: Link, store: Store) -> frozenset[str]:
    """Find out what became of writes that a crash or a lost answer left open.

    What the target holds under the hub's key is bound and brought up to date by this run like
    any other record; what it does not hold was never done. Returns the records that were found.
    """
    found = await _recover(link, store)
    return found | await _recover(link.mirrored, store) if link.two_way else found


async def _recover(link: Link, store: Store) -> frozenset[str]:
    open_effects = await store.run(effects.unsettled, link.name)
    created = [effect.record for effect in open_effects if effect.operation == "create"]
    found = await link.target.lookup(link.there, created) if created else {}
    reached("recovery: looked up")
    deleted = await _deleted(link, [one for one in open_effects if one.operation == "delete"])
    records = [effect.record for effect in open_effects]
    await store.run(_settle_found, link, records, (found, deleted))
    return frozenset(found)


async def _deleted(link: Link, open_effects: Sequence[effects.Effect]) -> set[str]:
    """The records whose deletion went through."""
    ids = [effect.target_id for effect in open_effects]
    read = await link.target.read(link.there, ids) if ids else ()
    there = {change.external_id for change in read}
    return {effect.record for effect in open_effects if effect.target_id not in there}


def _settle_found(
    database: Database,
    link: Link,
    records: Sequence[str],
    done: tuple[Mapping[str, str], Collection[str]],
) -> None:
    found, deleted = done
    if link.two_way:
        _forget_undone(database, link, found)
    bindings.bind(
        database,
        [
            bindings.Binding(
                record=record, connection=link.there_name, entity=link.there, external_id=id_
            )
            for record, id_ in found.items()
        ],
    )
    settled: dict[str, effects.State] = {
        record: "done" if record in found or record in deleted else "failed" for record in records
    }
    effects.settle(database, link.name, settled, dict.fromkeys(records, "looked up"))


def _forget_undone(database: Database, link: Link, found: Mapping[str, str]) -> None:
    """A record that was not made was not agreed on either."""
    undone = [
        effect.record
        for effect in effects.unsettled(database, link.name)
        if effect.operation == "create" and effect.record not in found
    ]
    shadows.drop(database, link.pair, undone)


def _batches(link: Link, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    heavy = [item for item in items if _image(item)]
    light = [item for item in items if not _image(item)]
    size = link.target.manifest.batch.get(link.there, 100)
    for some, most in ((light, size), (heavy, CONTENT_BATCH)):
        for start in range(0, len(some), most):
            yield some[start : start + most]


def _image(item: Item) -> bool:
    return "image" in item.fields and bool(getattr(item.outgoing, "image", None))


async def _load_content(link: Link, items: Sequence[Item]) -> None:
    pictured = [item for item in items if _image(item)]
    if pictured:
        ids = [item.change.external_id for item in pictured]
        contents = await link.source.content(link.entity, ids)
        for item in pictured:
            item.content = contents.get(item.change.external_id)


def _intention(link: Link, item: Item) -> Write:
    return Write(
        key=item.hub,
        record=link.wording(item.outgoing),
        fields=link.naming(item.fields),
        external_id=item.target_id,
        content=item.content,
        fetch=fetching(link),
    )


def _intend(database: Database, link: Link, run_id: str, items: Sequence[Item]) -> None:
    bindings.bind(database, [source_binding(link, item) for item in items])
    if link.two_way:
        foresee(database, link, items)
    effects.intend(
        database,
        run_id,
        link.name,
        [
            effects.Intent(
                record=item.hub,
                operation="update" if item.target_id else "create",
                fields=tuple(sorted(item.fields)),
                target_id=item.target_id or "",
            )
            for item in items
        ],
    )


def source_binding(link: Link, item: Item) -> bindings.Binding:
    """That this record of the source is this record of the hub."""
    return bindings.Binding(
        record=item.hub,
        connection=link.here_name,
        entity=link.entity,
        external_id=item.change.external_id,
        key=unique_key(item.record),
    )


def _note(link: Link, item: Item, outcome: Outcome) -> None:
    item.content = None
    if isinstance(outcome, Written):
        item.target_id, item.short = outcome.external_id, outcome.short
        item.kept = item.kept if link.two_way or link.adjust else {}
        item.end(MERGED if item.adopted else WRITTEN)
    elif isinstance(outcome, RetryLater):
        item.put_off(outcome.reason, outcome.after)
    else:
        item.park(outcome)
