"""Waiting for one of several things, and ending the rest.

In Python 3.11 `asyncio.wait_for` loses a cancellation that comes in the moment in which what it
waits for happens (CPython issue 86296). It is not used here; libraries use it, so whoever is to
end is told so until he does.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

INSIST = 1.0
"""Seconds after which a task that goes on is cancelled once more."""


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, but no longer than this; whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def first(*works: Coroutine[Any, Any, object]) -> None:
    """Until one of them ends or fails; the others are cancelled."""
    tasks = {asyncio.create_task(work) for work in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _end(tasks)


async def _end(tasks: set[asyncio.Task[object]]) -> None:
    while going := {task for task in tasks if not task.done()}:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=INSIST)
    await asyncio.gather(*tasks, return_exceptions=True)
