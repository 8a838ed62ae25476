"""Reconcile: a record of a two-way link is read on both sides, and each field goes where it belongs.

Both sides are read at the last moment, for a person may have changed either since. What was
written is read back; a field that a side keeps otherwise than it was told is asked about, never
taken for a change of that side: a system that shortens a text must not shorten it everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine import sweep
from qantara.engine.apply import source_binding
from qantara.engine.deletion import ask_again
from qantara.engine.fingerprint import fingerprints, plain
from qantara.engine.foresight import base
from qantara.engine.item import MERGED, SKIPPED, WRITTEN, Item
from qantara.engine.link import Link, Skipped
from qantara.engine.match import refuse_archived
from qantara.engine.merge import Asked, Rule, Sides, Verdict, merge, moment
from qantara.engine.references import exchange_rates, exchanged
from qantara.engine.sameness import same
from qantara.model import Record, Ref
from qantara.storage import bindings
from qantara.storage.conflicts import WHOLE, Clash, Conflict
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.transport import ConnectorError


async def refresh(link: Link, items: Sequence[Item]) -> None:
    """These records of the source as they are now: they may have waited since they were read."""
    if not items:
        return
    ids = [item.change.external_id for item in items]
    fresh = {change.external_id: change for change in await link.source.read(link.entity, ids)}
    reached("reconciliation: the source answered")
    for item in items:
        change = fresh.get(item.change.external_id)
        if change is None:
            item.end(SKIPPED, f"It was deleted at {link.here_name} meanwhile.")
        else:
            _renew(link, item, change)


async def reconcile(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Decide what of each record is to be written on which side, and what a person is asked."""
    if not items:
        return
    there = await _there(link, items)
    reached("reconciliation: the target answered")
    if gone := [item for item in items if item.target_id not in there]:
        await _decide_deleted(link, store, gone)
    found = [(item, there[item.target_id]) for item in items if item.target_id in there]
    pairs = [
        (item, change, present)
        for item, change in found
        if (present := _present(link, item, change)) is not None
    ]
    rates = await exchange_rates(link.mirrored, store, [present for _, _, present in pairs])
    equal = await same(link, [(item, present) for item, _, present in pairs])
    for item, change, present in pairs:
        _decide(link, item, (change, present), equal[id(item)])
        item.counter = _counter(item, (change, present), rates)
        _refuse_untold(link, item)


async def confirm(link: Link, items: Sequence[Item]) -> None:
    """Read back what was written on either side; where it was kept, both sides are one now."""
    done = [item for item in items if item.result in (WRITTEN, MERGED)]
    await _confirm(link, [(item, item) for item in done if item.fields])
    counters = [(item, item.counter) for item in items if item.counter]
    await _confirm(link.mirrored, [(item, one) for item, one in counters if not one.error])
    for item in items:
        if item.clashes and not item.error:
            item.reason = item.question


def _renew(link: Link, item: Item, change: Change) -> None:
    item.change = change
    try:
        record = link.outgoing(change)
    except ConnectorError as error:
        item.park(error)
        return
    if isinstance(record, Skipped):
        item.end(SKIPPED, record.reason)
    else:
        item.record, item.hashes = record, fingerprints(record, link.fields)


async def _there(link: Link, items: Sequence[Item]) -> dict[str | None, Change]:
    ids = [item.target_id for item in items if item.target_id and not item.found]
    read = await link.target.read(link.there, ids) if ids else ()
    there: dict[str | None, Change] = {change.external_id: change for change in read}
    return there | {item.target_id: item.found for item in items if item.found}


async def _decide_deleted(link: Link, store: Store, items: Sequence[Item]) -> None:
    """The counterpart is gone: the rule for deletions over there decides, in its direction.

    Where a person decided that the record stays, it is new to the target in the next wave; what the
    rule has archived stays where it is. A crash may leave only the other half of the pair bound, and
    the rule is for what is bound on both sides.
    """
    await store.run(bindings.bind, [source_binding(link, item) for item in items])
    await sweep.vanished(link.mirrored, store, [item.target_id for item in items if item.target_id])
    single = await store.run(_single, link, [item.change.external_id for item in items])
    reason = f"Its counterpart at {link.there_name} was deleted: the link's rule for that decides."
    for item in items:
        if item.change.external_id in single:
            item.target_id, item.outgoing, item.shadow, item.asked = None, None, None, {}
        else:
            item.end(SKIPPED, reason)
    alone = [item for item in items if item.open]
    await refresh(link, alone)
    for item in alone:
        item.uncertain, item.fields = False, frozenset(item.hashes)
        if item.open and not getattr(item.record, "active", True):
            item.end(SKIPPED, reason)


def _single(database: Database, link: Link, ids: Sequence[str]) -> set[str]:
    """Those that are known here and not at the target."""
    records = bindings.records_of(database, link.here_name, link.entity, ids)
    there = bindings.external_ids(database, link.there_name, link.there, list(records.values()))
    return {id_ for id_, record in records.items() if record not in there}


def _present(link: Link, item: Item, change: Change) -> Any:
    """The target's record in the words of the comparison; None when the item's journey is over."""
    try:
        present = link.present(change)
    except ConnectorError as error:
        item.park(error)
        return None
    if isinstance(present, Skipped):
        item.end(SKIPPED, present.reason)
        return None
    return None if refuse_archived(link, item, present) else present


