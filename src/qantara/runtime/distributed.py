"""The distributed runtime's hands: any number of processes that do turns, on any machines.

Each asks PostgreSQL for the most urgent turn whose lane is free, and does it. It says every few
seconds that it is alive: what a dead one had begun is free again soon, and done by others. When the
journal is away it waits, and enlists anew; turns under way find that out by themselves.

procrastinate's own worker is not used: it stops telling that it is alive as soon as it is asked to
stop, and from then on its long turns would be taken for those of a dead one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from qantara.runtime import jobs
from qantara.runtime.agenda import Lane
from qantara.runtime.backoff import Backoff
from qantara.runtime.embedded import Wake
from qantara.runtime.jobs import BEAT, Jobs, Turn
from qantara.runtime.slices import Slices
from qantara.runtime.turn import Worker
from qantara.runtime.waiting import first, happens
from qantara.storage import lanes as lanes_table
from qantara.storage.errors import StorageError
from qantara.storage.steps import reached

LOG = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks for a turn when nobody rings."""

TURNS = 8
"""Turns that one process does at once, unless it is told otherwise."""

LONGEST_PAUSE = 5.0
"""Seconds between attempts to reach a journal that is away."""


async def work(url: str, lanes: Sequence[Lane], worker: Worker, turns: int = TURNS) -> None:
    """Do turns until the worker's `stop` is set; pages under way are finished first.

    `url` is the journal's, in PostgreSQL; each machine has the same lanes.
    """
    await worker.store.run(jobs.prepare)
    hands = _Hands(worker=worker, lanes={lane.link.name: lane for lane in lanes}, most=turns)
    stopping = asyncio.create_task(worker.stop.wait())
    stopping.add_done_callback(lambda _: hands.bell.ring())
    try:
        await again_and_again(partial(hands.session, url), worker.stop)
        await hands.turns.end()
    finally:
        stopping.cancel()


@dataclass(slots=True, kw_only=True)
class _Hands:
    worker: Worker
    lanes: Mapping[str, Lane]
    most: int
    jobs: Jobs | None = None
    former: int = 0
    turns: Slices = field(default_factory=Slices)
    bell: Wake = field(default_factory=Wake)

    async def session(self, url: str) -> None:
        """For as long as the journal can be reached, and until the last turn has ended."""
        async with Jobs.open(url) as open_jobs:
            self.jobs = open_jobs
            await self._leave_what_was_lost(open_jobs)
            me = self.former = await open_jobs.enlist()
            alive, heard = self._beat(open_jobs, me), open_jobs.hear(self.bell.ring)
            await first(self._do(open_jobs, me), alive, heard)
            await open_jobs.leave(me)

    async def _leave_what_was_lost(self, open_jobs: Jobs) -> None:
        """Turns that a journal that was away broke off: nobody need wait until they are missed."""
        names = self.turns.names
        kept = [lane.link.name for lane in self.lanes.values() if lane.link.pair in names]
        await self.worker.store.run(lanes_table.let_go, self.worker.holder, kept)
        if self.former:
            await open_jobs.leave(self.former)

    async def _do(self, open_jobs: Jobs, me: int) -> None:
        """Take turns while there is room; when asked to stop, wait for those under way."""
        while not self.worker.stop.is_set():
            if len(self.turns) >= self.most:
                if await open_jobs.waiting():
                    self.turns.press()
            elif turn := await open_jobs.take(me):
                reached("turn: taken")
                await self._start(open_jobs, turn)
                continue
            await self.bell.heard(LOOK)
        await self.turns.end()

    async def _beat(self, open_jobs: Jobs, me: int) -> None:
        while True:
            await asyncio.sleep(BEAT)
            await open_jobs.beat(me)

    async def _start(self, open_jobs: Jobs, turn: Turn) -> None:
        lane = self.lanes.get(turn.link)
        if lane is None:
            LOG.warning("No link of this machine's configuration is named %s.", turn.link)
        if lane is None or lane.link.pair in self.turns.names:
            await open_jobs.done(turn)
            return
        self.turns.start(lane.link.pair, partial(self._turn, lane, turn))

    async def _turn(self, lane: Lane, turn: Turn, stop: asyncio.Event) -> None:
        try:
            with suppress(StorageError):  # the session notices that too, and waits
                await self.worker.turn(lane, stop)
            with suppress(StorageError):  # the scheduler finds out in the end
                await self._over(turn)
        finally:
            self.bell.ring()

    async def _over(self, turn: Turn) -> None:
        """By the present session: the one that took the turn may have ended."""
        if self.jobs:
            reached("turn: about to be told as over")
            await self.jobs.done(turn)
            reached("turn: told as over")
            await self.jobs.ring()


async def again_and_again(session: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Until a session ends by itself or `stop` is set; one that fails is begun anew later."""
    backoff = Backoff()
    while not stop.is_set():
        try:
            await session()
        except StorageError as error:
            LOG.warning("%s %s", error.reason, error.remedy)
            await happens(stop, min(backoff.failed(), LONGEST_PAUSE))
        else:
            return
