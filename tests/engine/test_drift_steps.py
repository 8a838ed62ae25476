"""Drift is looked for step by step, a bounded part at a time, and nothing is left out for ever."""

import pytest

from qantara.engine import buckets
from qantara.engine.drift import check, step
from qantara.engine.link import Kind
from qantara.engine.pipeline import run
from qantara.model import Text
from qantara.storage import alerts
from qantara.storage import buckets as kept
from qantara.storage.store import Store
from tests.engine.drifting import Summing, carried, counterpart, late, mend, named, told
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, product, products


@pytest.fixture(autouse=True)
def short_leaves(monkeypatch):
    monkeypatch.setattr(buckets, "LEAF", 4)


async def test_steps_are_bounded_and_come_round(store: Store):
    link, here, there = await carried(store, 40)
    await store.run(kept.forget, link.name)
    most = 0

    for _ in range(30):
        here.quiet()
        there.quiet()
        await step(link, store, 8)
        most = max(most, len(here.reads), len(there.reads))

    assert 0 < most <= 16
    here.quiet()
    assert (await check(link, store)).complete
    assert here.reads == []


async def test_steps_find_and_mend_what_the_target_changed(store: Store):
    link, _, there = await carried(store)
    one = await counterpart(link, store, "7")
    there.rename(one, "Ours")

    found = await step(link, store, 8)
    await mend(link, store)

    assert told(found) == [("7", "target", ("name",))]
    assert named(there, one) == Text("Chair")


async def test_steps_find_what_sql_changed_when_its_slice_comes(store: Store):
    link, _, there = await carried(store)
    one = await counterpart(link, store, "18")
    there.rename(one, "By SQL", behind=True)

    found = [await step(link, store, 4) for _ in range(7)]
    await mend(link, store)

    assert [each for report in found for each in told(report)] == [("18", "target", ("name",))]
    assert named(there, one) == Text("Chair")


async def test_a_range_that_changes_all_the_time_does_not_keep_steps_from_the_others(store: Store):
    link, here, there = await carried(store)
    one = await counterpart(link, store, "18")
    there.rename(one, "By SQL", behind=True)

    found = []
    for number in range(7):
        here.rename("2", f"Chair {number}")
        await run(link, store, Silent())
        found += told(await step(link, store, 12))

    assert found[:1] == [("18", "target", ("name",))]


async def test_a_change_of_the_source_is_given_time_to_arrive(store: Store):
    link, here, _ = await carried(store)
    here.rename("3", "On its way")

    early = await step(link, store)
    await run(link, store, Silent())
    await late(store)
    then = [await step(link, store) for _ in range(2)]

    assert [told(report) for report in (early, *then)] == [[], [], []]
    assert await store.run(kept.suspects, link.name) == {}
    assert await store.run(alerts.listing) == []


async def test_a_change_of_the_source_that_never_arrives_is_found_later(store: Store):
    link, here, there = await carried(store)
    here.rename("3", "Missed")

    early = await step(link, store)
    await late(store)
    found = await step(link, store)
    await mend(link, store)

    assert (told(early), told(found)) == ([], [("3", "source", ("name",))])
    one = await counterpart(link, store, "3")
    assert named(there, one) == Text("Missed")


async def test_a_document_that_moved_on_is_told_and_not_undone(store: Store):
    link, _, there = await carried(store, kind=Kind.DOCUMENT)
    one = await counterpart(link, store, "7")
    there.rename(one, "Confirmed")

    found = await step(link, store)
    await mend(link, store)

    assert told(found) == [("7", "target", ("name",))]
    assert named(there, one) == Text("Confirmed")
    assert len(await store.run(alerts.listing)) == 1


async def test_before_the_first_load_is_over_nothing_is_looked_for(store: Store):
    here, there = Summing("here"), Summing("there!")
    here.put("product", product("A-1"))

    report = await step(products(here, there), store)

    assert (report.complete, here.asked) == (False, [])


async def test_a_system_that_cannot_sum_up_is_read_whole(store: Store):
    here, there = Memory("here"), Memory("there!")
    for number in range(10):
        here.put("product", product(f"A-{number}"), str(number + 1))
    link = products(here, there)
    await run(link, store, Silent())
    one = await counterpart(link, store, "7")
    there.records["product"][one] = product("A-6", "Ours")

    report = await check(link, store, repair=True)
    await mend(link, store)

    assert told(report) == [("7", "target", ("name",))]
    assert (await check(link, store)).findings == []


async def test_a_system_that_cannot_sum_up_is_read_slice_by_slice(store: Store):
    here, there = Memory("here"), Memory("there!")
    for number in range(10):
        here.put("product", product(f"A-{number}"), str(number + 1))
    link = products(here, there)
    await run(link, store, Silent())
    there.records["product"][await counterpart(link, store, "7")] = product("A-6", "Ours")
    here.records["product"]["50"] = product("B-1")
    here.versions["product", "50"] = 0

    found = [await step(link, store, 4) for _ in range(5)]
    await late(store)
    found += [await step(link, store, 4) for _ in range(2)]

    assert [each for report in found for each in told(report)] == [
        ("7", "target", ("name",)),
        ("50", "new", ()),
    ]
