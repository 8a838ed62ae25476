"""Holding a lane: nobody else works on it meanwhile, and whoever dies loses it by himself.

A lane's holder says again and again that it is still at it. One that has not said so for a while
is taken for dead and its lane is taken over; should it wake up after all, its token is old.
"""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection as Database

from qantara.engine.link import Link
from qantara.storage import lanes
from qantara.storage.errors import Overtaken, StorageError, StorageUnavailable
from qantara.storage.lanes import Lane as State
from qantara.storage.statements import now
from qantara.storage.store import Store

RENEW = 3.0
"""Seconds between two signs of life of a holder."""

GIVE_UP = 12.0
"""Seconds without a sign of life that was kept, after which a holder lets go by himself."""

LEASE = 15.0
"""Seconds without a sign of life, after which others take a holder for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The lane as it was when it was taken, and the journal as only its holder may write it."""

    state: State
    store: Store


def myself() -> str:
    """This process, as the journal names it."""
    return f"{platform.node()}:{os.getpid()}"


@asynccontextmanager
async def holding(store: Store, link: Link, holder: str) -> AsyncIterator[Hold | None]:
    """Hold the lane meanwhile; None when somebody else, who is alive, holds it or its mirror.

    What is done within is broken off when the journal cannot be told for long that we live.
    Raises Overtaken when somebody took the lane over all the same.
    """
    state = await store.run(take, link, holder)
    if state is None:
        yield None
        return
    mine = store.guarded(partial(lanes.guard, link=link.name, token=state.token))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(GIVE_UP) as limit:
            living = asyncio.create_task(_live(mine, state, limit, loop))
            try:
                yield Hold(state=state, store=mine)
            finally:
                living.cancel()
                await asyncio.wait([living])
                if not living.cancelled():
                    living.result()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise StorageUnavailable(
            f"The journal has not answered for {GIVE_UP:.0f} seconds.",
            remedy="Check the database and the network to it.",
        ) from error


async def _live(
    mine: Store, state: State, limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop
) -> None:
    """Say that we are alive; each time that it was kept, the limit begins anew."""
    while True:
        await asyncio.sleep(RENEW)
        asked = loop.time()
        try:
            await mine.run(lanes.renew, state.link, state.token)
        except Overtaken:
            limit.reschedule(asked)
            raise
        except StorageError:
            continue  # once more, until the limit is reached
        limit.reschedule(asked + GIVE_UP)


def take(database: Database, link: Link, holder: str) -> State | None:
    """Work on the link from now on, unless somebody who is alive does, or works on its mirror."""
    names = [each.name for each in (link.origin or link).directions]
    lanes.one_after_another(database, names[0])
    states = lanes.states(database, names)
    if any(held(each, holder, link.name) for each in states.values()):
        return None
    lanes.oust(database, [name for name in names if name != link.name])
    return lanes.take(database, link.name, holder)


def held(state: State, holder: str = "", link: str = "", moment: datetime | None = None) -> bool:
    """Whether somebody alive is at the lane; `holder` itself may always take up its own `link`."""
    if not state.holder or (state.holder, state.link) == (holder, link):
        return False
    silent = (moment or now()) - (state.taken_at or datetime.min.replace(tzinfo=now().tzinfo))
    return silent < timedelta(seconds=LEASE) and not _is_gone(state.holder)


def under_way(states: Iterable[State], links: Collection[Link], holder: str = "") -> frozenset[str]:
    """The pairs on one of whose lanes somebody alive, other than `holder`, is at work."""
    busy = {state.link for state in states if held(state, holder, state.link)}
    return frozenset(link.pair for link in links if link.name in busy)


def _is_gone(holder: str) -> bool:
    """True when it was a process of this machine that has ended."""
    node, _, number = holder.rpartition(":")
    if node != platform.node() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
