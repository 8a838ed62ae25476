"""The journey of a record, top to bottom.

    capture -> map -> resolve -> apply -> verify -> close

`run` brings a link up to date, page by page; `sync` takes one page through the steps. A page is
closed in one transaction: bindings, shadows, outcomes, dead letters and the cursor together, so
that a crash anywhere repeats at most one page, and repeating a page writes nothing twice.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from qantara.connectors.base import Change
from qantara.engine import apply, close, resolve, verify
from qantara.engine.capture import ahead
from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import AUTOMATIC, SKIPPED, Item
from qantara.engine.link import Link, Skipped
from qantara.storage import cursors, dead_letters, runs
from qantara.storage.store import Store
from qantara.transport import ConnectorError


class Watch(Protocol):
    """Somebody who looks on: a progress bar, a log, a test."""

    def begin(self, link: Link, expected: int) -> None:
        """A link's run begins; about `expected` changes will come."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """These changes have reached their end."""

    def end(self, link: Link, summary: "Summary") -> None:
        """The run is over, well or not."""


RETRY_PAGE = 200


@dataclass(slots=True, kw_only=True)
class Summary:
    """What a run did: changes seen, and how many ended in which result."""

    link: str
    run: str = ""
    seen: int = 0
    results: dict[str, int] = field(default_factory=dict)
    error: str = ""

    def count(self, items: Sequence[Item]) -> None:
        """Add these to the numbers."""
        self.seen += len(items)
        for item in items:
            self.results[item.result] = self.results.get(item.result, 0) + 1


async def run(link: Link, store: Store, watch: Watch, stop: asyncio.Event | None = None) -> Summary:
    """Bring the target up to date. Takes up an unfinished run where it stopped.

    When `stop` is set the page under way is finished and the rest waits for the next run.
    """
    pass_ = await _begin(link, store, watch)
    async with _told(pass_):
        await _changed(pass_, stop or asyncio.Event())
        await _put_aside(pass_)
    return pass_.summary


async def sync_ids(link: Link, store: Store, ids: Sequence[str], watch: Watch) -> Summary:
    """Take these records of the source through the steps now, whatever the cursor says."""
    pass_ = await _begin(link, store, watch)
    async with _told(pass_):
        watch.begin(pass_.link, len(ids))
        await _carry(pass_, ids)
    return pass_.summary


async def sync(
    link: Link, store: Store, run_id: str, changes: Sequence[Change], *, cursor: str | None = None
) -> list[Item]:
    """Take these changes through every step. Safe to repeat at any point."""
    items = map_(link, changes)
    await resolve.identify(link, store, items)
    async for ready in resolve.waves(link, store, items):
        await apply.write(link, store, run_id, ready)
        await verify.read_back(link, ready)
        await close.bind(link, store, ready)
    await close.page(link, store, run_id, items, cursor)
    return items


async def _begin(link: Link, store: Store, watch: Watch) -> "_Pass":
    run_ = await store.run(runs.start, link.name)
    return _Pass(link=link, store=store, watch=watch, summary=Summary(link=link.name, run=run_.id))


@dataclass(slots=True, kw_only=True)
class _Pass:
    """A run under way."""

    link: Link
    store: Store
    watch: Watch
    summary: Summary
    ending: runs.Ending = "complete"

    async def carry(self, changes: Sequence[Change], cursor: str | None = None) -> None:
        """Take one page through the steps and tell of it."""
        items = await sync(self.link, self.store, self.summary.run, changes, cursor=cursor)
        self.summary.count(items)
        self.watch.advance(self.link, items)


@asynccontextmanager
async def _told(pass_: _Pass) -> AsyncIterator[None]:
    """Prepare the link, recover what a crash left open, and end the run in the books."""
    store, run_id = pass_.store, pass_.summary.run
    try:
        pass_.link = await pass_.link.prepared(store)
        await apply.recover(pass_.link, store)
        yield
    except ConnectorError as error:
        pass_.summary.error = error.reason
        await store.run(runs.finish, run_id, "failed", error.reason)
        raise
    else:
        await store.run(runs.finish, run_id, pass_.ending)
    finally:
        pass_.watch.end(pass_.link, pass_.summary)


async def _changed(pass_: _Pass, stop: asyncio.Event) -> None:
    """All that changed since the cursor."""
    link, store = pass_.link, pass_.store
    position = await store.run(cursors.position, link.name)
    pass_.watch.begin(link, await link.source.count(link.entity, position, scope=link.scope))
    changes = link.source.changes(link.entity, position, scope=link.scope)
    async with aclosing(ahead(changes)) as pages:
        async for page in pages:
            await pass_.carry(page.changes, page.cursor)
            if stop.is_set():
                pass_.ending = "stopped"
                break


async def _put_aside(pass_: _Pass) -> None:
    """Dead letters that a person sent back, and those whose reason may have vanished."""
    left = -1
    while ids := await pass_.store.run(dead_letters.due, pass_.link.name, AUTOMATIC):
        if len(ids) == left:
            break
        left = len(ids)
        await _carry(pass_, ids)


async def _carry(pass_: _Pass, ids: Sequence[str]) -> None:
    link = pass_.link
    for start in range(0, len(ids), RETRY_PAGE):
        some = ids[start : start + RETRY_PAGE]
        changes = await link.source.read(link.entity, some)
        await pass_.carry(changes)
        missing = set(some) - {change.external_id for change in changes}
        await close.gone(link, pass_.store, missing)


def map_(link: Link, changes: Sequence[Change]) -> list[Item]:
    """The system's words to canonical words, then the flow's own adjustments."""
    return [_mapped(link, change) for change in changes]


def _mapped(link: Link, change: Change) -> Item:
    item = Item(change=change)
    try:
        record = link.outgoing(change)
    except ConnectorError as error:
        item.park(error)
        return item
    if isinstance(record, Skipped):
        item.end(SKIPPED, record.reason)
    else:
        item.record, item.hashes = record, fingerprints(record, link.fields)
    return item
