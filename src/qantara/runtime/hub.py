"""A home, opened: its configuration, its journal, its vault, and its connections on demand."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import Self

from qantara.connectors import base
from qantara.connectors.base import Connection, Connector
from qantara.engine.asking import Asking
from qantara.engine.link import Link
from qantara.engine.own import Own
from qantara.engine.pipeline import Watch
from qantara.engine.shadowing import guarded
from qantara.runtime import configuration
from qantara.runtime.agenda import Lane
from qantara.runtime.complaints import unknown
from qantara.runtime.configuration import Configuration, Flow, LinkSettings
from qantara.runtime.fitting import Misfit, fitted
from qantara.runtime.home import Home, HomeError
from qantara.runtime.listening import Listener, Ring, listeners
from qantara.runtime.maintenance import closed_until
from qantara.runtime.mappings import mapped, refuse_strays
from qantara.runtime.quota import SharedLimits
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.storage import connections, vault_key
from qantara.storage.decisions import OWN
from qantara.storage.store import Store
from qantara.storage.vault import Vault, webhook_validities
from qantara.transport import signing
from qantara.transport.limits import TokenBucket

SECRETS = ("key", "password")
"""What a connection may enter with, and by what name: QANTARA_<CONNECTION>_KEY, ..._PASSWORD."""

WEBHOOK = "webhook"
"""Among the secrets of a connector: what its system signs webhooks with, where it makes them itself."""


class Unconfigured(HomeError):
    """Something was asked for that is not configured: a flow, a link, a connector."""


class Unseen(HomeError):
    """A record was asked for that the journal knows nothing of."""


class Hub:
    """One installation at work. Connectors are opened when they are first needed."""

    def __init__(self, home: Home, settings: Configuration, store: Store) -> None:
        self.home = home
        self.configuration = settings
        self.store = store
        self._schedules: dict[str, Schedule] = {}
        self._connectors: dict[str, Connector] = {}
        self._stack = AsyncExitStack()
        self._hidden: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, home: Home, *, writing: bool = False) -> AsyncIterator[Self]:
        """The hub of this home; with `writing` it is the only one, or HomeBusy is raised."""
        settings = configuration.read(home.configuration)
        async with AsyncExitStack() as stack:
            if writing:
                stack.enter_context(home.lock())
            store = stack.enter_context(Store.open(home.database_url(settings.hub.database)))
            hub = cls(home, settings, store)
            await stack.enter_async_context(hub._stack)
            yield hub

    @property
    def hidden(self) -> Collection[str]:
        """Every secret that was taken in hand so far: none of them may be shown."""
        return self._hidden

    def flows(self, name: str | None = None) -> Sequence[Flow]:
        """The flow of this name, or all of them."""
        every = self.configuration.flows
        if name is None:
            return every
        if found := [flow for flow in every if flow.name == name]:
            return found
        raise _unknown(name, [flow.name for flow in every], "flow")

    def needs(self, connection: str) -> tuple[frozenset[str], frozenset[str]]:
        """Which entities the configured flows read from, and write to, the connection."""
        needs = [
            _in_role(flow, role)
            for flow in self.configuration.flows
            for role in flow.recipe.roles
            if getattr(flow.options, role) == connection
        ]
        none: frozenset[str] = frozenset()
        return none.union(*(reads for reads, _ in needs)), none.union(
            *(writes for _, writes in needs)
        )

    @cached_property
    def vault(self) -> Vault:
        """Where the secrets are kept; opened when the first of them is needed."""
        return Vault.open(self.home.path)

    @cached_property
    def own(self) -> Own:
        """The hub's own connection: what people decided by the links that it makes."""
        return Own(self.store, partial(asking, self))

    async def links(self, flow: str | None = None, only: Collection[str] = ()) -> list[Link]:
        """The links of one flow, or of all, in the order in which they must run.

        Those that are off are absent. `only` names some of them, with or without their flow.
        """
        every = [link for each in self.flows(flow) for link in await self._links(each)]
        if not only:
            return every
        for name in only:
            if not any(_named(link, name) for link in every):
                raise _unknown(name, [_short(link) for link in every], "link")
        return [link for link in every if any(_named(link, name) for name in only)]

    def schedule(self, link: Link) -> Schedule:
        """When the link runs; known once `links` has given it."""
        return self._schedules[link.name]

    def lanes(self, links: Iterable[Link]) -> list[Lane]:
        """The links, which `links` has given, and when they run."""
        return [Lane(link=link, schedule=self.schedule(link)) for link in links]

    def worker(self, watch: Watch, stop: asyncio.Event) -> Worker:
        """Somebody who takes turns as this installation wants them."""
        drift = self.configuration.hub.drift.every
        return Worker(
            store=self.store, watch=watch, stop=stop, closed_until=self.closed_until, drift=drift
        )

    async def listeners(self, links: Sequence[Link], ring: Ring) -> list[Listener]:
        """Who listens to the links' systems, and rings when something was stored."""
        addresses = {link.here_name: await self.entrance(link.here_name) for link in links}
        return listeners(links, self.store, ring, addresses)

    async def connector(self, name: str) -> Connector:
        """The connector of a stored connection, opened once and closed with the hub."""
        if name not in self._connectors:
            account = await self.store.run(connections.get, name)
            secrets = {**await self.secrets(name), **await self._signing(account)}
            connection = self._connection(account, secrets)
            limited = replace(connection, limits=self._limits(name))
            made = connector_class(account.connector)(limited)
            self._connectors[name] = await self._stack.enter_async_context(made)
        return self._connectors[name]

    async def secrets(self, name: str) -> dict[str, str]:
        """The secrets of a connection: the environment's, else the vault's."""
        found = secrets_in_environment(name)
        if not found:
            found = await self.store.run(self.vault.get_all, name)
        self._hidden.update(found.values())
        return found

    async def _signing(self, account: connections.StoredAccount) -> dict[str, str]:
        """What a system must know that signs its webhooks: the newest secret, as `webhook`."""
        table = connector_class(account.connector).manifest.webhook
        if not table or signing.in_address(table):
            return {}
        if not await self.store.run(webhook_validities, account.name):
            return {}
        valid = await self.store.run(self.vault.webhook_secrets, account.name)
        self._hidden.update(one.secret for one in valid)
        return {WEBHOOK: valid[0].secret} if valid else {}

    def closed_until(self, name: str, now: datetime) -> datetime | None:
        """When the connection may be asked again; None when no maintenance window is open."""
        return closed_until(self.configuration.connection(name).maintenance, now)

    def _limits(self, name: str) -> TokenBucket | SharedLimits:
        """Several processes may work on a PostgreSQL journal; on SQLite there is only this one."""
        bound = self.configuration.connection(name).allowance
        if self.home.database_url(self.configuration.hub.database).startswith("sqlite"):
            return TokenBucket(bound=bound)
        limits = SharedLimits(store=self.store, connection=name, bound=bound)
        self._stack.push_async_callback(limits.close)
        return limits

    async def entrance(self, name: str) -> str:
        """Where the connection's system can ring; "" when that is not known.

        A token that stands in the address is in it: the newest one that is valid.
        """
        base = self.configuration.hub.address
        if name == OWN:
            return ""
        account = await self.store.run(connections.get, name)
        table = connector_class(account.connector).manifest.webhook
        if not base or not table:
            return ""
        token = ""
        if signing.in_address(table):
            valid = await self.store.run(self.vault.webhook_secrets, name)
            self._hidden.update(one.secret for one in valid)
            token = next((one.secret for one in valid), "")
            if not token:
                return ""
        return signing.address(base, name, token)

    def _connection(
        self, account: connections.StoredAccount, secrets: Mapping[str, str]
    ) -> Connection:
        languages = self.configuration.hub.languages
        shared = {"languages": ",".join(languages)} if languages else {}
        return Connection(
            name=account.name,
            connector=account.connector,
            url=account.url,
            settings={**shared, **account.settings},
            secrets=secrets,
            concurrency=account.concurrency,
            ca_file=account.ca_file,
            private=account.private,
        )

    async def _links(self, flow: Flow) -> list[Link]:
        names = {role: getattr(flow.options, role) for role in flow.recipe.roles}
        for role, name in names.items():
            if name == OWN:
                what = f"{OWN!r} is the name of the hub's own connection."
                remedy = "Connect the system under another name."
                raise self.configuration.problem((*flow.path, role), what, remedy)
        connectors = {name: await self.connector(name) for name in names.values()}
        links = await flow.recipe.links(flow.options, {**connectors, OWN: self.own}, flow.name)
        self._refuse_unknown_links(flow, links)
        refuse_strays(self.home, flow.name, links)
        return [one for link in links for one in self._with_settings(flow, link)]

    def _refuse_unknown_links(self, flow: Flow, links: Sequence[Link]) -> None:
        known = [_short(link) for link in links]
        for name in flow.settings.links:
            if name not in known:
                told = unknown(name, known, "link")
                path = (*flow.path, "links", name)
                raise self.configuration.problem(path, told.what, told.remedy)

    def _with_settings(self, flow: Flow, link: Link) -> Sequence[Link]:
        """The link as its owner wants it, and its other direction where it has one."""
        own = flow.settings.links.get(_short(link), LinkSettings())
        if own.off:
            return ()
        try:
            mine = fitted(mapped(link, self.home, own.exclude), own)
            directions = (guarded(mine) if own.shadow else mine).directions
        except Misfit as misfit:
            path, told = (*flow.path, "links", _short(link), *misfit.key), misfit.complaint
            raise self.configuration.problem(path, told.what, told.remedy) from None
        every = own.every or _usual(flow, link)
        self._schedules |= dict.fromkeys((one.name for one in directions), every)
        return directions


