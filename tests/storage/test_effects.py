"""A write is told before it goes out, and stays open until its outcome is known."""

import pytest

from qantara.storage import effects, runs
from qantara.storage.effects import Intent
from qantara.storage.errors import EffectOpen
from qantara.storage.store import Store


async def intend(store: Store, *records: str, link: str = "products") -> str:
    run = await store.run(runs.start, link)
    intents = [Intent(record=r, operation="create", fields=("name",)) for r in records]
    await store.run(effects.intend, run.id, link, intents)
    return run.id


async def states(store: Store, *records: str) -> list[tuple[str, str, str]]:
    found = await store.run(effects.history, records)
    return [(effect.record, effect.state, effect.detail) for effect in found]


async def test_what_was_told_is_unsettled_after_a_crash(store: Store):
    run = await intend(store, "r2", "r1")
    await intend(store, "r9", link="prices")

    left = await store.run(effects.unsettled, "products")

    assert {effect.record for effect in left} == {"r1", "r2"}
    assert {(e.run, e.operation, e.fields, e.state) for e in left} == {
        (run, "create", ("name",), "intended")
    }


async def test_an_outcome_closes_the_effect(store: Store):
    await intend(store, "r1", "r2", "r3")

    settled = await store.run(
        effects.settle,
        "products",
        {"r1": "done", "r2": "failed", "r3": "done"},
        {"r2": "The SKU is taken."},
    )

    assert settled == 3
    assert await store.run(effects.unsettled, "products") == []
    assert await states(store, "r1", "r2") == [
        ("r1", "done", ""),
        ("r2", "failed", "The SKU is taken."),
    ]


async def test_an_unknown_outcome_stays_open_until_it_is_known(store: Store):
    await intend(store, "r1")
    await store.run(effects.settle, "products", {"r1": "unknown"}, {"r1": "No answer."})

    (left,) = await store.run(effects.unsettled, "products")
    await store.run(effects.settle, "products", {"r1": "done"})

    assert (left.state, left.detail, left.settled_at) == ("unknown", "No answer.", None)
    assert await store.run(effects.unsettled, "products") == []


async def test_what_is_settled_stays_settled(store: Store):
    await intend(store, "r1")
    await store.run(effects.settle, "products", {"r1": "done"})

    assert await store.run(effects.settle, "products", {"r1": "failed", "r8": "done"}) == 0
    assert await states(store, "r1") == [("r1", "done", "")]


async def test_a_settled_record_may_be_written_again(store: Store):
    await intend(store, "r1")
    await store.run(effects.settle, "products", {"r1": "failed"})
    await intend(store, "r1")

    assert await states(store, "r1") == [("r1", "failed", ""), ("r1", "intended", "")]


async def test_a_record_with_an_open_effect_is_not_written_blindly(store: Store):
    await intend(store, "r1", "r2")
    await store.run(effects.settle, "products", {"r1": "unknown"})

    with pytest.raises(EffectOpen) as caught:
        await intend(store, "r3", "r2", "r1")

    assert caught.value.records == ("r1", "r2")
    assert "key" in caught.value.remedy
    assert await states(store, "r3") == []


async def test_a_record_twice_in_one_batch_is_refused(store: Store):
    with pytest.raises(EffectOpen):
        await intend(store, "r1", "r1")


async def test_links_do_not_block_each_other(store: Store):
    await intend(store, "r1")
    await intend(store, "r1", link="prices")

    assert len(await states(store, "r1")) == 2


async def test_thousands_are_told_and_settled_at_once(store: Store):
    records = [f"r{number}" for number in range(1100)]
    await intend(store, *records)

    assert await store.run(effects.settle, "products", dict.fromkeys(records, "done")) == 1100
