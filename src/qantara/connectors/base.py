"""What a connector is. Everything the engine knows about the outside world is here."""

import sys
import tomllib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any, ClassVar, Self

from qantara.model import Record
from qantara.transport import ConnectorError, Rejected, Unsupported
from qantara.transport.limits import Limits

Wire = Mapping[str, Any]
"""A record exactly as the system sent it, with what its entity needs joined to it."""

ENTRY_POINTS = "qantara.connectors"

Fetch = Callable[[str], AbstractAsyncContextManager[Path]]
"""Brings a file of the source, by its id there, to where it can be read as long as it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One configured account: where it is and how to enter.

    `settings` come from qantara.toml (`database`, `login`, `company` ...), `secrets` from the
    vault or the environment. `ca_file` names further trusted certificates; `private` allows
    addresses that are not public, for a system in one's own network. `limits` are shared by all
    who use the account; without them only `concurrency` counts.
    """

    name: str
    connector: str
    url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    concurrency: int = 2
    ca_file: str | None = None
    private: bool = False
    limits: Limits | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook as it came in: the body's very bytes, and headers with names in lower case."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """That something happened to a record, told by the system; its content is never trusted.

    `event_key` is the system's own id of the event where it can be trusted, else "". Without
    `external_id` it only says that the entity (without one: anything) is worth asking for.
    `receipt` is what the system needs to hear to forget the event (see `Connector.pull`).
    """

    topic: str
    event_key: str = ""
    entity: str = ""
    external_id: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a range of records amounts to: how many, and a hash that changes when one of them does."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One captured record, still in the words of its system.

    `version` grows with each change of the record. `children` are the ids of the records inside
    it by a key that is the same on every system (variants by their options, lines by position).
    """

    entity: str
    external_id: str
    version: str
    wire: Wire = field(repr=False)
    children: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some changes, oldest first, and the cursor to store once they are accounted for.

    A page without changes has news of the cursor only.
    """

    changes: Sequence[Change]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One intended write: create when `external_id` is None, else update the named `fields`.

    `key` is the hub's own name for the record; the system keeps it where it can be asked for, so
    that a write whose answer was lost is found again. `content` holds the bytes of an image, `fetch`
    brings an attachment, which may be too large for memory.
    `record` has its references already exchanged for ids of this system.
    """

    key: str
    record: Record
    fields: frozenset[str]
    external_id: str | None = None
    content: bytes | None = field(default=None, repr=False)
    fetch: Fetch | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The write was done (or had been done before) to this record of the system.

    `short` says what of it the system could not take, and why; the rest is there.
    """

    external_id: str
    short: Rejected | None = field(default=None, compare=False)


Outcome = Written | ConnectorError
"""What became of one write. An error here concerns this record alone; the others went through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a capability report. `level` is "ok", "warning" or "missing"."""

    level: str
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a connection can do: facts (version, database, company ...) and findings."""

    facts: Mapping[str, str]
    findings: Sequence[Finding]

    @property
    def usable(self) -> bool:
        """True when nothing needed is missing."""
        return all(finding.level != "missing" for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`manifest.toml` as an object; `concurrency` is that of a new connection."""

    name: str
    title: str
    docs: str
    reads: frozenset[str]
    writes: frozenset[str]
    webhooks: frozenset[str]
    batch: Mapping[str, int]
    auth: Mapping[str, Any]
    quirks: Sequence[str]
    webhook: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 2

    @classmethod
    def of(cls, package: str) -> Self:
        """The manifest that lies in the folder of `package`."""
        data = tomllib.loads(resources.files(package).joinpath("manifest.toml").read_text("utf-8"))
        able = data["capabilities"]
        return cls(
            name=data["name"],
            title=data["title"],
            docs=data["docs"],
            reads=frozenset(able["reads"]),
            writes=frozenset(able["writes"]),
            webhooks=frozenset(able["webhooks"]),
            batch=data["batch"],
            auth=data["auth"],
            quirks=data.get("quirks", ()),
            webhook=data.get("webhook", {}),
            concurrency=data["limits"]["concurrency"],
        )


class Connector(ABC):
    """The one interface. `manifest.toml` says which entities each method accepts.

    An instance is an asynchronous context manager: entering opens its HTTP session and asks the
    system nothing. Every method may raise any `ConnectorError` for the call as a whole.
    """

    manifest: ClassVar[Manifest]

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.answers: Mapping[tuple[str, str], str] = {}
        self._given: Mapping[tuple[str, str], str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @abstractmethod
    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""

    @abstractmethod
    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        """Log in and find out what is possible for these entities; raises only when it cannot enter."""

    def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """Everything changed since `cursor` ("" = from the start), oldest first, in pages.

        Records at the cursor come again rather than be lost. `scope` narrows the entity where
        the manifest says so.
        """
        raise Unsupported(f"{self.manifest.title} does not read {entity}.")

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        """About how many records `changes` will bring: for progress only."""
        raise Unsupported(f"{self.manifest.title} does not read {entity}.")

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        """These records as they are now; those that are gone are absent from the answer."""
        raise Unsupported(f"{self.manifest.title} does not read {entity}.")

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        """The ids of all records, archived ones included: what is bound and not here was deleted."""
        raise Unsupported(f"{self.manifest.title} does not read {entity}.")

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The image bytes of these records."""
        raise Unsupported(f"{self.manifest.title} has no images of {entity}.")

    async def fetch(self, entity: str, id_: str, to: Path) -> None:
        """Write a file that is attached to a record of the entity to `to`, piece by piece."""
        raise Unsupported(f"{self.manifest.title} has no files of {entity}.")

    def to_canonical(self, change: Change) -> Record:
        """The record in the hub's words. Raises Rejected when it cannot be expressed."""
        raise Unsupported(f"{self.manifest.title} does not read {change.entity}.")

    def heed(
        self,
        said: Mapping[tuple[str, str], str],
        given: Mapping[tuple[str, str], str] = {},
    ) -> None:
        """What was decided about this system's small tables: an id by kind and subject.

        The subjects are those of the doubts that the connector raised (`Undecided`). What persons
        have `said` stands in place of what they said before; what a configuration has `given`
        stays, for several links share the connection.
        """
        self._given = {**self._given, **given}
        self.answers = {**self._given, **said}

    async def reworded(
        self,
        entity: str,
        records: Sequence[Record],
    ) -> Sequence[Record]:
        """The records as this system would tell them: its own name of the same unit, for example.

        What cannot be told here stays as it is; `write` says why.
        """
        return records

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:  # noqa: ARG003 - the interface's
        """What a webhook tells, once its signature was checked; raises Rejected for nonsense."""
        raise Unsupported(f"{cls.manifest.title} sends no webhooks.")

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        """See to it that the system rings at `address`; what had to be restored is a warning.

        Safe to repeat: a watchdog does it by the clock.
        """
        raise Unsupported(f"{self.manifest.title} sends no webhooks.")

    async def pull(self, limit: int) -> Sequence[Event]:
        """The oldest events that the system keeps for us, until `forget` says that we have them."""
        raise Unsupported(f"{self.manifest.title} keeps no events.")

    async def forget(self, events: Sequence[Event]) -> None:
        """These events are stored here: the system may let go of them. Safe to repeat."""
        raise Unsupported(f"{self.manifest.title} keeps no events.")

    def doorbell(self) -> AsyncIterator[Event]:
        """Events as the system rings them over a connection that stays open; ends when it breaks."""
        raise Unsupported(f"{self.manifest.title} has no doorbell.")

    async def digests(
        self, entity: str, bounds: Sequence[tuple[str, str]], *, scope: str = ""
    ) -> Sequence[Digest]:
        """What each range of ids (from, up to but not with; "" = open) amounts to, cheaply."""
        raise Unsupported(f"{self.manifest.title} cannot sum up {entity}.")

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids by natural key (`sku:A-1`, `vat:SA..`, see `model.keys`); archived ones included."""
        raise Unsupported(f"{self.manifest.title} does not find {entity}.")

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Ids by the hub's own key (`Write.key`): what an earlier write with an unknown outcome left."""
        raise Unsupported(f"{self.manifest.title} does not write {entity}.")

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Do these writes as one batch; the answers are in their order. Safe to repeat by key.

        A bad record is answered with its error and the rest goes through. OutcomeUnknown and
        RetryLater are raised for the batch as a whole.
        """
        raise Unsupported(f"{self.manifest.title} does not write {entity}.")

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        """Delete these records; one that is gone already counts as done. Safe to repeat."""
        raise Unsupported(f"{self.manifest.title} does not delete {entity}.")


def load(name: str) -> type[Connector]:
    """The connector class of that name: our own folder, or a third party's entry point."""
    for point in _third_parties(tuple(sys.path)).select(name=name):
        found: type[Connector] = point.load()
        return found
    own: type[Connector] = import_module(f"qantara.connectors.{name}").connector
    return own


@cache
def _third_parties(path: tuple[str, ...]) -> metadata.EntryPoints:
    """What is installed on this path: to find it, a file of each package there is read."""
    del path
    return metadata.entry_points(group=ENTRY_POINTS)
