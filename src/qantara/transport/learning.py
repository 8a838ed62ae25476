"""Limits learnt from a system's answers: from what it tells, else from what it refuses."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qantara.transport import hints
from qantara.transport.hints import Hint
from qantara.transport.limits import Allowance, Limits, TokenBucket
from qantara.transport.statuses import BUSY, retry_after

RESERVE = 0.05
"""The part of a told burst, at least one call, that is left alone: calls may arrive closer together
than they were sent. It costs nothing in the long run, since what comes back is used."""

_SAME = 0.01
"""Limits that differ by less are the same."""


class Learner:
    """Hears every answer of a system and tells `limits` what is in it.

    `pace` is what was learnt from refusals: a bucket of this process alone. Programs that share a
    limit without knowing of each other come to a fair share each, as senders do in TCP.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._told: Allowance | None = None
        self._window = 0.0
        self._size: float | None = None
        self._refusals = Refusals(bucket=TokenBucket(clock=clock), clock=clock)
        self.pace: Limits = self._refusals.bucket

    def heard(self, status: int, headers: Mapping[str, str]) -> float:
        """Learn from an answer; says how much may still be asked, inf when it does not tell."""
        left = self.told(hints.read(headers))
        if status in BUSY:
            wait = retry_after(headers)
            self._limits.pause(wait)
            if status == 429:
                self._refusals.refused(wait)
        else:
            self._refusals.accepted()
        return left

    def told(self, hint: Hint) -> float:
        """Learn from what the system says; answers as `heard` does."""
        rate = self._rate(hint)
        if hint.size and rate:
            self._learn(Allowance(rate=rate, burst=_prudent(hint.size)), hint)
        if hint.left is None:
            return math.inf
        if hint.left > (hint.size or math.inf) / 2:
            self._refusals.forget()
        if hint.left < 1:
            self._limits.pause(self._until_one(hint))
        return hint.left

    def _learn(self, told: Allowance, hint: Hint) -> None:
        if self._told and _same(self._told.rate, told.rate) and self._told.burst == told.burst:
            return
        self._told = told
        if hint.size and hint.left is not None:
            # What was asked before the limits were known is gone: the smaller burst takes it away.
            there = told.burst - (hint.size - hint.left)
            self._limits.learn(rate=told.rate, burst=max(1.0, there))
        self._limits.learn(rate=told.rate, burst=told.burst)

    def _rate(self, hint: Hint) -> float | None:
        """A window that is not told is as long as the longest time until its end that was seen."""
        if hint.rate or not hint.size:
            return hint.rate
        if hint.size != self._size:
            self._size, self._window = hint.size, 0.0
        self._window = hint.window or max(self._window, hint.reset or 0.0)
        return hint.size / self._window if self._window else None

    def _until_one(self, hint: Hint) -> float:
        """Seconds until a call is possible again; a whole number may have been rounded down."""
        if hint.rate:
            return 1 / hint.rate
        reset = hint.reset or 0.0
        return reset + 1.0 if reset.is_integer() and reset else reset


@dataclass(slots=True, kw_only=True)
class Refusals:
    """The rate that a system bears, learnt from what it refuses; all of it until it first does.

    Down at once: below what it bore since it last refused, when its bucket was as full as now. Up
    slowly, to just below that.
    """

    DOWN, UP, FLOOR = 0.7, 0.01, 1 / 60
    """A refusal leaves so much of the rate; a second without adds so much of it; never below."""

    SOLID = 20
    """Calls between two refusals that make a measurement."""

    BELOW, PROBE = 0.98, 0.01
    """The ceiling stays below what was measured. An hour without a refusal lifts it so much, the
    next hours ever more, to notice that there is more room."""

    bucket: TokenBucket
    clock: Callable[[], float]
    ceiling: float = math.inf
    _calls: int = 0
    _busy: float = 0.0
    _at: float = field(default=math.nan)
    _until: float = field(default=-math.inf)

    def accepted(self) -> None:
        """A call was answered."""
        seconds = self._pass()
        self._calls += 1
        rate = self.bucket.rate
        if not math.isinf(rate):
            self.ceiling *= 1 + 3 * self.PROBE * (self._busy / 3600) ** 2 * seconds / 3600
            self._set(max(rate, min(self.ceiling, rate * (1 + self.UP * seconds))))

    def refused(self, pause: float) -> None:
        """A call was refused, and for `pause` seconds none goes out; several at once are one."""
        if self.clock() < self._until:
            return
        self._pass()
        rate = self.bucket.rate
        solid = self._calls >= self.SOLID
        measured = (self._calls + 1) / max(self._busy, 1.0)
        if math.isinf(rate):
            rate = measured
        else:
            self.ceiling = self.BELOW * (measured if solid else rate)
            rate = min(rate, measured if solid else max(measured, 0.3 * rate))
        self._set(max(self.FLOOR, self.DOWN * rate))
        self._calls, self._busy, self._until = 0, 0.0, self.clock() + pause

    def forget(self) -> None:
        """The system tells that there is plenty: what it refused is no measure any more."""
        if not math.isinf(self.bucket.rate):
            self.ceiling = math.inf
            self.bucket.learn(rate=math.inf, burst=math.inf)

    def _pass(self) -> float:
        """Time went by: says how much of it was spent on calls and on what they had to wait for."""
        now = self.clock()
        before = now if math.isnan(self._at) else self._at
        paused = max(0.0, min(now, self._until) - before)
        seconds = paused + min(now - before - paused, max(1.0, 2 / self.bucket.rate))
        self._busy += seconds
        self._at = now
        return seconds

    def _set(self, rate: float) -> None:
        self.bucket.learn(rate=rate, burst=max(1.0, rate))


def _prudent(size: float) -> float:
    return max(1.0, size - max(1.0, size * RESERVE))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * one
