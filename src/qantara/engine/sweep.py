"""Sweep: what is bound and no longer at the source was deleted there; no poll would tell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection as Database

from qantara.connectors.base import Write
from qantara.engine.close import gone
from qantara.engine.link import Kind, Link
from qantara.storage import bindings, dead_letters, shadows
from qantara.storage.store import Store
from qantara.transport import ConnectorError

CHUNK = 200


async def sweep(link: Link, store: Store) -> int:
    """Apply the link's rule to what the source deleted; says how many records that were."""
    if link.kind is not Kind.RECORD or link.scope or link.bound_only or link.on_delete == "ignore":
        return 0
    link = await link.prepared(store)
    known = await store.run(_carried, link)
    if not known:
        return 0
    deleted = sorted(set(known) - await link.source.ids(link.entity) - link.excluded)
    for start in range(0, len(deleted), CHUNK):
        some = {one: known[one] for one in deleted[start : start + CHUNK]}
        if link.on_delete == "archive" and "active" in link.fields:
            await _archive(link, store, some)
        else:
            await store.run(_ask, link, some)
    return len(deleted)


def _carried(database: Database, link: Link) -> dict[str, tuple[str, str]]:
    """Source id to (record, target id) of what this very link carried over."""
    ids = bindings.bound_ids(database, link.here_name, link.entity)
    records = bindings.records_of(database, link.here_name, link.entity, ids)
    ours = shadows.of(database, link.name, list(records.values()))
    targets = bindings.external_ids(database, link.there_name, link.there, list(ours))
    return {id_: (record, targets[record]) for id_, record in records.items() if record in targets}


async def _archive(link: Link, store: Store, known: Mapping[str, tuple[str, str]]) -> None:
    by_target = {target: source for source, (_, target) in known.items()}
    changes = await link.target.read(link.there, list(by_target))
    writes = [
        Write(
            key=known[by_target[change.external_id]][0],
            record=replace(link.target.to_canonical(change), active=False),  # type: ignore[arg-type]
            fields=frozenset({"active"}),
            external_id=change.external_id,
        )
        for change in changes
    ]
    outcomes = await link.target.write(link.there, writes) if writes else []
    refused = {
        by_target[write.external_id or ""]: outcome
        for write, outcome in zip(writes, outcomes, strict=True)
        if isinstance(outcome, ConnectorError)
    }
    await gone(link, store, set(known) - set(refused))
    await store.run(_ask, link, {one: known[one] for one in refused}, refused)


def _ask(
    database: Database,
    link: Link,
    known: Mapping[str, tuple[str, str]],
    refused: Mapping[str, ConnectorError] | None = None,
) -> None:
    dead_letters.park(database, [_letter(link, one, known[one], refused or {}) for one in known])


def _letter(
    link: Link, source: str, pair: Sequence[str], refused: Mapping[str, ConnectorError]
) -> dead_letters.Letter:
    record, target = pair
    error = refused.get(source)
    why = f" {error.reason}" if error else ""
    return dead_letters.Letter(
        link=link.name,
        connection=link.here_name,
        entity=link.entity,
        external_id=source,
        version="deleted",
        record=record,
        target_id=target,
        code="Deleted",
        reason=f"{link.entity.capitalize()} {source} was deleted at {link.here_name}; "
        f"{target} of {link.there_name} is still there.{why}",
        remedy=f"Archive it at {link.there_name} if it is not needed, then retry this letter: "
        "the two are no longer held to be the same.",
    )
