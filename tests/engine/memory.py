"""A connector whose system is a dictionary: the engine's second implementation of the interface."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
    Written,
)
from qantara.model import Record
from qantara.model.keys import alike_keys, natural_keys
from qantara.transport import ConnectorError, NotFound, answers

PAGE = 10


class Memory(Connector):
    """Keeps canonical records by entity and id; `refuse` and `fail` make it misbehave."""

    manifest: ClassVar[Manifest] = Manifest(
        name="memory",
        title="Memory",
        docs="",
        reads=frozenset({"category", "partner", "product"}),
        writes=frozenset({"category", "partner", "product"}),
        webhooks=frozenset(),
        batch={},
        auth={},
        quirks=(),
    )

    def __init__(self, name: str) -> None:
        super().__init__(Connection(name=name, connector="memory", url=""))
        self.records: dict[str, dict[str, Record]] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.refuse: dict[str, ConnectorError] = {}
        self.fail: list[ConnectorError | None] = []
        self.fail_after: list[ConnectorError | None] = []
        self.written: list[Write] = []
        self.deleted: list[str] = []
        self.keeps: Callable[[Record], Record] = lambda record: record
        self.stamp: Callable[[int], str] = lambda version: f"{version:09}"
        self.made = 0
        self.clock = 0

    def put(self, entity: str, record: Record, id_: str = "") -> str:
        rows = self.records.setdefault(entity, {})
        self.made += 1
        id_ = id_ or str(100 * len(self.connection.name) + self.made)
        rows[id_] = record
        self.clock += 1
        self.versions[entity, id_] = self.clock
        return id_

    async def close(self) -> None:
        pass

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        return Report(facts={}, findings=())

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        answers.note(self.connection.name)
        since = int(cursor or 0)
        found = sorted(
            (
                (self.versions[entity, id_], id_)
                for id_ in self.records.get(entity, {})
                if self.versions[entity, id_] > since
            ),
        )
        for start in range(0, len(found), PAGE):
            some = found[start : start + PAGE]
            yield Page(
                changes=[self._change(entity, id_) for _, id_ in some], cursor=str(some[-1][0])
            )

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        return len(self.records.get(entity, {}))

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        answers.note(self.connection.name)
        return [self._change(entity, id_) for id_ in ids if id_ in self.records.get(entity, {})]

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        answers.note(self.connection.name)
        return set(self.records.get(entity, {}))

    def to_canonical(self, change: Change) -> Record:
        return change.wire["record"]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        answers.note(self.connection.name)
        found: dict[str, list[str]] = {}
        for id_, record in self.records.get(entity, {}).items():
            for key in (*natural_keys(record), *alike_keys(record)):
                if key in keys:
                    found.setdefault(key, []).append(id_)
        return found

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        answers.note(self.connection.name)
        return {key: self.keys[entity, key] for key in keys if (entity, key) in self.keys}

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        if self.fail and (error := self.fail.pop(0)):
            raise error
        answers.note(self.connection.name)
        outcomes = [self._write(entity, write) for write in writes]
        if self.fail_after and (error := self.fail_after.pop(0)):
            raise error
        return outcomes

    def _write(self, entity: str, write: Write) -> Outcome:
        self.written.append(write)
        named = str(getattr(getattr(write.record, "name", ""), "value", ""))
        if named in self.refuse:
            return self.refuse[named]
        keyed = self.keys.get((entity, write.key), "")
        known = write.external_id or (keyed if keyed in self.records.get(entity, {}) else None)
        if known is None:
            id_ = self.put(entity, self.keeps(write.record))
            self.keys[entity, write.key] = id_
            return Written(external_id=id_)
        if known not in self.records[entity]:
            return NotFound("It is gone.")
        new: dict[str, Any] = {name: getattr(write.record, name) for name in write.fields}
        self.put(entity, self.keeps(replace(self.records[entity][known], **new)), known)
        return Written(external_id=known)

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if self.fail and (error := self.fail.pop(0)):
            raise error
        outcomes = [self._delete(entity, one) for one in ids]
        if self.fail_after and (error := self.fail_after.pop(0)):
            raise error
        return outcomes

    def _delete(self, entity: str, id_: str) -> Outcome:
        record = self.records[entity].get(id_)
        named = str(getattr(getattr(record, "name", ""), "value", getattr(record, "name", "")))
        if named in self.refuse:
            return self.refuse[named]
        if self.records[entity].pop(id_, None):
            self.deleted.append(id_)
        return Written(external_id=id_)

    def _change(self, entity: str, id_: str) -> Change:
        record = self.records[entity][id_]
        variants = getattr(record, "variants", ())
        return Change(
            entity=entity,
            external_id=id_,
            version=self.stamp(self.versions[entity, id_]),
            wire={"record": record},
            children={variant.key: f"{id_}v{n}" for n, variant in enumerate(variants)},
        )


def every_field(record_type: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(record_type)) - {"extra"}
