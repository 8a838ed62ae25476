"""Drift: what no longer agrees although the link has carried it over, found with few calls.

Each side sums up its records by ranges of ids (`Connector.digests`). Where a range amounts to what
it did when both sides agreed, nothing is read. Where it does not, its records are read on both sides
and compared, and the shadows tell which side moved. What moves no digest (a change made in the
database itself) is found by reading on, slice by slice, through everything.

Do it while nobody else works on the link: a record on its way would seem to have drifted.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection as Database

from qantara.engine import buckets, mending
from qantara.engine.buckets import LEAF, Look, Side
from qantara.engine.link import Kind, Link
from qantara.engine.mending import ALERT, LATE, Drift
from qantara.storage import alerts
from qantara.storage import buckets as kept
from qantara.storage.buckets import DOUBTED, WHOLE, Bound
from qantara.storage.store import Store

CHUNK = 500
"""Records that are compared at once."""

GRACE = timedelta(minutes=5)
"""So long a change of the source may be on its way: it is polled every minute at the latest."""

BUDGET = 1000
"""Records that one step reads of each side."""


ROUNDS = 3
"""How often ranges are cut in one check: what comes meanwhile is left for the next."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found: `records` were compared, those of `ranges` among them.

    `complete` when all that had to be looked at was, and agrees or is among the findings.
    """

    link: str
    records: int = 0
    ranges: int = 0
    findings: list[Drift] = field(default_factory=list)
    complete: bool = True


async def check(
    link: Link, store: Store, *, deep: bool = False, repair: bool = False, patience: float = 0.0
) -> Report:
    """All that has drifted; with `deep` every record is read, whatever the digests say.

    With `repair` what is found is handed to the link as work: its next turn mends it. A change of
    the source that the link has not looked at yet is found too: bring it up to date first. Where
    others may be at work on the link, what is found is looked at again after `patience` seconds.
    """
    search = await _Search.begin(link, store)
    if search is None:
        return Report(link=link.name)
    sides: Sequence[Side] = buckets.sides(search.link)
    for _ in range(ROUNDS):
        looks = [await buckets.look(search.link, store, side, deep=deep) for side in sides]
        search.cut = []
        for seen in looks:
            await search.examine(seen)
        if not (sides := search.cut):
            break
    if patience and search.report.findings:
        await asyncio.sleep(patience)
        await search.confirm()
    await search.end(search.report.findings if repair else ())
    return search.report


async def step(link: Link, store: Store, budget: int = BUDGET) -> Report:
    """A bounded part of it, for a clock; goes on where the last step stopped.

    Reads about `budget` records of each side at most: those of ranges that changed, then the next
    slice of everything. What was found is mended by the link's rules, but for documents that moved
    on at the target. A change of the source counts as missed once it is older than GRACE. Nothing is
    done before a run of the link has been complete.
    """
    search = None if link.shadow else await _Search.begin(link, store)
    if search is None:
        return Report(link=link.name)
    if not await store.run(kept.ever_complete, link.name):
        return Report(link=link.name, complete=False)
    await search.judge_suspects(budget)
    limit = max(1, budget // LEAF)
    sides = buckets.sides(search.link)
    looks = [await buckets.look(search.link, store, side, limit=limit) for side in sides]
    for seen in looks:
        if not seen.blind:
            await search.examine(seen)
    if (left := budget - search.report.records) > 0:
        await search.read_on(looks[0], max(1, left // LEAF))
    search.blind = any(seen.blind for seen in looks)
    await search.end(mending.mendable(search.link, search.report.findings))
    return search.report


@dataclass(slots=True, kw_only=True)
class _Search:
    """A check or a step under way.

    `late` are records of the source that seemed late before, None where nothing counts as late.
    `cut` are sides whose ranges had grown too long and were cut: they are looked at again.
    """

    link: Link
    store: Store
    report: Report
    late: dict[str, datetime] | None = None
    cut: list[Side] = field(default_factory=list)
    blind: bool = False
    _left: dict[str, bool] = field(default_factory=dict)
    _looked: set[str] = field(default_factory=set)
    _doubted: set[str] = field(default_factory=set)
    _present: set[str] | None = None

    @classmethod
    async def begin(cls, link: Link, store: Store) -> "_Search | None":
        """None where there is nothing to compare: threads, and the way back of a two-way link."""
        if link.kind is Kind.THREAD or link.origin:
            return None
        ready = await link.prepared(store)
        return cls(link=ready, store=store, report=Report(link=link.name))

    async def examine(self, seen: Look) -> None:
        """Read the records of these ranges on both sides; remember which ranges agree."""
        present = await self._ids() if seen.bounds and seen.side.name == "source" else ()
        ranges = await buckets.members(self.link, self.store, seen, present)
        left = bool(seen.rest) or len(ranges) < len(seen.bounds)
        agree = not left
        for group in _groups(ranges):
            doubted = await self._compare(group)
            await buckets.settle(self.link, self.store, seen, doubted)
            agree = agree and not any(doubted.values())
        if seen.bounds and seen.whole and agree:
            await self._remember(seen.side.name, {WHOLE: seen.whole})
        if len(ranges) < len(seen.bounds):
            self.cut.append(seen.side)
        self._left[seen.side.name] = left

    async def judge_suspects(self, budget: int) -> None:
        """What was late when it was first seen has been missed by now, or has come."""
        self.late = await self.store.run(kept.suspects, self.link.name)
        moment = datetime.now(UTC)
        due = [one for one, since in self.late.items() if moment - since >= GRACE][:budget]
        for start in range(0, len(due), CHUNK):
            some = due[start : start + CHUNK]
            judged = await mending.judge(self.link, self.store, some)
            self._note(some, judged.drifts, judged.underway)
        await self.store.run(kept.clear, self.link.name, due)

    async def confirm(self) -> None:
        """Keep only those findings that are still so."""
        ids = sorted(_ids(self.report.findings))
        self.report.findings = []
        for start in range(0, len(ids), CHUNK):
            judged = await mending.judge(self.link, self.store, ids[start : start + CHUNK])
            self.report.findings += judged.drifts

    async def read_on(self, source: Look, limit: int) -> None:
        """The next slice of everything, whatever the digests say."""
        place, leaves = await self.store.run(_slices, self.link.name)
        start = next((n for n, leaf in enumerate(leaves) if leaf[0] == place), 0)
        if source.blind and start == 0:
            await self._count_everybody()
        chosen = leaves[start : start + limit]
        following = leaves[start + limit :]
        seen = Look(side=source.side, bounds=chosen)
        for group in _groups(await buckets.members(self.link, self.store, seen, ())):
            doubted = await self._compare(group)
            found = {bound: DOUBTED for bound, bad in doubted.items() if bad}
            await self._remember("source", found)
        await self.store.run(kept.move, self.link.name, following[0][0] if following else "")

    async def end(self, mendable: Collection[Drift]) -> None:
        """Hand over what is to be mended, and see to the alert."""
        found = self.report.findings
        left = self.blind or any(self._left.values())
        self.report.complete = not left and self._doubted <= _ids(found)
        agree = self.report.complete and not found
        await self.store.run(_end, self.link, found, [*mendable], agree=agree)

    async def _compare(self, group: Mapping[Bound, Sequence[str]]) -> dict[Bound, bool]:
        """Which of the ranges something is wrong with, or not to be told."""
        ids = [one for members in group.values() for one in members]
        fresh = [one for one in dict.fromkeys(ids) if one not in self._looked]
        for start in range(0, len(fresh), CHUNK):
            some = fresh[start : start + CHUNK]
            judged = await mending.judge(self.link, self.store, some)
            drifts = [one for one in judged.drifts if not self._is_late(one)]
            late = [one.source_id for one in judged.drifts if self._is_late(one)]
            self._note(some, drifts, judged.underway | set(late))
            await self._suspect(late)
        self.report.ranges += len(group)
        return {bound: not self._doubted.isdisjoint(members) for bound, members in group.items()}

    def _is_late(self, drift: Drift) -> bool:
        return self.late is not None and drift.cause in LATE

    def _note(
        self, looked: Sequence[str], drifts: Sequence[Drift], others: Collection[str]
    ) -> None:
        self.report.records += len(looked)
        self.report.findings += drifts
        self._looked.update(looked)
        self._doubted.update(others, _ids(drifts))

    async def _suspect(self, ids: Collection[str]) -> None:
        new = [one for one in ids if self.late is not None and one not in self.late]
        if new:
            await self.store.run(kept.suspect, self.link.name, new)

    async def _count_everybody(self) -> None:
        """Where the source cannot sum up: what it has and the link has never looked at."""
        unknown = await self.store.run(_never_seen, self.link, await self._ids())
        await self._suspect(unknown)

    async def _ids(self) -> set[str]:
        if self._present is None:
            link = self.link
            every = await link.source.ids(link.entity, scope=link.scope)
            self._present = every - link.excluded
        return self._present

    async def _remember(self, side: kept.Side, digests: Mapping[Bound, str]) -> None:
        await self.store.run(kept.agreed, self.link.name, side, digests)


def _ids(drifts: Collection[Drift]) -> set[str]:
    return {one.source_id for one in drifts}


def _groups(ranges: Mapping[Bound, Sequence[str]]) -> Iterator[dict[Bound, Sequence[str]]]:
    """Ranges that together have about CHUNK records."""
    group: dict[Bound, Sequence[str]] = {}
    size = 0
    for bound, ids in ranges.items():
        if group and size + len(ids) > CHUNK:
            yield group
            group, size = {}, 0
        group[bound] = ids
        size += len(ids)
    if group:
        yield group


def _slices(database: Database, link: str) -> tuple[str, list[Bound]]:
    """Where to read on, and all ranges of the source."""
    leaves = [bound for bound in kept.of(database, link, "source") if bound != WHOLE]
    return kept.place(database, link), leaves


def _never_seen(database: Database, link: Link, present: Collection[str]) -> set[str]:
    carried = {pair.source_id for pair in buckets.carried(database, link)}
    unknown = set(present) - carried
    return unknown - kept.told_of(database, link.name, unknown)


def _end(
    database: Database,
    link: Link,
    found: Sequence[Drift],
    mendable: Sequence[Drift],
    *,
    agree: bool,
) -> None:
    if mendable:
        mending.mend(database, link, mendable)
    if found:
        mending.tell(database, link, found)
    elif agree:
        alerts.close(database, ALERT, [link.name])
