"""The hub of a trial, in a process of its own, which is killed at the point it is told."""

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from qantara.cli.selftest.acts import Told
from qantara.connectors.odoo.connector import READERS, Odoo
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.home import Home
from qantara.runtime.hub import Hub
from qantara.runtime.turn import Worker
from qantara.storage import inbox
from qantara.storage.inbox import Notice
from qantara.storage.steps import observed

BATCH, PAGE = 3, 5
"""Records in one call and in one page: a short story has several of both then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The `number`-th time (from 1) that a step is reached within an act (from 0)."""

    act: int
    step: str
    number: int = 1


@dataclass(slots=True)
class Steps:
    """Counts the steps of this process, and ends it at the fatal one as a power cut would."""

    fatal: Point | None
    act: int
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, step: str) -> None:
        with self._lock:
            self.counts[self.act, step] += 1
            number = self.counts[self.act, step]
            if self.fatal == Point(act=self.act, step=step, number=number):
                os.kill(os.getpid(), signal.SIGKILL)


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None:
        """A run begins."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Some changes further."""

    def end(self, link: Link, summary: Summary) -> None:
        """A run is over."""


def work(pipe: Connection, home: Path, steps: Steps) -> None:
    """Serve until told to stop; then say how often each step was reached."""
    _in_small_pieces()
    with observed(steps):
        asyncio.run(_serve(pipe, home, steps))
    pipe.send(dict(steps.counts))


def _in_small_pieces() -> None:
    Odoo.manifest = replace(Odoo.manifest, batch=dict.fromkeys(Odoo.manifest.batch, BATCH))
    for reader in READERS.values():
        reader.page = PAGE


async def _serve(pipe: Connection, home: Path, steps: Steps) -> None:
    async with Hub.open(Home(home), writing=True) as hub:
        lanes = [Lane(link=one, schedule=hub.schedule(one)) for one in await hub.links()]
        desk = _Desk(pipe=pipe, hub=hub, steps=steps)
        loop = asyncio.get_running_loop()
        loop.add_reader(pipe.fileno(), desk.heard)
        worker = Worker(store=hub.store, watch=Silent(), stop=desk.stop)
        await serve(lanes, worker, desk.wake)
        loop.remove_reader(pipe.fileno())


@dataclass(slots=True, kw_only=True)
class _Desk:
    """Where the process hears what it is told."""

    pipe: Connection
    hub: Hub
    steps: Steps
    wake: Wake = field(default_factory=Wake)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def heard(self) -> None:
        while self.pipe.poll():
            try:
                word, *more = self.pipe.recv()
            except EOFError:
                os._exit(0)
            getattr(self, f"_{word}")(*more)

    def _act(self, number: int) -> None:
        self.steps.act = number

    def _wake(self) -> None:
        self.wake.ring()

    def _stop(self) -> None:
        self.stop.set()

    def _deliver(self, told: Sequence[Told]) -> None:
        task = asyncio.create_task(self._keep(told))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _keep(self, told: Sequence[Told]) -> None:
        """Acknowledged only once it is kept, as at the entrance."""
        notices = [
            Notice(
                connection=one.connection,
                topic="selftest",
                event_key=one.key,
                body=b"",
                entity=one.entity,
                external_id=one.external_id,
            )
            for one in told
        ]
        await self.hub.store.run(inbox.receive, notices)
        self.pipe.send(("kept", len(told)))
        self.wake.ring()
