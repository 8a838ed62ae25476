"""Who may ring at the entrance: connections with their connector, its manifest's table, their secrets.

Beside the keys of `transport.signing` the manifest's table `[webhook]` may say:

| `[webhook]`    | means                                                                            |
|----------------|----------------------------------------------------------------------------------|
| `topic`        | the header that names the topic                                                  |
| `event_id`     | the header with the system's id of the event, if it is the same on each delivery |
|                | and never that of another event                                                  |
| `content_type` | what the body must be; `application/json` when not said, "" for anything         |
| `greeting`     | a pattern of what the system sends unsigned, to see whether somebody is there    |
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.runtime.hub import Unconfigured, connector_class
from qantara.storage import connections
from qantara.storage.errors import StorageError, StorageUnavailable, VaultError
from qantara.storage.store import Store
from qantara.storage.vault import Vault, WebhookSecret
from qantara.transport import signing
from qantara.transport.signing import Scheme

FRESH = 3.0
"""Seconds until a new secret, or a new connection, is seen at the latest."""

PATIENCE = 1.0
"""Seconds to wait for a journal that is busy before going on with who was known."""

OWN_KEYS = frozenset({"topic", "event_id", "content_type", "greeting"})

LONGEST_GREETING = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A connection whose system may ring. `topic` and `event_id` are header names in lower case."""

    connection: str
    connector: type[Connector]
    scheme: Scheme
    secrets: Sequence[WebhookSecret] = field(repr=False)
    topic: str = ""
    event_id: str = ""
    content_type: str = "application/json"
    greeting: re.Pattern[bytes] | None = None

    def valid(self, moment: datetime) -> list[str]:
        """The secrets that are valid at this moment."""
        return [
            one.secret for one in self.secrets if one.expires_at is None or one.expires_at > moment
        ]


class Sources(Protocol):
    """How the entrance learns who may ring."""

    async def find(self, connection: str) -> Source | None:
        """The source of that name; None when there is none. May raise StorageError."""

    def greets(self, body: bytes) -> bool:
        """Whether some system here greets so; it is answered at any address, so it tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A fixed set of sources, by connection."""

    by_name: Mapping[str, Source]

    async def find(self, connection: str) -> Source | None:
        """The source of that name."""
        return self.by_name.get(connection)

    def greets(self, body: bytes) -> bool:
        """Whether one of them greets so."""
        patterns = {source.greeting for source in self.by_name.values() if source.greeting}
        return len(body) <= LONGEST_GREETING and any(one.fullmatch(body) for one in patterns)


class Stored:
    """The stored connections and the vault's secrets, read anew every few seconds while asked for.

    All are read at once, so that names which do not exist cost no look into the journal.
    """

    def __init__(
        self, store: Store, vault: Vault, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._known: Known | None = None
        self._read_at = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._complained: set[str] = set()

    async def find(self, connection: str) -> Source | None:
        """The source of that name, as it was a few seconds ago at the earliest."""
        if self._known is None or self._clock() - self._read_at > FRESH:
            await self._renew()
        return await self._known.find(connection) if self._known else None

    def greets(self, body: bytes) -> bool:
        """Whether one of the systems greets so."""
        return bool(self._known and self._known.greets(body))

    async def _renew(self) -> None:
        """All who ask meanwhile wait for one reading, and not for long where somebody is known."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_looked_at)
        reading = self._reading
        done, _ = await asyncio.wait({reading}, timeout=PATIENCE)
        if done:
            reading.result()
        elif self._known is None:
            raise StorageUnavailable("The journal takes too long to say who may ring.")

    async def _read(self) -> None:
        """While the journal is away, who was known is known; nothing can be kept meanwhile."""
        began = self._clock()
        try:
            found, complaints = await self._store.run(read, self._vault)
        except StorageError as error:
            if self._known is None:
                raise
            complaints = [f"{error.reason} {error.remedy}"]
        else:
            self._known = Known(by_name={source.connection: source for source in found})
        self._read_at = began
        for complaint in set(complaints) - self._complained:
            log.warning("%s", complaint)
        self._complained = set(complaints)


def _looked_at(reading: asyncio.Task[None]) -> None:
    """Nobody may have waited long enough to hear of its error; the next one reads again."""
    if not reading.cancelled():
        reading.exception()


def read(database: Database, vault: Vault) -> tuple[list[Source], list[str]]:
    """All sources, and a sentence for each connection that cannot be one though it should."""
    found, complaints = [], []
    for account in connections.listing(database):
        try:
            connector = connector_class(account.connector)
            if connector.manifest.webhook:
                secrets = vault.webhook_secrets(database, account.name)
                found.append(source(account.name, connector, secrets))
        except (VaultError, Unconfigured) as error:
            complaints.append(f"{account.name} cannot be rung. {error.reason} {error.remedy}")
        except ValueError as error:
            complaints.append(f"{account.name} cannot be rung. {error}")
    return found, complaints


def source(
    connection: str, connector: type[Connector], secrets: Collection[WebhookSecret]
) -> Source:
    """What the connector's manifest says of its webhooks; raises ValueError where it cannot be."""
    table = connector.manifest.webhook
    own = {key: str(table[key]) for key in OWN_KEYS & table.keys()}
    greeting = own.pop("greeting", "")
    for header in ("topic", "event_id"):
        own[header] = own.get(header, "").lower()
    return Source(
        connection=connection,
        connector=connector,
        scheme=own_scheme(table),
        secrets=tuple(secrets),
        greeting=re.compile(greeting.encode()) if greeting else None,
        **own,
    )


def own_scheme(table: Mapping[str, Any]) -> Scheme:
    """The scheme in a manifest's table, which holds other keys as well; may raise ValueError."""
    return signing.scheme({key: table[key] for key in table.keys() - OWN_KEYS})


def now() -> datetime:
    """This moment, for `Source.valid`."""
    return datetime.now(UTC)
