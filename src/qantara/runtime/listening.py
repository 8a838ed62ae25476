"""Listening: systems that keep or ring events are heard at once, and watched that they go on.

What a system keeps for us is stored here first and forgotten there afterwards: whatever breaks in
between, it is heard again and known. A doorbell says only when to ask.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector, Event
from qantara.engine.link import Link
from qantara.runtime.backoff import Backoff
from qantara.runtime.schedule import GROWTH, LATEST, SOONEST
from qantara.runtime.waiting import first, happens
from qantara.storage import alerts, inbox
from qantara.storage.errors import StorageError
from qantara.storage.inbox import Notice
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.transport import AuthFailed, ConnectorError, Unsupported

LOG = logging.getLogger(__name__)

PORTION = 1000
"""Events pulled in one call."""

WATCH_SECONDS = 60.0
"""Between looks whether a system still rings."""

UNSUPPORTED_SECONDS = 300.0
"""After which a system that keeps no events is asked again: somebody may have prepared it."""

AFTER_REFUSAL = 300.0

Ring = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Listener:
    """Listens to one connection for the entities that links want of it.

    `ring` is told the connection's name when something has been stored; `address` is where the
    system can reach our entrance, "" when it cannot.
    """

    connector: Connector
    entities: Collection[str]
    store: Store
    ring: Ring
    address: str = ""
    _rung: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def name(self) -> str:
        """The connection's."""
        return self.connector.connection.name

    async def listen(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; failures of the system are waited out."""
        works = (self._drain, self._hear, self._watch)
        await first(stop.wait(), *map(self._again_and_again, works))

    async def _again_and_again(self, work: Callable[[], Awaitable[float]]) -> None:
        """Do the work, wait as long as it says, and longer the more often it fails."""
        backoff = Backoff()
        while True:
            try:
                wait = await work()
            except Unsupported:
                wait = UNSUPPORTED_SECONDS
            except AuthFailed as error:
                LOG.warning("%s: %s", self.name, error.reason)
                wait = AFTER_REFUSAL
            except (ConnectorError, StorageError) as error:
                LOG.warning("%s: %s", self.name, error.reason)
                wait = backoff.failed(getattr(error, "after", 0.0))
            except Exception:
                LOG.exception("%s: listening failed.", self.name)
                wait = backoff.failed()
            else:
                backoff.succeeded()
            await asyncio.sleep(wait)

    async def _drain(self) -> float:
        """Take over what the system keeps, again when it rings, ever more seldom when it does not."""
        pause = SOONEST
        while True:
            self._rung.clear()
            if await self.take_over():
                pause = SOONEST
                continue
            rung = await happens(self._rung, pause)
            pause = SOONEST if rung else min(LATEST, pause * GROWTH)

    async def take_over(self) -> int:
        """Store what the system keeps, then let it forget; says how many events that were."""
        events = await self.connector.pull(PORTION)
        if events:
            await self._keep(events)
            reached("capture: events are stored")
            await self.connector.forget(events)
            reached("capture: events are forgotten there")
        return len(events)

    async def _keep(self, events: Sequence[Event]) -> None:
        await self.store.run(_receive, self.name, events)
        self.ring(self.name)

    async def _hear(self) -> float:
        """The system's own doorbell, for as long as the line holds."""
        async for event in self.connector.doorbell():
            self._rung.set()
            if event.external_id or event.event_key:
                await self._keep([event])
        return SOONEST

    async def _watch(self) -> float:
        """See to it that the system goes on ringing; what had to be restored is told."""
        findings = await self.connector.subscribe(self.entities, self.address)
        told = [finding for finding in findings if finding.level != "ok"]
        reason = " ".join(finding.what for finding in told)
        remedy = " ".join(finding.remedy for finding in told)
        await self.store.run(_alert, self.name, reason, remedy)
        if told:
            self._rung.set()
        return WATCH_SECONDS


def listeners(
    links: Iterable[Link], store: Store, ring: Ring, addresses: Mapping[str, str]
) -> list[Listener]:
    """One for each source of the links; `addresses` say where a connection's system can ring."""
    sources: dict[str, Connector] = {}
    entities: dict[str, set[str]] = {}
    for link in links:
        sources[link.here_name] = link.source
        entities.setdefault(link.here_name, set()).add(link.entity)
    return [
        Listener(
            connector=source,
            entities=frozenset(entities[name]),
            store=store,
            ring=ring,
            address=addresses.get(name, ""),
        )
        for name, source in sources.items()
    ]


async def listen(every: Collection[Listener], stop: asyncio.Event) -> None:
    """All of them, until `stop` is set."""
    await asyncio.gather(*(one.listen(stop) for one in every))


def _receive(database: Database, connection: str, events: Sequence[Event]) -> None:
    inbox.receive(database, [_notice(connection, event) for event in events])


def _notice(connection: str, event: Event) -> Notice:
    told = [event.topic, event.entity, event.external_id, event.receipt]
    return Notice(
        connection=connection,
        topic=event.topic,
        event_key=event.event_key or sha256(msgspec.json.encode(told)).hexdigest(),
        body=b"",
        entity=event.entity,
        external_id=event.external_id,
    )


def _alert(database: Database, connection: str, reason: str, remedy: str) -> None:
    if reason:
        alerts.open_(database, "subscription", connection, reason, remedy=remedy)
    else:
        alerts.close(database, "subscription", [connection])
