"""The distributed runtime's head: asks for the turns that are due. Several may run, one leads.

Whoever holds the lock leads; when its connection ends, however it ends, another one takes over.
The leader looks into the journal every second, and at once when somebody rings.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection as Database

from qantara.runtime import agenda, intake, jobs
from qantara.runtime.agenda import Books, Lane
from qantara.runtime.backoff import Backoff
from qantara.runtime.distributed import again_and_again
from qantara.runtime.embedded import Wake
from qantara.runtime.holding import under_way
from qantara.runtime.jobs import Jobs, Leading, Waiting
from qantara.runtime.upkeep import Hook, keep_up
from qantara.runtime.waiting import first, happens
from qantara.storage.steps import reached
from qantara.storage.store import Store

LOG = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks into the journal when nobody rings, and between attempts to lead."""

BREATH = 0.02
"""Seconds between two looks, however often somebody rings."""

LEADERSHIP = 0x71616E74_6C656164

Duty = Callable[[asyncio.Event], Awaitable[None]]
"""What only the leader does all the time, until the event is set: listening to systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What there is to lead: lanes and when they run, what goes on beside, what is done daily.

    The `bell` is for those beside: it makes the leader look at once.
    """

    lanes: Sequence[Lane]
    bell: Wake = field(default_factory=Wake)
    duties: Sequence[Duty] = ()
    upkeep: Sequence[Hook] = ()


async def schedule(url: str, store: Store, plan: Plan, stop: asyncio.Event) -> None:
    """Lead, or stand by to lead, until `stop` is set. `url` is the journal's, in PostgreSQL."""
    await store.run(jobs.prepare)
    await first(stop.wait(), _stand_by(url, store, plan, stop))


async def ringing(url: str, bell: Wake, stop: asyncio.Event) -> None:
    """Pass each ring of the bell on to the leader, wherever it is; one that is lost costs a second."""
    await again_and_again(partial(_ringing, url, bell, stop), stop)


async def _ringing(url: str, bell: Wake, stop: asyncio.Event) -> None:
    async with Jobs.open(url) as open_jobs:
        await first(stop.wait(), _pass_on(bell, open_jobs))


async def _pass_on(bell: Wake, open_jobs: Jobs) -> None:
    while True:
        if await bell.heard(LOOK):
            await open_jobs.ring()


async def _stand_by(url: str, store: Store, plan: Plan, stop: asyncio.Event) -> None:
    while True:
        await again_and_again(partial(_lead, url, store, plan), stop)
        await asyncio.sleep(LOOK)


async def _lead(url: str, store: Store, plan: Plan) -> None:
    """Lead, if nobody else does, until the leadership is lost."""
    async with jobs.lead(url, LEADERSHIP) as leading:
        if leading is None:
            return
        LOG.info("This process schedules from now on.")
        async with Jobs.open(url) as open_jobs:
            leader, over = _Leader(store=store, jobs=open_jobs, plan=plan), asyncio.Event()
            duties = [asyncio.create_task(_faithfully(duty, over)) for duty in plan.duties]
            try:
                bell = _pass_on(plan.bell, open_jobs)
                daily = keep_up(store, [open_jobs.clear, *plan.upkeep])
                await first(leader.ask(leading), daily, bell)
            finally:
                over.set()
                await asyncio.gather(*duties)


async def _faithfully(duty: Duty, over: asyncio.Event) -> None:
    """A duty that fails is taken up again: it must not stop the scheduling."""
    backoff = Backoff()
    while not over.is_set():
        try:
            await duty(over)
        except Exception:
            LOG.exception("A duty of the scheduler failed.")
            await happens(over, backoff.failed())
        else:
            return


@dataclass(slots=True, kw_only=True)
class _Leader:
    store: Store
    jobs: Jobs
    plan: Plan
    _names: Mapping[str, Lane] = field(init=False)
    _freed_at: float = float("-inf")

    def __post_init__(self) -> None:
        self._names = {lane.link.name: lane for lane in self.plan.lanes}

    async def ask(self, leading: Leading) -> None:
        """Ask for what is due, again and again."""
        routes = intake.routes(lane.link for lane in self.plan.lanes)
        while True:
            await self._free_stalled()
            # In this order: a turn that ends in between is looked at again, not begun again.
            waiting, under_way = await self.jobs.waiting(), await self.jobs.under_way()
            look = await self.store.run(_look, list(self._names), routes)
            await leading.heard(await self._ask(look, waiting, under_way))
            await asyncio.sleep(BREATH)

    async def _free_stalled(self) -> None:
        """At most every second, however often somebody rings."""
        if time.monotonic() - self._freed_at >= LOOK:
            for link in await self.jobs.free_stalled():
                reached("turn: taken from one who is gone")
                LOG.warning("The worker of %s is gone: another one goes on.", link)
            self._freed_at = time.monotonic()

    async def _ask(
        self, look: "_Look", waiting: Sequence[Waiting], under_way: Collection[str]
    ) -> float:
        """Says in how many seconds to look again."""
        books = look.books
        busy = self._busy(books, {*under_way, *(one.link for one in waiting)})
        due = agenda.due(self.plan.lanes, books, busy)
        again = [self._names[link] for link in look.told.intersection(under_way)]
        for lane in (*due, *again):
            await self.jobs.ask(lane.link, _priority(lane, books))
            reached("turn: asked for")
        await self._weigh(books, waiting)
        soonest = agenda.look_again(self.plan.lanes, books, busy)
        ahead = (soonest - books.now).total_seconds() if soonest else LOOK
        return min(LOOK, max(ahead, 0.01))

    async def _weigh(self, books: Books, waiting: Sequence[Waiting]) -> None:
        """What has waited becomes more urgent."""
        known = [(one, self._names[one.link]) for one in waiting if one.link in self._names]
        weights = {one.link: (one.priority, _priority(lane, books)) for one, lane in known}
        grown = {link: new for link, (old, new) in weights.items() if new > old}
        await self.jobs.weigh(grown)

    def _busy(self, books: Books, asked: Collection[str]) -> Collection[str]:
        links = [lane.link for lane in self.plan.lanes]
        pairs = {link.pair for link in links if link.name in asked}
        return pairs | under_way(books.states.values(), links)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    books: Books
    told: frozenset[str]


def _look(database: Database, names: Collection[str], routes: intake.Routes) -> _Look:
    """Route what has arrived, then read how the lanes stand: one transaction."""
    told = intake.take(database, routes)
    return _Look(told=told, books=Books.read(database, names))


def _priority(lane: Lane, books: Books) -> int:
    return int(agenda.weight(lane, books))
