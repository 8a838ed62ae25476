"""What the contract's tests do with a connector: enter, poll, write, read back."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from qantara.connectors.base import Change, Connection, Connector, Outcome, Write, Written, load
from qantara.model import Record
from qantara.testing.altering import altered, names
from qantara.testing.faults import FaultProxy
from qantara.testing.system import Sample, System
from qantara.transport import ConnectorError


@dataclass(frozen=True, slots=True)
class Bench:
    """One stand-in, the proxy before it, and the name of the connector under test."""

    system: System
    proxy: FaultProxy
    connector: str

    @property
    def connection(self) -> Connection:
        """The stand-in's connection, by way of the proxy."""
        return replace(self.system.connection(), url=self.proxy.url, private=True)

    @asynccontextmanager
    async def connect(self, **changes: Any) -> AsyncIterator[Connector]:
        """A new connector, as after a restart; `changes` are made to its connection."""
        async with load(self.connector)(replace(self.connection, **changes)) as connector:
            yield connector

    async def kept(self, connector: Connector, entity: str, one: str) -> Record:
        """The record as the system holds it now."""
        if entity in self.system.unread:
            return self.system.kept(entity)[one]
        (change,) = await connector.read(entity, [one])
        return connector.to_canonical(change)

    async def every(self, connector: Connector, entity: str) -> set[str]:
        """The ids of all records of the entity."""
        if entity in self.system.unread:
            return set(self.system.kept(entity))
        return await connector.ids(entity)

    async def length(self, connector: Connector, entity: str) -> int:
        """How many requests one write takes, once the connector has warmed up."""
        for number in (1, 2):
            before = self.proxy.requests
            sample = self.system.sample(entity, number)
            await write(connector, entity, intent(sample, key=f"warm-{number}"))
        return self.proxy.requests - before


async def poll(connector: Connector, entity: str, cursor: str = "") -> list[Change]:
    """All changes since the cursor."""
    pages = connector.changes(entity, cursor)
    return [change async for page in pages for change in page.changes]


async def walk(connector: Connector, entity: str) -> tuple[dict[str, str], str]:
    """The version of each record, from the start, and the cursor after the last of them."""
    versions: dict[str, str] = {}
    cursor = ""
    async for page in connector.changes(entity, ""):
        versions |= {change.external_id: change.version for change in page.changes}
        cursor = page.cursor
    return versions, cursor


def intent(sample: Sample, *, key: str = "contract") -> Write:
    """The sample as the engine would send it: a creation of every field that is written."""
    return Write(
        key=key,
        record=sample.record,
        fields=names(sample.record) - set(sample.unwritten),
        external_id=sample.existing,
        content=content(sample, sample.record),
    )


def alteration(sample: Sample, one: str, *, key: str = "contract") -> Write:
    """An update of every field of record `one` to another value."""
    record = altered(sample.record, sample.changes)
    for name in names(record) - set(sample.unwritten):
        assert getattr(record, name) != getattr(sample.record, name), (
            f"The contract cannot guess another {name}: name one in Sample.changes, "
            "or say in Sample.unwritten why it is not written."
        )
    written = replace(intent(sample, key=key), record=record, content=content(sample, record))
    return replace(written, external_id=one)


def content(sample: Sample, record: Any) -> bytes | None:
    """The bytes of the record's image."""
    image = getattr(record, "image", None)
    return sample.contents[image.sha1] if image else None


def told(record: Record, sample: Sample) -> dict[str, Any]:
    """The fields that must come back as they were sent."""
    fields = sorted(names(sample.record) - set(sample.unwritten))
    return {name: getattr(record, name) for name in fields}


def groups(sample: Sample) -> list[frozenset[str]]:
    """The fields one by one, those together that only make sense together."""
    joined = frozenset().union(*sample.together)
    alone = names(sample.record) - set(sample.unwritten) - joined
    return [*sample.together, *(frozenset({name}) for name in sorted(alone))]


async def write(connector: Connector, entity: str, intended: Write) -> str:
    """Do one write that must go through; the record's id."""
    outcomes = await connector.write(entity, [intended])
    return written(outcomes, 0)


def written(outcomes: Sequence[Outcome], index: int) -> str:
    """The id in an answer that must be good."""
    outcome = outcomes[index]
    if isinstance(outcome, ConnectorError):
        raise outcome
    assert isinstance(outcome, Written)
    return outcome.external_id


async def failure(connector: Connector, entity: str, intended: Write) -> ConnectorError | None:
    """The error of a write, however it is told."""
    try:
        (outcome,) = await connector.write(entity, [intended])
    except ConnectorError as error:
        return error
    return outcome if isinstance(outcome, ConnectorError) else None


def plain(found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Ids by key, comparable."""
    return {key: list(ids) for key, ids in found.items()}
