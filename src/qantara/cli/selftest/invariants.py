"""What must hold after a crash, looked up in the journal and at both systems as they are now."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import func, select

from qantara.connectors.base import Change
from qantara.connectors.odoo.capture import WEBHOOK
from qantara.engine.fingerprint import fingerprints
from qantara.engine.link import Kind, Link
from qantara.storage import bindings, effects, proofs, schema, shadows
from qantara.storage.errors import ProofBroken
from qantara.storage.shadows import Shadow
from qantara.storage.store import Store

TITLES: Mapping[str, str] = {
    "events": "every event in the inbox has its outcome",
    "ledger": "every change seen has one line in the ledger",
    "once": "no record is there twice, at either side",
    "agree": "both sides agree field by field, as without the crash",
    "shadow": "what the hub remembers is what both sides hold",
    "effects": "no write is left with an unknown outcome",
    "lanes": "no work is left, no lane is held, no run is open",
    "proofs": "the chain of proofs holds",
    "nobody": "nothing is asked of a person that is not asked without the crash",
    "redone": "at most one batch was sent again",
    "quiet": "it came to rest by itself",
}
"""Each invariant by its short name, in words."""

Broken = Mapping[str, Sequence[str]]
"""By invariant, what does not hold, in sentences; nothing where it holds."""


def settled(database: Database, links: Sequence[str]) -> bool:
    """Whether nothing is due, under way or waiting."""
    lanes, inbox = schema.lanes, schema.inbox
    idle = (lanes.c.holder == "", lanes.c.poll_at.is_(None), lanes.c.failures == 0)
    rested = select(func.count()).select_from(lanes).where(*idle, lanes.c.link.in_(links))
    waiting = select(func.count()).select_from(inbox).where(inbox.c.done_at.is_(None))
    working = select(func.count()).select_from(schema.work)
    return (
        database.scalar(rested) == len(links)
        and not database.scalar(waiting)
        and not database.scalar(working)
    )


def moved(database: Database) -> tuple[Any, ...]:
    """Changes when something was carried over, asked or resolved."""
    told = schema.ledger.c.result.not_in(("unchanged", "parked"))
    letters, conflicts = schema.dead_letters, schema.conflicts
    return (
        database.scalar(select(func.count()).select_from(schema.ledger).where(told)),
        database.scalar(select(func.count()).select_from(schema.effects)),
        database.scalar(select(func.count()).where(letters.c.state == "open")),
        database.scalar(select(func.count()).where(conflicts.c.state != "settled")),
    )


def asked(database: Database) -> list[tuple[Any, ...]]:
    """What a person is asked: letters, conflicts and alerts, without ids of the hub."""
    letters, conflicts, alerts = schema.dead_letters, schema.conflicts, schema.alerts
    found = [
        select(letters.c.link, letters.c.external_id, letters.c.code).where(
            letters.c.state == "open"
        ),
        select(conflicts.c.link, conflicts.c.source_id, conflicts.c.field).where(
            conflicts.c.state == "open"
        ),
        select(alerts.c.kind, alerts.c.subject).where(alerts.c.state == "open"),
    ]
    return sorted(tuple(row) for one in found for row in database.execute(one))


def arrived(database: Database) -> int:
    """How many webhooks were ever kept."""
    told = select(func.count()).select_from(schema.inbox)
    return database.scalar(told.where(schema.inbox.c.topic == WEBHOOK)) or 0


def journal(database: Database) -> dict[str, list[str]]:
    """What the journal says of itself."""
    return {name: list(look(database)) for name, look in _JOURNAL.items()}


def _events(database: Database) -> list[str]:
    inbox = schema.inbox
    rows = database.execute(select(inbox.c.event_key).where(inbox.c.done_at.is_(None)))
    return [f"The event {row.event_key} has no outcome." for row in rows]


def _ledger(database: Database) -> list[str]:
    runs, lines = schema.runs, schema.ledger
    counted = (
        select(runs.c.link, runs.c.seen, func.count(lines.c.id).label("lines"))
        .join_from(runs, lines, runs.c.id == lines.c.run, isouter=True)
        .group_by(runs.c.id, runs.c.link, runs.c.seen)
    )
    return [
        f"A run of {row.link} saw {row.seen} changes and has {row.lines} lines."
        for row in database.execute(counted)
        if row.seen != row.lines
    ]


def _effects(database: Database) -> list[str]:
    left = select(schema.effects.c.link, schema.effects.c.record).where(
        schema.effects.c.state.in_(effects.OPEN)
    )
    return [f"A write of {row.link} is open: {row.record}." for row in database.execute(left)]


def _lanes(database: Database) -> list[str]:
    lanes, runs, work = schema.lanes, schema.runs, schema.work
    held = database.scalars(select(lanes.c.link).where(lanes.c.holder != ""))
    waiting = database.scalars(select(lanes.c.link).where(lanes.c.failures > 0))
    running = database.scalars(select(runs.c.link).where(runs.c.state == "running"))
    left = database.execute(select(work.c.link, work.c.external_id))
    return [
        *(f"The lane {link} is held." for link in held),
        *(f"The lane {link} waits after a failure." for link in waiting),
        *(f"A run of {link} is open." for link in running),
        *(f"Record {row.external_id} of {row.link} is still to be looked at." for row in left),
    ]


def _proofs(database: Database) -> list[str]:
    checked = proofs.Checked()
    try:
        while not checked.over:
            proofs.walk(database, checked)
    except ProofBroken as error:
        return [str(error)]
    return []


_JOURNAL: Mapping[str, Callable[[Database], list[str]]] = {
    "events": _events,
    "ledger": _ledger,
    "effects": _effects,
    "lanes": _lanes,
    "proofs": _proofs,
}


async def remembered(links: Sequence[Link], store: Store) -> list[str]:
    """Shadows that are not what both sides hold now, by links and ids of the source."""
    found: list[str] = []
    for link in links:
        if link.kind is not Kind.THREAD and link.origin is None:
            found += await _remembered(await link.prepared(store), store)
    return sorted(found)


async def _remembered(link: Link, store: Store) -> list[str]:
    known = await store.run(_known, link)
    here = await link.source.read(link.entity, [pair[0] for pair in known.values() if pair[0]])
    there = await link.target.read(link.there, [pair[1] for pair in known.values() if pair[1]])
    sides = ({one.external_id: one for one in here}, {one.external_id: one for one in there})
    return [
        f"{link.name} {source}: {name}"
        for source, target, shadow in known.values()
        for name in _differing(link, shadow, sides[0].get(source), sides[1].get(target))
    ]


Known = Mapping[str, tuple[str, str, Shadow]]


def _known(database: Database, link: Link) -> Known:
    """By record: its two ids and its shadow on this link."""
    table = schema.shadows
    records = list(database.scalars(select(table.c.record).where(table.c.link == link.pair)))
    here = bindings.external_ids(database, link.here_name, link.entity, records)
    there = bindings.external_ids(database, link.there_name, link.there, records)
    found = shadows.of(database, link.pair, records)
    return {
        record: (here.get(record, ""), there.get(record, ""), shadow)
        for record, shadow in found.items()
    }


def _differing(
    link: Link, shadow: Shadow, here: Change | None, there: Change | None
) -> Sequence[str]:
    if here is None or there is None:
        return ["one side lacks it"] if here or there else []
    names = link.fields - link.loose
    source = fingerprints(link.outgoing(here), names)
    target = fingerprints(link.present(there), names)
    return [
        name
        for name in sorted(names)
        if shadow.source.get(name) != source[name] or shadow.target.get(name) != target[name]
    ]
