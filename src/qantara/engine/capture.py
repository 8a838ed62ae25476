"""Capture: what changed at the source, read one page ahead of the work."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from qantara.connectors.base import Page


async def ahead(pages: AsyncIterator[Page]) -> AsyncGenerator[Page]:
    """The same pages, the next one being fetched while the caller works on the last."""
    coming = _fetch(pages)
    try:
        while (page := await coming) is not None:
            coming = _fetch(pages)
            yield page
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming


def _fetch(pages: AsyncIterator[Page]) -> asyncio.Task[Page | None]:
    async def fetch() -> Page | None:
        return await anext(pages, None)

    return asyncio.create_task(fetch())
