"""The journey of a record, top to bottom.

    capture -> map -> resolve -> apply -> verify -> close

`run` brings a link up to date, page by page: `carry_over` and `conclude` are a page's two halves.
A page is closed in one transaction: shadows, outcomes, dead letters and the cursor together, so
that after a crash its changes come again and are recognised: what was created is compared, and
what was updated may be sent once more with the same values. While a page is verified and closed,
the next is already on its way to the target.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change, Page
from qantara.engine import (
    apply,
    close,
    match,
    patches,
    refusing,
    remapping,
    resolve,
    shadowing,
    sweep,
    verify,
)
from qantara.engine.capture import ahead
from qantara.engine.close import Reached
from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import AUTOMATIC, SKIPPED, UNCHANGED, WRITTEN, Item
from qantara.engine.link import Link, Skipped
from qantara.storage import cursors, dead_letters, ledger, runs, work
from qantara.storage.errors import StorageError
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.storage.work import Task
from qantara.transport import ConnectorError, OutcomeUnknown, Rejected


class Watch(Protocol):
    """Somebody who looks on: a progress bar, a log, a test."""

    def begin(self, link: Link, expected: int) -> None:
        """A link's run begins; about `expected` changes will come, 0 when nobody can tell."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """These changes have reached their end."""

    def end(self, link: Link, summary: "Summary") -> None:
        """The run is over, well or not."""


PORTION = 500
"""Records that are read again at once."""

ALONE = len(work.COMPANY) - 1
"""A record that failed so often comes alone."""

TRIES = 6
"""Further failures, alone, after which a record is put aside for a person."""

ALONE_SECONDS = 0.5
"""The wait between these, longer each time; there is none before the first."""

NOTHING_MORE = Reached()


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


async def run(
    link: Link,
    store: Store,
    watch: Watch,
    stop: asyncio.Event | None = None,
    *,
    polling: bool = True,
) -> Summary:
    """Bring the target up to date: what the link was told of, then what changed since its cursor.

    It takes up an unfinished run where it stopped. When `stop` is set the page under way is
    finished and the rest waits. Without `polling` the source is only asked for what waits.
    """
    pass_ = await _begin(link, store, watch)
    pass_.stop = stop or asyncio.Event()
    async with _told(pass_):
        if pass_.link.catch_up and not pass_.link.shadow:
            await pass_.link.catch_up(pass_.link, store)
        await _told_of(pass_)
        if polling and not pass_.stop.is_set():
            await _changed(pass_)
            if not pass_.link.shadow:
                await _put_aside(pass_)
    return pass_.summary


async def sync_ids(link: Link, store: Store, ids: Sequence[str], watch: Watch) -> Summary:
    """Take these records of the source through the steps now, whatever the cursor says."""
    pass_ = await _begin(link, store, watch)
    async with _told(pass_):
        watch.begin(pass_.link, len(ids))
        await _carry(pass_, ids)
    return pass_.summary


async def carry_over(
    link: Link, store: Store, run_id: str, items: Sequence[Item], sent: asyncio.Event
) -> None:
    """The first half: the target has what changed, and the hub knows what is what."""
    if link.lead and not link.shadow:
        await link.lead(link, store, items)
    await resolve.identify(link, store, items)
    async for ready in resolve.waves(link, store, items):
        await refusing.examine(link, ready)
        if link.shadow:
            shadowing.withhold(ready)
            continue
        if link.adjust and (open_ := [item for item in ready if item.open]):
            await link.adjust(link, store, open_)
        await apply.write(link, store, run_id, ready, sent)
        await close.bind(link, store, ready)


async def conclude(
    link: Link, store: Store, run_id: str, items: Sequence[Item], over: Reached
) -> None:
    """The second half: what the target kept is compared, and the page is closed."""
    if link.shadow:
        shadowing.put_aside(items)
    else:
        await verify.read_back(link, items)
        await refusing.tell(link, items)
    await close.page(link, store, run_id, items, over)


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
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ending: runs.Ending = "complete"
    recovered: frozenset[str] = frozenset()
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    concluding: asyncio.Task[None] | None = None

    async def announce(self, position: str) -> None:
        """Tell how much is about to come: on a first load, where it is worth the asking."""
        link = self.link
        first = not position
        expected = await link.source.count(link.entity, "", scope=link.scope) if first else 0
        self.watch.begin(link, expected)

    async def prepare(self, page: Page) -> list[Item]:
        """What can be done for a page while the one before is being written."""
        items = map_(self.link, page.changes)
        await patches.put_on(self.link, self.store, items)
        await match.scout(self.link, self.store, items)
        return items

    async def carry_over(self, items: Sequence[Item]) -> None:
        """The first half of a page; the page before may be concluded once it is on its way."""
        try:
            await carry_over(self.link, self.store, self.summary.run, items, self.sent)
        finally:
            self.sent.set()

    def conclude_later(self, items: Sequence[Item], over: Reached) -> None:
        """Conclude the page while the next one is on its way, or when it is asked for."""
        self.sent = sent = asyncio.Event()

        async def conclude() -> None:
            await sent.wait()
            await self.conclude(items, over)

        self.concluding = asyncio.create_task(conclude())

    async def concluded(self) -> None:
        """The page before is closed."""
        self.sent.set()
        if self.concluding:
            concluding, self.concluding = self.concluding, None
            await concluding

    async def conclude(self, items: Sequence[Item], over: Reached = NOTHING_MORE) -> None:
        """The second half of a page, and tell of it."""
        for item in items:
            if item.result == UNCHANGED and item.hub in self.recovered:
                item.result = WRITTEN
        await conclude(self.link, self.store, self.summary.run, items, over)
        self.summary.count(items)
        self.watch.advance(self.link, items)


