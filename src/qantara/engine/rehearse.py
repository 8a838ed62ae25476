"""A rehearsal: the real pipeline on a copy of the memory, with a target that only listens.

What it reports is what a run would do at this moment, because it is the same code that decides;
nothing is written to any system nor to the hub's own database.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qantara.connectors.base import Change, Connector, Outcome, Page, Report, Write, Written
from qantara.engine import pipeline
from qantara.engine.fingerprint import plain
from qantara.engine.item import PARKED, SKIPPED, UNCHANGED, Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary
from qantara.engine.shadowing import NEW
from qantara.model import Record
from qantara.storage.copying import copied
from qantara.storage.store import Store
from qantara.transport import Undecided

CONFLICT = "conflict"
"""The operation of a question: its `changes` are the values at the pair's source and target."""

TITLES = ("name", "number", "body")
"""Fields by which people know a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would become of one change; `changes` are (now, then) by field, as people may read it."""

    link: str
    operation: str
    source_id: str
    target_id: str = ""
    title: str = ""
    reason: str = ""
    remedy: str = ""
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


async def rehearse(links: Sequence[Link], store: Store) -> AsyncGenerator[Planned]:
    """What running these links, in this order, would do."""
    with copied(store) as copy:
        stages: dict[str, _Stage] = {}
        asked: set[str] = set()
        for link in links:
            staged, watch = _staged(link, stages), _Script()
            await pipeline.run(staged, copy, watch)
            for item in watch.items:
                for planned in _planned(staged, item, stages):
                    yield planned
                if item.clashes and item.hub not in asked:
                    asked.add(item.hub)
                    yield _question(staged, item)


def _staged(link: Link, stages: dict[str, "_Stage"]) -> Link:
    """The link between stages: all that it may write to, in either direction."""
    if link.origin:
        return _staged(link.origin, stages).mirrored
    link = replace(link, shadow=False)  # what a run would do, not what it withholds
    target = stages.setdefault(link.there_name, _Stage(link.target))
    if link.two_way or link.refusal:
        stages.setdefault(link.here_name, _Stage(link.source))
    return replace(link, source=stages.get(link.here_name, link.source), target=target)


def _planned(link: Link, item: Item, stages: Mapping[str, "_Stage"]) -> Iterator[Planned]:
    """What a change leads to: a write there, in a two-way link also one here."""
    if item.fields or not (item.counter or item.clashes):
        yield stages[link.there_name].planned(link, item)
    if item.counter:
        yield stages[link.here_name].planned(link.mirrored, item.counter)


def _question(link: Link, item: Item) -> Planned:
    first = item.clashes[0]
    return Planned(
        link=link.pair,
        operation=CONFLICT,
        source_id=first.source_id,
        target_id=first.target_id,
        title=_title(item.record),
        reason=item.question,
        changes={one.field: (one.source_value, one.target_value) for one in item.clashes},
    )


class _Script:
    """A watch that keeps what ended other than unchanged, each record as it ended last."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    @property
    def items(self) -> Sequence[Item]:
        """In the order in which they came."""
        return list(self._items.values())

    def begin(self, link: Link, expected: int) -> None:
        """Nothing to prepare."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:  # noqa: ARG002 - Watch's shape
        """Keep them in order."""
        ended = [item for item in items if item.result != UNCHANGED]
        self._items |= {item.change.external_id: item for item in ended}

    def end(self, link: Link, summary: Summary) -> None:
        """Nothing to tidy."""


class _Stage(Connector):
    """A connector that reads the real system and only notes what it is asked to write."""

    def __init__(self, real: Connector) -> None:
        super().__init__(real.connection)
        self.manifest = real.manifest  # type: ignore[misc]  # it stands for the real one
        self._real = real
        self._noted: dict[str, _Noted] = {}

    async def close(self) -> None:
        """The real connector belongs to the caller."""

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        return await self._real.check(reads, writes)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """Nothing belongs yet to a record that a run would create."""
        if NEW not in scope:
            async for page in self._real.changes(entity, cursor, scope=scope):
                yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        return 0 if NEW in scope else await self._real.count(entity, cursor, scope=scope)

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        real = [one for one in ids if one not in self._noted]
        found = list(await self._real.read(entity, real)) if real else []
        return found + [self._imagined(entity, one) for one in ids if one in self._noted]

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        return set() if NEW in scope else await self._real.ids(entity, scope=scope)

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        return await self._real.content(entity, ids)

    def to_canonical(self, change: Change) -> Record:
        imagined = change.wire.get(NEW)
        return imagined if imagined is not None else self._real.to_canonical(change)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return await self._real.find(entity, keys)

    def heed(
        self,
        said: Mapping[tuple[str, str], str],
        given: Mapping[tuple[str, str], str] = {},
    ) -> None:
        self._real.heed(said, given)

    async def reworded(self, entity: str, records: Sequence[Record]) -> Sequence[Record]:
        return await self._real.reworded(entity, records)

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        return await self._real.lookup(entity, keys)

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        ids = [write.external_id for write in writes if write.external_id]
        before = {
            change.external_id: self.to_canonical(change) for change in await self.read(entity, ids)
        }
        for write in writes:
            id_ = write.external_id or NEW + write.key
            self._noted[id_] = _Noted(write=write, before=before.get(id_))
        return [Written(external_id=write.external_id or NEW + write.key) for write in writes]

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:  # noqa: ARG002 - the interface's
        """Nothing is deleted in a rehearsal."""
        return [Written(external_id=one) for one in ids]

    def planned(self, link: Link, item: Item) -> Planned:
        """What the stage noted of this change."""
        noted = self._noted.get(item.target_id or "")
        return Planned(
            link=link.name,
            operation=_operation(item, noted),
            source_id=item.change.external_id,
            target_id=item.target_id or "",
            title=_title(item.record),
            reason=item.reason,
            remedy=_remedy(item),
            changes=noted.changes() if noted and not item.error else {},
        )

    def _imagined(self, entity: str, id_: str) -> Change:
        record = self._noted[id_].after()
        variants = getattr(record, "variants", ())
        return Change(
            entity=entity,
            external_id=id_,
            version="",
            wire={NEW: record},
            children={variant.key: f"{id_}/{variant.key}" for variant in variants},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """A write that was asked for, and the record as it is without it."""

    write: Write
    before: Any

    def after(self) -> Any:
        """The record as the target would hold it."""
        if self.before is None:
            return self.write.record
        new = {name: getattr(self.write.record, name) for name in self.write.fields}
        return replace(self.before, **new)

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """(now, then) of each field that would be written."""
        return {
            name: (
                plain(getattr(self.before, name)) if self.before is not None else None,
                plain(getattr(self.write.record, name)),
            )
            for name in sorted(self.write.fields)
        }


def _remedy(item: Item) -> str:
    """What to do; a question is not asked yet, and has no number."""
    if isinstance(item.error, Undecided):
        return "A run asks it: qantara questions list."
    return item.error.remedy if item.error else ""


def _operation(item: Item, noted: _Noted | None) -> str:
    if item.result in (PARKED, SKIPPED) or noted is None:
        return item.result
    return "update" if noted.write.external_id else "create"


def _title(record: object) -> str:
    named = next((getattr(record, n) for n in TITLES if getattr(record, n, None)), "")
    return getattr(named, "value", named) if named else ""
