"""Match: does the target hold a record already that the hub does not know?

By natural keys, weighed together, and never by guess: a key that others may share counts only when
the record says the same of itself otherwise. What may be several records, or what one key says and
another denies, becomes a question to a person; the answer is remembered, and asked for first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine.item import SKIPPED, AmbiguousMatch, DuplicateKey, Item
from qantara.engine.link import Kind, Link
from qantara.engine.weighing import candidates, label, surest, weigh
from qantara.model import Record
from qantara.model.doubts import Candidate, Doubt
from qantara.model.keys import ALIKE, alike_keys, is_unique, natural_keys
from qantara.storage import bindings, questions
from qantara.storage.questions import NEW, SKIP
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
    """Ask the target by every key, and where none has found anything, for what looks alike."""
    await _ask(link, {id(item): (item, link.keys(item.record)) for item in items})
    if link.alike:
        strange = [item for item in items if not any((item.matches or {}).values())]
        await _ask(link, {id(item): (item, alike_keys(item.record)) for item in strange})


async def _ask(link: Link, asked: Mapping[int, tuple[Item, Sequence[str]]]) -> None:
    wanted = sorted({key for _, keys in asked.values() for key in keys})
    found = await link.target.find(link.there, wanted) if wanted else {}
    reached("match: answered")
    for item, keys in asked.values():
        item.matches = {**(item.matches or {}), **{key: found.get(key, ()) for key in keys}}


async def match(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Recognise what is there; two claims on one record, or two records for one claim, are parked."""
    if link.kind not in MATCHED:
        return
    await _refuse_duplicates(link, store, items)
    single = [item for item in items if item.open]
    await _find(link, [item for item in single if item.matches is None])
    single = await _heed(link, store, single)
    ids = {one for item in single for some in (item.matches or {}).values() for one in some}
    if not ids:
        return
    claims = await store.run(_claims, link, ids, [item.change.external_id for item in single])
    changes = await link.target.read(link.there, sorted(ids))
    there = {change.external_id: (change, link.present(change)) for change in changes}
    for item in single:
        _adopt(link, item, there, claims)


async def _heed(link: Link, store: Store, items: Sequence[Item]) -> list[Item]:
    """What a person has said of these goes before what the keys say."""
    ids = [item.change.external_id for item in items]
    told = await store.run(questions.decided, link.name, "match", ids)
    for item in items:
        question = told.get(item.change.external_id)
        if question is None:
            continue
        item.contested = question.state == "open"
        if question.answer == SKIP:
            item.end(SKIPPED, f"A person said to leave it alone (question {question.id}).")
        elif question.answer == NEW:
            item.matches = {}
        elif question.answer:
            item.answered = question.answer
            item.matches = {**(item.matches or {}), "answer:": [question.answer]}
    return [item for item in items if item.open]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """Whose counterparts the candidates are: `taken` by candidate.

    A candidate may be known already without being anything of this source: a third system has it,
    or a two-way link has seen it and it waits to be carried the other way. It is `single`, and free
    for a record of the source that is not among the `known`: then all of them are one record.
    """

    taken: dict[str, str]
    single: set[str] = field(default_factory=set)
    known: frozenset[str] = frozenset()

    def free(self, item: Item, one: str) -> bool:
        """True when the candidate may become the item's counterpart."""
        new = item.change.external_id not in self.known
        return self.taken.get(one, item.hub) == item.hub or (new and one in self.single)

    def take(self, item: Item, one: str) -> str:
        """The candidate is the item's, and nobody else's of this page; the record that both are."""
        self.single.discard(one)
        return self.taken.setdefault(one, item.hub)


def _claims(database: Database, link: Link, ids: Collection[str], mine: Sequence[str]) -> _Claims:
    taken = bindings.records_of(database, link.there_name, link.there, ids)
    if link.kind is not Kind.RECORD:
        return _Claims(taken=taken)
    paired = bindings.external_ids(database, link.here_name, link.entity, list(taken.values()))
    known = bindings.records_of(database, link.here_name, link.entity, mine)
    single = {one for one, record in taken.items() if record not in paired}
    return _Claims(taken=taken, single=single, known=frozenset(known))


