"""Close: what happened to a page becomes durable, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection as Database

from qantara.engine import questions, shadowing
from qantara.engine.apply import source_binding
from qantara.engine.item import MERGED, PARKED, SKIPPED, UNCHANGED, WRITTEN, Item
from qantara.engine.link import CHILD_ENTITY, Link
from qantara.engine.threads import remember
from qantara.storage import (
    bindings,
    conflicts,
    cursors,
    dead_letters,
    effects,
    ledger,
    runs,
    shadows,
    work,
)
from qantara.storage.conflicts import WHOLE
from qantara.storage.store import Store
from qantara.storage.work import Task


async def bind(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Records that were written: what is what on both sides."""
    await store.run(_bind, link, items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What is over with a page: the source is read up to `cursor`, these `tasks` are done."""

    cursor: str | None = None
    tasks: Sequence[Task] = ()


async def page(
    link: Link, store: Store, run_id: str, items: Sequence[Item], reached: Reached
) -> None:
    """The outcome of every change of the page, and what is over with it."""
    await store.run(_page, link, run_id, items, reached)


def _bind(database: Database, link: Link, items: Sequence[Item]) -> None:
    states: dict[str, effects.State] = {
        item.hub: "failed" if item.result == PARKED else "done" for item in items
    }
    effects.settle(database, link.name, states)
    if counters := [item.counter for item in items if item.counter]:
        back: dict[str, effects.State] = {
            one.hub: "failed" if one.result == PARKED else "done" for one in counters
        }
        effects.settle(database, link.mirrored.name, back)
    done = [item for item in items if item.target_id]
    bindings.bind(database, [source_binding(link, item) for item in done])
    bindings.bind(database, [target_binding(link, item) for item in done])


def _agree(database: Database, link: Link, items: Sequence[Item]) -> None:
    """What both sides agreed on, and their variants and the like."""
    if link.shadow:
        return
    if link.two_way:
        _agree_both_ways(database, link, items)
        return
    done = [item for item in items if item.target_id and (item.kept or item.result != UNCHANGED)]
    bind_children(database, link, done)
    shadows.keep(
        database,
        link.name,
        [
            shadows.Shadow(
                record=item.hub,
                source=item.hashes,
                target=item.kept,
                version=item.change.version,
            )
            for item in done
            if item.result != PARKED or item.kept
        ],
    )


def _agree_both_ways(database: Database, link: Link, items: Sequence[Item]) -> None:
    """Field by field: what is one now; the rest stays as it was agreed on before, and is asked."""
    done = [item for item in items if item.target_id and (item.agreed or item.clashes)]
    bind_children(database, link, done)
    kept = [_shadow(link, item) for item in done]
    shadows.keep(database, link.pair, [one.mirrored if link.origin else one for one in kept])
    work.ask(database, [task for item in items for task in item.again])
    conflicts.ask(database, link.pair, [clash for item in done for clash in item.clashes])
    over = {item.hub: set(item.asked) & (item.agreed | {WHOLE}) for item in done}
    over |= {item.hub: over[item.hub] | (set(item.asked) - link.fields) for item in done}
    conflicts.settle(database, link.pair, over)


def _shadow(link: Link, item: Item) -> shadows.Shadow:
    before = item.shadow or shadows.Shadow(record=item.hub, source={}, target={})
    names = item.agreed | (before.source.keys() & before.target.keys() & link.fields)
    return shadows.Shadow(
        record=item.hub,
        source={n: (item.hashes if n in item.agreed else before.source)[n] for n in names},
        target={n: (item.kept if n in item.agreed else before.target)[n] for n in names},
        version=item.change.version,
    )


def target_binding(link: Link, item: Item) -> bindings.Binding:
    """That this record of the target is this record of the hub."""
    return bindings.Binding(
        record=item.hub,
        connection=link.there_name,
        entity=link.there,
        external_id=item.target_id or "",
    )


def bind_children(database: Database, link: Link, items: Sequence[Item]) -> None:
    """Variants of a product and the like: paired by the key that both systems share."""
    entity = CHILD_ENTITY.get(link.entity)
    if entity is None:
        return
    pairs = [
        (here, item.children[key])
        for item in items
        for key, here in item.change.children.items()
        if key in item.children
    ]
    known = bindings.records_of(database, link.here_name, entity, [here for here, _ in pairs])
    both = [
        bindings.Binding(record=record, connection=connection, entity=entity, external_id=id_)
        for here, there in pairs
        for record in (known.get(here) or bindings.new_record(),)
        for connection, id_ in ((link.here_name, here), (link.there_name, there))
    ]
    bindings.rebind(database, both)


def _page(
    database: Database, link: Link, run_id: str, items: Sequence[Item], reached: Reached
) -> None:
    _agree(database, link, items)
    outcomes = [_outcome(link, item) for item in items]
    repeated = ledger.account(database, run_id, link.name, outcomes)
    _put_aside(database, link, items)
    if counters := [item.counter for item in items if item.counter]:
        _put_aside(database, link.mirrored, counters)
    runs.progress(database, run_id, seen=len(items) - repeated)
    if link.catch_up and not link.shadow:
        remember(database, link, items)
    if link.shadow:
        shadowing.set_aside(database, link, reached.tasks)
    work.finish(database, reached.tasks)
    _look_again(database, link, items)
    if reached.cursor is not None:
        cursors.advance(database, link.position, reached.cursor)


def _look_again(database: Database, link: Link, items: Sequence[Item]) -> None:
    """What was put off is work of the link; its tasks are over, so that it comes as a new one."""
    for item in items:
        if item.later is not None:
            task = Task(
                link=link.name,
                connection=link.here_name,
                entity=link.entity,
                external_id=item.change.external_id,
            )
            work.ask(database, [task], after=item.later)


def _is_put_off(item: Item) -> bool:
    return item.later is not None and item.result == SKIPPED


def _put_aside(database: Database, link: Link, items: Sequence[Item]) -> None:
    questions.keep(database, link, items)
    dead_letters.park(database, [_letter(link, item) for item in items if item.error])
    if link.shadow:
        return
    fine = [item.change.external_id for item in items if not (item.error or _is_put_off(item))]
    dead_letters.resolve(database, link.name, fine, "The record went through.")


def _outcome(link: Link, item: Item) -> ledger.Outcome:
    return ledger.Outcome(
        connection=link.here_name,
        entity=link.entity,
        external_id=item.change.external_id,
        version=item.change.version,
        result=item.ending,
        record=item.hub,
        target_id=item.target_id or "",
        reason=item.reason,
        fields=_written(item) if item.result in (WRITTEN, MERGED) or item.withheld else (),
    )


def _written(item: Item) -> tuple[str, ...]:
    return tuple(sorted(item.fields | (item.counter.fields if item.counter else frozenset())))


def _letter(link: Link, item: Item) -> dead_letters.Letter:
    error = item.error
    assert error is not None  # noqa: S101 - a parked item always has its error
    return dead_letters.Letter(
        link=link.name,
        entity=link.entity,
        connection=link.here_name,
        external_id=item.change.external_id,
        version=item.change.version,
        record=item.hub,
        target_id=item.target_id or "",
        code=type(error).__name__,
        reason=error.reason,
        remedy=error.remedy,
        wire=_snapshot(item.change.wire),
    )


def _snapshot(wire: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(wire)
