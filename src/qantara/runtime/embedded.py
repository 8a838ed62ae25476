"""The embedded runtime: one process that keeps every link up to date until it is told to stop.

Each link is a lane of its own, so that orders do not wait for a catalogue; a connection's own
limit keeps all lanes together from asking too much of a system. The first pass goes in the order
of the flow, since what comes later refers to what comes earlier.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from qantara.engine.link import Link
from qantara.engine.pipeline import Watch, run
from qantara.engine.sweep import sweep
from qantara.runtime.backoff import Backoff, Budget
from qantara.runtime.schedule import Schedule
from qantara.storage.errors import StorageError
from qantara.storage.store import Store
from qantara.transport import AuthFailed, ConnectorError, OutcomeUnknown, RetryLater

AFTER_REFUSAL = 300.0
"""Seconds between attempts on a connection whose owner must act first."""

SWEEP_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A link and when it runs."""

    link: Link
    schedule: Schedule


@dataclass(slots=True, kw_only=True)
class _Service:
    store: Store
    watch: Watch
    stop: asyncio.Event
    budget: Budget = field(default_factory=Budget)


async def serve(lanes: Sequence[Lane], store: Store, watch: Watch, stop: asyncio.Event) -> None:
    """Run every lane by its schedule until `stop` is set; the page under way is finished first."""
    service = _Service(store=store, watch=watch, stop=stop)
    waits = [await _attempt(service, lane, Backoff()) for lane in lanes]
    async with asyncio.TaskGroup() as group:
        for lane, wait in zip(lanes, waits, strict=True):
            group.create_task(_keep(service, lane, wait))


async def _keep(service: _Service, lane: Lane, wait: float | None) -> None:
    backoff = Backoff()
    swept = datetime.now(UTC)
    while wait is not None and not await _stopped(service.stop, wait):
        wait = await _attempt(service, lane, backoff)
        if datetime.now(UTC) - swept > SWEEP_EVERY:
            swept = datetime.now(UTC)
            await _guarded(service, backoff, lambda: sweep(lane.link, service.store))


async def _attempt(service: _Service, lane: Lane, backoff: Backoff) -> float | None:
    """Run the lane once; says in how many seconds it is due again, None when never."""
    if service.stop.is_set():
        return 0.0
    began = datetime.now(UTC)
    failed = await _guarded(
        service, backoff, lambda: run(lane.link, service.store, service.watch, service.stop)
    )
    due = lane.schedule.next_after(began)
    regular = None if due is None else max(0.0, (due - datetime.now(UTC)).total_seconds())
    return regular if failed is None else _sooner(failed, regular, service.budget)


async def _guarded(
    service: _Service, backoff: Backoff, work: Callable[[], Awaitable[object]]
) -> float | None:
    """Do the work; after a failure that a person hears of through the watch, the wait in seconds."""
    try:
        await work()
    except (RetryLater, OutcomeUnknown) as error:
        return backoff.failed(getattr(error, "after", 0.0))
    except AuthFailed:
        return AFTER_REFUSAL
    except (ConnectorError, StorageError):
        return backoff.failed()
    backoff.succeeded()
    service.budget.earn()
    return None


def _sooner(retry: float, regular: float | None, budget: Budget) -> float:
    """A retry may come before the next regular run only while the budget lasts."""
    if regular is None or retry >= regular or budget.spend():
        return retry
    return regular


async def _stopped(stop: asyncio.Event, wait: float) -> bool:
    if not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
    return stop.is_set()