def _decide(link: Link, item: Item, there: tuple[Change, Record], equal: frozenset[str]) -> None:
    change, present = there
    item.kept, item.children = fingerprints(present, link.fields), change.children
    verdicts = merge(
        Sides(
            here=item.hashes,
            there=item.kept,
            equal=equal,
            shadow=base(link, item.shadow, item.hashes, item.kept),
            asked={n: _asked(link, one) for n, one in item.asked.items() if n != WHOLE},
            times=_times(item, change),
        ),
        {name: link.rule(name) for name in link.fields},
    )
    item.fields = _which(verdicts, Verdict.FORWARD)
    item.agreed = _which(verdicts, Verdict.NOTHING)
    disputed = sorted(_which(verdicts, Verdict.CONFLICT))
    item.clashes = [_clash(link, item, name, (item.record, present)) for name in disputed]
    item.backward = _which(verdicts, Verdict.BACKWARD)


def _times(item: Item, change: Change) -> tuple[datetime | None, datetime | None]:
    """When each side last changed; a crash may leave a record of which the hub itself made one."""
    if item.shadow is None and not item.adopted:
        return None, None
    return moment(item.change.version), moment(change.version)


def _which(verdicts: Mapping[str, Verdict], wanted: Verdict) -> frozenset[str]:
    return frozenset(name for name, verdict in verdicts.items() if verdict is wanted)


def _counter(item: Item, there: tuple[Change, Any], rates: Mapping[Ref, Ref]) -> Item | None:
    """The write that brings home what changed over there.

    What refers to a record that is not here yet is left to the other direction, which waits for it.
    """
    change, present = there
    values = {}
    for name in item.backward:
        try:
            values[name] = exchanged(getattr(present, name), rates)
        except KeyError:
            continue
    if not values:
        return None
    return Item(
        change=change,
        record=present,
        outgoing=replace(item.record, **values),
        hashes=item.kept,
        hub=item.hub,
        target_id=item.change.external_id,
        fields=frozenset(values),
    )


def _refuse_untold(link: Link, item: Item) -> None:
    """What the user's rules cannot tell in the other side's words is put aside by itself."""
    try:
        if item.fields:
            link.wording(item.outgoing)
        if item.counter:
            link.mirrored.wording(item.counter.outgoing)
    except ConnectorError as error:
        item.counter = None
        item.park(error)


async def _confirm(link: Link, written: Sequence[tuple[Item, Item]]) -> None:
    """`link` is the one that wrote; each pair is the item of the page and the write itself."""
    if not written:
        return
    ids = [write.target_id for _, write in written if write.target_id]
    reached("read-back: about to be asked")
    there = {change.external_id: change for change in await link.target.read(link.there, ids)}
    reached("read-back: answered")
    seen = {one: link.present(change) for one, change in there.items()}
    back = [(write, seen[write.target_id]) for _, write in written if write.target_id in seen]
    equal = await same(link, back)
    for item, write in written:
        change = there.get(write.target_id or "")
        if change is None:
            item.again = [*item.again, *ask_again(link.mirrored, [write.target_id or ""])]
        else:
            told = (change, seen[change.external_id])
            _compare(link, item, write, told, equal[id(write)])


def _compare(
    link: Link, item: Item, write: Item, told: tuple[Change, Any], equal: frozenset[str]
) -> None:
    change, present = told
    kept = equal & write.fields
    hashes = fingerprints(present, write.fields)
    counter = write is not item
    if counter:
        item.hashes = {**item.hashes, **hashes}
    else:
        item.kept, item.children = {**item.kept, **hashes}, change.children
    item.agreed |= kept
    for name in sorted(write.fields - kept):
        if link.rule(name) is not Rule.TARGET:  # else its owner's value is fetched by the next look
            clash = _clash(link, write, name, (write.record, present), kept=hashes[name])
            item.clashes = [*item.clashes, clash]


def _asked(link: Link, conflict: Conflict) -> Asked:
    values = (conflict.source_hash, conflict.target_hash)
    if not link.origin:
        return Asked(values=values, choice=conflict.choice)
    return Asked(values=values[::-1], choice=_OTHER[conflict.choice])


_OTHER: Mapping[str, str] = {"source": "target", "target": "source", "": ""}


def _clash(
    link: Link, item: Item, name: str, sides: tuple[Any, Any], *, kept: str | None = None
) -> Clash:
    """The question about a field, told as the pair's first direction sees it."""
    ids = [item.change.external_id, item.target_id or ""]
    values = [plain(getattr(side, name)) for side in sides]
    hashes = [item.hashes[name], item.kept[name] if kept is None else kept]
    if link.origin:
        ids, values, hashes = ids[::-1], values[::-1], hashes[::-1]
    rule = link.rule(name)
    return Clash(
        record=item.hub,
        field=name,
        source_id=ids[0],
        target_id=ids[1],
        source_value=values[0],
        target_value=values[1],
        source_hash=hashes[0],
        target_hash=hashes[1],
        rule=(rule.reversed if link.origin else rule).value,
    )
