"""A server that allows what a leaky bucket of 2 calls a second and 40 at once allows, or a window."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from tests.transport.virtual import clock


@dataclass
class Leaky:
    """What is asked too much is refused and counted; `headers` makes what an answer tells."""

    rate: float = 2.0
    size: float = 40.0
    headers: Callable[["Leaky"], Mapping[str, str]] = lambda _: {}
    refusal: Mapping[str, str] = field(default_factory=dict)
    slow: tuple[float, float] = (0.02, 0.3)
    level: float = 0.0
    at: float = 0.0
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - a server's moods are no secret

    async def answer(self, _: web.Request) -> web.Response:
        await asyncio.sleep(self.chance.uniform(*self.slow))
        now = clock()
        self.level = max(0.0, self.level - (now - self.at) * self.rate)
        self.at = now
        if self.level + 1 > self.size:
            self.refused.append(now)
            return web.Response(status=429, headers={**self.refusal, **self.headers(self)})
        self.level += 1
        self.accepted.append(now)
        return web.Response(headers=self.headers(self))

    def used(self, since: float, until: float) -> float:
        """The part of all that could be had from `since` to `until`, the first burst included."""
        calls = sum(since <= at <= until for at in self.accepted)
        return calls / (self.rate * (until - since) + self.size)


@dataclass
class Window:
    """`size` calls in each window of so many seconds, as most counters of calls do it."""

    size: int = 60
    seconds: float = 60.0
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    _window: float = -1.0
    _used: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        await asyncio.sleep(0.05)
        now = clock()
        if now // self.seconds != self._window:
            self._window, self._used = now // self.seconds, 0
        full = self._used >= self.size
        self._used += not full
        (self.refused if full else self.accepted).append(now)
        told = {
            "X-RateLimit-Limit": str(self.size),
            "X-RateLimit-Remaining": str(self.size - self._used),
            "X-RateLimit-Reset": f"{self.seconds - now % self.seconds:.3f}",
        }
        return web.Response(status=429 if full else 200, headers=told)


def as_shopify(bucket: Leaky) -> Mapping[str, str]:
    """How full the bucket is, rounded up."""
    return {"X-Shopify-Shop-Api-Call-Limit": f"{int(-(-bucket.level // 1))}/{bucket.size:.0f}"}
