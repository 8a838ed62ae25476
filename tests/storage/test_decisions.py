"""Decisions: one for each question, with the work that carries it out, told in order."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from qantara.storage import audit, bindings, decisions, inbox, work
from qantara.storage.bindings import Binding
from qantara.storage.decisions import Made, Unknown
from qantara.storage.inbox import Routes
from qantara.storage.store import Store

RECORD = "0" * 31 + "1"


def made(question: str = "q1", verb: str = "confirm", by: str = "Layla") -> Made:
    return Made(
        question=question,
        link="supply.approval",
        connection="factory",
        entity="sale_order",
        external_id="12",
        verb=verb,
        email=f"{by.lower()}@example.com",
        name=by,
        reason="as agreed\0",
    )


@pytest.fixture
async def known(store: Store) -> Store:
    """A journal that knows the order."""
    of_order = Binding(record=RECORD, connection="factory", entity="sale_order", external_id="12")
    await store.run(bindings.bind, [of_order])
    return store


async def carry_out(store: Store, number: int) -> None:
    both = [
        Binding(record=f"d{number}", connection="hub", entity="decision", external_id=str(number)),
        Binding(
            record=f"d{number}",
            connection="factory",
            entity="order_action",
            external_id=f"x{number}",
        ),
    ]
    await store.run(bindings.bind, both)


async def test_a_decision_comes_with_its_work_and_its_line_in_the_audit_trail(known: Store):
    kept, mine = await known.run(decisions.decide, made())

    assert mine
    assert (kept.record, kept.verb, kept.name, kept.reason) == (
        RECORD,
        "confirm",
        "Layla",
        "as agreed\ufffd",
    )
    routed = await known.run(
        inbox.route, "hub", Routes(told={}, rung={"decision": ["supply.decision"]})
    )
    assert routed.links == {"supply.decision"}
    assert await known.run(bindings.external_ids, "hub", "order", [RECORD]) == {RECORD: RECORD}
    [deed] = await known.run(audit.listing)
    assert (deed.actor, deed.action) == ("layla@example.com", "decide: confirm")


async def test_the_first_decides_whatever_the_second_says(known: Store):
    first, _ = await known.run(decisions.decide, made())

    second, mine = await known.run(decisions.decide, made(verb="reject", by="Omar"))

    assert (second, mine) == (first, False)
    assert len(await known.run(audit.listing)) == 1
    assert await known.run(decisions.of_question, "q1") == first
    assert await known.run(decisions.of_question, "q2") is None


async def test_of_many_at_once_one_decides(known: Store):
    people = [made(by=f"P{n}", verb="reject" if n % 2 else "confirm") for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda one: known.run_here(decisions.decide, one), people))

    assert sum(mine for _, mine in told) == 1
    assert len({kept.number for kept, _ in told}) == 1


async def test_a_document_that_nobody_knows_is_not_decided_about(store: Store):
    with pytest.raises(Unknown):
        await store.run(decisions.decide, made())
    assert await store.run(audit.listing) == []


async def test_decisions_are_told_in_their_order_to_their_own_flow(known: Store):
    for question in ("q1", "q2", "q3"):
        await known.run(decisions.decide, made(question))

    every = await known.run(decisions.after, "supply", 0, 10)
    assert [one.question for one in every] == ["q1", "q2", "q3"]
    assert await known.run(decisions.after, "supply", every[1].number, 10) == every[2:]
    assert await known.run(decisions.after, "other", 0, 10) == []
    assert await known.run(decisions.by_number, [every[0].number, 99]) == every[:1]
    assert await known.run(decisions.count, "supply.approval", "12") == 0
    await known.run(decisions.refuse, every[0].number, "No.")
    assert await known.run(decisions.count, "supply.approval", "12") == 1


async def test_what_was_carried_out_is_settled_once(known: Store):
    kept, _ = await known.run(decisions.decide, made())
    assert await known.run(decisions.settle) == []

    await carry_out(known, kept.number)

    assert await known.run(decisions.settle) == [kept.number]
    assert await known.run(decisions.settle) == []
    [told] = await known.run(decisions.settled_after, "supply", 0, 10)
    assert (told.number, told.refused, told.settled) == (kept.number, "", 1)


async def test_what_cannot_be_carried_out_is_told_and_asked_anew(known: Store):
    kept, _ = await known.run(decisions.decide, made())

    await known.run(decisions.refuse, kept.number, "It is confirmed already.")
    await known.run(decisions.refuse, kept.number, "It is confirmed already.")

    [told] = await known.run(decisions.settled_after, "supply", 0, 10)
    assert (told.refused, told.settled) == ("It is confirmed already.", 1)
    [task] = await known.run(work.due, "supply.approval")
    assert task.external_id == "12"

    await carry_out(known, kept.number)
    assert await known.run(decisions.settle) == []