@asynccontextmanager
async def _told(pass_: _Pass) -> AsyncIterator[None]:
    """Prepare the link, recover what a crash left open, and end the run in the books."""
    store, run_id = pass_.store, pass_.summary.run
    try:
        pass_.link = await pass_.link.prepared(store)
        pass_.recovered = await apply.recover(pass_.link, store)
        await remapping.look_anew(pass_.link, store)
        yield
    except ConnectorError as error:
        pass_.summary.error = error.reason
        await store.run(runs.finish, run_id, "failed", error.reason)
        raise
    except StorageError as error:
        # Nothing is written now: the run stays open and is taken up again.
        pass_.summary.error = error.reason
        raise
    else:
        await store.run(runs.finish, run_id, pass_.ending)
        await _read_books(pass_)
    finally:
        pass_.watch.end(pass_.link, pass_.summary)


async def _read_books(pass_: _Pass) -> None:
    """The ledger has one line for each change, however often the run came back to it."""
    summary = pass_.summary
    totals = await pass_.store.run(ledger.totals, summary.run)
    summary.results = {result: count for result, count in totals.items() if count}
    summary.seen = sum(totals.values())


async def _told_of(pass_: _Pass) -> None:
    """The records that somebody said something about, as they are now, batch by batch."""
    link, store = pass_.link, pass_.store
    while tasks := await store.run(work.due, link.name):
        if pass_.stop.is_set():
            pass_.ending = "stopped"
            return
        try:
            await _carry(pass_, [task.external_id for task in tasks], tasks)
        except (OutcomeUnknown, Rejected) as error:
            await _isolate(pass_, tasks, error)


async def _isolate(pass_: _Pass, tasks: Sequence[Task], error: ConnectorError) -> None:
    """A batch failed as a whole: one of it may be to blame. The target answers, or this raises."""
    link, store = pass_.link, pass_.store
    pass_.recovered |= await apply.recover(link, store)
    [task, *others] = tasks
    if others or task.attempts < ALONE + TRIES:
        wait = ALONE_SECONDS * max(0, task.attempts - ALONE)
        await store.run(work.fail, tasks, error.reason, after=wait)
        return
    items = await _items(pass_, [task.external_id])
    for item in items:
        item.park(error)
    await pass_.conclude(items, Reached(tasks=tasks))


async def _changed(pass_: _Pass) -> None:
    """All that changed since the cursor; what the link is told of meanwhile goes in between."""
    link, store = pass_.link, pass_.store
    position = await store.run(cursors.position, link.position)
    pages = link.source.changes(link.entity, position, scope=link.scope)
    async with aclosing(ahead(pages, pass_.prepare)) as coming:
        pass_.concluding = asyncio.create_task(pass_.announce(position))
        try:
            async for items, page in coming:
                reached("capture: a page is read")
                if link.two_way:
                    await pass_.concluded()  # what was agreed on decides what is carried next
                if await _handed_over(pass_, items, page):
                    continue
                await pass_.concluded()
                pass_.conclude_later(items, Reached(cursor=page.cursor))
                if pass_.stop.is_set():
                    pass_.ending = "stopped"
                    break
                if await store.run(work.waits, link.name):
                    await pass_.concluded()
                    await _told_of(pass_)
        finally:
            await pass_.concluded()


async def _handed_over(pass_: _Pass, items: Sequence[Item], page: Page) -> bool:
    """Carry a page over; when it fails as a whole its records become work, and others go on."""
    link, store = pass_.link, pass_.store
    try:
        await pass_.carry_over(items)
    except (OutcomeUnknown, Rejected):
        pass_.recovered |= await apply.recover(link, store)
        await store.run(_hand_over, link, page)
        await _told_of(pass_)
        return True
    return False


def _hand_over(database: Database, link: Link, page: Page) -> None:
    work.ask(database, [task_of(link, change.external_id) for change in page.changes])
    cursors.advance(database, link.position, page.cursor)


def task_of(link: Link, id_: str) -> Task:
    """That the link shall look at this record of its source."""
    return Task(link=link.name, connection=link.here_name, entity=link.entity, external_id=id_)


async def _put_aside(pass_: _Pass) -> None:
    """Dead letters that a person sent back, and those whose reason may have vanished."""
    left = -1
    while ids := await pass_.store.run(dead_letters.due, pass_.link.name, AUTOMATIC):
        if len(ids) == left:
            break
        left = len(ids)
        await _carry(pass_, ids)


async def _carry(pass_: _Pass, ids: Sequence[str], tasks: Sequence[Task] = ()) -> None:
    """These records as they are now; the tasks that asked for them are over with it."""
    link = pass_.link
    known = {task.external_id: task for task in tasks}
    for start in range(0, len(ids), PORTION):
        some = ids[start : start + PORTION]
        items = await _items(pass_, some)
        done = [known[item.change.external_id] for item in items if known]
        await pass_.carry_over(items)
        await pass_.conclude(items, Reached(tasks=done))
        missing = set(some) - {item.change.external_id for item in items}
        over = [known[one] for one in missing if known]
        run_id = pass_.summary.run
        await sweep.vanished(link, pass_.store, missing, run_id=run_id, tasks=over)


async def _items(pass_: _Pass, ids: Sequence[str]) -> list[Item]:
    link = pass_.link
    changes = await link.source.read(link.entity, ids)
    reached("capture: records are read")
    items = map_(link, changes)
    await patches.put_on(link, pass_.store, items)
    return items


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