def asking(hub: Hub) -> Asking:
    """What makes and reads this installation's links, with keys derived from the vault's."""
    keys = [vault_key.derive(key, "decisions") for key in vault_key.read(hub.home.path)]
    return Asking(address=hub.configuration.hub.address, keys=keys)


def secrets_in_environment(name: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What QANTARA_<CONNECTION>_KEY and _PASSWORD hold; it takes precedence over the vault."""
    stem = re.sub(r"[^A-Z0-9]", "_", name.upper())
    found = {secret: environ.get(f"QANTARA_{stem}_{secret.upper()}", "") for secret in SECRETS}
    return {secret: value for secret, value in found.items() if value}


def connector_class(name: str) -> type[Connector]:
    """The class of a connector; raises Unconfigured when there is none of this name."""
    try:
        return base.load(name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise Unconfigured(
            f"There is no connector {name!r}.",
            remedy="Correct the name, or install the package that brings it.",
        ) from error


def _in_role(flow: Flow, role: str) -> tuple[frozenset[str], frozenset[str]]:
    """What the role reads and writes; a two-way link, named like its entity, does both."""
    needs, none = flow.recipe.needs(flow.options), frozenset[str]()
    both = {name for name, own in flow.settings.links.items() if own.two_way}
    reads, writes = needs.reads.get(role, none), needs.writes.get(role, none)
    return reads | (writes & both), writes | (reads & both)


def _usual(flow: Flow, link: Link) -> Schedule:
    """What the flow says; where nobody wrote anything, what its recipe has for the link."""
    if link.every is None or "every" in flow.settings.model_fields_set:
        return flow.settings.every
    return Schedule(every=link.every)


def _short(link: Link) -> str:
    """The link's name without that of its flow, as the configuration has it."""
    return link.name.rpartition(".")[2]


def _named(link: Link, name: str) -> bool:
    return name in (link.name, _short(link))


def _unknown(name: str, known: list[str], kind: str) -> Unconfigured:
    if not known:
        return Unconfigured(
            f"No {kind} is configured.",
            remedy="Add one to qantara.toml; the file that `qantara init` wrote shows how.",
        )
    told = unknown(name, known, kind)
    return Unconfigured(told.what.replace(" here", ""), remedy=told.remedy)
