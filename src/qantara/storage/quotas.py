"""Quotas: the token bucket of a connection that all workers draw from, wherever they run.

A worker draws a little more than it needs now and uses it up within a moment: one transaction
serves several calls, and all workers together stay within rate and burst at every moment.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from qantara.storage.schema import quotas as table
from qantara.storage.statements import insert, now
from qantara.transport.limits import UNLIMITED, Allowance

LEASE = 0.5
"""Seconds for which a worker may draw ahead, where the bucket is large enough."""

AHEAD = 0.05
"""The part of a burst that may be with workers who have not used it yet."""

HURRIED = 0.2
"""The part of such a lease that is waited for when the bucket is empty."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a worker asks for: enough for `cost`; it gives `back` what it did not use in time.

    `bound` is what the owner of the connection allows, whatever the system does.
    """

    cost: float = 1.0
    back: float = 0.0
    bound: Allowance = UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """So many tokens are the worker's `wait` seconds from now, and for `lasts` seconds then."""

    tokens: float
    wait: float
    lasts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    tokens: float
    allowed: Allowance
    at: datetime
    paused_until: datetime | None

    def refilled(self, moment: datetime, cap: float, back: float = 0.0) -> "_Bucket":
        """At `moment`. A pause brings nothing in, and clocks of two machines never count twice."""
        since = max(self.at, self.paused_until or self.at)
        seconds = max(0.0, (moment - since).total_seconds())
        come = seconds * self.allowed.rate if math.isfinite(self.allowed.rate) else 0.0
        tokens = min(cap, self.tokens + back + come)
        return replace(self, tokens=tokens, at=max(moment, self.at))

    def paused(self, moment: datetime) -> float:
        """Seconds until the pause is over."""
        return max(0.0, ((self.paused_until or moment) - moment).total_seconds())


def draw(conn: Connection, connection: str, draft: Draft, clock: Clock | None = None) -> Grant:
    """Take tokens now and use them when they are there; who asks first is served first.

    The time is the database's own unless a simulation brings `clock`.
    """
    bucket = _locked(conn, connection, clock)
    moment = _moment(conn, clock)
    paused = bucket.paused(moment)
    allowed = bucket.allowed & draft.bound
    if math.isinf(allowed.rate):
        return Grant(tokens=math.inf, wait=paused, lasts=LEASE)
    lasts = min(LEASE, AHEAD * allowed.burst / allowed.rate)
    ahead = allowed.rate * lasts
    within = replace(bucket, allowed=allowed)
    full = within.refilled(moment, max(1.0, allowed.burst - ahead), draft.back)
    tokens = max(draft.cost, min(ahead, max(full.tokens, HURRIED * ahead)))
    rest = full.tokens - tokens
    _store(conn, connection, replace(full, tokens=rest, allowed=bucket.allowed))
    return Grant(tokens=tokens, wait=paused + max(0.0, -rest) / allowed.rate, lasts=lasts)


def give_back(conn: Connection, connection: str, tokens: float, clock: Clock | None = None) -> None:
    """What was drawn and never used."""
    bucket = _locked(conn, connection, clock)
    moment = _moment(conn, clock)
    _store(conn, connection, bucket.refilled(moment, bucket.allowed.burst, tokens))


def learn(conn: Connection, connection: str, told: Allowance, clock: Clock | None = None) -> None:
    """The system has told its limits: all workers keep them from now on. Safe to repeat."""
    bucket = _locked(conn, connection, clock)
    known = bucket.refilled(_moment(conn, clock), bucket.allowed.burst)
    tokens = min(known.tokens, told.burst)
    _store(conn, connection, replace(known, tokens=tokens, allowed=told))


def pause(conn: Connection, connection: str, seconds: float, clock: Clock | None = None) -> None:
    """Nobody asks the system for so long; then it begins with one token. Safe to repeat."""
    bucket = _locked(conn, connection, clock)
    moment = _moment(conn, clock)
    known = bucket.refilled(moment, bucket.allowed.burst)
    until = max(moment + timedelta(seconds=seconds), known.paused_until or moment)
    tokens = min(known.tokens, 1.0)
    _store(conn, connection, replace(known, tokens=tokens, paused_until=until))


def paused(conn: Connection, connection: str, clock: Clock | None = None) -> float:
    """Seconds until the system may be asked again by anybody; 0 when it may be now."""
    until = conn.scalar(select(table.c.paused_until).where(table.c.connection == connection))
    return max(0.0, (until - _moment(conn, clock)).total_seconds()) if until else 0.0


def _locked(conn: Connection, connection: str, clock: Clock | None) -> _Bucket:
    """The bucket, which nobody else changes before the commit; full and without limits at first."""
    mine = select(table).where(table.c.connection == connection).with_for_update()
    row = conn.execute(mine).one_or_none()
    if row is None:
        new = {"tokens": math.inf, "rate": math.inf, "burst": math.inf}
        first = {**new, "connection": connection, "at": _moment(conn, clock)}
        conn.execute(insert(conn, table).on_conflict_do_nothing(), first)
        row = conn.execute(mine).one()
    return _Bucket(
        tokens=row.tokens,
        allowed=Allowance(rate=row.rate, burst=row.burst),
        at=row.at,
        paused_until=row.paused_until,
    )


def _store(conn: Connection, connection: str, bucket: _Bucket) -> None:
    columns = {
        "tokens": bucket.tokens,
        "rate": bucket.allowed.rate,
        "burst": bucket.allowed.burst,
        "at": bucket.at,
        "paused_until": bucket.paused_until,
    }
    conn.execute(update(table).where(table.c.connection == connection).values(columns))


def _moment(conn: Connection, clock: Clock | None) -> datetime:
    if clock:
        return clock()
    if conn.dialect.name == "sqlite":
        return now()
    found: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
    return found
