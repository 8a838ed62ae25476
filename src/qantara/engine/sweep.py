"""Sweep: what is bound and no longer at the source was deleted there; no poll would tell."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine import shadowing
from qantara.engine.apply import recover
from qantara.engine.deletion import (
    Lost,
    ask_again,
    ask_whole,
    close,
    decided,
    edited,
    never_carried,
    remove,
)
from qantara.engine.item import PARKED, SKIPPED, UNCHANGED
from qantara.engine.link import Kind, Link
from qantara.storage import bindings, conflicts, dead_letters, runs, shadows, work
from qantara.storage.conflicts import WHOLE
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.storage.work import Task

CHUNK = 200

FEW = 20
"""Deletions that are taken at their word, however small the link."""


async def sweep(link: Link, store: Store) -> int:
    """Apply the link's rule to what the source deleted; says how many records that were.

    When more than half of all have vanished at once a person is asked, whatever the rule: a right
    that was taken away looks the same.
    """
    if not _watched(link) or link.on_delete == "ignore" or link.shadow:
        return 0
    link = await link.prepared(store)
    await recover(link, store)
    known = await store.run(_carried, link)
    if not known:
        return 0
    missing = sorted(set(known) - await link.source.ids(link.entity) - link.excluded)
    if len(missing) > FEW and 2 * len(missing) > len(known):
        link = replace(link, on_delete="ask")
    chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
    return sum([await vanished(link, store, some) for some in chunks])


async def vanished(
    link: Link,
    store: Store,
    ids: Collection[str],
    *,
    run_id: str = "",
    tasks: Sequence[Task] = (),
) -> int:
    """These records of the source seem to be gone: apply the rule; says how many it applied to.

    Those still there are left alone; those never carried over are only accounted for. The `tasks`
    of those that are gone are over with it. Without `run_id` it is a run of its own. `link` is
    prepared. Safe to repeat.
    """
    if link.shadow:
        await store.run(_set_aside, link, tasks)
        return 0
    if not ids:
        return 0
    there = {change.external_id for change in await link.source.read(link.entity, sorted(ids))}
    reached("deletion: the source answered")
    lost = sorted(set(ids) - there)
    over = [task for task in tasks if task.external_id not in there]
    known = await store.run(_carried, link, lost) if _watched(link) or _tells(link) else {}
    async with _within(link, store, run_id) as run:
        records = list(known.values())
        await _decide(link, store, run, records)
        strangers = [id_ for id_ in lost if id_ not in known]
        await store.run(close, link, run, records, (never_carried(link, strangers), over))
    return len(known)


def _set_aside(database: Database, link: Link, tasks: Sequence[Task]) -> None:
    """In shadow mode a deletion waits until the link writes again."""
    shadowing.set_aside(database, link, tasks)
    work.finish(database, tasks)


def _watched(link: Link) -> bool:
    follows = link.kind is Kind.THREAD and link.on_delete == "propagate"
    return (link.kind is Kind.RECORD or follows) and not link.scope and not link.bound_only


def _tells(link: Link) -> bool:
    """Documents come and go by themselves: nobody asks for all that are left, but a notice counts."""
    return link.kind is Kind.DOCUMENT and link.on_delete == "tell"


def _carried(database: Database, link: Link, ids: Collection[str] | None = None) -> dict[str, Lost]:
    """What this very link carried over, by source id."""
    if ids is None:
        ids = bindings.bound_ids(database, link.here_name, link.entity)
    records = bindings.records_of(database, link.here_name, link.entity, ids)
    every = list(records.values())
    ours = shadows.of(database, link.pair, every)
    targets = bindings.external_ids(database, link.there_name, link.there, every)
    asked = conflicts.unsettled(database, link.pair, every) if link.two_way else {}
    retried = set(dead_letters.take_retries(database, link.name))
    return {
        id_: Lost(
            source_id=id_,
            record=record,
            target_id=targets[record],
            shadow=_seen(link, ours.get(record)),
            asked=asked.get(record, {}).get(WHOLE),
            retried=id_ in retried,
        )
        for id_, record in records.items()
        if record in targets and (record in ours or link.two_way) and id_ not in link.excluded
    }


def _seen(link: Link, shadow: shadows.Shadow | None) -> shadows.Shadow | None:
    return shadow.mirrored if shadow and link.origin else shadow


@asynccontextmanager
async def _within(link: Link, store: Store, run_id: str) -> AsyncIterator[str]:
    run = run_id or (await store.run(runs.start, link.name)).id
    yield run
    if not run_id:
        await store.run(runs.finish, run, "complete")


async def _decide(link: Link, store: Store, run_id: str, records: Sequence[Lost]) -> None:
    if not records:
        return
    read = await link.target.read(link.there, [lost.target_id for lost in records])
    reached("deletion: the target answered")
    there = {change.external_id: change for change in read}
    doomed = [lost for lost in records if _is_doomed(link, lost, there)]
    await remove(link, store, run_id, [(lost, there[lost.target_id]) for lost in doomed])


def _is_doomed(link: Link, lost: Lost, there: Mapping[str, Change]) -> bool:
    """True when the counterpart is to go, too; else the rest is decided here."""
    change = there.get(lost.target_id)
    if change is None:
        lost.end(UNCHANGED, "It is gone on both sides.", forgotten=True)
    elif link.on_delete == "ignore":
        lost.end(SKIPPED, f"It was deleted at {link.here_name}; by the link's rule that is all.")
    elif link.on_delete == "tell":
        return _told(link, lost)
    elif link.two_way:
        return _both_ways(link, lost, change)
    elif not _asks(link):
        return True
    elif lost.retried:
        lost.end(SKIPPED, "A person has dealt with it.", parted=True)
    else:
        lost.end(PARKED, f"It was deleted at {link.here_name}.", letter=True)
    return False


def _told(link: Link, lost: Lost) -> bool:
    """A person reads of it; his retry says that he has."""
    if lost.retried:
        lost.end(SKIPPED, "A person has read of it.", parted=True)
    else:
        lost.end(PARKED, f"It was deleted at {link.here_name}.", letter=True)
    return False


def _asks(link: Link) -> bool:
    return link.on_delete == "ask" or (link.on_delete == "archive" and "active" not in link.fields)


def _both_ways(link: Link, lost: Lost, change: Change) -> bool:
    choice = decided(link, lost, change)
    if choice == "target":
        lost.end(SKIPPED, "A person decided to keep it: it is carried back.", parted=True)
        lost.again = ask_again(link.mirrored, [lost.target_id])
    elif choice == "" and (lost.asked or _asks(link) or edited(link, lost, change)):
        ask_whole(link, lost, change)
    else:
        return True
    return False
