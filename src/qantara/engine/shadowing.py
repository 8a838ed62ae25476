"""Shadow mode: a link does everything but write, and says what it would have written.

It reads with a position of its own, binds nothing and agrees on nothing, so that leaving the shadow
takes it up where it stood: what it saw meanwhile comes again, and so does what it was told of. What a
record refers to and the target does not have yet is imagined. Both systems stand behind a guard that
lets no write pass.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change, Connector, Digest, Event, Finding, Outcome, Page, Write
from qantara.connectors.base import Report as Checked
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Kind, Link
from qantara.engine.references import references
from qantara.model import Record, Ref
from qantara.storage import work
from qantara.storage.ledger import SHADOW
from qantara.storage.work import Task
from qantara.transport import Undecided, Unsupported

NEW = "new:"
"""Ids of records that do not exist yet begin so."""


def guarded(link: Link) -> Link:
    """The link in shadow mode: neither of its systems can be written to through it."""
    source, target = Guarded(link.source), Guarded(link.target)
    return replace(link, shadow=True, source=source, target=target)


def imagined(link: Link, records: Sequence[Record], known: Mapping[Ref, Ref]) -> dict[Ref, Ref]:
    """Counterparts for what the records refer to and the target does not have yet."""
    if not link.shadow or link.bound_only or link.kind is Kind.THREAD:
        return {}
    wanted = {ref for record in records for ref in references(record)} - known.keys()
    return {ref: Ref(link.aliases.get(ref.entity, ref.entity), NEW + ref.id) for ref in wanted}


def withhold(items: Sequence[Item]) -> None:
    """The journeys of these end where they would have been written."""
    for item in items:
        if item.open and _nothing_to_do(item):
            item.rest()
        elif item.open:
            item.end(SKIPPED, f"{SHADOW} {_told(item)}")
            item.withheld = True


def put_aside(items: Sequence[Item]) -> None:
    """What could not be carried over is only told; a question is asked, for its answer lasts."""
    for item in items:
        if item.error and not isinstance(item.error, Undecided):
            reason = f"{SHADOW} it would be put aside. {item.reason} {item.error.remedy}".rstrip()
            item.error = None
            item.end(SKIPPED, reason)


def set_aside(database: Database, link: Link, tasks: Sequence[Task]) -> None:
    """What the link was told of, for the day on which it leaves the shadow. Call before `finish`."""
    work.ask(database, [replace(task, link=_place(link)) for task in tasks])


def take_up(database: Database, link: Link) -> None:
    """What was set aside is work of the link again. Safe to repeat."""
    while tasks := work.due(database, _place(link)):
        work.ask(database, [replace(task, link=link.name) for task in tasks])
        work.finish(database, tasks)


def _place(link: Link) -> str:
    return f"{link.name}:shadow"


def _nothing_to_do(item: Item) -> bool:
    return not (item.fields or item.counter or item.clashes or item.adopted)


def _told(item: Item) -> str:
    if item.target_id is None:
        after = sorted(f"{one.entity} {one.id.removeprefix(NEW)}" for one in _missing(item))
        return "it would be created" + (f", after {', '.join(after)}." if after else ".")
    fields = item.fields | (item.counter.fields if item.counter else frozenset())
    changed = f"{', '.join(sorted(fields))} of {item.target_id} would be changed"
    if item.adopted:
        also = f", and {changed}." if fields else "."
        return f"it would be joined with {item.target_id}{also}"
    if item.clashes:
        return f"it would be asked about. {item.question}"
    return f"it would be changed: {', '.join(sorted(fields))} of {item.target_id}."


def _missing(item: Item) -> Collection[Ref]:
    return {ref for ref in references(item.outgoing) if ref.id.startswith(NEW)}


class Guarded(Connector):
    """A connector of which everything may be asked, and to which nothing can be written."""

    def __init__(self, real: Connector) -> None:
        super().__init__(real.connection)
        self.manifest = real.manifest  # type: ignore[misc]  # it stands for the real one
        self.real = real

    async def close(self) -> None:
        """The real connector belongs to the caller."""

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Checked:
        return await self.real.check(reads, writes)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        async for page in self.real.changes(entity, cursor, scope=scope):
            yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        return await self.real.count(entity, cursor, scope=scope)

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        return await self.real.read(entity, [one for one in ids if not one.startswith(NEW)])

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        return await self.real.ids(entity, scope=scope)

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        return await self.real.content(entity, ids)

    async def fetch(self, entity: str, id_: str, to: Path) -> None:
        await self.real.fetch(entity, id_, to)

    def to_canonical(self, change: Change) -> Record:
        return self.real.to_canonical(change)

    def heed(
        self, said: Mapping[tuple[str, str], str], given: Mapping[tuple[str, str], str] = {}
    ) -> None:
        self.real.heed(said, given)

    async def reworded(self, entity: str, records: Sequence[Record]) -> Sequence[Record]:
        return await self.real.reworded(entity, records)

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        return await self.real.subscribe(entities, address)

    async def pull(self, limit: int) -> Sequence[Event]:
        return await self.real.pull(limit)

    async def forget(self, events: Sequence[Event]) -> None:
        await self.real.forget(events)

    def doorbell(self) -> AsyncIterator[Event]:
        return self.real.doorbell()

    async def digests(
        self, entity: str, bounds: Sequence[tuple[str, str]], *, scope: str = ""
    ) -> Sequence[Digest]:
        return await self.real.digests(entity, bounds, scope=scope)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return await self.real.find(entity, keys)

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        return await self.real.lookup(entity, keys)

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        raise self._refused(entity, len(writes))

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        raise self._refused(entity, len(ids))

    def _refused(self, entity: str, count: int) -> Unsupported:
        return Unsupported(
            f"The link is in shadow mode: {count} {entity} were not written to "
            f"{self.connection.name}.",
            remedy="Remove `shadow = true` from its settings when it is to write.",
        )
