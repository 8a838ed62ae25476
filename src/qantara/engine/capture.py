"""Capture: what changed at the source, read and prepared one page ahead of the work."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

from qantara.connectors.base import Page

Prepared = TypeVar("Prepared")


async def ahead(
    pages: AsyncIterator[Page], prepare: Callable[[Page], Awaitable[Prepared]]
) -> AsyncGenerator[tuple[Prepared, Page]]:
    """Each page with what `prepare` made of it, the next one coming while the caller works."""

    async def fetch() -> tuple[Prepared, Page] | None:
        page = await anext(pages, None)
        return None if page is None else (await prepare(page), page)

    coming = asyncio.create_task(fetch())
    try:
        while (found := await coming) is not None:
            coming = asyncio.create_task(fetch())
            yield found
    finally:
        if coming.cancel():
            await asyncio.wait([coming])
            if not coming.cancelled():
                coming.exception()  # heard, though nobody waits for that page any more
