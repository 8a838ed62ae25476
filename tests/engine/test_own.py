"""The hub's own connection: decisions and verdicts in their order, and a bell that rings for them."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from qantara.connectors.base import Change, Write, Written
from qantara.engine import own as module
from qantara.engine.asking import Asking
from qantara.engine.own import Own
from qantara.model import Decision, Money, Ref
from qantara.storage import bindings, decisions
from qantara.storage.bindings import Binding
from qantara.storage.decisions import Made
from qantara.storage.store import Store
from qantara.transport import Rejected, Unsupported

RECORD = "0" * 32


@pytest.fixture
async def own(store: Store) -> Own:
    order = Binding(record=RECORD, connection="factory", entity="sale_order", external_id="12")
    await store.run(bindings.bind, [order])
    return Own(store, lambda: Asking(address="https://hub.example.com", keys=[b"k" * 32]))


async def decide(store: Store, question: str, verb: str = "confirm") -> int:
    made = Made(
        question=question,
        link="supply.approval",
        connection="factory",
        entity="sale_order",
        external_id="12",
        verb=verb,
        email="layla@example.com",
        name="Layla",
        total="12.5 SAR",
    )
    return (await store.run(decisions.decide, made))[0].number


async def changes(own: Own, entity: str, cursor: str = "") -> tuple[list[Change], str]:
    pages = [page async for page in own.changes(entity, cursor, scope="supply")]
    every = [change for page in pages for change in page.changes]
    return every, pages[-1].cursor if pages else cursor


async def carried_out(store: Store, number: int) -> None:
    """What the engine leaves when a deed was done."""
    both = (("hub", "decision", str(number)), ("factory", "order_action", f"12:{number}"))
    done = [
        Binding(record=f"d{number}", connection=where, entity=entity, external_id=one)
        for where, entity, one in both
    ]
    await store.run(bindings.bind, done)


async def test_a_decision_is_read_once_as_people_made_it(own: Own, store: Store):
    number = await decide(store, "q1", "reject")

    [change], cursor = await changes(own, "decision")

    told = own.to_canonical(change)
    assert isinstance(told, Decision)
    assert (change.external_id, told.order, told.verb) == (
        str(number),
        Ref("order", RECORD),
        "reject",
    )
    assert (told.by, told.question, told.total) == ("Layla", "q1", Money.of("12.5", "SAR"))
    assert await changes(own, "decision", cursor) == ([], cursor)
    assert await own.ids("decision", scope="supply") == {str(number)}
    assert await own.ids("decision", scope="other") == set()


async def test_a_verdict_comes_when_the_deed_was_done(own: Own, store: Store):
    number = await decide(store, "q1")
    assert await changes(own, "verdict") == ([], "")

    await carried_out(store, number)

    [change], cursor = await changes(own, "verdict")
    assert change.external_id == f"{number}:1"
    assert await own.read("verdict", [change.external_id, "99:1"]) == [change]
    assert await changes(own, "verdict", cursor) == ([], cursor)


async def test_a_refusal_is_a_verdict_with_its_reason(own: Own, store: Store):
    number = await decide(store, "q1")
    [change], _ = await changes(own, "decision")
    told = own.to_canonical(change)
    assert isinstance(told, Decision)
    words = Decision(order=told.order, verb="confirm", by="Layla", at=told.at, refused="Too late.")
    write = Write(key="k", record=words, fields=frozenset({"refused"}), external_id=str(number))

    assert await own.write("decision", [write, write]) == [Written(external_id=str(number))] * 2

    [verdict], _ = await changes(own, "verdict")
    read = own.to_canonical(verdict)
    assert isinstance(read, Decision)
    assert read.refused == "Too late."


async def test_nobody_decides_by_writing(own: Own):
    decision = Ref("order", RECORD)
    write = Write(key="k", record=decision, fields=frozenset())  # type: ignore[arg-type]

    [answer] = await own.write("decision", [write])

    assert isinstance(answer, Rejected)
    with pytest.raises(Unsupported):
        await own.write("moon", [])


async def test_it_rings_for_decisions_of_other_processes_and_for_what_was_done(
    own: Own, store: Store, monkeypatch
):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    await decide(store, "before")
    rings: Any = own.doorbell()
    async with aclosing(rings) as bell:
        coming = asyncio.ensure_future(anext(bell))
        await asyncio.sleep(0.05)
        assert not coming.done()

        number = await decide(store, "q1")
        first = await asyncio.wait_for(coming, 10)
        await carried_out(store, number)
        second = await asyncio.wait_for(anext(bell), 10)

    assert (first.entity, second.entity) == ("decision", "verdict")
    assert first.event_key != second.event_key
