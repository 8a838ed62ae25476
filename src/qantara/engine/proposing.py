"""Proposals: before a link goes live, which records of its two systems are the same.

What is decided here is what a run would decide, by the same code; only that nothing is written. What is
accepted becomes a binding, what is doubtful a question, and what is rejected an answer: the next run
heeds all three.
"""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change
from qantara.engine import match, questions
from qantara.engine.apply import source_binding
from qantara.engine.close import bind_children, target_binding
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Link
from qantara.engine.pipeline import map_, task_of
from qantara.engine.references import exchange_rates, exchanged, references
from qantara.engine.resolve import recall
from qantara.engine.weighing import Weighed, candidates, label
from qantara.model import Ref
from qantara.model.doubts import Candidate
from qantara.model.keys import likeness
from qantara.storage import audit, bindings, cursors, work
from qantara.storage.questions import NEW, withdraw
from qantara.storage.store import Store
from qantara.transport import ConnectorError, Undecided

State = Literal["bound", "sure", "doubt", "new", "trouble", "skipped"]

STATES: Mapping[State, str] = {
    "bound": "known already",
    "sure": "the same, as it seems",
    "doubt": "may be the same",
    "new": "not there yet",
    "trouble": "cannot be told",
    "skipped": "left out by a rule",
}
"""What is proposed for a record of the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a record of the source is at the target: the likeliest candidate first.

    `reason` says why there is none, or what is wrong. `item` is what the pipeline made of it.
    """

    source_id: str
    label: str
    state: State
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    item: Item = field(repr=False, compare=False)

    @property
    def confidence(self) -> float:
        """How sure the first candidate is, from 0 to 1."""
        return self.candidates[0].confidence if self.candidates else 0.0


@dataclass(slots=True)
class _Seen:
    """What earlier pages have taken: a record of the target is one record of the source."""

    targets: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


async def propose(link: Link, store: Store) -> AsyncGenerator[list[Proposal]]:
    """What each record of the source is, page by page. Reads both systems, writes to none."""
    ready, seen = await link.prepared(store), _Seen()
    async for page in ready.source.changes(ready.entity, "", scope=ready.scope):
        yield await _page(ready, store, page.changes, seen)


async def of(link: Link, store: Store, ids: Sequence[str]) -> list[Proposal]:
    """The same for these records of the source; those that are gone are absent."""
    ready = await link.prepared(store)
    return await _page(ready, store, await ready.source.read(ready.entity, ids), _Seen())


def accept(database: Database, link: Link, chosen: Iterable[Proposal], actor: str) -> int:
    """Bind these sure ones; says how many. Neither system is written to. Safe to repeat."""
    items = [one.item for one in chosen if one.state == "sure" and one.item.target_id]
    bindings.bind(database, [source_binding(link, item) for item in items])
    bindings.bind(database, [target_binding(link, item) for item in items])
    bind_children(database, link, items)
    known = [item.change.external_id for item in items]
    withdraw(database, link.name, known)
    if cursors.position(database, link.position):  # else the first run reads them anyway
        work.ask(database, [task_of(link, one) for one in known])
    if items:
        detail = {"link": link.name, "records": str(len(items))}
        audit.note(database, actor, "accept proposals", detail)
    return len(items)


def ask(database: Database, link: Link, doubtful: Iterable[Proposal]) -> int:
    """Ask a person about these; says how many questions that are. Safe to repeat."""
    items = [one.item for one in doubtful if isinstance(one.item.error, Undecided)]
    questions.keep(database, link, items)
    return len(items)


def reject(database: Database, link: Link, chosen: Iterable[Proposal], actor: str) -> int:
    """None of the candidates is it: a run makes a new record. Says how many. Safe to repeat."""
    count = 0
    for one in chosen:
        if not one.candidates or one.state == "bound":
            continue
        error = one.item.error
        if not isinstance(error, Undecided):
            error = match.ambiguous(link, one.item, one.candidates)
        number = questions.ask(database, link, one.source_id, error)
        questions.answer(database, number, NEW, actor)
        count += 1
    return count


