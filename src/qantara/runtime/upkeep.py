"""Upkeep: what is done once a day on a journal, whoever of its processes comes to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from sqlalchemy import Connection as Database

from qantara.runtime.backoff import Backoff
from qantara.runtime.configuration import HubSettings
from qantara.runtime.holding import myself
from qantara.storage import lanes, pruning
from qantara.storage.pruning import Keep
from qantara.storage.statements import now
from qantara.storage.store import Store

LOG = logging.getLogger(__name__)

UPKEEP = "upkeep"
"""The name under which the journal keeps when the daily work is due; no link is named so."""

DAY = timedelta(days=1)

LOOK = 60.0
"""Seconds between looks whether it is due."""

Hook = Callable[[], Awaitable[object]]
"""One part of the daily work. Safe to repeat."""


def letting_go(store: Store, settings: HubSettings) -> Hook:
    """Let go of what is older than the owner wants to keep."""
    keep = Keep(
        everything=timedelta(days=settings.keep_days),
        unchanged=timedelta(days=settings.keep_unchanged_days),
    )
    return lambda: pruning.prune(store, keep)


async def keep_up(store: Store, hooks: Sequence[Hook]) -> None:
    """Do the daily work when it is due, for ever."""
    backoff = Backoff()
    while True:
        try:
            if await store.run(_is_due):
                for hook in hooks:
                    await hook()
                await store.run(_done)
        except Exception:
            # A fault in one hook must not stop what goes on beside; it is tried again.
            LOG.exception("The daily upkeep failed.")
            await asyncio.sleep(backoff.failed(LOOK))
        else:
            backoff.succeeded()
            await asyncio.sleep(LOOK)


def _is_due(database: Database) -> bool:
    state = lanes.states(database, [UPKEEP]).get(UPKEEP)
    return state is None or state.poll_at is None or state.poll_at <= now()


def _done(database: Database) -> None:
    state = lanes.take(database, UPKEEP, myself())
    lanes.note(database, UPKEEP, poll_at=now() + DAY)
    lanes.release(database, UPKEEP, state.token)