def refuse_archived(link: Link, item: Item, present: Any) -> bool:
    """A match that is out of use over there is no match for a record in use: a person must say."""
    archived = not getattr(present, "active", True)
    if not (item.adopted and archived and getattr(item.outgoing, "active", True)):
        return False
    if item.answered and item.answered == item.target_id:
        return False
    weighed = weigh(item.outgoing, item.matches or {}, {item.target_id or "": present})
    item.park(
        AmbiguousMatch(
            f"It matches record {item.target_id} of {link.there_name}, which is archived.",
            remedy=f"Restore it at {link.there_name}, or change its key there; or say what it is:",
            doubt=_doubt(link, item, candidates(item.outgoing, weighed)),
        )
    )
    return True


def repeated(link: Link, key: str, first: str, second: str) -> DuplicateKey:
    """That two records of the source claim one key."""
    kind, _, value = key.partition(":")
    return DuplicateKey(
        f"{link.here_name} has two records with the {kind} {value!r}: "
        f"{first} and {second}. The first was carried over.",
        remedy=f"Give one of them another {kind}; this record follows by itself.",
    )


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
            item.park(repeated(link, key, holder, item.change.external_id))


def _adopt(link: Link, item: Item, there: Candidates, claims: _Claims) -> None:
    free = {one: seen for one, (_, seen) in there.items() if claims.free(item, one)}
    if item.answered and item.answered in free:
        _take(item, item.answered, there, claims)
        return
    matches = item.matches or {}
    if weighed := weigh(item.outgoing, matches, free):
        sure = None if item.contested or _only_alike(matches) else surest(weighed)
        if sure:
            _take(item, sure.id, there, claims)
        else:
            item.park(ambiguous(link, item, candidates(item.outgoing, weighed)))
        return
    every = weigh(item.outgoing, matches, {one: seen for one, (_, seen) in there.items()})
    claimed = {one.id for one in every}
    for key, ids in matches.items():
        if is_unique(key) and (same := [one for one in ids if one in claimed]):
            item.park(_claimed(link, key, same[0]))
            return


def _take(item: Item, one: str, there: Candidates, claims: _Claims) -> None:
    item.target_id, item.adopted, item.uncertain = one, True, True
    item.hub, item.shadow = claims.take(item, one), None
    item.found, _ = there[one]


def _only_alike(matches: Mapping[str, Sequence[str]]) -> bool:
    """True when no certain key has found anything."""
    return not any(ids for key, ids in matches.items() if not key.startswith(f"{ALIKE}:"))


def ambiguous(link: Link, item: Item, found: tuple[Candidate, ...]) -> AmbiguousMatch:
    """That a person must say which of these it is."""
    keys = [key.partition(":") for key, ids in (item.matches or {}).items() if ids]
    by = " or ".join(f"the {kind} {value!r}" for kind, _, value in keys)
    records = "a record" if len(found) == 1 else f"{len(found)} records"
    return AmbiguousMatch(
        f"{link.there_name} has {records} with {by}: {', '.join(one.id for one in found)}.",
        remedy="Keep one of them, or give the others another key; or say which it is:",
        doubt=_doubt(link, item, found),
    )


def _doubt(link: Link, item: Item, found: tuple[Candidate, ...]) -> Doubt:
    called = label(item.outgoing) or item.change.external_id
    entity = link.entity.replace("_", " ")
    return Doubt(
        matter="match",
        subject=item.change.external_id,
        title=f"Which {entity} of {link.there_name} is {called} of {link.here_name}, or is it new?",
        candidates=found,
    )


def _claimed(link: Link, key: str, id_: str) -> DuplicateKey:
    kind, _, value = key.partition(":")
    return DuplicateKey(
        f"The {kind} {value!r} belongs at {link.there_name} to record {id_}, which is already "
        f"the counterpart of another record of {link.here_name}.",
        remedy=f"Give one of the two records of {link.here_name} another {kind}.",
    )
