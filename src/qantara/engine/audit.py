"""The whole comparison of a link: every pair, every field, both sides as they are now."""

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine.link import Kind, Link, Skipped
from qantara.engine.references import exchange_rates, exchanged, references
from qantara.engine.verify import Difference, differences
from qantara.model import Record, Ref
from qantara.storage import bindings, shadows
from qantara.storage.store import Store
from qantara.transport import ConnectorError

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One record that does not agree: `problem` in words, or the fields that differ.

    `here` and `there` are the records where fields differ, each in the ids of its own side.
    """

    link: str
    source_id: str
    target_id: str = ""
    record: str = ""
    problem: str = ""
    fields: Sequence[Difference] = ()
    here: Record | None = field(default=None, repr=False)
    there: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many records of a chunk were compared, and what was found.

    `read` are the ids that the source still has.
    """

    records: int
    findings: Sequence[Finding]
    read: Collection[str] = ()


async def compare(link: Link, store: Store) -> AsyncGenerator[Compared]:
    """Compare all that the link carries, chunk by chunk; then name what the source deleted.

    The other direction of a two-way link names only what never came: the rest was compared before.
    """
    link = await link.prepared(store)
    ids = sorted(await link.source.ids(link.entity, scope=link.scope), key=_by_number)
    for chunk in _chunks(ids):
        yield await compare_ids(link, store, chunk)
    if not link.scope and link.kind is not Kind.THREAD:
        yield await _deleted(link, store, set(ids) | link.excluded)


async def forget(link: Link, store: Store, findings: Sequence[Finding]) -> list[str]:
    """Forget what was agreed on differing fields; returns the ids to be carried over again."""
    if link.shadow:
        return []
    mendable = [one for one in findings if one.link == link.name and one.source_id]
    await store.run(forget_here, link, mendable)
    return [one.source_id for one in mendable]


def deleted_there(link: Link) -> str:
    """The problem of a record whose counterpart is gone."""
    return f"It was deleted at {link.there_name}."


def forget_here(database: Database, link: Link, findings: Sequence[Finding]) -> None:
    """The same within a transaction."""
    known = shadows.of(database, link.pair, [one.record for one in findings if one.record])
    lost = [one.record for one in findings if one.problem and one.target_id]
    shadows.drop(database, link.pair, lost)
    bindings.unbind(
        database, link.there_name, link.there, [one.target_id for one in findings if one.problem]
    )
    kept = [_without(known[one.record], one) for one in findings if one.record in known]
    shadows.keep(database, link.pair, [shadow for shadow in kept if shadow.record not in lost])


def _without(shadow: shadows.Shadow, finding: Finding) -> shadows.Shadow:
    gone = {one.field for one in finding.fields}
    return replace(shadow, source={k: v for k, v in shadow.source.items() if k not in gone})


async def compare_ids(link: Link, store: Store, ids: Sequence[str]) -> Compared:
    """Compare these records of the source, of a link that is prepared."""
    pairs = await store.run(_pairs, link, ids)
    here = await link.source.read(link.entity, ids)
    there = await _read_there(link, [target for _, target in pairs.values() if target])
    records = {change.external_id: _mapped(link, change) for change in here}
    records |= await _reworded(link, records)
    good = [record for record in records.values() if not isinstance(record, ConnectorError | None)]
    rates = await exchange_rates(link, store, good)
    found = []
    for source_id, record in records.items():
        hub, target = pairs.get(source_id, ("", ""))
        if link.origin and target in there:
            continue
        about = Finding(link=link.name, source_id=source_id, target_id=target, record=hub)
        if record is None:
            continue
        if target or not (_left_out(link, record) or _waits(link, record, rates)):
            found.append(_look(link, about, record, (there, rates)))
    named = [one for one in found if one]
    return Compared(records=len(found), findings=named, read=records.keys())


def _waits(link: Link, record: object, rates: Mapping[Ref, Ref]) -> bool:
    """A level of goods that the target does not have is no fault where the link waits for them."""
    waiting = link.kind is Kind.LEVEL and link.catch_up is not None
    return waiting and any(ref not in rates for ref in references(record))


def _pairs(database: Database, link: Link, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    records = bindings.records_of(database, link.here_name, link.entity, ids)
    targets = bindings.external_ids(database, link.there_name, link.there, list(records.values()))
    return {id_: (record, targets.get(record, "")) for id_, record in records.items()}


async def _read_there(link: Link, ids: Sequence[str]) -> dict[str, Change]:
    if link.kind is Kind.THREAD or not ids:
        return {}
    return {change.external_id: change for change in await link.target.read(link.there, ids)}


def _mapped(link: Link, change: Change) -> Record | ConnectorError | None:
    try:
        record = link.outgoing(change)
    except ConnectorError as error:
        return error
    return None if isinstance(record, Skipped) else record


async def _reworded(
    link: Link, records: Mapping[str, Record | ConnectorError | None]
) -> dict[str, Record]:
    good = {
        one: told for one, told in records.items() if not isinstance(told, ConnectorError | None)
    }
    told = await link.target.reworded(link.there, list(good.values()))
    return dict(zip(good, told, strict=True))


def _look(
    link: Link,
    about: Finding,
    record: Record | ConnectorError,
    sides: tuple[Mapping[str, Change], Mapping[Ref, Ref]],
) -> Finding | None:
    there, rates = sides
    if isinstance(record, ConnectorError):
        return replace(about, problem=record.reason)
    if not about.target_id:
        return replace(about, problem=f"It is not at {link.there_name}.")
    if link.kind is Kind.THREAD:
        return None
    if about.target_id not in there:
        return replace(about, problem=deleted_there(link))
    try:
        outgoing = exchanged(record, rates)
        present = link.present(there[about.target_id])
    except KeyError as missing:
        ref = missing.args[0]
        return replace(about, problem=f"Its {ref.entity} {ref.id} is not at {link.there_name}.")
    except ConnectorError as error:
        return replace(about, problem=error.reason)
    names = (link.fields - link.loose) | link.checks
    found = tuple(differences(outgoing, present, names))
    return replace(about, fields=found, here=record, there=present) if found else None


def _left_out(link: Link, record: Record | ConnectorError) -> bool:
    return link.bound_only or not getattr(record, "active", True)


async def _deleted(link: Link, store: Store, present: set[str]) -> Compared:
    bound = await store.run(bindings.bound_ids, link.here_name, link.entity)
    gone = sorted(set(bound) - present, key=_by_number)
    words = f"was deleted at {link.here_name} and may still be at {link.there_name}."
    return Compared(
        records=len(gone),
        findings=[
            Finding(link=link.name, source_id="", problem=f"{link.entity} {one} {words}")
            for one in gone
        ],
    )


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _by_number(identifier: str) -> tuple[int, str]:
    return (len(identifier), identifier)
