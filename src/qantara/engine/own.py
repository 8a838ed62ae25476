"""The hub's own connection: what people decided, and what became of it, as a source like any other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

import msgspec

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Event,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
    Written,
)
from qantara.engine.asking import Asking
from qantara.model import Decision, Money, Record, Ref
from qantara.storage import decisions
from qantara.storage.decisions import DECISION, ORDER, OWN, VERDICT, Decided
from qantara.storage.store import Store
from qantara.transport import Rejected, Unsupported

PAGE = 200

LOOK_SECONDS = 1.0
"""Between looks into the journal: decisions may come from another process."""


class Own(Connector):
    """Reads `decision` and `verdict`, each of one flow (the scope), from the journal.

    A verdict is a decision of which it is known what became of it; its id is "number:settled". To
    write one of the two says why it was `refused`. `asking` makes the links that ask for decisions.
    """

    manifest: ClassVar[Manifest] = Manifest(
        name=OWN,
        title="Qantara itself",
        docs="",
        reads=frozenset({DECISION, VERDICT}),
        writes=frozenset({DECISION, VERDICT}),
        webhooks=frozenset(),
        batch={},
        auth={},
        quirks=(),
    )

    def __init__(self, store: Store, asking: Callable[[], Asking]) -> None:
        super().__init__(Connection(name=OWN, connector=OWN, url=""))
        self._store = store
        self._asking = asking

    @cached_property
    def asking(self) -> Asking:
        """The vault's key is read when the first link is made."""
        return self._asking()

    async def close(self) -> None:
        """The journal is closed by who opened it."""

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:  # noqa: ARG002 - the interface's
        """There is nothing to enter."""
        raise Unsupported("The hub's own connection needs no check.")

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """In the order in which they became known; the cursor is the last number."""
        at = int(cursor or 0)
        if entity == VERDICT:
            await self._store.run(decisions.settle)
        listing = _LISTINGS[_known(entity)]
        while found := await self._store.run(listing, scope, at, PAGE):
            at = (found[-1].settled if entity == VERDICT else None) or found[-1].number
            yield Page(changes=[_change(entity, one) for one in found], cursor=str(at))

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:  # noqa: ARG002 - the interface's
        """Nobody waits for them."""
        return 0

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        """These, of any flow. A verdict is there until another has taken its place."""
        numbers = [int(one.partition(":")[0]) for one in ids]
        found = await self._store.run(decisions.by_number, numbers)
        changes = [_change(_known(entity), one) for one in found]
        return [one for one in changes if one.external_id in set(ids)]

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        """All of the flow."""
        pages = [page async for page in self.changes(entity, "", scope=scope)]
        return {change.external_id for page in pages for change in page.changes}

    def to_canonical(self, change: Change) -> Record:
        """The decision; its document by the hub's own name."""
        wire = change.wire
        return Decision(
            order=Ref(ORDER, wire["record"]),
            verb=wire["verb"],
            by=wire["name"],
            at=datetime.fromisoformat(wire["at"]),
            reason=wire["reason"],
            question=wire["question"],
            total=_money(wire["total"]),
            refused=wire["refused"],
        )

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Why these were refused; their documents are asked about anew."""
        _known(entity)
        return [await self._refuse(one) for one in writes]

    async def lookup(self, entity: str, keys: Sequence[str]) -> dict[str, str]:  # noqa: ARG002 - the interface's
        """Nothing is made here."""
        return {}

    async def doorbell(self) -> AsyncIterator[Event]:
        """Rings when somebody has decided, in whatever process, and when that was carried out."""
        before: tuple[int, int] | None = None
        while True:
            await self._store.run(decisions.settle)
            now = await self._store.run(decisions.newest)
            for entity, known, newest in zip((DECISION, VERDICT), before or now, now, strict=True):
                if newest > known:
                    yield Event(topic="bell", event_key=f"{entity}:{newest}", entity=entity)
            before = now
            await asyncio.sleep(LOOK_SECONDS)

    async def _refuse(self, write: Write) -> Outcome:
        if not isinstance(write.record, Decision) or not write.external_id:
            return Rejected("Decisions are made by people, at the page that a link leads to.")
        number = int(write.external_id.partition(":")[0])
        await self._store.run(decisions.refuse, number, write.record.refused)
        return Written(external_id=write.external_id)


_LISTINGS = {DECISION: decisions.after, VERDICT: decisions.settled_after}


def _known(entity: str) -> str:
    if entity not in _LISTINGS:
        raise Unsupported(f"The hub itself has no {entity}.")
    return entity


def _change(entity: str, decided: Decided) -> Change:
    verdict = f"{decided.number}:{decided.settled}"
    return Change(
        entity=entity,
        external_id=verdict if entity == VERDICT else str(decided.number),
        version=f"{decided.settled or 0:012}",
        wire=msgspec.to_builtins(decided),
    )


def _money(told: str) -> Money | None:
    amount, _, currency = told.partition(" ")
    return Money(Decimal(amount), currency) if currency else None
