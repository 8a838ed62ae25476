"""How many requests a system allows: a token bucket per connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class TokenBucket:
    """At most `burst` tokens at once and `rate` tokens a second after that, first come first served.

    `clock` and `sleep` are the loop's own unless a simulation brings its own time.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._sleep = sleep
        self._tokens = burst
        self._at = clock()

    async def take(self, tokens: float = 1.0) -> None:
        """Wait until `tokens` are there and take them. A cancelled wait gives them back."""
        self._refill()
        self._tokens -= tokens
        if self._tokens >= 0 and self._at <= self._clock():
            return
        try:
            await self._sleep(self._wait())
        except BaseException:
            self._tokens += tokens
            raise

    def learn(self, *, rate: float, burst: float | None = None) -> None:
        """The system has told its real limits; tokens already there are kept up to the new burst."""
        self._refill()
        self.rate = rate
        self.burst = self.burst if burst is None else burst
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
        paused = max(0.0, self._at - self._clock())
        return paused + max(0.0, -self._tokens) / self.rate
