"""Which ranges of ids of a side are not what they were when both sides last agreed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.storage import buckets
from qantara.storage.buckets import WHOLE, Bound, Bucket, natural
from qantara.storage.store import Store
from qantara.transport import Unsupported

LEAF = 200
"""Records in one range: so many are read on both sides when one of them has changed."""

TRUSTED = timedelta(hours=1)
"""How long the digest of a whole side stands for those of its ranges, which tell more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a link."""

    name: buckets.Side
    connector: Connector
    entity: str
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is to be examined of a side, the longest unlooked-at first.

    `digests` were taken before anything was read; `whole` is that of the whole side, "" when it was
    not asked for. `rest` more ranges are left for another time. A `blind` side cannot sum up.
    """

    side: Side
    bounds: Sequence[Bound] = ()
    digests: Mapping[Bound, str] = field(default_factory=dict)
    whole: str = ""
    rest: int = 0
    blind: bool = False


def sides(link: Link) -> tuple[Side, Side]:
    """Source and target."""
    here = Side(name="source", connector=link.source, entity=link.entity, scope=link.scope)
    return here, Side(name="target", connector=link.target, entity=link.there)


async def look(
    link: Link, store: Store, side: Side, *, limit: int | None = None, deep: bool = False
) -> Look:
    """At most `limit` ranges that are to be examined; those that never were go first.

    With `deep` all of them are, whatever they amount to.
    """
    known = await store.run(_known, link, side.name)
    leaves = sorted((one for one in known.values() if one.bound != WHOLE), key=lambda one: one.at)
    unknown = [one.bound for one in leaves if not one.digest]
    try:
        if limit and unknown:
            chosen = unknown[:limit]
            asked = await _digests(side, chosen)
            left = len(unknown) - len(chosen)
            return Look(side=side, bounds=chosen, digests=asked, rest=left)
        known_of_it = _Memory(side=side, whole=known.get(WHOLE), leaves=leaves, deep=deep)
        return await _compared(link, store, known_of_it, limit)
    except Unsupported:
        every = [one.bound for one in leaves]
        return Look(
            side=side, bounds=every[:limit], rest=len(every[limit or len(every) :]), blind=True
        )


async def members(
    link: Link, store: Store, seen: Look, present: Collection[str]
) -> dict[Bound, list[str]]:
    """The ids of the source that the ranges are about; `present` are those of the source itself.

    Ranges that have grown too long are cut instead of being examined, and come next time.
    """
    return await store.run(_members, link, seen, present) if seen.bounds else {}


async def settle(link: Link, store: Store, seen: Look, doubted: Mapping[Bound, bool]) -> None:
    """Remember what the examined ranges amounted to, but for those in which something is wrong."""
    found = {
        bound: buckets.DOUBTED if bad else seen.digests.get(bound, buckets.DOUBTED)
        for bound, bad in doubted.items()
    }
    await store.run(buckets.agreed, link.name, seen.side.name, found)


def _members(
    database: Database, link: Link, seen: Look, present: Collection[str]
) -> dict[Bound, list[str]]:
    pairs = carried(database, link)
    bounds = sorted(seen.bounds, key=lambda bound: natural(bound[0]))
    if seen.side.name == "source":
        own = {pair.source_id: pair.source_id for pair in pairs} | {one: one for one in present}
    else:
        own = {pair.target_id: pair.source_id for pair in pairs}
    found = buckets.sorted_in(bounds, own)
    long = {bound: ids for bound, ids in found.items() if len(ids) > 2 * LEAF}
    if long:
        name = seen.side.name
        kept = [one for one in buckets.of(database, link.name, name) if one not in long]
        parts = [part for bound, ids in long.items() for part in _parts(bound, ids)]
        buckets.cut(database, link.name, name, [*kept, *parts])
    return {bound: [own[one] for one in ids] for bound, ids in found.items() if bound not in long}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What a side amounted to when it last agreed; with `deep` that does not matter."""

    side: Side
    whole: Bucket | None
    leaves: Sequence[Bucket]
    deep: bool

    def trusts(self, whole: str) -> bool:
        """Whether the digest of the whole is enough to know that nothing has changed."""
        before = self.whole
        fresh = before is not None and datetime.now(UTC) - before.at < TRUSTED
        same = before is not None and before.digest == whole
        return fresh and same and not self.deep and all(one.digest for one in self.leaves)


async def _compared(link: Link, store: Store, before: _Memory, limit: int | None) -> Look:
    side = before.side
    whole = (await _digests(side, [WHOLE]))[WHOLE]
    if before.trusts(whole):
        return Look(side=side, whole=whole)
    asked = await _digests(side, [one.bound for one in before.leaves])
    differing = [
        one.bound for one in before.leaves if before.deep or one.digest != asked[one.bound]
    ]
    if not differing:
        await store.run(buckets.agreed, link.name, side.name, {WHOLE: whole})
    chosen = differing[:limit]
    rest = len(differing) - len(chosen)
    return Look(side=side, bounds=chosen, digests=asked, whole=whole, rest=rest)


async def _digests(side: Side, bounds: Sequence[Bound]) -> dict[Bound, str]:
    told = await side.connector.digests(side.entity, bounds, scope=side.scope)
    return {bound: one.digest for bound, one in zip(bounds, told, strict=True)}


def _known(database: Database, link: Link, side: buckets.Side) -> dict[Bound, Bucket]:
    """The ranges of a side; where there are none they are cut by what the link has carried."""
    known = buckets.of(database, link.name, side)
    if any(bound != WHOLE for bound in known):
        return known
    pairs = carried(database, link)
    own = [pair.source_id if side == "source" else pair.target_id for pair in pairs]
    buckets.cut(database, link.name, side, _parts(WHOLE, own) if own else _NOTHING)
    return buckets.of(database, link.name, side)


_NOTHING: Sequence[Bound] = (("", "0"), ("0", ""))
"""The ranges of a side of which nothing is known; two, for the whole is looked at otherwise."""


def carried(database: Database, link: Link) -> list[buckets.Pair]:
    """All that the link has carried over."""
    here, there = (link.here_name, link.entity), (link.there_name, link.there)
    return buckets.carried(database, link.pair, here, there)


def _parts(bound: Bound, ids: Sequence[str]) -> list[Bound]:
    """The range cut at every so many of its ids; the first part lies before the first of them."""
    ordered = sorted(ids, key=natural)
    edges = ordered[::LEAF] if bound == WHOLE else ordered[LEAF::LEAF]
    starts = [bound[0], *edges]
    return list(zip(starts, [*edges, bound[1]], strict=True))
