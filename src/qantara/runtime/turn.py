"""A turn of a lane: it is taken, brought up to date, and says when it is due again.

The runtimes decide when turns happen and where; what happens in one is here.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection as Database

from qantara.engine.drift import step
from qantara.engine.link import Link, Preparation, Priority
from qantara.engine.pipeline import Summary, Watch, run
from qantara.engine.sweep import sweep
from qantara.runtime import backoff, circuit
from qantara.runtime.agenda import Lane, polled_at
from qantara.runtime.backoff import Budget
from qantara.runtime.holding import Hold, holding, myself
from qantara.storage import circuits, lanes
from qantara.storage.errors import Overtaken, StorageError
from qantara.storage.lanes import Lane as State
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport import AuthFailed, ConnectorError
from qantara.transport.answers import answered
from qantara.transport.limits import urgency

LOG = logging.getLogger(__name__)

AFTER_REFUSAL = 300.0
"""Seconds between attempts on a connection whose owner must act first."""

Closing = Callable[[str, datetime], datetime | None]

SWEEP_EVERY = timedelta(hours=1)

PREPARED_SECONDS = 300.0
"""How long what a link found out when it was prepared is taken for true."""


def never_closed(connection: str, moment: datetime) -> None:
    """No maintenance."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """Takes turns on behalf of `holder`, the process; remembers what links were prepared with.

    `closed_until` says of a connection until when its system has maintenance, `drift` how often
    the two sides of a link are compared, a part at a time.
    """

    store: Store
    watch: Watch
    stop: asyncio.Event
    holder: str = field(default_factory=myself)
    closed_until: Closing = never_closed
    drift: timedelta | None = None
    budget: Budget = field(default_factory=Budget)
    _prepared: dict[str, "_Prepared"] = field(default_factory=dict, init=False)

    async def turn(self, lane: Lane, stop: asyncio.Event | None = None) -> None:
        """Do what is due on the lane. Failures are kept in the journal and told to the watch.

        It ends a page early when `stop` is set; without one, when the worker's own is.
        """
        urgency.set(lane.link.priority)
        with suppress(Overtaken):
            async with holding(self.store, lane.link, self.holder) as hold:
                if hold is not None:
                    await self._hold(lane, hold, stop or self.stop)

    async def _hold(self, lane: Lane, hold: Hold, stop: asyncio.Event) -> None:
        state, store = hold.state, hold.store
        if await store.run(_left_alone, lane.link, state, self._closed(lane.link)):
            return
        try:
            await self._work(lane, hold, stop)
        except (ConnectorError, StorageError) as error:
            await self._fail(lane, state, store, error)
        except Exception as error:
            # A fault of ours on one lane must not stop the others; it is told as what it is.
            LOG.exception("The lane %s failed.", lane.link.name)
            reason = f"Qantara itself failed: {type(error).__name__}."
            await store.run(_failed, state, backoff.CAP, reason)

    async def _work(self, lane: Lane, hold: Hold, stop: asyncio.Event) -> None:
        state, store = hold.state, hold.store
        began, polling = now(), _is_due(lane, state)
        link, heard = self._cached(lane.link), set[str]()
        answered.set(heard)
        summary = await run(link, store, self.watch, stop, polling=polling)
        if polling and not stop.is_set():
            await self._compare(link, state, store)
            await store.run(_polled, lane, state, began, summary)
        self.budget.earn()
        await store.run(_succeeded, lane.link, state, heard)

    async def _fail(
        self, lane: Lane, state: State, store: Store, error: ConnectorError | StorageError
    ) -> None:
        if isinstance(error, Overtaken):
            raise error
        self._prepared.pop(lane.link.name, None)
        if isinstance(error, ConnectorError):
            for name in _connections(lane.link):
                if name == error.connection:
                    await circuit.failed(self.store, name, error)
                else:
                    await circuit.untried(self.store, name)
        await store.run(_failed, state, self._wait(lane, state, error), error.reason)

    def _closed(self, link: Link) -> datetime | None:
        """Until when one of the two systems has maintenance."""
        ends = [self.closed_until(name, now()) for name in _connections(link)]
        return max((end for end in ends if end), default=None)

    async def _compare(self, link: Link, state: State, store: Store) -> None:
        """By the clock: what the source deleted, and what no longer agrees. It can wait."""
        for name, every, work in (("sweep_at", SWEEP_EVERY, sweep), ("drift_at", self.drift, step)):
            due = getattr(state, name)
            if due and due <= now():
                urgency.set(Priority.BACKGROUND)
                await work(link, store)
            if every and (not due or due <= now()):
                await store.run(_compared, state, name, every)

    def _cached(self, link: Link) -> Link:
        if link.prepare is None:
            return link
        kept = self._prepared.setdefault(link.name, _Prepared(link.prepare))
        return replace(link, prepare=kept)

    def _wait(self, lane: Lane, state: State, error: ConnectorError | StorageError) -> float:
        """A retry may come before the next regular poll only while the budget lasts."""
        if isinstance(error, AuthFailed):
            return AFTER_REFUSAL
        soon = backoff.wait(state.failures + 1, getattr(error, "after", 0.0))
        due = lane.schedule.next_after(now(), pause=state.pause)
        regular = (due - now()).total_seconds() if due else soon
        return soon if soon >= regular or self.budget.spend() else regular


@dataclass(slots=True)
class _Prepared:
    """A link's preparation, remembered for a while.

    What it remembers outlives the hold of the turn in which it was made: the journal that it is
    given has no guard.
    """

    prepare: Preparation
    at: float = float("-inf")
    link: Link | None = None

    async def __call__(self, link: Link, store: Store) -> Link:
        if self.link is None or time.monotonic() - self.at > PREPARED_SECONDS:
            self.link = await self.prepare(link, store.guarded(_anybody))
            self.at = time.monotonic()
        return self.link


def _anybody(_: Database) -> None:
    """No guard."""


def _is_due(lane: Lane, state: State) -> bool:
    moment = polled_at(lane.schedule, state, now())
    return moment is not None and moment <= now()


def _polled(
    database: Database, lane: Lane, state: State, began: datetime, summary: Summary
) -> None:
    moved = summary.seen > summary.results.get("unchanged", 0)
    pause = lane.schedule.pause(state.pause, moved=moved)
    lanes.polled(database, state, lane.schedule.next_after(began, pause=pause), pause)


def _compared(database: Database, state: State, name: str, every: timedelta) -> None:
    lanes.note(database, state.link, **{name: now() + every})


def _left_alone(database: Database, link: Link, state: State, closed: datetime | None) -> bool:
    """Whether one of its systems has maintenance or is left alone: then the lane waits."""
    waits = {name: circuits.allows(database, name) for name in _connections(link) if not closed}
    longest = max(waits.values(), default=0.0)
    until = closed or (now() + timedelta(seconds=longest) if longest else None)
    if until is None:
        return False
    for name, wait in waits.items():
        if not wait:
            circuits.untried(database, name)
    lanes.note(database, link.name, wait_until=until)
    lanes.release(database, link.name, state.token)
    return True


def _connections(link: Link) -> tuple[str, str]:
    return (link.here_name, link.there_name)


def _succeeded(database: Database, link: Link, state: State, heard: Collection[str]) -> None:
    """Nothing failed; but a system that had not to be asked has not shown that it answers."""
    for name in _connections(link):
        report = circuits.succeeded if name in heard else circuits.untried
        report(database, name)
    if state.failures or state.wait_until:
        lanes.note(database, state.link, failures=0, error="", wait_until=None)
    lanes.release(database, state.link, state.token)


def _failed(database: Database, state: State, wait: float, reason: str) -> None:
    until = now() + timedelta(seconds=wait)
    failures = state.failures + 1
    lanes.note(database, state.link, failures=failures, error=reason, wait_until=until)
    lanes.release(database, state.link, state.token)
