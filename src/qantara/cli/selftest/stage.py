"""Everything of a trial but the hub, in one process: both systems, the people, and who looks on."""

import asyncio
import shutil
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection as Database

from qantara.cli.selftest import content, invariants
from qantara.cli.selftest.acts import ACTS, Scene, furnish
from qantara.cli.selftest.journals import Journals
from qantara.cli.selftest.senders import Senders
from qantara.cli.selftest.sides import Side
from qantara.connectors.odoo.actions import OUTBOX, SETUP
from qantara.connectors.odoo.connector import Odoo
from qantara.runtime.home import Home
from qantara.runtime.hub import Hub
from qantara.sandbox.odoo import OdooStandIn
from qantara.storage import conflicts, connections, dead_letters, lanes
from qantara.storage import work as records
from qantara.storage.connections import Account
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.storage.vault import Vault
from qantara.storage.work import Task

CONFIGURATION = """\
[hub]
database = "{database}"

[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
every = "off"

[flows.links.product]
on_delete = "archive"

[flows.links.partner]
two_way = true
"""

LOGIN, KEY = "hub@example.com", "key-of-the-self-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How all stands after an act, in words that are the same however it came there."""

    sides: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]]
    asked: Sequence[tuple[Any, ...]]
    shadows: Sequence[str]
    writes: Mapping[str, int]
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A state, and what does not hold by itself."""

    state: State
    broken: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Stage:
    """Answers to the messages that `work` hears."""

    folder: Path
    journals: Journals
    stack: ExitStack
    factory: Side = field(init=False)
    buyer: Side = field(init=False)
    store: Store = field(init=False)
    home: Home = field(init=False)
    links: Sequence[str] = field(init=False)
    scene: Scene = field(init=False)
    senders: Senders = field(init=False)
    tokens: dict[str, str] = field(default_factory=dict, init=False)

    def begin(self) -> tuple[Path, int]:
        """Set the stage; the path of the home, and the port of its entrance."""
        factory = OdooStandIn(version=16, login=LOGIN, key=KEY)
        company = {"database": "buyer", "company": "Delta Trading", "currency": "USD"}
        buyer = OdooStandIn(version=18, login=LOGIN, key=KEY, **company)  # type: ignore[arg-type]
        self.factory, self.buyer = Side(factory), Side(buyer)
        furnish(self.factory, self.buyer)
        for stand in (factory, buyer):
            self.stack.enter_context(stand)
        self._furnish_home()
        self.scene = Scene(self.factory, self.buyer, self._retry, self._decide, self._pass)
        self.links = asyncio.run(self._links())
        self.senders = Senders(port=_free_port(), tokens=self.tokens)
        return self.home.path, self.senders.port

    def act(self, number: int) -> None:
        """People do what the act says, all of it at once, and their systems send their webhooks.

        A hub that looked in between would have more to carry, and nobody could say what it redid.
        """
        self.scene.told.clear()
        with self.factory.stand.lock, self.buyer.stand.lock:
            ACTS[number].play(self.scene)
        self.senders.send(list(self.scene.told))

    def ring(self) -> None:
        """It is time to ask every source."""
        self.store.run_here(lanes.ring, self.links)

    def settled(self) -> bool:
        """Whether the hub is at rest, and every webhook acknowledged."""
        kept = [row for row in self.factory.stand.rows(OUTBOX) if row["x_operation"] != SETUP]
        waiting = self.senders.left or kept
        return not waiting and self.store.run_here(invariants.settled, self.links)

    def moved(self) -> tuple[Any, ...]:
        """Changes when something was carried over, asked or resolved."""
        return self.store.run_here(invariants.moved)

    def look(self) -> Seen:
        """Both systems and the journal as they are now."""
        broken = self.store.run_here(invariants.journal)
        broken["once"] = [
            f"{name}: {one}" for name, side in self._sides() for one in content.doubles(side)
        ]
        state = State(
            sides=content.everything(self.factory, self.buyer),
            counts={name: content.counts(side) for name, side in self._sides()},
            asked=self.store.run_here(invariants.asked),
            shadows=asyncio.run(self._remembered()),
            writes=self._writes(),
            events=self.store.run_here(invariants.arrived),
        )
        return Seen(state=state, broken=broken)

    def _sides(self) -> Sequence[tuple[str, Side]]:
        return (("factory", self.factory), ("buyer", self.buyer))

    def _furnish_home(self) -> None:
        database = self.journals.fresh(self.folder.name, self.folder)
        self.home = Home(self.folder)
        self.home.configuration.write_text(CONFIGURATION.format(database=database), "utf-8")
        vault = Vault.create(self.folder)
        self.store = self.stack.enter_context(Store.open(database))
        for name, side in self._sides():
            account = Account(
                name=name,
                connector="odoo",
                url=side.stand.url,
                settings={"database": side.stand.database_name, "login": LOGIN},
                private=True,
            )
            self.store.run_here(connections.save, account)
            self.store.run_here(vault.put, name, "key", KEY)
            self.tokens[name] = token_urlsafe()
            self.store.run_here(vault.renew_webhook, name, self.tokens[name], timedelta())

    async def _links(self) -> Sequence[str]:
        """The names of all links; the factory is prepared to keep its events for the hub."""
        async with Hub.open(self.home) as hub:
            names = [link.name for link in await hub.links()]
            factory = await hub.connector("factory")
            assert isinstance(factory, Odoo)  # noqa: S101 - that is what was connected
            async with aclosing(await factory.preparation(hub.needs("factory")[0])) as made:
                await made.install()
        return names

    async def _remembered(self) -> list[str]:
        async with Hub.open(self.home) as hub:
            return await invariants.remembered(await hub.links(), self.store)

    def _writes(self) -> Mapping[str, int]:
        """Records in calls that create, by system, model and method."""
        made: Counter[str] = Counter()
        for name, side in self._sides():
            for call in list(side.stand.calls):
                if call.method in ("create", "load", "write", "message_post"):
                    made[f"{name} {call.model} {call.method}"] += 1
        return made

    def _retry(self) -> None:
        letters = self.store.run_here(dead_letters.ids)
        self.store.run_here(dead_letters.request_retry, letters)

    def _decide(self) -> None:
        self.store.run_here(_decided)

    def _pass(self, link: str) -> None:
        self.store.run_here(_an_hour_passes, link)


def work(pipe: Connection, folder: Path, journals: Journals) -> None:
    """Do what is asked until the other end is closed."""
    with ExitStack() as stack:
        stage = Stage(folder, journals, stack)
        while True:
            word, *more = pipe.recv()
            if word == "end":
                break
            pipe.send(getattr(stage, word)(*more))
    journals.drop(folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    pipe.send(None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _decided(database: Database) -> None:
    """As `qantara conflicts decide --all source` does."""
    found = conflicts.listing(database)
    conflicts.decide(database, [one.id for one in found], "source", "selftest")
    tasks = [
        Task(link=one.link, connection="factory", entity="partner", external_id=one.source_id)
        for one in found
    ]
    records.ask(database, tasks)


def _an_hour_passes(database: Database, link: str) -> None:
    lanes.note(database, link, sweep_at=now())
