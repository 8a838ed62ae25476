"""Systems that keep or ring events are heard, and what is stored here is forgotten there."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import pytest

from qantara.connectors.base import Event, Finding
from qantara.runtime.listening import Listener
from qantara.storage import alerts, inbox
from qantara.storage.store import Store
from qantara.transport import RetryLater
from tests.engine.memory import Memory

PATIENCE = 6000
"""Hundredths of a second."""


class Keeping(Memory):
    """Keeps events until it is told to forget them; rings when `press` is set."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.kept: list[Event] = []
        self.forgetting: list[RetryLater | None] = []
        self.faults: list[Exception] = []
        self.press = asyncio.Event()
        self.subscribed = False

    def happens(self, *ids: str) -> None:
        for id_ in ids:
            event = Event(topic="write", entity="partner", external_id=id_, event_key=f"k{id_}")
            self.kept.append(event)
        self.press.set()

    async def pull(self, limit: int) -> Sequence[Event]:
        if self.faults:
            raise self.faults.pop(0)
        return self.kept[:limit]

    async def forget(self, events: Sequence[Event]) -> None:
        if self.forgetting and (error := self.forgetting.pop(0)):
            raise error
        self.kept = [event for event in self.kept if event not in events]

    async def doorbell(self) -> AsyncIterator[Event]:
        while True:
            await self.press.wait()
            self.press.clear()
            yield Event(topic="bell")

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        was, self.subscribed = self.subscribed, True
        lost = Finding(level="warning", what="The webhook was gone and is restored.")
        return [] if was else [lost]


def listener(system: Keeping, store: Store, rung: list[str]) -> Listener:
    return Listener(connector=system, entities={"partner"}, store=store, ring=rung.append)


@asynccontextmanager
async def listening(system: Keeping, store: Store, rung: list[str]) -> AsyncIterator[None]:
    """It listens until the block is left."""
    stop = asyncio.Event()
    task = asyncio.create_task(listener(system, store, rung).listen(stop))
    yield
    stop.set()
    await task


async def has_rung(rung: list[str]) -> None:
    for _ in range(PATIENCE):
        await asyncio.sleep(0.01)
        if rung:
            return


async def keys(store: Store) -> list[str]:
    return [one.event_key for one in await store.run(inbox.waiting, "shop")]


async def test_what_the_system_keeps_is_stored_before_it_is_forgotten(store: Store):
    system = Keeping("shop")
    rung: list[str] = []
    system.happens("1", "2")
    system.forgetting = [RetryLater("Busy.")]

    with pytest.raises(RetryLater):
        await listener(system, store, rung).take_over()
    assert (len(system.kept), await keys(store)) == (2, ["k1", "k2"])
    await listener(system, store, rung).take_over()

    assert (system.kept, await keys(store)) == ([], ["k1", "k2"])
    assert rung == ["shop", "shop"]


async def test_a_ring_brings_what_is_kept_at_once(store: Store):
    system, rung = Keeping("shop"), list[str]()
    async with listening(system, store, rung):
        await asyncio.sleep(0.05)
        system.happens("1")
        await has_rung(rung)

    assert (await keys(store), rung) == (["k1"], ["shop"])


async def test_what_had_to_be_restored_is_told(store: Store):
    async with listening(Keeping("shop"), store, []):
        for _ in range(PATIENCE):
            await asyncio.sleep(0.01)
            if told := await store.run(alerts.listing):
                break

    assert [(one.kind, one.subject, one.reason) for one in told] == [
        ("subscription", "shop", "The webhook was gone and is restored.")
    ]


async def test_a_fault_of_our_own_does_not_end_the_listening(store: Store):
    system, rung = Keeping("shop"), list[str]()
    system.happens("1")
    system.faults = [ValueError("This should not happen.")]
    async with listening(system, store, rung):
        await has_rung(rung)

    assert (await keys(store), rung, system.faults) == (["k1"], ["shop"], [])
