"""The limits of a connection: of this process alone, or shared by all workers through the journal."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection as Database

from qantara.storage import quotas
from qantara.storage.errors import StorageError
from qantara.storage.quotas import Clock, Draft, Grant
from qantara.storage.store import Store
from qantara.transport.limits import UNLIMITED, Allowance

News = Callable[[Database], None]


@dataclass(slots=True, kw_only=True)
class SharedLimits:
    """Tokens drawn from the journal's bucket in small leases; what is learnt is told to all.

    `bound` is what the owner allows. Close it, so that what was not used goes back. `clock`,
    `sleep` and `moment`, the database's time, are the real ones unless a simulation brings its own.
    """

    store: Store
    connection: str
    bound: Allowance = UNLIMITED
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    moment: Clock | None = None
    _held: float = field(default=0.0, init=False)
    _ready: float = field(default=-math.inf, init=False)
    _until: float = field(default=-math.inf, init=False)
    _stale: bool = field(default=False, init=False)
    _news: list[News] = field(default_factory=list, init=False)
    _telling: set["asyncio.Task[None]"] = field(default_factory=set, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def take(self, cost: float = 1.0) -> None:
        """Wait until so much may be asked. Raises StorageError when the journal is away.

        Who stops waiting leaves the tokens to the next.
        """
        async with self._turn:
            if self._held < cost or self.clock() >= self._until:
                self._stale = True
            while self._stale:
                await asyncio.shield(asyncio.create_task(self._draw(cost)))
            while (wait := self._ready - self.clock()) > 0:
                await self.sleep(wait)
                paused = await self.store.run(quotas.paused, self.connection, self.moment)
                self._postpone(paused)
            self._held -= cost

    def learn(self, *, rate: float, burst: float | None = None) -> None:
        """The system has told its limits: every worker keeps them from its next lease on."""
        told = Allowance(rate=rate, burst=max(1.0, rate) if burst is None else burst)
        self._tell(partial(_learn, self.connection, told, self.moment))

    def pause(self, seconds: float) -> None:
        """No worker asks the system for so long."""
        self._tell(partial(_pause, self.connection, seconds, self.moment))

    async def close(self) -> None:
        """Give back what was not used; without the journal it is lost, a moment's worth."""
        await asyncio.gather(*self._telling)
        back, self._held = self._held, 0.0
        if back and math.isfinite(back):
            with suppress(StorageError):
                await self.store.run(quotas.give_back, self.connection, back, self.moment)

    async def _draw(self, cost: float) -> None:
        """Tell the news, give back what is too old, and draw anew: one transaction."""
        news, self._news = self._news, []
        back, self._held = (self._held if math.isfinite(self._held) else 0.0), 0.0
        self._stale = False
        draft = Draft(cost=cost, back=back, bound=self.bound)
        try:
            grant = await self.store.run(_exchange, self.connection, news, draft, self.moment)
        except BaseException:
            self._news, self._held = news + self._news, back
            raise
        self._held += grant.tokens
        self._ready = self.clock() + grant.wait
        self._until = self._ready + grant.lasts

    def _postpone(self, seconds: float) -> None:
        """A pause that came while we waited; the lease begins after it."""
        later = self.clock() + seconds
        if later > self._ready:
            self._until += later - self._ready
            self._ready = later

    def _tell(self, news: News) -> None:
        """To all, at once; the lease in hand counts no more."""
        self._stale = True
        self._news.append(news)
        task = asyncio.get_running_loop().create_task(self._spread())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _spread(self) -> None:
        news, self._news = self._news, []
        if not news:
            return
        try:
            await self.store.run(_apply, news)
        except StorageError:
            self._news = news + self._news  # told again with the next lease


def _learn(connection: str, told: Allowance, moment: Clock | None, database: Database) -> None:
    quotas.learn(database, connection, told, moment)


def _pause(connection: str, seconds: float, moment: Clock | None, database: Database) -> None:
    quotas.pause(database, connection, seconds, moment)


def _apply(database: Database, news: list[News]) -> None:
    for each in news:
        each(database)


def _exchange(
    database: Database, connection: str, news: list[News], draft: Draft, moment: Clock | None
) -> Grant:
    _apply(database, news)
    return quotas.draw(database, connection, draft, moment)