async def pair(
    link: Link, store: Store, source_id: str, target_id: str, actor: str
) -> Proposal | None:
    """Bind two records by a person's word; None when one of them is not there.

    Raises AlreadyBound where one of them is the counterpart of another.
    """
    ready = await link.prepared(store)
    here = await ready.source.read(ready.entity, [source_id])
    there = await ready.target.read(ready.there, [target_id])
    if not here or not there:
        return None
    (proposal,) = await _page(ready, store, here, _Seen())
    item = proposal.item
    item.target_id, item.found, item.children = target_id, there[0], there[0].children
    seen = ready.present(there[0])
    told = Candidate(id=target_id, label=label(seen), confidence=1.0)
    said = replace(proposal, state="sure", candidates=(told,), reason="")
    await store.run(accept, ready, [said], actor)
    return said


async def _page(link: Link, store: Store, changes: Sequence[Change], seen: _Seen) -> list[Proposal]:
    items = map_(link, changes)
    bound = await _known(link, store, [item for item in items if item.open])
    open_ = [item for item in items if item.open and item.change.external_id not in bound]
    await _exchange(link, store, open_)
    _refuse_repeated(link, open_, seen)
    await match.match(link, store, [item for item in open_ if item.open])
    for item in open_:
        _look(link, item, seen)
    return [_proposal(link, item, bound.get(item.change.external_id, "")) for item in items]


async def _known(link: Link, store: Store, items: Sequence[Item]) -> dict[str, str]:
    """The counterparts that are known already, by id of the source."""
    memory = await store.run(recall, link, [item.change.external_id for item in items])
    for item in items:
        item.hub = memory.records[item.change.external_id]
    return {
        item.change.external_id: memory.targets[item.hub]
        for item in items
        if item.hub in memory.targets
    }


async def _exchange(link: Link, store: Store, items: Sequence[Item]) -> None:
    """What they refer to by the target's ids where that is known: it counts when they are weighed."""
    known = await exchange_rates(link, store, [item.record for item in items])
    for item in items:
        unknown = {ref: Ref(ref.entity, f"?{ref.id}") for ref in references(item.record)}
        item.outgoing = exchanged(item.record, {**unknown, **known})
    told = await link.target.reworded(link.there, [item.outgoing for item in items])
    for item, record in zip(items, told, strict=True):
        item.outgoing = record


def _refuse_repeated(link: Link, items: Sequence[Item], seen: _Seen) -> None:
    """Two records of the source under one unique key, on different pages."""
    for item in items:
        key = match.unique_key(item.record)
        first = seen.keys.setdefault(key, item.change.external_id) if key else ""
        if key and first != item.change.external_id:
            item.park(match.repeated(link, key, first, item.change.external_id))


def _look(link: Link, item: Item, seen: _Seen) -> None:
    """What was found must be in use, and nobody else's."""
    if not item.open or item.target_id is None or item.found is None:
        return
    try:
        present = link.present(item.found)
    except ConnectorError as error:
        item.park(error)
        return
    if match.refuse_archived(link, item, present):
        return
    item.children = item.found.children
    holder = seen.targets.setdefault(item.target_id, item.change.external_id)
    if holder != item.change.external_id:
        found = _candidates(link, item)
        item.park(match.ambiguous(link, item, found))
        item.reason = f"{item.reason} Record {holder} seems to be the same one."


def _proposal(link: Link, item: Item, bound: str) -> Proposal:
    state = _state(item, bound)
    called = label(item.outgoing or item.record) or item.change.external_id
    if state == "bound":
        found: tuple[Candidate, ...] = (Candidate(id=bound, label="", confidence=1.0),)
    elif isinstance(item.error, Undecided):
        found = item.error.doubt.candidates
    else:
        found = _candidates(link, item) if state == "sure" else ()
    return Proposal(
        source_id=item.change.external_id,
        label=called,
        state=state,
        candidates=found,
        reason=item.reason,
        item=item,
    )


def _state(item: Item, bound: str) -> State:
    if item.result == SKIPPED:
        return "skipped"
    if isinstance(item.error, Undecided):
        return "doubt"
    if item.error:
        return "trouble"
    if bound:
        return "bound"
    return "sure" if item.target_id else "new"


def _candidates(link: Link, item: Item) -> tuple[Candidate, ...]:
    """The one that was found, with what speaks for it."""
    if item.found is None:
        return ()
    seen = link.present(item.found)
    like = likeness(item.outgoing, seen)
    return candidates(item.outgoing, [Weighed(id=item.found.external_id, record=seen, like=like)])


def confident(proposals: Collection[Proposal], above: float) -> list[Proposal]:
    """The sure ones that are at least so sure."""
    return [one for one in proposals if one.state == "sure" and one.confidence >= above]
