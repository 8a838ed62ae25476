"""Match: does the target hold a record already that the hub does not know?

By natural key, and never by guess: a key that others may share counts only when the record says
the same of itself otherwise, and what two records could be is shown to a person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine.item import AmbiguousMatch, DuplicateKey, Item
from qantara.engine.link import Kind, Link
from qantara.model import Record
from qantara.model.keys import corroborated, is_unique, natural_keys
from qantara.storage import bindings
from qantara.storage.steps import reached
from qantara.storage.store import Store

MATCHED = frozenset({Kind.RECORD, Kind.DOCUMENT})
"""Kinds that the target may hold already, under a natural key."""

Candidates = Mapping[str, tuple[Change, Record]]
"""Records of the target by id: as it sent them, and as the link looks at them."""


async def scout(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Ask ahead whether the target holds what the hub does not know.

    The page before is still being written meanwhile. That does no harm: what it creates is known
    by its bindings, and two records of the source under one key are told apart at the source.
    """
    if link.kind not in MATCHED or link.bound_only:
        return
    ids = [item.change.external_id for item in items if item.open]
    known = await store.run(bindings.records_of, link.here_name, link.entity, ids)
    new = [item for item in items if item.open and item.change.external_id not in known]
    await _find(link, new)


async def _find(link: Link, items: Sequence[Item]) -> None:
    keys = {id(item): natural_keys(item.record) for item in items}
    wanted = sorted({key for some in keys.values() for key in some})
    found = await link.target.find(link.there, wanted) if wanted else {}
    reached("match: answered")
    for item in items:
        item.matches = {key: found.get(key, ()) for key in keys[id(item)]}


async def match(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Recognise what is there; two claims on one record, or two records for one claim, are parked."""
    if link.kind not in MATCHED:
        return
    await _refuse_duplicates(link, store, items)
    single = [item for item in items if item.open]
    await _find(link, [item for item in single if item.matches is None])
    ids = {one for item in single for some in (item.matches or {}).values() for one in some}
    if not ids:
        return
    claims = await store.run(_claims, link, ids, [item.change.external_id for item in single])
    changes = await link.target.read(link.there, sorted(ids))
    there = {change.external_id: (change, link.present(change)) for change in changes}
    for item in single:
        _adopt(link, item, there, claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """Whose counterparts the candidates are: `taken` by candidate.

    In a two-way link a candidate may have been seen already and wait to be carried the other way:
    it is `single`, and free for a record of the source that is not among the `known`.
    """

    taken: Mapping[str, str]
    single: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    def free(self, item: Item, one: str) -> bool:
        """True when the candidate may become the item's counterpart."""
        new = item.change.external_id not in self.known
        return self.taken.get(one, item.hub) == item.hub or (new and one in self.single)


def _claims(database: Database, link: Link, ids: Collection[str], mine: Sequence[str]) -> _Claims:
    taken = bindings.records_of(database, link.there_name, link.there, ids)
    if not link.two_way:
        return _Claims(taken=taken)
    paired = bindings.external_ids(database, link.here_name, link.entity, list(taken.values()))
    known = bindings.records_of(database, link.here_name, link.entity, mine)
    single = {one for one, record in taken.items() if record not in paired}
    return _Claims(taken=taken, single=frozenset(single), known=frozenset(known))


def refuse_archived(link: Link, item: Item, present: Any) -> bool:
    """A match that is out of use over there is no match for a record in use: a person must look."""
    archived = not getattr(present, "active", True)
    if not (item.adopted and archived and getattr(item.outgoing, "active", True)):
        return False
    item.park(
        AmbiguousMatch(
            f"It matches record {item.target_id} of {link.there_name}, which is archived.",
            remedy=f"Restore it at {link.there_name}, or change its key there; then retry.",
        )
    )
    return True


def unique_key(record: Any) -> str:
    """The first natural key of the record that must name it alone, or ""."""
    return next((key for key in natural_keys(record) if is_unique(key)), "")


async def _refuse_duplicates(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Two records of the source under one unique key: the first goes, the second asks."""
    mine = {id(item): unique_key(item.record) for item in items}
    wanted = sorted({key for key in mine.values() if key})
    holders = await store.run(bindings.holders, link.here_name, link.entity, wanted)
    first: dict[str, str] = {key: ids[0] for key, ids in holders.items() if ids}
    for item in items:
        key = mine[id(item)]
        holder = first.setdefault(key, item.change.external_id) if key else ""
        if key and holder != item.change.external_id:
            kind, _, value = key.partition(":")
            item.park(
                DuplicateKey(
                    f"{link.here_name} has two records with the {kind} {value!r}: "
                    f"{holder} and {item.change.external_id}. The first was carried over.",
                    remedy=f"Give one of them another {kind}; this record follows by itself.",
                )
            )


def _adopt(link: Link, item: Item, there: Candidates, claims: _Claims) -> None:
    for key, ids in (item.matches or {}).items():
        same = [
            one for one in ids if one in there and corroborated(key, item.outgoing, there[one][1])
        ]
        free = [one for one in same if claims.free(item, one)]
        if len(free) == 1:
            item.target_id, item.adopted, item.uncertain = free[0], True, True
            item.hub, item.shadow = claims.taken.get(free[0], item.hub), None
            item.found, _ = there[free[0]]
            return
        if free:
            item.park(_ambiguous(link, key, free))
            return
        if same and is_unique(key):
            item.park(_claimed(link, key, same[0]))
            return


def _ambiguous(link: Link, key: str, ids: Sequence[str]) -> AmbiguousMatch:
    kind, _, value = key.partition(":")
    return AmbiguousMatch(
        f"{link.there_name} has {len(ids)} records with the {kind} {value!r}: {', '.join(ids)}.",
        remedy="Keep one of them, or give the others another key; then retry.",
    )


def _claimed(link: Link, key: str, id_: str) -> DuplicateKey:
    kind, _, value = key.partition(":")
    return DuplicateKey(
        f"The {kind} {value!r} belongs at {link.there_name} to record {id_}, which is already "
        f"the counterpart of another record of {link.here_name}.",
        remedy=f"Give one of the two records of {link.here_name} another {kind}.",
    )
