"""The embedded runtime: one process that keeps every lane up to date until it is told to stop.

It looks into the journal whenever somebody rings, a turn ends, or a second has passed: a ring that
is lost costs a second and nothing else.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection as Database

from qantara.runtime import agenda, intake
from qantara.runtime.agenda import Books, Lane
from qantara.runtime.backoff import Backoff
from qantara.runtime.holding import under_way
from qantara.runtime.slices import Slices
from qantara.runtime.turn import Worker
from qantara.runtime.waiting import happens
from qantara.storage.errors import StorageError

LOOK = 1.0
"""Seconds between looks into the journal when nobody rings."""

TURNS = 16
"""Turns under way at once; the connections' own limits keep them from asking too much."""


@dataclass(slots=True)
class Wake:
    """Rung when there may be something to do: by the entrance, a doorbell, an ended turn."""

    event: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self, connection: str = "") -> None:  # noqa: ARG002 - one bell serves all connections
        """There is something to do. Safe to repeat."""
        self.event.set()

    async def heard(self, seconds: float) -> bool:
        """Wait for a ring, but no longer than this; whether there was one."""
        rung = await happens(self.event, seconds)
        self.event.clear()
        return rung


async def serve(lanes: Sequence[Lane], worker: Worker, wake: Wake | None = None) -> None:
    """Work on every lane when it is due until the worker stops; pages under way are finished."""
    service = _Service(worker=worker, lanes=lanes, wake=wake or Wake())
    stopping = asyncio.create_task(worker.stop.wait())
    stopping.add_done_callback(lambda _: service.stop())
    try:
        await service.run()
    finally:
        stopping.cancel()


@dataclass(slots=True, kw_only=True)
class _Service:
    worker: Worker
    lanes: Sequence[Lane]
    wake: Wake
    turns: Slices = field(default_factory=Slices)

    def stop(self) -> None:
        """Begin nothing more; turns under way end with their page."""
        self.turns.stop()
        self.wake.ring()

    async def run(self) -> None:
        routes = intake.routes(lane.link for lane in self.lanes)
        backoff = Backoff()
        while not self.worker.stop.is_set():
            before = self.turns.names
            try:
                books = await self.worker.store.run(_look, self._names(), routes)
            except StorageError:
                await self.wake.heard(backoff.failed())
                continue
            backoff.succeeded()
            self._start(agenda.due(self.lanes, books, before | self._busy(books)))
            await self.wake.heard(self._patience(books))
        await self.turns.end()

    def _start(self, due: Sequence[Lane]) -> None:
        """As many as there is room for; when more wait, a long turn has to make room."""
        free = max(0, TURNS - len(self.turns))
        for lane in due[:free]:
            self.turns.start(lane.link.pair, partial(self._turn, lane))
        if due[free:]:
            self.turns.press()

    def _busy(self, books: Books) -> frozenset[str]:
        links = [lane.link for lane in self.lanes]
        return self.turns.names | under_way(books.states.values(), links, self.worker.holder)

    async def _turn(self, lane: Lane, stop: asyncio.Event) -> None:
        try:
            await self.worker.turn(lane, stop)
        except StorageError:
            # The journal itself is away: the loop notices that too, and waits.
            await asyncio.sleep(LOOK)
        finally:
            self.wake.ring()

    def _patience(self, books: Books) -> float:
        soonest = agenda.look_again(self.lanes, books, self._busy(books))
        ahead = (soonest - books.now).total_seconds() if soonest else LOOK
        return min(LOOK, max(ahead, 0.0))

    def _names(self) -> Collection[str]:
        return [lane.link.name for lane in self.lanes]


def _look(database: Database, names: Collection[str], routes: intake.Routes) -> Books:
    """Route what has arrived, then read how the lanes stand: one transaction."""
    intake.take(database, routes)
    return Books.read(database, names)
