"""How much may be asked of a system: a token bucket, and whose turn it is when many wait."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

AGEING = 1.0
"""What a second of waiting adds to an urgency: who is less urgent by 5 waits 5 seconds longer."""

urgency: ContextVar[float] = ContextVar("urgency", default=0.0)
"""How urgent the present work is: of those who wait, the largest goes first. It follows into tasks."""


class Limits(Protocol):
    """How much may be asked of a connection's system: kept for all who use it, wherever they run."""

    async def take(self, cost: float = 1.0) -> None:
        """Wait until so much may be asked."""

    def learn(self, *, rate: float, burst: float | None = None) -> None:
        """The system has told its limits: `rate` a second, `burst` at once."""

    def pause(self, seconds: float) -> None:
        """The system wants to be left alone for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`rate` a second and `burst` at once; without numbers, as much as anybody likes."""

    rate: float = math.inf
    burst: float = math.inf

    def __and__(self, other: "Allowance") -> "Allowance":
        """What both allow."""
        return Allowance(rate=min(self.rate, other.rate), burst=min(self.burst, other.burst))


UNLIMITED = Allowance()


class TokenBucket:
    """At most `burst` tokens at once and `rate` tokens a second after that, first come first served.

    What the system tells never widens it beyond `bound`. `clock` and `sleep` are the loop's own
    unless a simulation brings its own time.
    """

    def __init__(
        self,
        *,
        rate: float = math.inf,
        burst: float = math.inf,
        bound: Allowance = UNLIMITED,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._bound = bound
        self._allowed = Allowance(rate=rate, burst=burst) & bound
        self._clock = clock
        self._sleep = sleep
        self._tokens = self._allowed.burst
        self._at = clock()

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self._allowed.rate

    @property
    def burst(self) -> float:
        """Tokens at once."""
        return self._allowed.burst

    async def take(self, cost: float = 1.0) -> None:
        """Wait until `cost` tokens are there and take them. A cancelled wait gives them back."""
        self._refill()
        self._tokens -= cost
        try:
            if wait := self._wait():
                await self._sleep(wait)
            while wait := self._paused():
                await self._sleep(wait)
        except BaseException:
            self._tokens += cost
            raise

    def learn(self, *, rate: float, burst: float | None = None) -> None:
        """The system has told its real limits; tokens already there are kept up to the new burst."""
        self._refill()
        told = Allowance(rate=rate, burst=burst or _kept(self.burst, rate))
        self._allowed = told & self._bound
        self._tokens = min(self._tokens, self.burst)

    def pause(self, seconds: float) -> None:
        """The system asked to be left alone for so long; it then begins with one token."""
        self._refill()
        self._tokens = min(self._tokens, 1.0)
        self._at = max(self._at, self._clock() + seconds)

    def _refill(self) -> None:
        now = self._clock()
        if now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now

    def _wait(self) -> float:
        return self._paused() + max(0.0, -self._tokens) / self.rate

    def _paused(self) -> float:
        return max(0.0, self._at - self._clock())


def _kept(burst: float, rate: float) -> float:
    """The burst when only a rate was told: the known one, else what a second brings."""
    return burst if math.isfinite(burst) else max(1.0, rate)


@dataclass(slots=True, order=True)
class _Waiter:
    """In the order of their turns: what ages evenly never overtakes, so `rank` stays as it is."""

    rank: float
    number: int
    urgency: float = field(compare=False)
    cost: float = field(compare=False)
    turn: "asyncio.Future[None]" = field(compare=False)


class Gate:
    """At most `concurrency` calls at once and as many as all `limits` allow, the most urgent first.

    A turn is paid for before it is known whose it is: who comes late and is in a hurry need not
    wait for those who were there before. Waiting makes urgent (`AGEING`), so nobody starves.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        limits: tuple[Limits, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._concurrency = concurrency
        self._limits = limits
        self._clock = clock
        self._waiting: list[_Waiter] = []
        self._numbers = count()
        self._server: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._running = 0
        self._flying = 0.0
        self._owed = 0.0
        self._room = math.inf

    @asynccontextmanager
    async def turn(self, cost: float = 1.0) -> AsyncIterator[None]:
        """Wait for a turn; the call takes place inside. Who is cancelled leaves no gap."""
        await self._enter(cost)
        try:
            yield
        finally:
            self._running -= 1
            self._flying -= cost
            self._changed.set()

    def spent(self, more: float) -> None:
        """A call turned out to cost so much more (less, when negative): settled with the next."""
        self._owed += more

    def left(self, tokens: float) -> None:
        """By the last answer so much may still be asked; what is under way may be counted in."""
        self._room = tokens - self._flying
        self._changed.set()

    async def _enter(self, cost: float) -> None:
        mine = urgency.get()
        waiter = _Waiter(
            rank=self._clock() * AGEING - mine,
            number=next(self._numbers),
            urgency=mine,
            cost=cost,
            turn=asyncio.get_running_loop().create_future(),
        )
        heappush(self._waiting, waiter)
        if self._server is None:
            self._server = asyncio.create_task(self._serve())
        try:
            await waiter.turn
        except BaseException:
            self._withdraw(waiter)
            raise

    def _withdraw(self, waiter: _Waiter) -> None:
        """It was cancelled: in its turn already, or still waiting, or its turn could not be had."""
        if waiter.turn.done() and not waiter.turn.cancelled() and not waiter.turn.exception():
            self._running -= 1
            self._flying -= waiter.cost
            self._changed.set()
        elif self._server and self._first() is None:
            self._server.cancel()
            self._server = None

    async def _serve(self) -> None:
        """Hand out turns until nobody waits."""
        try:
            await self._serve_all()
        finally:
            if self._server is asyncio.current_task():
                self._server = None

    async def _serve_all(self) -> None:
        while (first := self._first()) is not None:
            if not self._open(first):
                self._changed.clear()
                await self._changed.wait()
                continue
            urgency.set(first.urgency)
            price = max(0.0, first.cost + self._owed)
            try:
                for limits in self._limits:
                    await limits.take(price)
            except Exception as error:  # noqa: BLE001 - told to whom it concerns
                self._refuse(error)
            else:
                self._owed -= price
                self._admit()

    def _open(self, first: _Waiter) -> bool:
        if self._running == 0:
            return True
        return self._running < self._concurrency and self._room >= first.cost

    def _admit(self) -> None:
        waiter = self._first()
        if waiter is None:
            return
        heappop(self._waiting)
        self._running += 1
        self._flying += waiter.cost
        self._owed += waiter.cost
        self._room -= waiter.cost
        waiter.turn.set_result(None)

    def _refuse(self, error: Exception) -> None:
        if waiter := self._first():
            heappop(self._waiting)
            waiter.turn.set_exception(error)

    def _first(self) -> _Waiter | None:
        while self._waiting and self._waiting[0].turn.done():
            heappop(self._waiting)
        return self._waiting[0] if self._waiting else None
